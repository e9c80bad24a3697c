"""Rounds of the lanes at work in this process: what they need of the database, they get together."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.application.execute import Muster
from bot.application.together import Together
from bot.domain import effects as f
from bot.domain.events import DiagnosticRecorded
from bot.jobs.carry import Carried, Matter
from bot.store import evidence, rounds, surfaces
from bot.store.database import Database, DatabaseUnavailable
from bot.store.lanes import LEASE, Letter
from bot.store.rounds import Delivered

_logger = logging.getLogger(__name__)

#: How often leases are renewed during long calls, in seconds.
_RENEW_S = LEASE.total_seconds() / 3


#: The rows that show what a diagnostic found.
_SHOW_IT = frozenset({"post", "reply", "chart"})


class Unreadable(Exception):
    """A row whose incident or entry cannot be read: a fault of ours, or something of a newer version's."""

    def __init__(self, letter: Letter) -> None:
        super().__init__(f"outbox {letter.id}: its incident or its entry cannot be read")
        self.letter = letter


@dataclass(frozen=True, slots=True)
class _Step:
    """A holder's next step in its lane, and what it has delivered since its last."""

    lane: str
    holder: UUID
    delivered: Sequence[tuple[Letter, Carried]] = ()


class Rounds:
    """Takes lanes up and goes on in them."""

    def __init__(self, muster: Muster, held: dict[str, UUID]) -> None:
        """Nothing is at work yet.

        Args:
            muster: the application.
            held: which lanes are at work in this process, and by which lease; those of surfaces too.
        """
        self._muster = muster
        self._begins = Together(self._begin)
        self._goes_on = Together(self._go_on)
        self.held = held

    async def begin(self, lane: str, holder: UUID) -> Sequence[Matter]:
        """Take a lane up.

        Returns:
            Its first rows with what they are about, all to be delivered in order; none where it is empty or somebody's.

        Raises:
            DatabaseUnavailable: it may have been taken, for `holder`.
            Unreadable: the first cannot be read, and the lane is left to its lease.
        """
        matters = _readable(await self._begins.ask(_Step(lane, holder)))
        if matters:
            self.held[lane] = holder
        return matters

    async def go_on(self, lane: str, holder: UUID, delivered: Sequence[tuple[Letter, Carried]]) -> Sequence[Matter]:
        """Note what was delivered, and get the next rows. Returns and raises as `begin` does."""
        return _readable(await self._goes_on.ask(_Step(lane, holder, delivered)))

    def let_go(self, lane: str, holder: UUID) -> None:
        """No longer keep a lane, unless it has gone over to somebody else here meanwhile."""
        if self.held.get(lane) == holder:
            del self.held[lane]

    async def note(self, connection: AsyncConnection, delivered: Sequence[tuple[Letter, Carried]]) -> None:
        """Note what was delivered."""
        done = [Delivered(letter.id, carried.channel, carried.ts) for letter, carried in delivered]
        await rounds.note(connection, done, now=self._muster.now())

    async def follow(self, connection: AsyncConnection, delivered: Sequence[tuple[Letter, Carried]]) -> None:
        """What follows from what was delivered; last in a transaction, as whoever drops a row locks surfaces last."""
        for letter, _ in delivered:
            if letter.payload.get("message") == "alert":
                # The bookmark leads to the updates' thread, which exists from now on.
                await surfaces.want(connection, letter.incident_id, f.Surface.BOOKMARKS, letter.priority)

    async def keep(self, database: Database) -> None:
        """Renew the leases of the lanes at work here, until cancelled.

        Args:
            database: with a connection that nothing else keeps busy.
        """
        while True:
            await asyncio.sleep(_RENEW_S)
            if not self.held:
                continue
            try:
                async with database.transaction() as connection:
                    await rounds.renew(connection, dict(self.held))
            except DatabaseUnavailable:
                _logger.warning("leases could not be renewed: the database does not answer")

    async def _begin(self, steps: Sequence[_Step]) -> list[list[Matter | Unreadable]]:
        first: dict[str, _Step] = {}
        for step in steps:
            first.setdefault(step.lane, step)
        async with self._muster.database.transaction() as connection:
            letters = await rounds.begin(connection, {step.lane: step.holder for step in first.values()})
            matters = await _matters(connection, letters.values())
        # Two jobs of one lane are as two processes: the one finds it held.
        return [[matters[x.id] for x in letters.get(s.lane, ())] if first[s.lane] is s else [] for s in steps]

    async def _go_on(self, steps: Sequence[_Step]) -> list[list[Matter | Unreadable]]:
        async with self._muster.database.transaction() as connection:
            # Of two in one lane only one can have kept it: the other had lost it before.
            held = {step.lane: step.holder for step in steps if self.held.get(step.lane) == step.holder}
            delivered = [one for step in steps for one in step.delivered]
            kept = await rounds.keep(connection, held)
            await self.note(connection, delivered)
            letters = await rounds.go_on(connection, kept)
            matters = await _matters(connection, letters.values())
            await self.follow(connection, delivered)
        return [
            [matters[letter.id] for letter in letters.get(step.lane, ())] if held.get(step.lane) == step.holder else []
            for step in steps
        ]


def _readable(matters: Sequence[Matter | Unreadable]) -> list[Matter]:
    """Those before the first that cannot be read; that one has to be reached before it is complained of."""
    found: list[Matter] = []
    for matter in matters:
        if isinstance(matter, Unreadable):
            if not found:
                raise matter
            break
        found.append(matter)
    return found


async def _matters(connection: AsyncConnection, lanes: Iterable[Sequence[Letter]]) -> dict[int, Matter | Unreadable]:
    """What rows are about, as it is now."""
    letters = [letter for lane in lanes for letter in lane]
    if not letters:
        return {}
    about = await rounds.about(connection, letters)
    found: dict[int, Matter | Unreadable] = {}
    for letter in letters:
        incident, entry = about.incidents.get(letter.incident_id), about.entries.get((letter.incident_id, letter.seq))
        if incident is None or entry is None:
            found[letter.id] = Unreadable(letter)
            continue
        report = None
        if isinstance(entry.event, DiagnosticRecorded) and letter.kind in _SHOW_IT:
            report = await evidence.report(connection, entry.event.evidence)
        thread = about.threads.get(letter.incident_id) if letter.payload.get("thread") else None
        found[letter.id] = Matter(letter, incident, entry, report, thread)
    return found

"""Delivering the outbox: in order within a lane, and nothing twice.

A row is marked `sending` before the call. After an unclear outcome the next try looks in Slack first; only
what surely did not happen is sent again.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from bot.application import logs
from bot.application.ports import HELD_BACK, Paced, Refused, TryAgain, Unclear, calling_for
from bot.domain import commands as c
from bot.domain.actor import MUSTER
from bot.jobs.carry import Carried, Carrier, Matter
from bot.jobs.desk import Desk
from bot.jobs.rounds import Rounds, Unreadable
from bot.store import lanes, rounds
from bot.store.database import DatabaseUnavailable
from bot.store.lanes import Letter
from bot.store.letters import NO_ROOM, refusal_key

_logger = logging.getLogger(__name__)

#: After so many tries, which take minutes, a row that cannot be read is set aside. A newer version has had its turns.
_UNREADABLE = 20
#: The longest wait between two tries at the same row.
_LONGEST = timedelta(minutes=2)
#: What a person reads when a kind of row was refused.
WHAT = {
    "open_channel": "the incident's channel could not be opened",
    "post": "a message could not be posted",
    "reply": "a reply could not be posted",
    "chart": "a chart could not be uploaded",
    "publish": "a card could not be posted",
    "invite": "people could not be invited",
    "react": "a reaction could not be set",
    "fetch": "a pinned message could not be read",
    "upload": "the review could not be uploaded",
    "picture": "the picture of the incident could not be uploaded",
    "invitation": "the invitation to the review could not be uploaded",
    "file_item": "an action item could not be filed",
    "file_review": "the review could not be filed",
    "mail": "an e-mail could not be sent",
    "webhook": "a webhook could not be called",
    "tell_source": "a monitor could not be told",
}


@dataclass(slots=True)
class Delivery:
    """Drains lanes."""

    desk: Desk
    carrier: Carrier
    courtesy: Callable[[], Awaitable[None]]
    on_outcome: Callable[[str, str], None]
    #: While it is held, everything else that is polite waits: people wait for a new incident's alert.
    ahead: Callable[[], AbstractContextManager[None]] = nullcontext
    closing: bool = False
    rounds: Rounds = field(init=False)
    #: The leases that an outage of the database kept us from giving back, by lane: whoever comes next goes on with one.
    _left: dict[str, UUID] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Its rounds are of the same database, and keep the leases of the surfaces as well."""
        self.rounds = Rounds(self.desk.muster, self.carrier.surfaces.held)

    async def drain(self, lane: str) -> None:
        """Deliver a lane's rows until it is empty, put off, or somebody else's.

        Raises:
            DatabaseUnavailable: the job is to be tried again.
        """
        logs.note(lane=lane)
        await self.courtesy()
        holder = self._left.pop(lane, None) or uuid4()
        try:
            await self._drain(lane, holder)
        except DatabaseUnavailable:
            self._left[lane] = holder
            raise
        except Unreadable as error:
            if error.letter.attempts < _UNREADABLE:
                raise
            await self._set_aside(error.letter, holder)

    async def _set_aside(self, letter: Letter, holder: UUID) -> None:
        """Let those behind a row pass that nobody could read for minutes: other incidents may be among them."""
        _logger.error("outbox %d (%s) is set aside: it cannot be read", letter.id, letter.kind)
        async with self.desk.muster.database.transaction() as connection:
            await lanes.refused(connection, letter, "unreadable", now=self.desk.muster.now())
            await lanes.hand_over(connection, letter.lane, holder)

    async def _drain(self, lane: str, holder: UUID) -> None:
        matters = await self.rounds.begin(lane, holder)
        if not matters:
            return
        try:
            with ExitStack() as first:
                while matters:
                    opened = matters[0].letter.kind == "open_channel"
                    matters = await self._deliver(matters, lane, holder, first)
                    if matters and not opened:
                        await self.courtesy()
        finally:
            self.rounds.let_go(lane, holder)

    async def _deliver(self, matters: Sequence[Matter], lane: str, holder: UUID, first: ExitStack) -> Sequence[Matter]:
        """Deliver rows in order, and take up the next ones: none where the lane is empty, put off or lost.

        From opening a channel to its alert, the lane goes before everything else.
        """
        delivered: list[tuple[Letter, Carried]] = []
        tried = 0
        for tried, matter in enumerate(matters):
            if self.closing:
                break
            letter = matter.letter
            logs.note(incident=matter.incident.ref, outbox=letter.id)
            if letter.kind == "open_channel":
                first.enter_context(self.ahead())
            try:
                with calling_for(lanes.aged(letter.priority, letter.created_at, self.desk.muster.now())):
                    carried = await self.carrier.carry(matter)
            except (TryAgain, Unclear) as error:
                await self._later(matters[tried:], holder, error, delivered)
                return ()
            except Refused as error:
                await self._refused(letter, error)
                self.on_outcome(letter.kind, "refused")
            else:
                delivered.append((letter, carried))
                self.on_outcome(letter.kind, "sent")
            if letter.kind != "open_channel":
                first.close()
        else:
            tried = len(matters)
        if self.closing:
            async with self.desk.muster.database.transaction() as connection:
                await self.rounds.note(connection, delivered)
                await rounds.put_back(connection, [matter.letter for matter in matters[tried:]])
                await lanes.hand_over(connection, lane, holder)
                await self.rounds.follow(connection, delivered)
            return ()
        return await self.rounds.go_on(lane, holder, delivered)

    async def _later(
        self,
        left: Sequence[Matter],
        holder: UUID,
        error: TryAgain | Unclear,
        delivered: Sequence[tuple[Letter, Carried]],
    ) -> None:
        """Put the lane off for the first of the rows that are left; those behind it were not tried."""
        letter, wait, reason = left[0].letter, error.wait, error.reason
        if reason not in HELD_BACK:
            wait = min(wait * 2 ** min(letter.attempts, 8), _LONGEST)
        each = error.each if isinstance(error, Paced) else None
        # Having to wait for one's turn is no trouble, and happens to many at once.
        level = logging.INFO if each else logging.WARNING
        _logger.log(
            level, "outbox %d (%s) put off for %.1f s: %s", letter.id, letter.kind, wait.total_seconds(), reason
        )
        self.on_outcome(letter.kind, "later")
        # It may be the search for an earlier, unclear try that has to be tried again.
        clear = isinstance(error, TryAgain) and not letter.sending
        now = self.desk.muster.now()
        async with self.desk.muster.database.transaction() as connection:
            await self.rounds.note(connection, delivered)
            await rounds.put_back(connection, [matter.letter for matter in left[1:]])
            await lanes.later(connection, letter, holder, wait, clear=clear, reason=reason, now=now, each=each)
            await self.rounds.follow(connection, delivered)

    async def _refused(self, letter: Letter, error: Refused) -> None:
        """Tell the commander, then give the row up; a refused note about a refusal is only logged."""
        now = self.desk.muster.now()
        _logger.error("outbox %d (%s) refused: %s", letter.id, letter.kind, error.reason)
        about_a_failure = letter.payload.get("message") == "delivery_failed"
        if error.reason != NO_ROOM and not about_a_failure:
            failure = c.RecordFailure(
                by=MUSTER, outbox=letter.id, what=WHAT[letter.kind], reason=error.reason, remedy=error.remedy
            )
            await self.desk.muster.execute(failure, incident_id=letter.incident_id, key=refusal_key(letter.id))
        async with self.desk.muster.database.transaction() as connection:
            await lanes.refused(connection, letter, error.reason, now=now)
            if letter.kind == "open_channel":
                await lanes.refuse_rest(connection, letter.incident_id, letter.lane, NO_ROOM, now=now)

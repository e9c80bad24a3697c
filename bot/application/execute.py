"""The one door. Whatever changes an incident comes through here, and commits whole or not at all."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.application import logs
from bot.application.facts import gone_key, informed
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.decide import decide, declare
from bot.domain.errors import DomainError, UnknownIncident
from bot.domain.events import Event
from bot.domain.evolve import FOLD, evolve, fold
from bot.domain.incident import Incident, reference
from bot.domain.react import react
from bot.domain.rules import Policy, Severity
from bot.domain.timeline import Entry
from bot.store import alert_groups, effects, inbox, incidents, timers
from bot.store import timeline as log
from bot.store.chain import GENESIS
from bot.store.database import Database, DatabaseUnavailable, OutcomeUnknown
from bot.store.effects import Follows
from bot.store.incidents import Stored

_logger = logging.getLogger(__name__)

#: A job's priority: a P1's alert goes before a P4's reminder.
_URGENT = 60
_STEP = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command came to.

    `duplicate`: it had been done before, under the same key; nothing happened now. `late` is by how much a timer
    that was fired now was overdue.
    """

    incident_id: int
    incident: Incident
    entries: Sequence[Entry] = field(default_factory=tuple)
    duplicate: bool = False
    late: timedelta | None = None


def _unobserved(_how: str, _seconds: float) -> None: ...


@dataclass(slots=True)
class Muster:
    """The application: the database, the rules in force, and the time.

    `on_executed` is told how each command ended (`recorded`, `nothing`, `duplicate`, `declined`, `unavailable`,
    `unknown`, `failed`) and the seconds that it took.
    """

    database: Database
    policy: Policy
    now: Callable[[], datetime]
    on_executed: Callable[[str, float], None] = _unobserved

    async def execute(
        self,
        command: c.Command,
        *,
        ref: str | None = None,
        incident_id: int | None = None,
        key: str | None = None,
        within: float | None = None,
    ) -> Outcome:
        """Carry a command out: lock, decide, evolve, react, write, commit.

        Args:
            command: what somebody wants.
            ref: the incident, by reference: of a private one only those who take part may speak.
            incident_id: the incident, by its row: for jobs, and for what came from within its own channel.
            key: the id of what came in; a second time has no second effect.
            within: seconds until the caller is told that nothing was recorded; else the database's patience.

        Raises:
            DomainError: it cannot be done, and says why.
            DatabaseUnavailable: nothing was recorded.
            OutcomeUnknown: the commit was never answered.
        """
        started, how = time.perf_counter(), "failed"
        try:
            # By one set of rules from its beginning to its end: others may be put in force meanwhile.
            outcome = await replace(self)._execute(command, ref, incident_id, key, within)  # noqa: SLF001 (its own)
            how = "duplicate" if outcome.duplicate else "recorded" if outcome.entries else "nothing"
        except DomainError:
            how = "declined"
            raise
        except DatabaseUnavailable as error:
            how = "unknown" if isinstance(error, OutcomeUnknown) else "unavailable"
            raise
        finally:
            self.on_executed(how, time.perf_counter() - started)
        logs.note(incident=outcome.incident.ref)
        for entry in outcome.entries:
            _logger.info("%s #%d %s by %s", outcome.incident.ref, entry.seq, type(entry.event).__name__, entry.by)
        return outcome

    async def execute_in(
        self,
        connection: AsyncConnection,
        command: c.Command,
        *,
        ref: str | None = None,
        incident_id: int | None = None,
        key: str | None = None,
    ) -> Outcome:
        """As `execute`, within a transaction that commits more than this: alerts, with the incident that they open.

        Raises:
            DomainError: it cannot be done. Nothing of it was written; what else the transaction wrote may commit.
        """
        return await self._carry_out(connection, command, ref, incident_id, key)

    async def _execute(
        self, command: c.Command, ref: str | None, incident_id: int | None, key: str | None, within: float | None
    ) -> Outcome:
        async with self.database.transaction(within) as connection:
            return await self._carry_out(connection, command, ref, incident_id, key)

    async def _carry_out(
        self, connection: AsyncConnection, command: c.Command, ref: str | None, incident_id: int | None, key: str | None
    ) -> Outcome:
        if key is not None and not await inbox.first_time(connection, key):
            return await _before(connection, key, command, ref, incident_id)
        now = self.now()
        if isinstance(command, c.Declare):
            outcome = await self._declare(connection, command, now)
        else:
            stored = await incidents.lock(connection, ref=ref, id=incident_id)
            stored = _may_act(stored, command.by, ref)
            logs.note(incident=stored.incident.ref)
            if stored.fold < FOLD:
                stored = await _folded_anew(connection, stored)
            outcome = await self._continue(connection, stored, command, now)
        if key is not None:
            await inbox.belongs_to(connection, key, outcome.incident_id)
        return outcome

    async def _declare(self, connection: AsyncConnection, command: c.Declare, now: datetime) -> Outcome:
        day = now.astimezone(UTC).date()
        # What is wrong with the declaration shows before a number is taken: its lock makes others wait.
        declare(replace(command, ref=reference(day, 0)), self.policy, now)
        ref = reference(day, await incidents.next_number(connection, day))
        events = declare(replace(command, ref=ref), self.policy, now)
        entries = _entries(0, events, command, now)
        incident = _grown(None, entries)
        chained = log.chain(ref, entries, GENESIS)
        incident_id = await incidents.open_row(connection, incident, chained.head)
        await log.append(connection, incident_id, chained)
        await self._effects(connection, incident_id, None, entries, now)
        return Outcome(incident_id, incident, entries)

    async def _continue(
        self, connection: AsyncConnection, stored: Stored, command: c.Command, now: datetime
    ) -> Outcome:
        incident = stored.incident
        command = await informed(connection, stored.id, command)
        late: timedelta | None = None
        if isinstance(command, c.FireTimer):
            due_at = await timers.take(connection, stored.id, command.name, command.generation)
            if due_at is None:
                return Outcome(stored.id, incident)
            command, late = replace(command, due_at=due_at), now - due_at
        events = decide(incident, command, self.policy, now)
        if not events:
            if isinstance(command, c.DeleteMessage) and command.ours and not command.facts.captured:
                await inbox.claim(connection, gone_key(command), stored.id, command.at or now)
            return Outcome(stored.id, incident, late=late)
        entries = _entries(incident.seq, events, command, now)
        grown = _grown(incident, entries)
        chained = log.chain(incident.ref, entries, stored.head)
        await log.append(connection, stored.id, chained)
        await incidents.write(connection, stored.id, grown, chained.head)
        await self._effects(connection, stored.id, incident, entries, now)
        outcome = Outcome(stored.id, grown, entries, late=late)
        if isinstance(command, c.CaptureMessage) and command.facts.gone_at is not None:
            # Slack keeps no order: the deletion came before the message.
            gone = c.DeleteMessage(by=command.by, at=command.facts.gone_at, channel=command.channel, ts=command.ts)
            grown_on = replace(stored, incident=grown, head=chained.head)
            after = await self._continue(connection, grown_on, gone, now)
            outcome = replace(outcome, incident=after.incident, entries=[*entries, *after.entries])
        return outcome

    async def _effects(
        self,
        connection: AsyncConnection,
        incident_id: int,
        before: Incident | None,
        entries: Sequence[Entry],
        now: datetime,
    ) -> None:
        follows: list[Follows] = []
        incident = before
        for entry in entries:
            incident = evolve(incident, entry)
            follows += [Follows(entry.seq, effect) for effect in react(incident, entry, self.policy)]
        assert incident is not None
        if before is not None and _on_cards(before) != _on_cards(incident):
            await alert_groups.look_again(connection, incident_id)
        if not follows:
            return
        severity = self.policy.find_severity(incident.severity)
        await effects.write(connection, incident_id, follows, urgency=urgency(severity), now=now)


def urgency(severity: Severity | None) -> int:
    """The priority of what follows from an incident of a severity, higher first; 0 of one that the pack dropped."""
    return max(_URGENT - _STEP * severity.rank, 0) if severity else 0


def _on_cards(incident: Incident) -> tuple[object, ...]:
    """What the cards of its alerts say of an incident."""
    return incident.over, incident.channel_id


def _entries(seq: int, events: Sequence[Event], command: c.Command, now: datetime) -> list[Entry]:
    """Number the events on from `seq`."""
    return [
        Entry(seq=number, at=command.at or now, recorded_at=now, by=command.by, event=event)
        for number, event in enumerate(events, start=seq + 1)
    ]


def _grown(incident: Incident | None, entries: Sequence[Entry]) -> Incident:
    for entry in entries:
        incident = evolve(incident, entry)
    assert incident is not None
    return incident


async def _folded_anew(connection: AsyncConnection, stored: Stored) -> Stored:
    """What an older version's row would be by the rules of this one, which may keep more of the same timeline."""
    entries = await log.entries_of(connection, stored.id)
    return replace(stored, incident=fold(entries), fold=FOLD)


def _may_act(stored: Stored | None, by: Actor, ref: str | None) -> Stored:
    """A private incident answers strangers exactly like one that is not there."""
    if stored is None or (ref is not None and not stored.incident.seen_by(by)):
        raise UnknownIncident(typed=ref or "")
    return stored


async def _before(
    connection: AsyncConnection, key: str, command: c.Command, ref: str | None, incident_id: int | None
) -> Outcome:
    """What the same key came to the first time: the incident as it is now, and nothing new."""
    known = incident_id or await inbox.incident_of(connection, key)
    stored = (
        await incidents.by_id(connection, known) if known else await incidents.by_ref(connection, ref) if ref else None
    )
    stored = _may_act(stored, command.by, ref)
    return Outcome(stored.id, stored.incident, duplicate=True)

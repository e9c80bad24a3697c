"""What was promised by when, and whether it was kept: every clock of the policy, read from the timeline.

The timeline is played through `bot.domain.clocks` again, so the review scores the very deadlines that the card showed.
A promise ends with the act that answers it, with the incident, or with a new severity that promises something else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain import events as e
from bot.domain.clocks import RESOLVE, REVIEW, UPDATE, WATCH, deadlines
from bot.domain.evolve import evolve
from bot.domain.incident import Incident
from bot.domain.rules import Policy
from bot.domain.timeline import Entry
from bot.postmortem.alerts import course
from bot.postmortem.metrics import Clock, Verdict, detected
from bot.postmortem.record import Record, read

#: What reminds people of a promise, and moves its next reminder: the promise itself stays what it was.
_REMINDERS = (e.UpdateOverdue, e.TextDue)
#: What moves no clock, and is most of a long timeline: `bot.domain.clocks` reads nothing of what it changes.
BESIDE = (
    e.AlertsCounted,
    e.AlertsJoined,
    e.DeliveryFailed,
    e.DeliveryRetried,
    e.DiagnosticRecorded,
    e.DiagnosticRepeated,
    e.DiagnosticRequested,
    e.MessageCaptured,
    e.MessageDeleted,
    e.MessageEdited,
    e.MessagePinned,
    e.MessageUnpinned,
    e.NoteAdded,
    e.PersonJoined,
    e.PersonLeft,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One deadline and what became of it.

    Attributes:
        clock: the timer's name.
        due_at: by when, with all the time that it was given.
        verdict: kept, late, missed, running, or not needed any more.
        since, until: the entries with which it began, and which answered or ended it.
        late_by: how late it was answered, or is by now.
        extended: the entries that gave it more time.
    """

    clock: str
    due_at: datetime
    verdict: Verdict
    since: int
    until: int | None = None
    late_by: timedelta | None = None
    extended: tuple[int, ...] = ()

    @property
    def cites(self) -> tuple[int, ...]:
        """The entries that it was read from."""
        ends = () if self.until is None else (self.until,)
        return tuple(dict.fromkeys((self.since, *self.extended, *ends)))


@dataclass(slots=True)
class _Open:
    """A promise that still stands. `seen` is the deadline as it last was, which reminders move."""

    due_at: datetime
    since: int
    seen: datetime
    extended: list[int] = field(default_factory=list)


def promises(
    entries: Sequence[Entry], policy: Policy, *, now: datetime, record: Record | None = None
) -> tuple[Promise, ...]:
    """Every promise of an incident in the order in which they ended; those that still stand come last.

    The first is that of its alerts, where it has any: that somebody notices them in time.

    Args:
        entries: the whole timeline, from the declaration on.
        policy: the rules that it is held to.
        now: the time in UTC, for those that still stand while it runs.
        record: the timeline as it was read, by whoever has.
    """
    if not entries:
        return ()
    return (*_noticed(record or read(entries), policy), *_promises(entries, policy, now))


def _noticed(record: Record, policy: Policy) -> Iterator[Promise]:
    """How soon it should have been declared, once the first alert fired; nothing where no alert says when that was."""
    measure, found = detected(record, policy), course(record)
    if found is None or measure.value is None or measure.target is None:
        return
    yield Promise(
        clock=str(Clock.DETECT),
        due_at=record.declared.at - measure.value + measure.target,
        verdict=measure.verdict,
        since=measure.since,
        until=measure.until,
        late_by=measure.late_by,
    )


def _promises(entries: Sequence[Entry], policy: Policy, now: datetime) -> Iterator[Promise]:
    standing: dict[str, _Open] = {}
    incident: Incident | None = None
    for entry in (*entries[:1], *(entry for entry in entries[1:] if not isinstance(entry.event, BESIDE))):
        incident = evolve(incident, entry)
        # Watching is no promise of anybody's: it ends by itself.
        dues = {d.clock: d.due_at for d in deadlines(incident, policy) if d.clock != WATCH}
        for clock in [clock for clock in standing if clock not in dues]:
            yield _ended(clock, standing.pop(clock), entry)
        for clock, due_at in dues.items():
            before = standing.get(clock)
            if before is None:
                standing[clock] = _Open(due_at, entry.seq, due_at)
            elif isinstance(entry.event, e.ClockExtended) and entry.event.clock == clock:
                yield from _broken(clock, before, entry)
                standing[clock] = _with_more_time(before, due_at, entry)
            elif isinstance(entry.event, _REMINDERS):
                before.seen = due_at
            elif before.seen != due_at:
                if _answers(entry.event, clock) or entry.at > before.due_at:
                    yield _ended(clock, before, entry)
                standing[clock] = _Open(due_at, entry.seq, due_at)
    if incident is not None:
        yield from (_standing(clock, left, incident, now) for clock, left in standing.items())


def _broken(clock: str, promise: _Open, entry: Entry) -> Iterator[Promise]:
    """A promise that was broken before it was given more time."""
    if entry.at > promise.due_at:
        yield _ended(clock, promise, entry)


def _with_more_time(before: _Open, due_at: datetime, entry: Entry) -> _Open:
    """A promise that was broken by then stays so: more time is another one."""
    kept = entry.at <= before.due_at
    extended = [*(before.extended if kept else ()), entry.seq]
    return _Open(due_at, before.since if kept else entry.seq, due_at, extended)


def _standing(clock: str, left: _Open, incident: Incident, now: datetime) -> Promise:
    """A promise that nobody has answered yet.

    Of an incident that is over the timeline alone tells: the same entries give the same text, whenever it is written.
    """
    late = now - left.due_at if now > left.due_at and not incident.over else None
    reminded = incident.over and incident.rang.get(clock) == left.due_at
    return Promise(
        clock=clock,
        due_at=left.due_at,
        verdict=Verdict.MISSED if late or reminded else Verdict.RUNNING,
        since=left.since,
        late_by=late,
        extended=tuple(left.extended),
    )


def _answers(event: e.Event, clock: str) -> bool:
    """Whether it is what was promised, though more of the same is promised at once."""
    return isinstance(event, e.UpdatePosted) if clock == UPDATE else isinstance(event, e.TextSent)


def _ended(clock: str, promise: _Open, entry: Entry) -> Promise:
    """A promise that an entry ended: by answering it, or because nobody waits for it any more."""
    late = entry.at - promise.due_at if entry.at > promise.due_at else None
    if isinstance(entry.event, e.FollowUpDue):
        # Without a list to go through, nobody was to do anything by then but hear of it.
        late = None
    if _called_off(clock, entry.event):
        verdict = Verdict.MISSED if late else Verdict.NOT_NEEDED
    else:
        verdict = Verdict.LATE if late else Verdict.KEPT
    return Promise(
        clock=clock,
        due_at=promise.due_at,
        verdict=verdict,
        since=promise.since,
        until=entry.seq,
        late_by=late,
        extended=tuple(promise.extended),
    )


def _called_off(clock: str, event: e.Event) -> bool:
    """Whether nobody waits for it any more, though it was not done."""
    match event:
        case e.Resolved() | e.Closed():
            # Saying that it is over is the last word to those who wait for one.
            return clock not in (RESOLVE, REVIEW, UPDATE)
        case e.SeverityChanged() | e.StatusChanged() | e.Reopened() | e.ConditionCleared():
            return True
        case e.FollowUpDue() | e.ClockExtended():
            return True
        case _:
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How all promises of one clock came out. `worst` is the one that was kept the latest, or not at all."""

    clock: str
    kept: int
    promises: tuple[Promise, ...]

    @property
    def worst(self) -> Promise:
        """The promise that was missed, or answered the latest; of several that were kept, the last."""
        return max(
            self.promises,
            key=lambda promise: (promise.verdict is Verdict.MISSED, promise.late_by or timedelta(), promise.since),
        )

    @property
    def cites(self) -> tuple[int, ...]:
        """Where the worst was read from."""
        return self.worst.cites


def scores(found: Sequence[Promise]) -> tuple[Score, ...]:
    """Promises by clock, each clock once, in the order in which they were made; those not needed are left out."""
    needed = [promise for promise in found if promise.verdict is not Verdict.NOT_NEEDED]
    clocks = dict.fromkeys(promise.clock for promise in sorted(needed, key=lambda promise: promise.since))
    return tuple(
        Score(
            clock=clock,
            kept=sum(p.verdict is Verdict.KEPT for p in needed if p.clock == clock),
            promises=tuple(p for p in needed if p.clock == clock),
        )
        for clock in clocks
    )

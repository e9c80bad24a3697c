"""The incident's clocks against what the policy promised.

A clock runs from the declaration. It is held to the worst severity that the incident had had by the time the
clock stopped: an acknowledgement is not late because the severity rose an hour afterwards, and lowering the
severity does not buy time. A silence is held to the severity in force while it lasted.

The time to detect ends with the declaration, and runs from when the first of the incident's alerts fired. The time to
identify ends where somebody knew the cause; no policy has a target for that.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.domain import events as e
from bot.domain.calendar import Clock as Given
from bot.domain.rules import Policy, Severity
from bot.domain.timeline import Entry
from bot.postmortem.alerts import course
from bot.postmortem.record import Record

_NOTHING: Final = timedelta()


class Clock(StrEnum):
    """What is timed."""

    DETECT = "detect"
    ACKNOWLEDGE = "acknowledge"
    IDENTIFY = "identify"
    MITIGATE = "mitigate"
    RESOLVE = "resolve"
    SILENCE = "silence"


class Verdict(StrEnum):
    """How a clock came out."""

    KEPT = "kept"
    LATE = "late"
    MISSED = "missed"  # the target passed and it never happened
    RUNNING = "running"  # not yet, and there is time left
    NOT_NEEDED = "not_needed"  # it was over before the target passed
    NO_TARGET = "no_target"
    NOT_MEASURED = "not_measured"  # the timeline does not tell
    NOT_SAID = "not_said"  # it is over, and nobody said


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One clock. `since` and `until` are entry numbers; `value` is None where the clock did not stop.

    `moved_by` are the entries that corrected when those happened.
    """

    clock: Clock
    verdict: Verdict
    since: int
    until: int | None = None
    value: timedelta | None = None
    target: timedelta | None = None
    late_by: timedelta | None = None
    severity: str | None = None
    moved_by: tuple[int, ...] = ()

    @property
    def cites(self) -> tuple[int, ...]:
        """The entries that it was measured from, with those that corrected their times."""
        return ((self.since,) if self.until is None else (self.since, self.until)) + self.moved_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """All clocks of an incident. `updates` are the entries of the updates; `silences` those over their target."""

    detect: Measure
    acknowledge: Measure
    identify: Measure
    mitigate: Measure
    resolve: Measure
    silence: Measure
    updates: tuple[int, ...]
    silences: tuple[Measure, ...]

    @property
    def clocks(self) -> tuple[Measure, ...]:
        """In the order in which they are read."""
        return (self.detect, self.acknowledge, self.identify, self.mitigate, self.resolve, self.silence)


def measure(record: Record, policy: Policy, *, now: datetime) -> Metrics:
    """Read the clocks of a timeline. `now` matters only while the incident runs."""
    gaps = [_moved(gap, record) for gap in _silences(record, policy, now)]
    longest = max(gaps, key=lambda gap: gap.value or _NOTHING)
    return Metrics(
        detect=_moved(detected(record, policy), record),
        acknowledge=_moved(_clock(Clock.ACKNOWLEDGE, record.acknowledged, record, policy, now), record),
        identify=_moved(_identified(record, policy), record),
        mitigate=_moved(_clock(Clock.MITIGATE, record.mitigated, record, policy, now), record),
        resolve=_moved(_clock(Clock.RESOLVE, record.resolved, record, policy, now), record),
        silence=longest,
        updates=tuple(entry.seq for entry in record.of.get(e.UpdatePosted, [])),
        silences=tuple(gap for gap in gaps if gap.verdict in (Verdict.LATE, Verdict.MISSED)),
    )


def _moved(measure: Measure, record: Record) -> Measure:
    """A clock that also cites the corrections of the times that it was read from."""
    moves = record.corrections.moves_of(*measure.cites)
    return replace(measure, moved_by=moves) if moves else measure


def detected(record: Record, policy: Policy) -> Measure:
    """How long the first alert had fired when it was declared.

    Without an alert nothing says when it began to go wrong, and neither does one that fired only afterwards: it is not
    measured then, and cites the entry of that alert, if there is one.
    """
    start, found = record.declared, course(record)
    if found is None:
        return Measure(clock=Clock.DETECT, verdict=Verdict.NOT_MEASURED, since=start.seq)
    elapsed = found.before(start)
    if elapsed < _NOTHING:
        return Measure(clock=Clock.DETECT, verdict=Verdict.NOT_MEASURED, since=start.seq, until=found.first.seq)
    severity = _worst(record, policy, start.seq)
    target = _target(Clock.DETECT, severity)
    late = elapsed - target if target is not None and elapsed > target else None
    verdict = Verdict.NO_TARGET if target is None else Verdict.LATE if late else Verdict.KEPT
    return Measure(
        clock=Clock.DETECT,
        verdict=verdict,
        since=found.first.seq,
        until=start.seq,
        value=elapsed,
        target=target,
        late_by=late,
        severity=severity.name if severity else None,
    )


def cause_known(record: Record) -> Entry | None:
    """Where the cause was first known, since it was last reopened; None where nobody has said.

    It is where somebody said it, where a status was entered that means so, or at a resolution that names it.
    """
    known: Entry | None = None
    for entry in record.some(e.CauseFound, e.StatusChanged, e.Resolved, e.Reopened):
        match entry.event:
            case e.Reopened():
                known = None
            case e.CauseFound() | e.StatusChanged(cause_known=True):
                known = known or entry
            case e.Resolved(root_cause=cause) if cause.strip():
                known = known or entry
            case _:
                pass
    return known


def _identified(record: Record, policy: Policy) -> Measure:
    """How long it took to know the cause. There is no target, so it is never late."""
    stop, start = cause_known(record), record.declared
    if stop is None:
        return Measure(
            clock=Clock.IDENTIFY, verdict=Verdict.NOT_SAID if record.over else Verdict.NO_TARGET, since=start.seq
        )
    severity = _worst(record, policy, stop.seq)
    return Measure(
        clock=Clock.IDENTIFY,
        verdict=Verdict.NO_TARGET,
        since=start.seq,
        until=stop.seq,
        value=max(stop.at - start.at, _NOTHING),
        severity=severity.name if severity else None,
    )


def _clock(clock: Clock, stop: Entry | None, record: Record, policy: Policy, now: datetime) -> Measure:
    start = record.declared
    severity = _worst(record, policy, stop.seq if stop else record.upto)
    target = _target(clock, severity)
    end = stop or record.resolved
    elapsed = max((end.at if end else now) - start.at, _NOTHING)
    late = elapsed - target if target is not None and elapsed > target else None
    if target is None:
        verdict = Verdict.NO_TARGET
    elif stop:
        verdict = Verdict.LATE if late else Verdict.KEPT
    elif late:
        verdict = Verdict.MISSED
    else:
        verdict = Verdict.NOT_NEEDED if record.over else Verdict.RUNNING
    return Measure(
        clock=clock,
        verdict=verdict,
        since=start.seq,
        until=stop.seq if stop else None,
        value=elapsed if stop else None,
        target=target,
        late_by=late,
        severity=severity.name if severity else None,
    )


def _worst(record: Record, policy: Policy, upto: int) -> Severity | None:
    """The worst severity by entry `upto`; those that the pack has dropped since don't count."""
    had = (policy.find_severity(name) for name, seq in record.severities if seq <= upto)
    return min((severity for severity in had if severity), key=lambda severity: severity.rank, default=None)


def _target(clock: Clock, severity: Severity | None) -> timedelta | None:
    if severity is None:
        return None
    match clock:
        case Clock.ACKNOWLEDGE:
            return _span(severity.acknowledge_within)
        case Clock.MITIGATE:
            return severity.mitigate_within
        case Clock.RESOLVE:
            return _span(severity.resolve_within)
        case Clock.SILENCE:
            return severity.update_every
        case Clock.DETECT:
            return severity.detect_within
        case Clock.IDENTIFY:
            return None


def _span(given: Given | None) -> timedelta | None:
    """A target as a span; one that waits for something in the calendar has none that is always the same."""
    return given if isinstance(given, timedelta) else None


def _silences(record: Record, policy: Policy, now: datetime) -> Iterator[Measure]:
    """The stretches between what restarts the next-update clock, while the incident ran; at least one."""
    voice, heard, severity = record.declared, record.declared.at, record.opening.severity
    running = True
    told = record.some(e.UpdatePosted, e.SeverityChanged, e.Resolved, e.Closed, e.Reopened)
    # What was moved counts where it happened.
    for entry in sorted(told, key=lambda one: (one.at, one.seq)):
        event = entry.event
        if running and isinstance(event, e.UpdatePosted | e.SeverityChanged | e.Resolved | e.Closed):
            yield _gap(voice, entry, max(entry.at - heard, _NOTHING), policy.find_severity(severity))
            voice, heard = entry, max(heard, entry.at)
        elif isinstance(event, e.Reopened):
            voice, heard, running = entry, max(heard, entry.at), True
        if isinstance(event, e.SeverityChanged):
            severity = event.after
        elif isinstance(event, e.Resolved | e.Closed):
            running = False
    if running:
        yield _gap(voice, None, max(now - heard, _NOTHING), policy.find_severity(severity))


def _gap(start: Entry, end: Entry | None, length: timedelta, severity: Severity | None) -> Measure:
    target = _target(Clock.SILENCE, severity)
    late = length - target if target is not None and length > target else None
    if target is None:
        verdict = Verdict.NO_TARGET
    elif late:
        verdict = Verdict.LATE
    else:
        verdict = Verdict.KEPT if end else Verdict.RUNNING
    return Measure(
        clock=Clock.SILENCE,
        verdict=verdict,
        since=start.seq,
        until=end.seq if end else None,
        value=length,
        target=target,
        late_by=late,
        severity=severity.name if severity else None,
    )

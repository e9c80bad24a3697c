"""The course of an incident as a picture, before it is drawn: phases, severities, silences, and marks on lanes.

Each mark names the entries that it comes from. The same timeline gives the same picture; `now` matters only while the
incident runs. However long the timeline is, the picture stays one that can be looked at: what is too much to be told
apart is drawn together and counted, and what came long after the end is left out and said.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from types import MappingProxyType
from typing import Final

from bot.domain import events as e
from bot.domain.rules import Category, Policy
from bot.domain.timeline import Entry
from bot.postmortem.lanes import Told, lanes
from bot.postmortem.lettering import plain
from bot.postmortem.marks import LaneKind, Mark, Picture, Stretch
from bot.postmortem.metrics import Measure, Metrics, measure
from bot.postmortem.record import Record, read
from bot.postmortem.thinning import lane, stretches, together
from bot.postmortem.wording import day, moment, span

__all__ = ["Picture", "phases", "picture", "words"]

_NONE: Final[Mapping[str, str]] = MappingProxyType({})
_TITLE, _NAME = 140, 32
#: What is shown at least; how much may come before the declaration, and after the end, in parts of the whole length.
_LEAST: Final = timedelta(minutes=1)
_EARLIER, _LEAST_EARLIER, _LATER = 0.5, timedelta(minutes=15), 0.2
#: How much of its time after the end is always shown, in parts of the whole length.
_AFTER: Final = 0.04
#: How a severity looks, by its place among the pack's; those that the pack does not know any more look like the last.
_LOOKS: Final = 5
#: How `words` calls one and several of a lane's marks.
_CALLED: Final = {
    LaneKind.UPDATES: ("update", "updates"),
    LaneKind.ESCALATIONS: ("escalation", "escalations"),
    LaneKind.DIAGNOSTICS: ("diagnostic", "diagnostics"),
    LaneKind.RUNBOOKS: ("runbook", "runbooks"),
    LaneKind.ACTIONS: ("action", "actions"),
}


def picture(
    timeline: Record | Iterable[Entry],
    policy: Policy,
    *,
    now: datetime,
    metrics: Metrics | None = None,
    names: Mapping[str, str] = _NONE,
) -> Picture | None:
    """The picture of an incident's course.

    Args:
        timeline: what was read of it, or all its entries, as corrected.
        policy: the rules that say how severities rank and how often people are to be told.
        now: the time in UTC. An incident that runs is drawn until then.
        metrics: the timeline's clocks, where they were read already.
        names: display names by Slack id; an id without one is shown itself.

    Returns:
        The picture; None of a timeline that does not begin with a declaration.
    """
    record = timeline if isinstance(timeline, Record) else _read(timeline)
    if record is None:
        return None
    declared = record.declared.at
    over = max(record.resolved.at, declared) if record.resolved else None
    ended = over or max(now, declared)
    told = lanes(record, ended, names)
    start, end, late = _window(told, declared, ended, over=over is not None)
    silences = (metrics or measure(record, policy, now=now)).silences
    begins = {entry.seq: entry for entry in record.entries}
    return Picture(
        ref=plain(record.opening.ref, _NAME),
        title=plain(record.opening.title, _TITLE),
        start=start,
        end=end,
        declared=declared,
        over=over,
        phases=stretches(phases(record, policy, end if over else ended), start, end),
        severities=stretches(_severities(record, begins, policy, ended), start, end, worst=True),
        silences=stretches(_silences(silences, begins, declared, ended), start, end),
        lanes=tuple(
            lane(kind, name, kept, start, end)
            for kind, name, marks in told
            if (kept := [_earlier(mark, start) for mark in marks if mark.at <= end])
        ),
        left_out=together(late) if late else None,
    )


def _read(entries: Iterable[Entry]) -> Record | None:
    timeline = tuple(entries)
    return read(timeline) if timeline and isinstance(timeline[0].event, e.Declared) else None


def _earlier(mark: Mark, start: datetime) -> Mark:
    """One that lies before what is shown stands at its beginning, with an arrow."""
    return mark if mark.at >= start else replace(mark, label=f"← {mark.label}".rstrip())


def _window(
    told: Sequence[Told], declared: datetime, ended: datetime, *, over: bool
) -> tuple[datetime, datetime, list[Mark]]:
    """What is shown: the incident, a little before and after it where something happened, and what is left out.

    One mark a month away would leave the others no room.
    """
    marks = [mark for _, _, each in told for mark in each]
    length = max(ended - declared, _LEAST)
    earliest = _moved(declared, -max(length * _EARLIER, _LEAST_EARLIER))
    latest = _moved(ended, length * _LATER)
    start = max(earliest, min(mark.at for mark in marks))
    shown = [mark.at for mark in marks if mark.at <= latest]
    end = max(_moved(ended, length * _AFTER) if over else ended, *shown)
    if end - start < _LEAST:
        end = _moved(start, _LEAST)
        start = min(start, _moved(end, -_LEAST))
    late = sorted((mark for mark in marks if mark.at > end), key=lambda mark: (mark.at, mark.cites))
    return start, end, late


def _moved(at: datetime, by: timedelta) -> datetime:
    """A moment later or earlier, or the end of the calendar."""
    try:
        return at + by
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if by > timedelta() else datetime.min.replace(tzinfo=UTC)


def _joined(begun: Sequence[tuple[datetime, str, str, int]], end: datetime) -> list[Stretch]:
    """Stretches of which each lasts until the next, in the order of the timeline, though its times may go back."""
    found: list[Stretch] = []
    at = begun[0][0]
    for index, (since, name, look, seq) in enumerate(begun):
        at = min(max(at, since), end)
        following = begun[index + 1] if index + 1 < len(begun) else None
        until = max(at, min(following[0], end)) if following else end
        cites = (seq, following[3]) if following else (seq,)
        stretch = Stretch(since=at, until=until, name=plain(name, _NAME), look=look, cites=cites)
        if until > at or (not following and not found):
            found.append(stretch)
    return found


def phases(record: Record, policy: Policy, end: datetime) -> list[Stretch]:
    """Status by status, as the picture shows them; the last one lasts until `end`."""
    opened = policy.find_status(record.opening.status)
    category = opened.category if opened else Category.TRIAGE
    begun = [(record.declared.at, record.opening.status, str(category), record.declared.seq)]
    for entry in record.some(e.StatusChanged, e.Reopened, e.Resolved, e.Closed):
        match entry.event:
            case e.StatusChanged(after=name, category=category) | e.Reopened(status=name, category=category):
                begun.append((entry.at, name, str(category), entry.seq))
            case e.Resolved(status=name):
                begun.append((entry.at, name, str(Category.RESOLVED), entry.seq))
            case e.Closed(status=name):
                begun.append((entry.at, name, str(Category.CLOSED), entry.seq))
            case _:
                pass
    return _joined(begun, end)


def _severities(record: Record, begins: dict[int, Entry], policy: Policy, ended: datetime) -> list[Stretch]:
    """Severity by severity, until it was over."""
    ranks = {severity.name: severity.rank for severity in policy.severities}
    places = {rank: place for place, rank in enumerate(sorted(set(ranks.values())))}
    return _joined(
        [
            (begins[seq].at, name, f"rank{min(places.get(ranks.get(name, -1), _LOOKS), _LOOKS - 1)}", seq)
            for name, seq in record.severities
        ],
        ended,
    )


def _silences(gaps: Iterable[Measure], begins: dict[int, Entry], declared: datetime, ended: datetime) -> list[Stretch]:
    """Where people waited longer than promised for an update: from the promised time on until one came."""
    found = []
    for gap in gaps:
        until = begins[gap.until].at if gap.until in begins else ended
        if gap.late_by and until <= ended:
            since = max(_moved(until, -gap.late_by), declared)
            name = f"{span(gap.late_by)} over"
            found.append(Stretch(since=since, until=max(since, until), name=name, look="silence", cites=gap.cites))
    return sorted(found, key=lambda stretch: (stretch.since, stretch.cites))


def words(shown: Picture) -> str:
    """The picture in a sentence, for those who cannot see it."""
    until = "until now" if shown.over is None else f"until {_until(shown.over, shown.declared)}"
    severities = dict.fromkeys(stretch.name for stretch in shown.severities)
    named = [f"{phase.name} for {span(phase.until - phase.since)}" for phase in shown.phases if not _over(phase)]
    rest = [f"and {len(named) - 6} more"] if len(named) > 6 else []
    course = ", ".join([*named[:6], *rest]) or "over at once"
    if shown.changes:
        course = f"{sum(phase.count for phase in shown.phases):,} changes of status"
    return (
        f"{shown.ref} {shown.title}: from {moment(shown.declared)} {until}, "
        f"{' then '.join(islice(severities, 6))}; {course}; {_counted(shown)}."
    )


def _over(phase: Stretch) -> bool:
    return phase.look in (Category.RESOLVED, Category.CLOSED)


def _until(at: datetime, since: datetime) -> str:
    return moment(at).partition(", ")[2] if day(at) == day(since) else moment(at)


def _counted(shown: Picture) -> str:
    totals: Counter[LaneKind] = Counter()
    for each in shown.lanes:
        totals[each.kind] += each.total
    found = [f"{totals[kind]:,} {names[totals[kind] > 1]}" for kind, names in _CALLED.items() if totals[kind]]
    silent = sum(stretch.count for stretch in shown.silences)
    found += [f"{silent:,} {'times' if silent > 1 else 'time'} without an update for longer than promised"] * bool(
        silent
    )
    return ", ".join(found) or "nothing else is in the timeline"

"""The marks of each lane of the picture, read from the timeline. Nothing here has a place on paper yet."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Final

from bot.domain import events as e
from bot.domain.runbook_run import Outcome
from bot.domain.timeline import Entry
from bot.postmortem.lettering import plain
from bot.postmortem.marks import LaneKind, Mark, Tone
from bot.postmortem.record import Record
from bot.postmortem.walks import Walk, walks

#: Characters of a label.
_LABEL: Final = 48
#: Targets that have a lane of their own; those of the others share one.
_TARGETS: Final = 4
_VERDICTS: Final = {
    "OK": (Tone.GOOD, "well"),
    "WARN": (Tone.WARN, "warning"),
    "ERROR": (Tone.DIM, "check failed"),
    "NO_DATA": (Tone.DIM, "no data"),
    "CRITICAL": (Tone.BAD, "critical"),
}
_ENDED: Final = {"done": Tone.GOOD, "failed": Tone.BAD, "refused": Tone.WARN, "unknown": Tone.DIM}

#: A lane's kind, its name, and its marks.
Told = tuple[LaneKind, str, list[Mark]]


def lanes(record: Record, end: datetime, names: Mapping[str, str]) -> list[Told]:
    """Every lane that has marks, from the top.

    Args:
        record: the timeline.
        end: where what has not ended ends on paper.
        names: display names by Slack id.
    """
    found: list[Told] = [
        (LaneKind.MOMENTS, "Moments", _moments(record)),
        (LaneKind.ALERTS, "Alerts", list(_alerts(record, end))),
        (LaneKind.UPDATES, "Updates", _updates(record)),
        (LaneKind.ESCALATIONS, "Escalations", _escalations(record, names)),
        *((LaneKind.DIAGNOSTICS, name, marks) for name, marks in _diagnostics(record)),
        (LaneKind.RUNBOOKS, "Runbooks", [*_opened(record), *(_walk(walk, end) for walk in walks(record))]),
        (LaneKind.ACTIONS, "Actions", list(_actions(record, end))),
    ]
    return [told for told in found if told[2]]


def _mark(entry: Entry, label: str, tone: Tone = Tone.PLAIN, weight: int = 3) -> Mark:
    return Mark(at=entry.at, label=plain(label, _LABEL), cites=(entry.seq,), tone=tone, weight=weight)


def _moments(record: Record) -> list[Mark]:
    found = [_mark(record.declared, "declared", Tone.BAD, 0)]
    found += [_mark(entry, "acknowledged", weight=1) for entry, _ in record.each(e.Acknowledged)]
    found += [_mark(entry, "cause found", weight=2) for entry, _ in record.each(e.CauseFound)]
    found += [_mark(entry, "resolved", Tone.GOOD, 0) for entry, _ in record.each(e.Resolved)]
    found += [_mark(entry, "reopened", Tone.BAD, 0) for entry, _ in record.each(e.Reopened)]
    found += [_mark(entry, "closed", Tone.GOOD, 2) for entry, _ in record.each(e.Closed)]
    return found


def _alerts(record: Record, end: datetime) -> Iterator[Mark]:
    """From when the first fires until all are clear, and each time that more came."""
    since: Mark | None = None
    for entry in record.entries:
        event = entry.event
        if isinstance(event, e.AlertsJoined):
            label = _named(event.names or tuple(line.name for line in event.lines), event.new)
            if since is None:
                # The monitor's clock may be ahead of ours.
                since = Mark(at=min(event.first_at, entry.at), label=label, cites=(entry.seq,), tone=Tone.BAD, weight=1)
            else:
                yield _mark(entry, label, Tone.BAD)
        elif since and (
            isinstance(event, e.AlertsCleared) or (isinstance(event, e.AlertsCounted) and not event.firing)
        ):
            clear = event.since if isinstance(event, e.AlertsCleared) else entry.at
            yield _ended(since, max(since.at, min(clear, entry.at)), entry)
            yield _mark(entry, "all clear", Tone.GOOD, 1)
            since = None
    if since:
        yield _ended(since, max(since.at, end), None)


def _named(names: Sequence[str], total: int) -> str:
    first = plain(names[0], _LABEL - 8) if names else "alerts"
    more = max(total, len(names)) - 1
    return f"{first} +{more}" if names and more > 0 else first


def _ended(mark: Mark, until: datetime, entry: Entry | None) -> Mark:
    cites = mark.cites if entry is None else (*mark.cites, entry.seq)
    return replace(mark, until=until, cites=cites, open=entry is None)


def _updates(record: Record) -> list[Mark]:
    return [_mark(entry, f"update {event.number}") for entry, event in record.each(e.UpdatePosted)]


def _escalations(record: Record, names: Mapping[str, str]) -> list[Mark]:
    return [
        _mark(entry, ", ".join(names.get(name, name) for name in event.names) or f"level {event.level}", Tone.WARN)
        for entry, event in record.each(e.Escalated)
    ]


def _diagnostics(record: Record) -> Iterator[tuple[str, list[Mark]]]:
    """A lane for each of the first targets, from one look to the next. What came out as before has no label."""
    found: dict[str, list[Mark]] = {}
    said: dict[str, str] = {}
    for entry in record.entries:
        event = entry.event
        if not isinstance(event, e.DiagnosticRecorded | e.DiagnosticRepeated):
            continue
        tone, word = _VERDICTS.get(event.verdict, (Tone.DIM, event.verdict))
        changed = said.get(event.target) != event.verdict
        said[event.target] = event.verdict
        mine = event.target in found or len(found) < _TARGETS
        lane = event.target if mine else ""
        label = word if mine else f"{event.target}: {word}"
        found.setdefault(lane, []).append(_mark(entry, label if changed else "", tone, 2 if changed else 9))
    for name, marks in found.items():
        yield (plain(name, _LABEL), _until_the_next(marks)) if name else ("Others", marks)


def _until_the_next(marks: Sequence[Mark]) -> list[Mark]:
    """What was found holds until somebody looked again."""
    ordered = sorted(marks, key=lambda mark: (mark.at, mark.cites))
    return [*(replace(mark, until=after.at) for mark, after in pairwise(ordered)), *ordered[-1:]]


def _opened(record: Record) -> list[Mark]:
    """The runbooks that were read and not walked."""
    walked = {event.name for _, event in record.each(e.RunbookStarted)}
    shown = ((entry, event) for entry, event in record.each(e.RunbookOpened) if event.name not in walked)
    return [_mark(entry, event.title, weight=4) for entry, event in shown]


def _walk(walk: Walk, end: datetime) -> Mark:
    """A run, from begun to ended. One that was stopped, or in which a step failed, is not green."""
    name = plain(walk.opening.title or walk.opening.name, _LABEL - 12)
    if walk.ended is None:
        label, tone, until = f"{name} (not ended)", Tone.PLAIN, end
    elif walk.finished:
        label, tone, until = name, Tone.WARN if walk.count(Outcome.FAILED) else Tone.GOOD, walk.ended.at
    else:
        label, tone, until = f"{name} (stopped)", Tone.WARN, walk.ended.at
    return Mark(
        at=walk.began.at,
        until=max(walk.began.at, until),
        label=label,
        cites=tuple(dict.fromkeys((walk.began.seq, *((walk.ended.seq,) if walk.ended else ())))),
        tone=tone,
        weight=1,
        open=walk.ended is None,
    )


def _actions(record: Record, end: datetime) -> Iterator[Mark]:
    """Each action from when it was run until it had ended; and those that were not run, when that was said."""
    ran: dict[int, tuple[Entry, str]] = {}
    for entry in record.entries:
        match entry.event:
            case e.ActionStarted(number=number, title=title):
                ran[number] = (entry, title)
            case e.ActionFinished(number=number, title=title, verdict=verdict):
                begun, _ = ran.pop(number, (entry, title))
                cites = tuple(dict.fromkeys((begun.seq, entry.seq)))
                label = title if verdict == "done" else f"{plain(title, _LABEL - 12)} ({verdict})"
                yield Mark(
                    at=min(begun.at, entry.at),
                    until=entry.at,
                    label=plain(label, _LABEL),
                    cites=cites,
                    tone=_ENDED.get(verdict, Tone.DIM),
                    weight=2,
                )
            case e.ActionDeclined(title=title):
                yield _mark(entry, f"{plain(title, _LABEL - 12)} (declined)", Tone.DIM)
            case e.ActionExpired(title=title):
                yield _mark(entry, f"{plain(title, _LABEL - 12)} (expired)", Tone.DIM)
            case _:
                pass
    for begun, title in ran.values():
        label = f"{plain(title, _LABEL - 12)} (not ended)"
        yield Mark(at=begun.at, until=max(begun.at, end), label=label, cites=(begun.seq,), tone=Tone.DIM, open=True)

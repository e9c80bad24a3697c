"""How the verdicts of diagnostics changed: since before anybody declared, and from the first look to the last."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.diagnostics.result import Report, Verdict
from bot.domain import events as e
from bot.domain.timeline import Entry
from bot.postmortem.observation import Observation
from bot.postmortem.record import Record

#: Verdicts that say that something is wrong. That a check failed says nothing of what it looks at.
RED: Final = (Verdict.CRITICAL, Verdict.WARN)
#: What was measured longer ago than this was of another day's trouble.
_LATELY: Final = timedelta(hours=6)
#: Names of checks in one sentence.
_NAMED: Final = 3

Reports = Mapping[int, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a target: its entry and the verdict; `run` names the run."""

    entry: Entry
    verdict: str
    run: str


def looks(record: Record) -> dict[str, list[Look]]:
    """Every look at each target, in order, those of a watch that found nothing new among them."""
    found: dict[str, list[Look]] = {}
    for entry in record.some(e.DiagnosticRecorded, e.DiagnosticRepeated):
        if isinstance(event := entry.event, e.DiagnosticRecorded | e.DiagnosticRepeated):
            found.setdefault(event.target, []).append(Look(entry, event.verdict, event.run))
    return found


def well_again(record: Record) -> Iterator[Observation]:
    """Targets that were found unwell, and well at the last look."""
    for target, of_it in looks(record).items():
        first = next((look for look in of_it if look.verdict in RED), None)
        last = of_it[-1]
        if first and last.verdict == Verdict.OK and last.entry.seq > first.entry.seq:
            length = max(last.entry.at - first.entry.at, timedelta())
            facts = {"target": target, "before": first.verdict, "length": length}
            yield Observation("well_again", (first.entry.seq, last.entry.seq), facts)


def left_red(record: Record) -> Iterator[Observation]:
    """Targets that were unwell at the last look when it was resolved, and nobody has seen them well since."""
    if record.resolved is None:
        return
    for target, of_it in looks(record).items():
        before = [look for look in of_it if look.entry.seq < record.resolved.seq]
        if before and before[-1].verdict in RED and of_it[-1].verdict in RED:
            facts = {"target": target, "verdict": before[-1].verdict}
            yield Observation("left_red", (before[-1].entry.seq, record.resolved.seq), facts)


def red_before(record: Record, reports: Reports) -> Iterator[Observation]:
    """Checks that had found something wrong before anybody declared: as of an earlier run that a report knows of."""
    declared = record.declared
    known: dict[str, tuple[datetime, Verdict, int]] = {}
    for entry, event in record.each(e.DiagnosticRecorded):
        for label, at, verdict in _earlier(reports.get(event.evidence)):
            if timedelta() < declared.at - at <= _LATELY and (label not in known or at < known[label][0]):
                known[label] = (at, verdict, entry.seq)
    if not known:
        return
    since = min(at for at, _, _ in known.values())
    facts = {
        "checks": list(known)[:_NAMED],
        "more": len(known) - len(list(known)[:_NAMED]),
        "verdict": Verdict.worst(verdict for _, verdict, _ in known.values()),
        "length": declared.at - since,
    }
    seqs = dict.fromkeys(seq for _, _, seq in known.values())
    yield Observation("red_before", (declared.seq, *seqs), facts)


def _earlier(data: Mapping[str, Any] | None) -> Iterator[tuple[str, datetime, Verdict]]:
    """What a report has of red results, its own and those of the run before: label, time and verdict."""
    try:
        report = Report.from_dict(data) if data else None
    except (KeyError, TypeError, ValueError, AttributeError):
        return  # another version wrote it
    if report is None:
        return
    for result in report.worst_first:
        if result.verdict in RED:
            yield result.label, report.started_at, result.verdict
        if result.last is not None and result.last.verdict in RED:
            yield result.label, result.last.at, result.last.verdict

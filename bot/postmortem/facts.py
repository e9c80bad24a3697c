"""The facts behind a review as JSON, in the shapes of `bot.postmortem.schema`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from bot.domain import events as e
from bot.domain.action_item import ActionItem
from bot.domain.incident import Incident
from bot.domain.procedures import DocumentPart
from bot.domain.timeline import Entry
from bot.postmortem import schema
from bot.postmortem.corrections import Corrected, corrected
from bot.postmortem.document import SECTIONS
from bot.postmortem.markup import cited
from bot.postmortem.metrics import Measure, Metrics
from bot.postmortem.parts import Part, split
from bot.store.codec import event_to_json, incident_to_json

_NONE: Final[Mapping[int, Mapping[str, Any]]] = MappingProxyType({})


def to_json(
    incident: Incident,
    entries: Iterable[Entry],
    metrics: Metrics,
    *,
    markdown: str = "",
    generated: str | None = None,
    document: Sequence[DocumentPart] = (),
    reports: Mapping[int, Mapping[str, Any]] = _NONE,
) -> dict[str, Any]:
    """The review as JSON's types. Lengths are seconds, times ISO 8601 in UTC.

    Args:
        incident: as the timeline leaves it.
        entries: the whole timeline; it is told as it was corrected.
        metrics: its clocks.
        markdown: the review as it is kept; its sections are told only if it is given.
        generated: what the generator alone had written for that version; None where nobody has changed it.
        document: the pack's document (`bot.postmortem.document.parts`), which knows what its sections are called.
        reports: what diagnostics found in full, by the id of the evidence.
    """
    corrections = corrected(entries)
    timeline, upto = corrections.entries, corrections.upto
    made = schema.ReviewFacts(
        schema_version=schema.VERSION,
        incident=schema.IncidentFacts.model_validate(incident_to_json(incident)),
        metrics=_metrics(metrics),
        sections=list(sections(markdown, upto, generated=generated, document=document)),
        timeline=[_entry(entry, corrections) for entry in timeline],
        action_items=[_item(item) for item in incident.action_items],
        evidence=list(_evidence(timeline, reports)),
    )
    return made.model_dump(mode="json")


def sections(
    markdown: str, upto: int, *, generated: str | None = None, document: Sequence[DocumentPart] = ()
) -> Iterator[schema.SectionFacts]:
    """The review by its sections, with whose each is and which entries up to number `upto` it names."""
    names = {title: name for name, title in SECTIONS.items()}
    names |= {part.title or SECTIONS.get(part.section, ""): part.section for part in document if part.section}
    ours = {part.name: _same(part) for part in split(markdown if generated is None else generated)}
    for part in split(markdown):
        if part.heading:
            yield schema.SectionFacts(
                name=names.get(part.title) if part.number == 1 else None,
                title=part.title,
                markdown=part.text.strip(),
                owner="generated" if ours.get(part.name) == _same(part) else "people",
                entries=cited(markdown=part.text, upto=upto),
            )


def _same(part: Part) -> list[str]:
    """A section's lines as far as they mean something: blanks at their ends do not."""
    return [line.rstrip() for line in part.text.strip().splitlines()]


def _metrics(metrics: Metrics) -> schema.MetricsFacts:
    return schema.MetricsFacts.model_validate(
        {str(measure.clock): _measure(measure) for measure in metrics.clocks}
        | {"updates": list(metrics.updates), "silences": [_measure(gap) for gap in metrics.silences]}
    )


def _measure(measure: Measure) -> dict[str, Any]:
    return {
        "verdict": str(measure.verdict),
        "value": _seconds(measure.value),
        "target": _seconds(measure.target),
        "late_by": _seconds(measure.late_by),
        "severity": measure.severity,
        "entries": list(measure.cites),
    }


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds()


def _entry(entry: Entry, corrections: Corrected) -> schema.EntryFacts:
    if isinstance(entry.event, e.Unknown):
        kind, payload = entry.event.kind, dict(entry.event.payload)
    else:
        kind, payload = event_to_json(entry.event)
    return schema.EntryFacts(
        seq=entry.seq,
        at=entry.at,
        recorded_at=entry.recorded_at,
        caught_up=entry.caught_up and entry.seq not in corrections.moved,
        moved_from=corrections.before(entry.seq),
        by=schema.ActorFacts(kind=str(entry.by.kind), id=entry.by.id),
        kind=kind,
        event=payload,
    )


def _item(item: ActionItem) -> schema.ItemFacts:
    return schema.ItemFacts(
        number=item.number,
        text=item.text,
        owner=item.owner,
        due=item.due.isoformat() if item.due else None,
        priority=item.priority,
        sort=item.sort,
        links=list(item.links),
        done=item.done,
        dropped=item.dropped,
        evidence=item.evidence,
        tracked=dict(item.tracked),
    )


def _evidence(entries: Iterable[Entry], reports: Mapping[int, Mapping[str, Any]]) -> Iterator[schema.EvidenceFacts]:
    for entry in entries:
        event = entry.event
        if isinstance(event, e.DiagnosticRecorded | e.DiagnosticRepeated):
            report = reports.get(event.evidence)
            yield schema.EvidenceFacts(
                id=event.evidence,
                entry=entry.seq,
                run=event.run,
                target=event.target,
                verdict=event.verdict,
                digest=event.digest,
                report=None if report is None else dict(report),
            )

"""What went well and what did not, as far as the timeline shows it: computed, never guessed.

What the clocks, the severity, the roles and the alerts show stands here; more is in `trouble`, `verdicts` and `luck`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from bot.domain import events as e
from bot.domain.rules import Policy, Trigger
from bot.domain.runbook_run import Outcome
from bot.postmortem import planned, trouble, verdicts
from bot.postmortem.alerts import by_a_person, course
from bot.postmortem.metrics import Clock, Metrics, Verdict
from bot.postmortem.observation import Observation
from bot.postmortem.record import Record
from bot.postmortem.walks import Walk, walks

__all__ = ["Observation", "to_improve", "went_well"]

_CLOCKS: Final = (Clock.ACKNOWLEDGE, Clock.MITIGATE, Clock.RESOLVE)
_NOTHING: Final = timedelta()
#: Help that was fetched this soon is worth a word.
_SOON: Final = timedelta(minutes=15)
#: From so long on it took minutes from the first alert to the declaration, whatever the policy says of it.
_MINUTES: Final = timedelta(minutes=2)
#: Silences that get a sentence each.
_SILENCES: Final = 5
_NO_REPORTS: Final[Mapping[int, Mapping[str, Any]]] = MappingProxyType({})
_HELP: Final = ((e.DiagnosticRecorded, "looked"), (e.RunbookOpened, "followed"), (e.RunbookStarted, "walked"))


def went_well(record: Record, metrics: Metrics, policy: Policy) -> Iterator[Observation]:
    """What was done as it should be."""
    if metrics.detect.verdict is Verdict.KEPT:
        yield Observation("detected", metrics.detect.cites, {"measure": metrics.detect})
    for measure in metrics.clocks:
        if measure.clock in _CLOCKS and measure.verdict is Verdict.KEPT:
            yield Observation("kept", measure.cites, {"measure": measure})
    if metrics.updates and not metrics.silences and metrics.silence.target:
        yield Observation("told", metrics.updates, {"silence": metrics.silence, "count": len(metrics.updates)})
    if (holders := record.holders.get(policy.commander)) and not _overtaken(record, holders[0][1].seq):
        user, entry = holders[0]
        since = entry.at - record.declared.at
        yield Observation("commanded", (entry.seq,), {"user": user, "since": since, "role": _title(policy)})
    for kind, sentence in _HELP:
        first = next(iter(record.of.get(kind, [])), None)
        if first and _NOTHING <= first.at - record.declared.at <= _SOON:
            since = first.at - record.declared.at
            yield Observation(sentence, (first.seq,), {"event": first.event, "since": since})
    yield from verdicts.well_again(record)
    yield from _walked_through(walks(record))
    yield from planned.owned(record)


def to_improve(
    record: Record, metrics: Metrics, policy: Policy, *, reports: Mapping[int, Mapping[str, Any]] = _NO_REPORTS
) -> Iterator[Observation]:
    """What was late, missing or had to be done twice.

    Args:
        record: the timeline.
        metrics: its clocks.
        policy: the rules that it is held to.
        reports: what diagnostics found in full, by the id of the evidence; they know what was measured before.
    """
    yield from detected_how(record, metrics, reports)
    for measure in metrics.clocks:
        if measure.clock in _CLOCKS and measure.verdict in (Verdict.LATE, Verdict.MISSED):
            cites = measure.cites if measure.until else (measure.since, record.upto)
            yield Observation(str(measure.verdict), cites, {"measure": measure})
    yield from _silences(metrics)
    yield from _escalations(record, policy)
    yield from trouble.calls(record)
    yield from _severity(record, policy)
    for entry in record.of.get(e.Reopened, []):
        yield Observation("again", (entry.seq,), {"event": entry.event})
    if policy.commander not in record.holders:
        yield Observation("leaderless", (record.declared.seq, record.upto), {"role": _title(policy)})
    yield from trouble.vacant(record, policy)
    if late := [entry for kind in (e.Escalated, e.UpdateOverdue) for entry in record.of.get(kind, []) if entry.late]:
        most = max(entry.late for entry in late if entry.late)
        yield Observation("delayed", tuple(entry.seq for entry in late), {"count": len(late), "most": most})
    if refused := _refused(record):
        yield Observation("refused", refused, {"count": len(refused)})
    found = walks(record)
    yield from trouble.steps(found)
    yield from _left_off(found)
    yield from trouble.actions(record)
    yield from verdicts.left_red(record)
    yield from trouble.overruled(record)
    yield from planned.loose(record)


def detected_how(record: Record, metrics: Metrics, reports: Mapping[int, Mapping[str, Any]]) -> Iterator[Observation]:
    """What shows how soon it was noticed: alerts, checks that were red before, and alerts that fired again."""
    yield from _alerts(record, metrics)
    yield from verdicts.red_before(record, reports)
    yield from trouble.alerts_again(record)


def _walked_through(found: Sequence[Walk]) -> Iterator[Observation]:
    """Runbooks that were walked to their end without a step that failed."""
    for walk in found:
        if walk.finished and walk.ended and not any(said.event.outcome is Outcome.FAILED for said in walk.said):
            yield Observation("walked_through", (walk.began.seq, walk.ended.seq), {"walk": walk})


def _alerts(record: Record, metrics: Metrics) -> Iterator[Observation]:
    """Alerts that fired for minutes before the declaration, and an incident that people declared before any joined."""
    measure, found = metrics.detect, course(record)
    if found is None:
        return
    despite = found.by_hand and by_a_person(record) and found.before(record.declared) >= _NOTHING
    if measure.verdict is Verdict.LATE:
        yield Observation("detected_late", measure.cites, {"measure": measure})
    elif (
        measure.verdict is Verdict.NO_TARGET
        and measure.value is not None
        and measure.value >= _MINUTES
        and not despite  # which says for how long, too
    ):
        yield Observation("waited", measure.cites, {"value": measure.value})
    if not (found.by_hand and by_a_person(record)):
        return
    facts = {"by": record.declared.by, "length": abs(found.before(record.declared))}
    if found.before(record.declared) < _NOTHING:
        yield Observation("before_alerts", (record.declared.seq, found.first.seq), facts)
    else:
        cites = tuple(dict.fromkeys((record.declared.seq, found.first.seq, found.joined.seq)))
        since = max(found.joined.at - record.declared.at, _NOTHING)
        yield Observation("despite_alerts", cites, facts | {"since": since})


def _silences(metrics: Metrics) -> Iterator[Observation]:
    """The longest silences in their order, and how many more there were."""
    ranked = sorted(metrics.silences, key=lambda gap: (-(gap.late_by or _NOTHING), gap.since))
    for gap in sorted(ranked[:_SILENCES], key=lambda gap: gap.since):
        yield Observation("silent", gap.cites, {"gap": gap})
    if rest := ranked[_SILENCES:]:
        yield Observation("silent_more", tuple(sorted({gap.since for gap in rest})), {"count": len(rest)})


def _title(policy: Policy) -> str:
    return next((role.title for role in policy.roles if role.name == policy.commander), policy.commander)


def _overtaken(record: Record, seq: int) -> bool:
    """Whether the incident was already over, or escalated, when that entry came."""
    called = record.of.get(e.Escalated, [])
    over = record.of.get(e.Resolved, [])
    return any(entry.seq < seq for entry in (*called, *over))


def _escalations(record: Record, policy: Policy) -> Iterator[Observation]:
    """Calls that a later call had to repeat, because nobody had answered. Those that come with a declaration do not."""
    answered = record.acknowledged
    if answered is None and record.over:
        return  # nobody ever did, which `trouble` says of all of them
    steps = {step.name: step.trigger for step in policy.escalation}
    meant = (Trigger.DECLARED, Trigger.CONDITION, Trigger.REQUEST)
    called = [(entry, event) for entry, event in record.each(e.Escalated) if event.step]
    automatic = [
        entry
        for entry, event in called
        if steps.get(event.step or "") not in meant
        and (answered is None or (entry.seq < answered.seq and entry.at <= answered.at))
    ]
    if len(automatic) > 1:
        cites = tuple(x.seq for x in automatic)
        yield Observation("unanswered", cites, {"count": len(cites), "length": automatic[-1].at - automatic[0].at})


def _left_off(found: Sequence[Walk]) -> Iterator[Observation]:
    """Runbooks that somebody gave up."""
    for walk in found:
        if walk.ended and not walk.finished:
            yield Observation("left_off", (walk.ended.seq,), {"walk": walk})


def _refused(record: Record) -> tuple[int, ...]:
    """What Slack refused and nobody mended: a retry or a drop takes its refusal's trouble away."""
    troubles: dict[int, list[int]] = {}
    for entry in record.some(e.DeliveryFailed, e.DeliveryRetried, e.DeliveryDropped):
        match entry.event:
            case e.DeliveryFailed(outbox=number, final=True):
                troubles.setdefault(number, []).append(entry.seq)
            case e.DeliveryRetried(outbox=number) | e.DeliveryDropped(outbox=number) if number:
                troubles.pop(number, None)
            case _:
                pass
    return tuple(sorted(seq for seqs in troubles.values() for seq in seqs))


def _severity(record: Record, policy: Policy) -> Iterator[Observation]:
    """Severity that was raised after the declaration: the first hours ran on the wrong clocks."""
    for entry, event in record.each(e.SeverityChanged):
        before, after = policy.find_severity(event.before), policy.find_severity(event.after)
        if before and after and after.rank < before.rank:
            since = entry.at - record.declared.at
            yield Observation("raised", (entry.seq,), {"event": event, "since": max(since, _NOTHING)})

"""Where it could have been worse, as far as the timeline shows it: what was kept only just, and what was feared."""

from collections.abc import Iterator
from typing import Final

from bot.domain import events as e
from bot.postmortem.metrics import Clock, Metrics, Verdict
from bot.postmortem.observation import Observation
from bot.postmortem.record import Record

_CLOCKS: Final = (Clock.DETECT, Clock.ACKNOWLEDGE, Clock.MITIGATE, Clock.RESOLVE)
#: Which part of a target may be used before it was kept only just.
_NEARLY: Final = 0.9


def lucky(record: Record, metrics: Metrics) -> Iterator[Observation]:
    """Clocks that were kept with little to spare, and conditions that turned out not to be so."""
    for measure in metrics.clocks:
        if measure.clock not in _CLOCKS or measure.verdict is not Verdict.KEPT or not measure.target:
            continue
        if measure.value is not None and measure.value >= measure.target * _NEARLY:
            facts = {"measure": measure, "left": measure.target - measure.value}
            yield Observation("narrowly", measure.cites, facts)
    feared = dict.fromkeys(record.opening.conditions, record.declared)
    for entry in record.some(e.ConditionSet, e.ConditionCleared):
        event = entry.event
        if isinstance(event, e.ConditionSet):
            feared[event.condition] = entry
        elif isinstance(event, e.ConditionCleared) and (since := feared.pop(event.condition, None)):
            yield Observation("unfounded", (since.seq, entry.seq), {"title": event.title, "why": event.why})

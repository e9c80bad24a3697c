"""How it was noticed, and what to ask of what did not notice it, or not soon enough."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from bot.postmortem.alerts import by_a_person, course
from bot.postmortem.filled import Filled, Topic
from bot.postmortem.lines import Lines
from bot.postmortem.metrics import Metrics, Verdict
from bot.postmortem.observation import Observation, told
from bot.postmortem.observe import detected_how
from bot.postmortem.record import Record
from bot.postmortem.text import Md, cite
from bot.postmortem.verdicts import Reports

_NOTHING: Final = timedelta()


def detection(
    record: Record, lines: Lines, *, metrics: Metrics, reports: Reports, found: list[Filled]
) -> dict[str, Any]:
    """The variables of the section: the facts, each with its entries, and the questions that they lead to.

    Args:
        record: the timeline.
        lines: the sentences.
        metrics: the clocks.
        reports: what diagnostics found in full, by the id of the evidence.
        found: what was filled in.
    """
    by = Md(f"{lines.declared_by(record.declared.by, record.declared.at)} ({cite(record.declared.seq)})")
    said = {one.title: one for one in found if one.topic is Topic.DETECTION}
    filled = [Md(f"{lines.impact_filled(title, [one.text], 0)} ({cite(one.entry.seq)})") for title, one in said.items()]
    wrong = list(detected_how(record, metrics, reports))
    names = {one.sentence for one in wrong}
    shown = [*_in_time(metrics, names), *wrong]
    return {
        "facts": [by, *filled, *(told(one, lines) for one in shown)],
        "questions": [lines.detection_question(name) for name in _asks(record, metrics, names)],
    }


def _in_time(metrics: Metrics, names: set[str]) -> Iterator[Observation]:
    """How soon it was declared after the first alert, where that was no reason to complain."""
    measure = metrics.detect
    if measure.verdict is Verdict.KEPT:
        yield Observation("detected", measure.cites, {"measure": measure})
    elif (
        measure.verdict is Verdict.NO_TARGET and measure.value is not None and not names & {"waited", "despite_alerts"}
    ):
        yield Observation("waited", measure.cites, {"value": measure.value})


def _asks(record: Record, metrics: Metrics, shown: set[str]) -> Iterator[str]:
    """The names of the questions, each once: what would have noticed it, and noticed it sooner."""
    found = course(record)
    if found is None:
        yield "no_alert" if by_a_person(record) else "monitor"
    elif by_a_person(record) and found.by_hand and found.before(record.declared) < _NOTHING:
        yield "late_alert"
    elif metrics.detect.verdict is Verdict.LATE or shown & {"waited", "despite_alerts"}:
        yield "slow"
    else:
        yield "in_time"
    if "red_before" in shown:
        yield "red_before"
    if "fired_again" in shown:
        yield "fired_again"

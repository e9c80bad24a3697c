"""How a series went over some time, said in a sentence."""

import math
from collections.abc import Sequence

from bot.diagnostics.checks.prometheus import wording
from bot.diagnostics.checks.prometheus.window import History, Window
from bot.policy.targets.prometheus import Judged, QueryRule


def went(rule: QueryRule, series: History, window: Window, subject: str) -> str:
    """How it went, without a full stop: `It was 0.2 % an hour ago, and is 7.3 % now`.

    Args:
        rule: the query.
        series: one that has a value by which it is judged.
        window: the time over which it was asked.
        subject: what the sentence calls it.
    """
    value, over = wording.amount(series.judged(rule.of), rule.unit), f"over the last {window.spoken()}"
    now = f"is {wording.amount(series.now, rule.unit)} now"
    if math.isnan(series.now):
        now = f"has had no value since {_clock(window, series.known[-1])}"
    match rule.of:
        case Judged.AVG:
            return f"{subject} was {value} on average {over}, and {now}"
        case Judged.INCREASE:
            return f"{subject} grew by {value} {over}, and {now}"
        case Judged.MAX:
            return f"{subject} was {value} at its highest, {window.moment(series.highest)}, and {now}"
        case Judged.MIN:
            return f"{subject} was {value} at its lowest, {window.moment(series.lowest)}, and {now}"
        case Judged.LAST:
            return f"{subject} {_from_to(rule, series, window, now)}"


def why_nothing(series: Sequence[History], window: Window) -> str:
    """Why there is nothing to judge, without a full stop."""
    over = f"over the last {window.spoken()}"
    last = [each.known[-1] for each in series if each.known]
    if last:
        none = "The series has no value now" if len(series) == 1 else f"None of {len(series)} series has a value now"
        return f"{none}, the last was {window.moment(max(last))}"
    return f"Every series is NaN {over}" if series else f"No series matches the query {over}"


def _from_to(rule: QueryRule, series: History, window: Window, now: str) -> str:
    first, values = series.known[0], series.values
    if values[series.lowest] == values[series.highest]:
        since = f"since {_clock(window, first)}" if first else f"throughout the last {window.spoken()}"
        return f"has been {wording.amount(values[first], rule.unit)} {since}"
    began = window.moment(first) if first else window.ago()
    said = f"was {wording.amount(values[first], rule.unit)} {began}, and {now}"
    extreme, word = (series.lowest, "lowest") if rule.below else (series.highest, "highest")
    if values[extreme] in (values[first], series.now):
        return said
    return f"{said}; at its {word} it was {wording.amount(values[extreme], rule.unit)} {window.moment(extreme)}"


def _clock(window: Window, index: int) -> str:
    return window.moment(index).removeprefix("at ").removeprefix("on ")

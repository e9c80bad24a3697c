"""Queries that are asked over some time: judged by the worst series, and drawn."""

import math
from collections.abc import Sequence
from dataclasses import replace

from bot.diagnostics import redact
from bot.diagnostics.checks.prometheus import telling, wording
from bot.diagnostics.checks.prometheus.answering import Past
from bot.diagnostics.checks.prometheus.window import History, Window, histories
from bot.diagnostics.result import MAX_LINES, Chart, Line, Measurement, Rows, Verdict
from bot.policy.targets.prometheus import Judged, QueryRule

#: Characters of a line's name.
_NAME = 80
#: What is judged, where that is not how it is now; and which of these has a column of its own.
_OF = {Judged.MAX: "highest value", Judged.MIN: "lowest value", Judged.AVG: "average", Judged.INCREASE: "increase"}
_RECKONED = (Judged.AVG, Judged.INCREASE)


def judge(rule: QueryRule, found: Sequence[Past], warning: str, window: Window) -> Measurement:
    """By the worst of the series that a query gave over some time.

    Args:
        rule: the query with its limits; it has `over`.
        found: what came back.
        warning: what Prometheus warns of, or nothing.
        window: what was asked for.
    """
    series = histories(found, window)
    judged = [each for each in series if not math.isnan(each.judged(rule.of))]
    judged.sort(key=lambda each: each.judged(rule.of), reverse=not rule.below)
    ordered = [*judged, *(each for each in series if math.isnan(each.judged(rule.of)))]
    threshold, rows = _limits(rule), _rows(rule, ordered) if series else None
    if not judged:
        why = telling.why_nothing(series, window)
        nothing = wording.nothing(rule, why, warning)
        return replace(nothing, threshold=threshold, rows=rows, chart=_chart(rule, ordered, window, why))
    worst = judged[0]
    value = worst.judged(rule.of)
    verdict = wording.verdict(rule, value)
    subject = wording.subject(len(series)) + wording.which(len(series), worst.labels)
    went = telling.went(rule, worst, window, subject)
    ended = sum(math.isnan(each.now) for each in series)
    gone = f" {ended} of {len(series)} have no value now." if ended and len(series) > 1 else ""
    held = f"{went}; {threshold}" if threshold != "none" else went
    return Measurement(
        verdict=verdict,
        explanation=f"{went}.{gone}{wording.warned(warning)}",
        next_step="" if verdict is Verdict.OK else wording.advice(rule),
        value=value if math.isfinite(value) else None,
        unit=rule.unit,
        threshold=threshold,
        rows=rows,
        facts={} if verdict is Verdict.OK else wording.facts(worst.labels),
        chart=_chart(rule, ordered, window, held),
    )


def _limits(rule: QueryRule) -> str:
    said = wording.limits(rule)
    return said if said == "none" or rule.of is Judged.LAST else f"{said}, for the {_OF[rule.of]}"


def _rows(rule: QueryRule, series: Sequence[History]) -> Rows:
    """The series in a table, by the labels in which they differ."""
    names = wording.differing(each.labels for each in series)
    reckoned = [_OF[rule.of]] if rule.of in _RECKONED else []

    def cells(each: History) -> list[float | str | None]:
        if not each.known:
            return [*map(each.labels.get, names), *(None for _ in reckoned), None, None, None, "nan"]
        first, lowest, highest = (each.values[index] for index in (each.known[0], each.lowest, each.highest))
        values = (*(each.judged(rule.of) for _ in reckoned), first, lowest, highest, each.now)
        return [
            *map(each.labels.get, names),
            *(None if math.isnan(value) else wording.cell(value) for value in values),
        ]

    return Rows.of((*names, *reckoned, "first", "lowest", "highest", "now"), map(cells, series))


def _chart(rule: QueryRule, ordered: Sequence[History], window: Window, says: str) -> Chart | None:
    """The worst series as lines; None where nothing could be drawn."""
    drawn = [each for each in ordered if any(map(math.isfinite, each.values))][:MAX_LINES]
    if not drawn:
        return None
    title = rule.title or rule.name
    names = wording.differing(each.labels for each in ordered) if len(ordered) > 1 else []
    some = f" {len(drawn)} of {len(ordered)} series are drawn." if len(drawn) < len(ordered) else ""
    # The limits hold for the lines only where these are what is judged.
    shown = rule.of not in _RECKONED
    return Chart(
        lines=tuple(Line(label=_label(each, names) or title, points=_points(each, window)) for each in drawn),
        unit=rule.unit,
        warn=rule.warn if shown else None,
        critical=rule.critical if shown else None,
        says=f"{title} {window.span()}: {says[0].lower()}{says[1:]}.{some}",
    )


def _label(series: History, names: Sequence[str]) -> str:
    """What sets a series apart: the one label's value, or all of them with their names; nothing without any."""
    if len(names) == 1:
        return redact.text(series.labels.get(names[0], f"no {names[0]}"), most=_NAME)
    there = [name for name in names if name in series.labels]
    return redact.text(", ".join(f"{name}={series.labels[name]}" for name in there), most=_NAME)


def _points(series: History, window: Window) -> tuple[tuple[float, float | None], ...]:
    return tuple(
        # Six digits are more than a picture shows.
        (float(window.start + index * window.step), float(f"{value:.6g}") if math.isfinite(value) else None)
        for index, value in enumerate(series.values)
    )

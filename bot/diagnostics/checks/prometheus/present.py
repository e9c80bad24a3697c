"""Queries that are asked for now: judged by the worst series."""

import math
from collections.abc import Sequence
from dataclasses import replace

from bot.diagnostics.checks.prometheus import wording
from bot.diagnostics.checks.prometheus.answering import Series
from bot.diagnostics.result import Measurement, Rows, Verdict
from bot.policy.targets.prometheus import QueryRule


def judge(rule: QueryRule, series: Sequence[Series], warning: str) -> Measurement:
    """By the worst of the series that a query gave.

    Args:
        rule: the query with its limits.
        series: what came back.
        warning: what Prometheus warns of, or nothing.
    """
    known = [each for each in series if not math.isnan(each.value)]
    if not known:
        why = "Every series is NaN" if series else "No series matches the query"
        return replace(wording.nothing(rule, why, warning), rows=_rows(series) if series else None)
    known.sort(key=lambda each: each.value, reverse=not rule.below)
    worst = known[0]
    verdict = wording.verdict(rule, worst.value)
    it_is = f"{wording.subject(len(series))} is {wording.amount(worst.value, rule.unit)}"
    return Measurement(
        verdict=verdict,
        explanation=f"{it_is}{wording.which(len(series), worst.labels)}.{wording.warned(warning)}",
        next_step="" if verdict is Verdict.OK else wording.advice(rule),
        value=worst.value if math.isfinite(worst.value) else None,
        unit=rule.unit,
        threshold=wording.limits(rule),
        rows=_rows([*known, *(each for each in series if math.isnan(each.value))]),
        facts={} if verdict is Verdict.OK else wording.facts(worst.labels),
    )


def _rows(series: Sequence[Series]) -> Rows:
    """The series in a table, by the labels in which they differ."""
    names = wording.differing(each.labels for each in series)
    return Rows.of((*names, "value"), ([*map(each.labels.get, names), wording.cell(each.value)] for each in series))

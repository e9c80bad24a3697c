"""How the series of a query, their values and their limits are said to people."""

from collections.abc import Iterable, Mapping

from bot.diagnostics import judging, redact
from bot.diagnostics.result import Measurement, Verdict
from bot.policy.targets.prometheus import QueryRule

#: Labels that are shown of a series, and characters of all of them.
_LABELS = 6
_LENGTH = 200
#: Below this a rounded number would read as nought; from the other on, no places are read.
_SMALL, _LARGE, _PLAIN = 0.1, 1000, 1e15

Labels = Mapping[str, str]


def verdict(rule: QueryRule, value: float) -> Verdict:
    """By the rule's limits: whether a value is at or past one of them."""
    return judging.judged(value, rule.warn, rule.critical, below=rule.below)


def limits(rule: QueryRule) -> str:
    """The rule's limits: `warn at 1 %, critical at 5 %`, or `none`."""
    warn, critical = (None if limit is None else f"{limit:,.12g}" for limit in (rule.warn, rule.critical))
    return judging.limits(warn, critical, rule.unit, below=rule.below) or "none"


def amount(value: float, unit: str) -> str:
    """A value with its unit, as exact as people read it: `0.2 %`, `12,345 requests`."""
    digits = f"{value:,.0f}" if _LARGE <= abs(value) < _PLAIN else f"{value:.4g}"
    return f"{digits} {unit}".strip()


def subject(number: int) -> str:
    """What the first of so many series is called at the beginning of a sentence."""
    return "It" if number == 1 else f"The worst of {number} series"


def which(number: int, labels: Labels) -> str:
    """Which of so many series it is, in brackets behind a space; nothing where there is but one."""
    return f" ({named(labels)})" if number > 1 and labels else ""


def named(labels: Labels) -> str:
    """A series as PromQL would select it: `job="api", pod="p1"`."""
    shown = ", ".join(f'{name}="{value}"' for name, value in sorted(labels.items())[:_LABELS])
    return redact.text(shown, most=_LENGTH)


def differing(series: Iterable[Labels]) -> list[str]:
    """The names of the labels in which series differ; all names where there is one series only."""
    every = list(series)
    names = sorted({name for labels in every for name in labels})
    if len(every) > 1:
        names = [name for name in names if len({labels.get(name) for labels in every}) > 1]
    return names[:_LABELS]


def facts(labels: Labels) -> dict[str, str]:
    """The labels of a series for an action to take up, such as a pod to restart; none that redaction would change."""
    return {
        name: value
        for name, value in sorted(labels.items())[:_LABELS]
        if not name.startswith("__") and redact.text(value, most=_LENGTH) == value
    }


def cell(value: float) -> float | str:
    """A value in a table: a small one as text, for it would be rounded to nought."""
    return value if not 0 < abs(value) < _SMALL else f"{value:.3g}"


def advice(rule: QueryRule) -> str:
    """What to do where it is bad."""
    return rule.next_step or "Look at the query's graph in Prometheus: since when, and in which series."


def nothing(rule: QueryRule, why: str, warning: str) -> Measurement:
    """The measurement of a query that has nothing to judge."""
    return Measurement(
        verdict=Verdict.NO_DATA,
        explanation=f"{why}: there is nothing to judge.{warned(warning)}",
        next_step="See in Prometheus whether the metric is still scraped, and the query's labels.",
        unit=rule.unit,
        threshold=limits(rule),
    )


def warned(warning: str) -> str:
    """What Prometheus warns of, as a sentence behind others."""
    return f" Prometheus warns: {warning}." if warning else ""

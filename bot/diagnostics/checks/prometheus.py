"""What is asked of a Prometheus: whether it is ready, and the queries of the policy."""

import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from bot.diagnostics import redact
from bot.diagnostics.check import Asking, Check, Thresholds
from bot.diagnostics.checks import fetching
from bot.diagnostics.checks.fetching import Answer, Server, Unwilling
from bot.diagnostics.judging import count, judged, limits
from bot.diagnostics.kind import Kind
from bot.diagnostics.result import Measurement, Rows, Verdict
from bot.diagnostics.target import Target
from bot.policy.targets.prometheus import PrometheusTarget, QueryRule

_READY, _QUERY = "/-/ready", "/api/v1/query"
_LATENCY = {"latency_warn_ms": 500.0, "latency_crit_ms": 3000.0}
#: Labels that are shown of a series.
_LABELS = 6
#: Below this a rounded number would read as nought.
_SMALL = 0.1


class _Data(BaseModel):
    shape: Literal["vector", "scalar", "matrix", "string"] = Field(alias="resultType")
    result: Any


class _Answered(BaseModel):
    """What the query API sends."""

    status: Literal["success", "error"]
    data: _Data | None = None
    error: str = ""
    warnings: tuple[str, ...] = ()


class _Sample(BaseModel):
    """A series at one instant. A histogram has no single value."""

    metric: dict[str, str] = {}
    value: tuple[float, float] | None = None


_SAMPLES, _SCALAR = TypeAdapter(list[_Sample]), TypeAdapter(tuple[float, float])


@dataclass(frozen=True, slots=True)
class Series:
    """A series by its labels, and its value; NaN where it has none."""

    labels: dict[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class _Ready:
    """A Prometheus that said it is ready, by what it was asked and how long that took."""

    server: Server
    asked: str
    took_ms: float


@asynccontextmanager
async def _ready(target: Target) -> AsyncIterator[_Ready]:
    async with fetching.server(target) as server:
        asked, answer = f"GET {_READY}", await server.get(_READY)
        if answer.status == HTTPStatus.NOT_FOUND:  # others that speak PromQL have no such page
            asked, answer = f"POST {_QUERY}\nquery=vector(1)", await server.post(_QUERY, {"query": "vector(1)"})
        if answer.status != HTTPStatus.OK:
            raise Unwilling(answer.status)
        yield _Ready(server, asked, answer.took_ms)


async def _reachability(session: _Ready, thresholds: Thresholds) -> Measurement:
    warn, critical = thresholds["latency_warn_ms"], thresholds["latency_crit_ms"]
    verdict = judged(session.took_ms, warn, critical)
    return Measurement(
        verdict=verdict,
        explanation=f"It is ready, and said so in {session.took_ms:.0f} ms.",
        next_step="" if verdict is Verdict.OK else "See whether it is overloaded, and the network in between.",
        value=round(session.took_ms, 1),
        unit="ms",
        threshold=limits(warn, critical, "ms"),
        ran=session.asked,
    )


def _query(rule: QueryRule, seconds: float) -> Check[_Ready]:
    form = {"query": rule.query, "timeout": f"{max(1, math.ceil(seconds))}s"}  # it should not go on unheard

    async def ask(session: _Ready, _thresholds: Thresholds) -> Measurement:
        return judge(rule, await session.server.post(_QUERY, form))

    ran = f"POST {_QUERY}\n" + "\n".join(f"{name}={value}" for name, value in form.items())
    return Asking(name=rule.name, title=rule.title or rule.name, ask=ask, ran=ran)


def judge(rule: QueryRule, answer: Answer) -> Measurement:
    """By the worst of the series that a query gave."""
    refusing = answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
    if refusing or HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
        raise Unwilling(answer.status)
    try:
        answered = _Answered.model_validate_json(answer.body)
        if answered.status == "success" and answered.data and answered.data.shape in ("vector", "scalar"):
            return _judged(rule, _series(answered.data), answered.warnings)
    except ValidationError:
        status = fetching.spoken(answer.status)
        return _failed(f"{status}, and not what a Prometheus would say", "See whether the address leads to one.")
    if answered.status == "error" or answered.data is None:
        said = redact.text(answered.error, most=300).strip().rstrip(".") or "the query failed, and it says no reason"
        return _failed(said, "Try the query in Prometheus, and mend it in the policy pack.")
    return _failed(
        f"the query gives a {answered.data.shape}, not a number for each series",
        "Leave out the range, or put a function such as rate() around it.",
    )


def _series(data: _Data) -> list[Series]:
    if data.shape == "scalar":
        return [Series({}, _SCALAR.validate_python(data.result)[1])]
    samples = _SAMPLES.validate_python(data.result)
    return [Series(each.metric, each.value[1] if each.value else math.nan) for each in samples]


def _judged(rule: QueryRule, series: Sequence[Series], warnings: Sequence[str]) -> Measurement:
    known = [each for each in series if not math.isnan(each.value)]
    said = f" Prometheus warns: {redact.text(warnings[0], most=200).rstrip('.')}." if warnings else ""
    if not known:
        nothing = "Every series is NaN" if series else "No series matches the query"
        return Measurement(
            verdict=Verdict.NO_DATA,
            explanation=f"{nothing}: there is nothing to judge.{said}",
            next_step="See in Prometheus whether the metric is still scraped, and the query's labels.",
            unit=rule.unit,
            threshold=_limits(rule),
            rows=_rows(series) if series else None,
        )
    known.sort(key=lambda each: each.value, reverse=not rule.below)
    worst = known[0]
    verdict = _verdict(rule, worst.value)
    several = len(series) > 1
    subject = f"The worst of {count(len(series), 'series', 'series')}" if several else "It"
    by = f" ({_named(worst.labels)})" if several and worst.labels else ""
    advice = rule.next_step or "Look at the query's graph in Prometheus: since when, and in which series."
    unknown = [each for each in series if math.isnan(each.value)]
    return Measurement(
        verdict=verdict,
        explanation=f"{subject} is {_amount(worst.value, rule.unit)}{by}.{said}",
        next_step="" if verdict is Verdict.OK else advice,
        value=worst.value if math.isfinite(worst.value) else None,
        unit=rule.unit,
        threshold=_limits(rule),
        rows=_rows([*known, *unknown]),
    )


def _verdict(rule: QueryRule, value: float) -> Verdict:
    def past(limit: float | None) -> bool:
        return limit is not None and (value <= limit if rule.below else value >= limit)

    if past(rule.critical):
        return Verdict.CRITICAL
    return Verdict.WARN if past(rule.warn) else Verdict.OK


def _limits(rule: QueryRule) -> str:
    under = " or less" if rule.below else ""
    named = (("warn", rule.warn), ("critical", rule.critical))
    return ", ".join(f"{name} at {_amount(limit, rule.unit)}{under}" for name, limit in named if limit is not None) or (
        "none"
    )


def _amount(value: float, unit: str) -> str:
    return f"{value:.6g} {unit}".strip()


def _named(labels: dict[str, str]) -> str:
    shown = ", ".join(f'{name}="{value}"' for name, value in sorted(labels.items())[:_LABELS])
    return redact.text(shown, most=200)


def _rows(series: Sequence[Series]) -> Rows:
    """The series in a table, by the labels in which they differ."""
    names = sorted({name for each in series for name in each.labels})
    if len(series) > 1:
        names = [name for name in names if len({each.labels.get(name) for each in series}) > 1]
    shown = names[:_LABELS]
    return Rows.of((*shown, "value"), ([*(each.labels.get(name) for name in shown), _cell(each)] for each in series))


def _cell(series: Series) -> float | str:
    return series.value if not 0 < abs(series.value) < _SMALL else f"{series.value:.3g}"


def _failed(why: str, next_step: str) -> Measurement:
    return Measurement(verdict=Verdict.ERROR, explanation=f"The check failed: {why}.", next_step=next_step)


def _checks(options: PrometheusTarget) -> Sequence[Check[_Ready]]:
    reachability = Asking(
        name="reachability", title="Reachable", ask=_reachability, ran=f"GET {_READY}", defaults=_LATENCY
    )
    return (reachability, *(_query(rule, options.check_timeout.total_seconds()) for rule in options.queries))


PROMETHEUS = Kind(
    name="prometheus",
    options=PrometheusTarget,
    checks=_checks,
    connect=_ready,
    against=fetching.against,
    refused=fetching.refused,
    means=fetching.means,
    thresholds=frozenset(_LATENCY),
)

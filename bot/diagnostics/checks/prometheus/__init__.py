"""What is asked of a Prometheus: whether it is ready, and the queries of the policy, for now or over some time."""

import asyncio
import math
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus

from bot.diagnostics.check import Asking, Check, Thresholds
from bot.diagnostics.checks import fetching
from bot.diagnostics.checks.fetching import OVERLOADED, Server, TooLong, Unwilling
from bot.diagnostics.checks.prometheus import answering, course, present
from bot.diagnostics.checks.prometheus.answering import NoResult
from bot.diagnostics.checks.prometheus.window import Window
from bot.diagnostics.judging import by_limits
from bot.diagnostics.kind import Kind
from bot.diagnostics.result import Measurement, Verdict
from bot.diagnostics.target import Target
from bot.policy.targets.prometheus import PrometheusTarget, QueryRule

_READY, _QUERY, _RANGE = "/-/ready", "/api/v1/query", "/api/v1/query_range"
_LATENCY = {"latency_warn_ms": 500.0, "latency_crit_ms": 3000.0}


@dataclass(frozen=True, slots=True)
class _Ready:
    """A Prometheus that said it is ready, by what it was asked and how long that took; and when that was."""

    server: Server
    asked: str
    took_ms: float
    now: datetime


@asynccontextmanager
async def _ready(target: Target) -> AsyncIterator[_Ready]:
    assert target.asked_at is not None
    async with fetching.server(target) as server:
        asked, answer = f"GET {_READY}", await server.get(_READY)
        if answer.status == HTTPStatus.NOT_FOUND:  # others that speak PromQL have no such page
            asked, answer = f"POST {_QUERY}\nquery=vector(1)", await server.post(_QUERY, {"query": "vector(1)"})
        if answer.status != HTTPStatus.OK:
            raise Unwilling(answer.status)
        yield _Ready(server, asked, answer.took_ms, target.asked_at)


async def _reachability(session: _Ready, thresholds: Thresholds) -> Measurement:
    warn, critical = thresholds["latency_warn_ms"], thresholds["latency_crit_ms"]
    said = f"It is ready, and said so in {session.took_ms:.0f} ms."
    return by_limits(session.took_ms, "ms", said, OVERLOADED, warn=warn, critical=critical, ran=session.asked)


def _query(rule: QueryRule, seconds: float) -> Check[_Ready]:
    # It should not go on unheard.
    form = {"query": rule.query, "timeout": f"{max(1, math.ceil(seconds))}s"}

    async def now(session: _Ready, _thresholds: Thresholds) -> Measurement:
        answer = await session.server.post(_QUERY, form)
        try:
            return present.judge(rule, *answering.now(answer))
        except NoResult as error:
            return _failed(error)

    async def over(session: _Ready, _thresholds: Thresholds) -> Measurement:
        window = Window.of(rule, session.now)
        asked = form | {"start": _time(window.start), "end": _time(window.end), "step": str(window.step)}
        return replace(await _over(session.server, rule, window, asked), ran=_ran(_RANGE, asked))

    title = rule.title or rule.name
    if rule.over is None:
        return Asking(name=rule.name, title=title, ask=now, ran=_ran(_QUERY, form))
    return Asking(name=rule.name, title=title, ask=over, ran=_ran(_RANGE, form))


async def _over(server: Server, rule: QueryRule, window: Window, form: Mapping[str, str]) -> Measurement:
    try:
        answer = await server.post(_RANGE, form)
        # In a thread: a megabyte of numbers takes a while.
        return await asyncio.to_thread(lambda: course.judge(rule, *answering.past(answer), window))
    except NoResult as error:
        return _failed(error)
    except TooLong as error:
        advice = "Ask for fewer series, such as topk(8, …), or write a longer `step`."
        return _failed(NoResult(str(error), advice))


def _time(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _ran(path: str, form: Mapping[str, str]) -> str:
    return f"POST {path}\n" + "\n".join(f"{name}={value}" for name, value in form.items())


def _failed(error: NoResult) -> Measurement:
    return Measurement(verdict=Verdict.ERROR, explanation=f"The check failed: {error}.", next_step=error.next_step)


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

__all__ = ["PROMETHEUS"]

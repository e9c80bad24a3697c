"""What is asked of a Grafana Loki: whether it is ready, and how often patterns stand in the lines of its streams."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus

from bot.diagnostics.check import Asking, Check, Thresholds
from bot.diagnostics.checks import fetching
from bot.diagnostics.checks.fetching import OVERLOADED, Server, TooLong, Unwilling
from bot.diagnostics.checks.logs import loki_api
from bot.diagnostics.checks.logs.counting import Tally
from bot.diagnostics.checks.logs.judge import Seen, judge
from bot.diagnostics.checks.logs.loki_api import REFUSING, Question
from bot.diagnostics.checks.logs.shape import top
from bot.diagnostics.judging import by_limits
from bot.diagnostics.kind import Kind, Refusal
from bot.diagnostics.result import Measurement, Verdict
from bot.diagnostics.target import Target
from bot.policy.targets.logs import LokiTarget, PatternRule

_LATENCY = {"latency_warn_ms": 500.0, "latency_crit_ms": 3000.0}
#: Lines whose shapes are counted. Loki gives 5000 at most, where nobody has set another limit.
MOST_LINES = 500


@dataclass(frozen=True, slots=True)
class _Ready:
    """A Loki that said it is ready, by what it was asked and how long that took."""

    server: Server
    now: float
    asked: str
    took_ms: float


@asynccontextmanager
async def _ready(target: Target) -> AsyncIterator[_Ready]:
    assert target.asked_at is not None, "the runner says when it began"
    async with fetching.server(target, _headers(target)) as server:
        asked, answer = loki_api.READY, await server.get(loki_api.READY)
        if answer.status == HTTPStatus.NOT_FOUND:  # a gateway that lets through nothing but the API
            asked, answer = loki_api.LABELS, await server.get(loki_api.LABELS)
        if answer.status != HTTPStatus.OK:
            raise loki_api.unwilling(answer)
        yield _Ready(server, target.asked_at.timestamp(), f"GET {asked}", answer.took_ms)


def _headers(target: Target) -> dict[str, str]:
    options: LokiTarget = target.options
    headers = {} if options.tenant is None else {"X-Scope-OrgID": options.tenant}
    if options.username_from and options.password_from:
        login = f"{target.setting(options.username_from).strip()}:{target.setting(options.password_from).strip()}"
        headers["Authorization"] = f"Basic {b64encode(login.encode()).decode()}"
    return headers


async def _reachability(session: _Ready, thresholds: Thresholds) -> Measurement:
    warn, critical = thresholds["latency_warn_ms"], thresholds["latency_crit_ms"]
    said = f"It is ready, and said so in {session.took_ms:.0f} ms."
    return by_limits(session.took_ms, "ms", said, OVERLOADED, warn=warn, critical=critical, ran=session.asked)


def _search(options: LokiTarget, rule: PatternRule) -> Check[_Ready]:
    async def ask(session: _Ready, _thresholds: Thresholds) -> Measurement:
        question = Question(options.selector, rule, session.now)
        tally = Tally(question.span)
        for moment, number in await loki_api.counts(session.server, question.counts()):
            # What was counted lies between a moment and the one before it.
            tally.add(moment - question.step / 2, number)
        if not any(tally.counts) and not await loki_api.has_streams(session.server, question.streams()):
            measured = _no_stream(options)
        else:
            measured = judge(rule, await _seen(session.server, question, tally))
        return replace(measured, ran=loki_api.shown(question.counts()))

    return Asking(name=rule.name, title=rule.title or rule.name, ask=ask, ran=f"GET {loki_api.RANGE}")


def _no_stream(options: LokiTarget) -> Measurement:
    return Measurement(
        verdict=Verdict.NO_DATA,
        explanation=f"There is no stream {options.selector}: nothing can be said of its lines.",
        next_step="See in Grafana whether these logs still arrive, and mend `selector` in the policy pack.",
        unit="lines",
    )


async def _seen(server: Server, question: Question, tally: Tally) -> Seen:
    """The counts, with what the newest lines say and when the first one was."""
    seen = Seen(span=question.span, counts=tally.counts, first=tally.first)
    if not seen.within:
        return seen
    try:
        found = await loki_api.lines(server, question.text(forward=False, limit=MOST_LINES))
        oldest = found
        if len(found) >= MOST_LINES:
            oldest = await loki_api.lines(server, question.text(forward=True, limit=1))
    except TooLong:
        return replace(seen, note="They are too long to be read here.")
    return replace(
        seen,
        first=oldest[-1][0] if oldest else seen.first,
        top=await asyncio.to_thread(top, [line for _, line in found]),
        shaped=len(found),
    )


def _means(error: Exception, target: Target) -> Measurement | None:
    match error:
        case loki_api.Failed():
            said = f"The check failed: {error}."
            return Measurement(verdict=Verdict.ERROR, explanation=said, next_step=error.advice)
        case loki_api.NotReady():
            return Measurement(
                verdict=Verdict.CRITICAL,
                explanation=f"It is not ready: {error}.",
                next_step="Right after a start, wait a minute; else look at its log.",
                threshold="must answer",
            )
        case Unwilling() if error.status in REFUSING and target.options.password_from:
            return Measurement(
                verdict=Verdict.ERROR,
                explanation=f"It refused the login: {fetching.spoken(error.status)}.",
                next_step=f"Put a login that may read into {target.options.username_from} and "
                f"{target.options.password_from}.",
                threshold="must answer",
            )
        case _:
            return fetching.means(error, target)


def _refused(error: Exception, target: Target) -> Refusal:
    known = _means(error, target)
    return Refusal(known) if known else fetching.refused(error, target)


def _checks(options: LokiTarget) -> Sequence[Check[_Ready]]:
    reachability = Asking(
        name="reachability", title="Reachable", ask=_reachability, ran=f"GET {loki_api.READY}", defaults=_LATENCY
    )
    return (reachability, *(_search(options, rule) for rule in options.patterns))


LOKI = Kind(
    name="loki",
    options=LokiTarget,
    checks=_checks,
    connect=_ready,
    against=fetching.against,
    refused=_refused,
    means=_means,
    thresholds=frozenset(_LATENCY),
)

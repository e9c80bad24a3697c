"""What is asked of an HTTP endpoint: one request answers all of it, and a few more say how fast it is."""

from collections.abc import Sequence
from dataclasses import replace

from bot.diagnostics.check import Asking, Thresholds
from bot.diagnostics.checks.fetching import refused
from bot.diagnostics.checks.http.answering import judge_latency, judge_redirects, judge_status
from bot.diagnostics.checks.http.assertions import assertion_checks
from bot.diagnostics.checks.http.certificate import CERTIFICATE
from bot.diagnostics.checks.http.failures import means, unanswered
from bot.diagnostics.checks.http.session import HttpSession, Unanswered, against, connected
from bot.diagnostics.kind import Kind
from bot.diagnostics.result import Measurement
from bot.policy.targets.web import HttpTarget

_LATENCY = {"latency_warn_ms": 1000.0, "latency_crit_ms": 5000.0}


async def _status(session: HttpSession, _thresholds: Thresholds) -> Measurement:
    try:
        answer = await session.answer()
    except Unanswered as error:
        return replace(unanswered(error.__cause__, session.target), ran=session.ran)
    return replace(judge_status(answer, session.endpoint.options.status), ran=session.ran)


async def _latency(session: HttpSession, thresholds: Thresholds) -> Measurement:
    tries = session.endpoint.options.tries
    asked = [await session.answer(), *[await session.again() for _ in range(tries - 1)]]
    answers = [answer for answer in asked if answer is not None]
    times = f"\n({tries} times)" if tries > 1 else ""
    return replace(judge_latency(answers, tries, thresholds), ran=f"{session.ran}{times}")


async def _redirects(session: HttpSession, _thresholds: Thresholds) -> Measurement:
    answer = await session.answer()
    return replace(judge_redirects(answer, session.endpoint.options.status), ran=session.ran)


def _checks(options: HttpTarget) -> Sequence[Asking[HttpSession]]:
    own = [
        Asking(name="status", title="Status", ask=_status),
        Asking(name="latency", title="Latency", ask=_latency, defaults=_LATENCY),
        Asking(name="redirects", title="Redirects", ask=_redirects),
    ]
    # Whether a setting holds an https address is known when it is asked.
    if options.url is None or options.url.lower().startswith("https:"):
        own.append(CERTIFICATE)
    return [*own, *assertion_checks(options)]


HTTP = Kind(
    name="http",
    options=HttpTarget,
    checks=_checks,
    connect=connected,
    against=against,
    refused=refused,
    means=means,
    thresholds=frozenset({*_LATENCY, *CERTIFICATE.defaults}),
)

__all__ = ["HTTP"]

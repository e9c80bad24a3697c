"""Whether an endpoint answers as it should, how fast, and where it leads."""

from collections.abc import Sequence
from http import HTTPStatus
from statistics import median

from bot.diagnostics import redact
from bot.diagnostics.check import Thresholds
from bot.diagnostics.checks.fetching import spoken
from bot.diagnostics.checks.http.assertions import is_wanted
from bot.diagnostics.checks.http.session import Answer
from bot.diagnostics.judging import judged, limits
from bot.diagnostics.result import Measurement, Rows, Verdict

_LOGIN = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED})


def judge_status(answer: Answer, wanted: Sequence[int]) -> Measurement:
    """By the status, which should be one of the wanted ones, or 200 to 299 where none is named."""
    verdict, advice = Verdict.OK, ""
    if not is_wanted(answer.status, wanted):
        verdict, advice = _unwanted(answer)
    return Measurement(
        verdict=verdict,
        value=answer.status,
        threshold=f"must answer {' or '.join(map(str, wanted)) or '200 to 299'}",
        explanation=f"It answered {spoken(answer.status)}.",
        next_step=advice,
    )


def _unwanted(answer: Answer) -> tuple[Verdict, str]:
    if answer.status in _LOGIN:
        return Verdict.ERROR, "Give it a login that may read: name its setting in `bearer_from` or `headers_from`."
    if answer.leads is not None:
        return Verdict.CRITICAL, "See where it leads, and correct the target's address or its `redirects`."
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Verdict.CRITICAL, "Look at its log, and at what it depends on."
    return Verdict.CRITICAL, "See whether the address is right, or name this status in `status` if it is well."


def judge_latency(answers: Sequence[Answer], tries: int, thresholds: Thresholds) -> Measurement:
    """By the median of the times that the answers took.

    Args:
        answers: at least one.
        tries: how often it was to be asked; it is slow where fewer answers came.
        thresholds: `latency_warn_ms` and `latency_crit_ms`.
    """
    times = [answer.took_ms for answer in answers]
    middle, worst = median(times), max(times)
    warn, critical = thresholds["latency_warn_ms"], thresholds["latency_crit_ms"]
    verdict = judged(middle, warn, critical)
    said = f"It takes {middle:.0f} ms in the middle of {len(times)}, and {worst:.0f} ms at worst"
    if len(times) == 1:
        said = f"It takes {middle:.0f} ms"
    if missing := tries - len(times):
        verdict = Verdict.worst((verdict, Verdict.WARN))
        said += f"; {missing} of {tries} tries had no answer in time"
    return Measurement(
        verdict=verdict,
        value=round(middle, 1),
        unit="ms",
        threshold=limits(warn, critical, "ms"),
        explanation=f"{said}.",
        next_step="" if verdict is Verdict.OK else "Look at its load, and at the databases and services that it asks.",
        rows=Rows.of(("try", "ms"), [(number, round(time, 1)) for number, time in enumerate(times, 1)]),
    )


def judge_redirects(answer: Answer, wanted: Sequence[int]) -> Measurement:
    """By where it leads: it is well where it arrives, and where a redirect is what was wanted."""
    rows = Rows.of(("leads to",), [(redact.dsn(str(hop)),) for hop in (*answer.hops, answer.leads) if hop is not None])
    if answer.leads is None:
        steps = f"{len(answer.hops)} redirect{'s' if len(answer.hops) > 1 else ''}"
        arrives = f"It leads to {redact.dsn(str(answer.hops[-1]))}, by {steps}." if answer.hops else ""
        return Measurement(
            verdict=Verdict.OK,
            value=len(answer.hops),
            explanation=arrives or "It answers without a redirect.",
            rows=rows if answer.hops else None,
        )
    well = is_wanted(answer.status, wanted)
    return Measurement(
        verdict=Verdict.OK if well else Verdict.WARN,
        value=len(answer.hops) + 1,
        explanation=f"It leads to {redact.dsn(str(answer.leads))}, which was not followed: {answer.stopped}.",
        next_step="" if well else "Write the address that answers in the end, or raise `redirects`.",
        rows=rows,
    )

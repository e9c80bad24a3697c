"""What the pack says that should be so in an endpoint's JSON, as checks."""

import asyncio
import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from bot.diagnostics.check import Asking, Thresholds
from bot.diagnostics.checks.fetching import MOST, spoken
from bot.diagnostics.checks.http.session import Answer, HttpSession
from bot.diagnostics.result import Measurement, Rows, Verdict
from bot.policy.targets.assertion import Assertion, parse_assertion
from bot.policy.targets.web import AssertionRule, HttpTarget, Severe

#: Beyond these, numbers are shown as text only.
_PLAIN = 1e15
_SHOWN = 80

_BAD = {Severe.WARN: Verdict.WARN, Severe.CRITICAL: Verdict.CRITICAL}


def assertion_checks(options: HttpTarget) -> Sequence[Asking[HttpSession]]:
    """A check for each assertion of an endpoint."""
    return [
        Asking(name=rule.name, title=rule.title or rule.name, ask=partial(_ask, rule, options), ran=rule.that)
        for rule in options.assertions
    ]


async def _ask(rule: AssertionRule, options: HttpTarget, session: HttpSession, _thresholds: Thresholds) -> Measurement:
    answer = await session.answer()
    # In a thread: a path through a megabyte of JSON takes a while.
    return await asyncio.to_thread(judge_assertion, rule, answer, options.status, f"{session.ran}\n{rule.that}")


def judge_assertion(rule: AssertionRule, answer: Answer, wanted: Sequence[int], ran: str) -> Measurement:
    """Whether an answer's JSON is as the rule says.

    Args:
        rule: what should be so; its assertion has been read before.
        answer: what came back.
        wanted: the statuses that are well; empty for 200 to 299.
        ran: exactly what was run.
    """
    assertion, threshold = parse_assertion(rule.that), f"must hold: {rule.that}"

    def judged(
        verdict: Verdict, explanation: str, advice: str, *, value: float | None = None, rows: Rows | None = None
    ) -> Measurement:
        step = "" if verdict is Verdict.OK else rule.next_step or advice
        return Measurement(
            verdict=verdict,
            explanation=explanation,
            next_step=step,
            value=value,
            threshold=threshold,
            rows=rows,
            ran=ran,
        )

    if answer.cut:
        advice = "Ask an address that answers shorter."
        return judged(Verdict.ERROR, f"The answer is over {MOST // 1024} KiB, and was not read to its end.", advice)
    try:
        data = json.loads(answer.body)
    except (ValueError, RecursionError):
        if not is_wanted(answer.status, wanted):
            return judged(Verdict.NO_DATA, f"It answered {spoken(answer.status)}, without JSON.", "Mend that first.")
        return judged(_BAD[rule.verdict], "The answer is not JSON.", "See by hand what answers there.")
    try:
        found = assertion.found(data)
    except ValueError as error:
        return judged(Verdict.ERROR, f"The path could not be followed: {error}.", "Write a simpler path.")
    return judged(
        *_judge_found(assertion, found, _BAD[rule.verdict]), value=_value(found), rows=_rows(assertion, found)
    )


def is_wanted(status: int, wanted: Sequence[int]) -> bool:
    """Whether a status is well."""
    return status in wanted if wanted else 200 <= status <= 299


def _judge_found(assertion: Assertion, found: list[Any], bad: Verdict) -> tuple[Verdict, str, str]:
    if not found:
        return bad, f"There is nothing at {assertion.path}.", "See whether the path is right, and what it answers now."
    wrong = [value for value in found if not assertion.holds(value)]
    if not wrong:
        return (
            Verdict.OK,
            f"It is so: {_shown(found[0])}." if len(found) == 1 else f"It is so for all {len(found)}.",
            "",
        )
    said = (
        f"it is {_shown(wrong[0])}"
        if len(found) == 1
        else f"{len(wrong)} of {len(found)} are not, as {_shown(wrong[0])}"
    )
    return bad, f"It is not so: {said}.", "Look at what the answer says, and at that part of the service."


def _value(found: list[Any]) -> float | None:
    if len(found) != 1 or isinstance(found[0], bool) or not isinstance(found[0], int | float):
        return None
    return float(found[0]) if abs(found[0]) < _PLAIN else None


def _rows(assertion: Assertion, found: list[Any]) -> Rows | None:
    wrong = [value for value in found if not assertion.holds(value)]
    return Rows.of(("found",), [(_shown(value),) for value in wrong]) if len(found) > 1 and wrong else None


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"

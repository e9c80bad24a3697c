"""How many wait in a queue and for how long, and what that means."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.diagnostics import judging, redact
from bot.diagnostics.checks.sql import spelt
from bot.diagnostics.judging import judged, seconds
from bot.diagnostics.result import Measurement, Rows, Verdict
from bot.policy.targets.queue import QueueRule

ADVICE = "See whether its workers run and keep up; start more, or stop what fills it."
#: Beyond it numbers are no counts any more.
_MOST = 1e15


@dataclass(frozen=True, slots=True)
class Depth:
    """What was measured.

    Attributes:
        of: how many wait, by where that stands; one place has no name.
        oldest_s: how long the oldest waits, in seconds; None where nothing says so.
        ran: exactly what was run.
    """

    of: Sequence[tuple[str, float]]
    oldest_s: float | None = None
    ran: str = ""


def judge(found: Depth, rule: QueueRule) -> Measurement:
    """By the deepest place, and by the oldest entry."""
    deepest, value = max(found.of, key=lambda place: place[1])
    if value < 0:
        return unusable(f"{spelt(value)} is no number of entries", "Have it count what waits.", rule, found.ran)
    total = sum(depth for _, depth in found.of)
    oldest_s = found.oldest_s if total else 0.0
    unknown = oldest_s is None and _has_age_limits(rule)
    verdict = Verdict.worst(
        (
            judged(value, rule.warn, rule.critical),
            judged(oldest_s or 0, rule.oldest_warn_s, rule.oldest_crit_s),
            Verdict.NO_DATA if unknown else Verdict.OK,
        )
    )
    return Measurement(
        verdict=verdict,
        value=value,
        unit="entries",
        threshold=limits(rule),
        explanation=_explained(found, deepest, value, total) + (" Since when is not known." if unknown else ""),
        next_step="" if verdict is Verdict.OK else _advice(verdict, rule),
        rows=_rows(found),
        ran=found.ran,
        facts={"queue": rule.name},
    )


def limits(rule: QueueRule) -> str:
    """A queue's limits as people read them."""
    warn, critical = rule.oldest_warn_s, rule.oldest_crit_s
    oldest = judging.limits(None if warn is None else seconds(warn), None if critical is None else seconds(critical))
    parts = (judging.limits(rule.warn, rule.critical, "entries"), oldest and f"the oldest: {oldest}")
    return "; ".join(part for part in parts if part) or "none set"


def no_data(explanation: str, next_step: str, rule: QueueRule, ran: str) -> Measurement:
    """The measurement of a queue of which nothing was found."""
    return Measurement(
        verdict=Verdict.NO_DATA, explanation=explanation, next_step=next_step, threshold=limits(rule), ran=ran
    )


def unusable(why: str, next_step: str, rule: QueueRule, ran: str) -> Measurement:
    """The measurement of a queue that could not be measured."""
    return Measurement(
        verdict=Verdict.ERROR,
        explanation=f"It was not measured: {why}.",
        next_step=next_step,
        threshold=limits(rule),
        ran=ran,
    )


def number(value: Any) -> float | None:
    """The number that JSON has; None for anything else, and for what is too large to count."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _MOST:
        return None
    return float(value)


def shown(value: Any) -> str:
    """A value in a sentence, short and without secrets."""
    return f"“{redact.text(value if isinstance(value, str) else json.dumps(value), most=60)}”"


def _explained(found: Depth, deepest: str, value: float, total: float) -> str:
    if not total:
        return "Nothing waits."
    age = "" if found.oldest_s is None else f", the oldest for {seconds(found.oldest_s)}"
    if len(found.of) == 1:
        return f"{spelt(value)} {'entry waits' if value == 1 else 'entries wait'}{age}."
    return f"{spelt(total)} entries wait at {len(found.of)} places, most, {spelt(value)}, at {deepest}{age}."


def _advice(verdict: Verdict, rule: QueueRule) -> str:
    if verdict is Verdict.NO_DATA:
        return "See why it does not say how old the oldest entry is."
    return rule.next_step or ADVICE


def _has_age_limits(rule: QueueRule) -> bool:
    return rule.oldest_warn_s is not None or rule.oldest_crit_s is not None


def _rows(found: Depth) -> Rows | None:
    if len(found.of) == 1:
        return None
    places = sorted(found.of, key=lambda place: place[1], reverse=True)
    return Rows.of(("at", "entries"), places)

"""Rehearses and runs actions. What goes wrong is told, never raised, and what may have been done is never denied."""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.diagnostics import redact
from bot.diagnostics.actions.action import MOST_OUTPUT, Action, Attempt, Ending, NotReady, Outcome, Rehearsal
from bot.diagnostics.actions.hiding import secrets_of, without
from bot.diagnostics.actions.kind import ActionKind
from bot.diagnostics.actions.kinds import ACTION_KINDS
from bot.diagnostics.kind import not_set, plainly
from bot.diagnostics.target import NotSet
from bot.domain.action_rules import WrongParameter, parse
from bot.policy.actions import ActionSection

#: What of a rehearsal says which action it was of.
DEFINITION = "definition"
#: Characters of a sentence, and of what is run.
_SENTENCE, _RAN = 600, 4000
_LINES = 30


async def rehearse(action: Action, given: Mapping[str, object]) -> Rehearsal:
    """Finds out what an action would do, and changes nothing.

    Args:
        action: The action.
        given: What was given for each parameter, as `bot.domain.action_rules.parse` understands it.

    Returns:
        What would happen; where it cannot be run, why not. Nothing is raised.
    """
    started, attempt = time.perf_counter(), Attempt(action, {})
    try:
        kind = _kind(attempt, given)
        async with asyncio.timeout(action.timeout_s):
            found = await kind.rehearse(attempt)
        attempt.bound = found.bound
    except Exception as error:  # noqa: BLE001 - whatever it is, it is why it cannot be run
        why, next_step = _why(error, attempt)
        found = Rehearsal(ready=False, why_not=why, next_step=next_step)
    secrets = secrets_of(action)
    ran, against = _shown(attempt)
    return replace(
        found,
        lines=tuple(redact.text(without(line, secrets), most=_SENTENCE) for line in found.lines[:_LINES]),
        why_not=redact.text(without(found.why_not, secrets), most=_SENTENCE),
        next_step=redact.credentials(found.next_step, most=_SENTENCE),
        ran=ran,
        against=against,
        output=redact.text(without(found.output, secrets), most=MOST_OUTPUT),
        bound={**found.bound, DEFINITION: definition(attempt, against)} if found.ready else {},
        took_ms=_since(started),
    )


async def perform(action: Action, given: Mapping[str, object], bound: Mapping[str, str]) -> Outcome:
    """Does it, once. A caller that does not know whether this ran must not run it again by itself.

    Args:
        action: The action.
        given: The values that were rehearsed.
        bound: What the rehearsal found. Where it is not so any more, nothing is done.

    Returns:
        What happened. Nothing is raised, except that a cancellation passes.
    """
    started, attempt = time.perf_counter(), Attempt(action, {}, bound)
    try:
        kind = _kind(attempt, given)
        _as_rehearsed(attempt, kind)
        async with asyncio.timeout(action.timeout_s):
            outcome = await kind.perform(attempt)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the outcome
        outcome = _ended(error, attempt)
    secrets = secrets_of(action)
    ran, against = _shown(attempt)
    return replace(
        outcome,
        said=redact.text(without(outcome.said, secrets), most=_SENTENCE),
        next_step=redact.credentials(outcome.next_step, most=_SENTENCE),
        ran=ran,
        against=against,
        output=redact.text(without(outcome.output, secrets), most=MOST_OUTPUT),
        took_ms=_since(started),
    )


def definition(attempt: Attempt, against: str) -> str:
    """A digest of what an action is, is done to and is given: where the pack has changed since, so has this."""
    options, target = attempt.options, attempt.action.target
    what = {
        "action": options.model_dump(mode="json") if isinstance(options, ActionSection) else str(options),
        "target": [target.name, target.kind, target.options.model_dump(mode="json")] if target else None,
        "against": against,
        "given": dict(attempt.given),
    }
    canonical = json.dumps(what, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]


def _as_rehearsed(attempt: Attempt, kind: ActionKind) -> None:
    if attempt.bound.get(DEFINITION) != definition(attempt, kind.against(attempt)):
        raise NotReady(
            "The policy pack or what was filled in is not what was rehearsed", "Ask for it again, and look at it."
        )


def _kind(attempt: Attempt, given: Mapping[str, object]) -> ActionKind:
    """Its kind, once its values are those that the pack allows. They may have lain about since they were read."""
    rule = attempt.action.rule
    kind = ACTION_KINDS.get(rule.kind)
    if kind is None:
        raise NotReady(f"There are no actions of the kind “{rule.kind}”", "Mend `kind` in the policy pack.")
    attempt.given = parse(rule, given)
    return kind


def _shown(attempt: Attempt) -> tuple[str, str]:
    """What is run, and where, as far as that can be said."""
    kind = ACTION_KINDS.get(attempt.action.rule.kind)
    if kind is None:
        return "", ""
    return redact.credentials(_said(kind.ran, attempt), most=_RAN), _said(kind.against, attempt)


def _said(show: Callable[[Attempt], str], attempt: Attempt) -> str:
    try:
        return show(attempt)
    except Exception:  # noqa: BLE001 - what keeps it from being shown kept it from being run, and is told there
        return ""


def _why(error: Exception, attempt: Attempt) -> tuple[str, str]:
    """Why it cannot be done, and what to do about it."""
    match error:
        case NotReady():
            return f"{error}.", error.next_step
        case WrongParameter():
            return error.sentence, "Ask for it again, with other values."
        case NotSet():
            found = not_set(error)
            return found.explanation, found.next_step
    kind = ACTION_KINDS.get(attempt.action.rule.kind)
    meant = kind.means(error, attempt) if kind else None
    if meant is not None:
        return meant.explanation, meant.next_step
    if isinstance(error, TimeoutError) and not str(error):
        return f"There was no answer within {attempt.action.timeout_s:g} s.", "See whether it is overloaded."
    return f"{type(error).__name__}: {plainly(error)}.", "Run by hand what would be run, to see why it fails."


def _ended(error: Exception, attempt: Attempt) -> Outcome:
    why, next_step = _why(error, attempt)
    if not attempt.sent:
        return Outcome(verdict=Ending.REFUSED, said=f"Nothing was done. {why}", next_step=next_step)
    look = f"See for yourself ({attempt.action.rule.verify})" if attempt.action.rule.verify else "See for yourself"
    return Outcome(
        verdict=Ending.UNKNOWN,
        said=f"It was sent, and nobody knows what became of it. {why}",
        next_step=f"{look} before you try it again.",
    )


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)

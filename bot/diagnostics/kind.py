"""What a kind of target is: how it is reached, what it is asked, and what its failures mean."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from bot.diagnostics import redact
from bot.diagnostics.check import Check
from bot.diagnostics.result import Measurement, Verdict
from bot.diagnostics.target import NotSet, Target


class SessionLost(Exception):
    """The target stopped answering in the middle; nothing more can be asked over this session."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a failed beginning says about the first check, and about others by name; the rest is not run."""

    first: Measurement
    others: Mapping[str, Measurement] = field(default_factory=dict)


def _no_meaning(_error: Exception, _target: Target) -> Measurement | None:
    return None


def refused(error: Exception, _target: Target) -> Refusal:
    """What a failed beginning means where the kind says nothing better."""
    if isinstance(error, NotSet):
        return Refusal(not_set(error))
    said = plainly(error)
    return Refusal(
        Measurement(
            verdict=Verdict.CRITICAL,
            explanation=f"It was not reached: {said}.",
            next_step="See whether it runs and whether this machine may connect to it, then run this again.",
            threshold="must answer",
        )
    )


def not_set(error: NotSet) -> Measurement:
    """The measurement of a target whose setting has no value."""
    return Measurement(
        verdict=Verdict.ERROR,
        explanation=f"{error}.",
        next_step=f"Set {error.setting} (or {error.setting}_FILE to a file that holds it) where Muster runs.",
        threshold="must answer",
    )


def plainly(error: BaseException, *, most: int = 200) -> str:
    """What an error says, without credentials and without a full stop; its type where it says nothing."""
    if isinstance(error, TimeoutError) and not str(error):
        return "no answer in time"
    said = redact.text(" ".join(str(error).split()), most=most).strip().rstrip(".")
    return said or type(error).__name__


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of target.

    Attributes:
        name: As the pack writes it: `postgres`.
        options: The pack's section for it (`bot.policy.targets`), which `Target.options` is.
        checks: What a target is asked, by its options; the first says whether it can be reached.
        connect: Opens what the checks share. What it raises is explained by `refused`.
        against: The address as it may be shown: without credentials.
        refused: What it means that `connect` raised.
        means: What it means that a check raised; None leaves it to the runner.
        in_turn: Whether its checks share one connection, and run one after another.
        thresholds: Every threshold that a target may set.
    """

    name: str
    options: type[BaseModel]
    checks: Callable[[Any], Sequence[Check[Any]]]
    connect: Callable[[Target], AbstractAsyncContextManager[Any]]
    against: Callable[[Target], str]
    refused: Callable[[Exception, Target], Refusal] = refused
    means: Callable[[Exception, Target], Measurement | None] = _no_meaning
    in_turn: bool = False
    thresholds: frozenset[str] = frozenset()

"""What changed lately, wherever deploys are kept: a git checkout, GitHub, or a JSON list."""

import shlex
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from bot.diagnostics.check import Asking, Check, Thresholds
from bot.diagnostics.checks import document, fetching
from bot.diagnostics.checks.deploys import checkout, hosted, listed
from bot.diagnostics.checks.deploys.changes import Found, judge
from bot.diagnostics.checks.network.port import begun
from bot.diagnostics.kind import Kind, Refusal
from bot.diagnostics.process import NotRun, TimedOut
from bot.diagnostics.result import Measurement, Verdict
from bot.diagnostics.target import Target
from bot.policy.targets.deploys import DeploysTarget

_READ: Mapping[str, Callable[[Target], Awaitable[Found]]] = {
    "git": checkout.read,
    "github": hosted.read,
    "url": listed.read,
}
_RAN: Mapping[str, Callable[[DeploysTarget], str]] = {
    "git": lambda options: shlex.join(checkout.command(options)),
    "github": lambda options: hosted.spelt(*hosted.asked(options)),
    "url": lambda options: f"GET\n{options.path}",
}


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was found, and for whom."""

    target: Target
    found: Found


@asynccontextmanager
async def _looked(target: Target) -> AsyncIterator[_Looked]:
    yield _Looked(target, await _READ[target.options.place](target))


async def _reachability(looked: _Looked, _thresholds: Thresholds) -> Measurement:
    took_ms = looked.found.took_ms
    return Measurement(
        verdict=Verdict.OK,
        explanation=f"It was read in {took_ms:.0f} ms.",
        value=round(took_ms, 1),
        unit="ms",
        threshold="must answer",
        ran=looked.found.ran,
    )


async def _changes(looked: _Looked, _thresholds: Thresholds) -> Measurement:
    return judge(looked.found, begun(looked.target), looked.target.options)


def _checks(options: DeploysTarget) -> Sequence[Check[_Looked]]:
    ran = _RAN[options.place](options)
    return (
        Asking(name="reachability", title="Reachable", ask=_reachability, ran=ran),
        Asking(name="changes", title="Changes", ask=_changes, ran=ran),
    )


def _against(target: Target) -> str:
    options: DeploysTarget = target.options
    if options.git:
        return options.git
    where = fetching.against(hosted.addressed(target))
    return f"{where} ({options.github})" if options.github else where


def _refused(error: Exception, target: Target) -> Refusal:
    """What is not read says nothing of the service: it may be well."""
    options: DeploysTarget = target.options
    match error:
        case NotRun():
            return _failed(f"Git was not run: {error}", "Install git where Muster runs.")
        case TimedOut():
            return _failed(f"Git was stopped: {error}", "Run it by hand there; give it more time by `check_timeout`.")
        case checkout.GitFailed():
            advice = "See whether `git` and `branch` are right, and whether Muster's user may read that folder."
            return _failed(f"Git refused: {error}", advice)
        case hosted.Limited():
            advice = "Wait until then, or watch it less often."
            more = "" if options.bearer_from else " With a token in `bearer_from` it answers far more often."
            return _failed(f"It was asked too often, and does not answer {error}", advice + more)
        case hosted.NotThere():
            branch = f" with a branch {options.branch}" if options.branch else ""
            advice = "Correct the name, or let the token in `bearer_from` read it: what is private is hidden."
            return _failed(f"It knows of no {options.github}{branch}", advice)
        case hosted.Moved():
            return _failed(f"{options.github} has moved", "Write its present name, or the API's present address.")
        case hosted.NotTheApi():
            return _failed(f"What was read is of no use: {error}", "See whether the address is that of the API.")
        case listed.NoList():
            return _failed(f"The list was not found: {error}", "Correct `path` in the policy pack.")
        case _:
            return Refusal(replace(document.refused(error, target).first, verdict=Verdict.ERROR))


def _failed(why: str, next_step: str) -> Refusal:
    return Refusal(
        Measurement(verdict=Verdict.ERROR, explanation=f"{why}.", next_step=next_step, threshold="must answer")
    )


DEPLOYS = Kind(
    name="deploys",
    options=DeploysTarget,
    checks=_checks,
    connect=_looked,
    against=_against,
    refused=_refused,
)

"""Runs the checks of targets side by side. Whatever goes wrong on the way is a result, never an exception."""

import asyncio
import contextlib
import functools
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.diagnostics import redact
from bot.diagnostics.check import Check, Thresholds
from bot.diagnostics.kind import Kind, Refusal, SessionLost, not_set, plainly
from bot.diagnostics.kinds import KINDS
from bot.diagnostics.places import Places
from bot.diagnostics.result import Measurement, Report, Result, Verdict
from bot.diagnostics.target import NotSet, Target
from bot.policy.targets import TargetSection

#: How many targets are asked at the same time: more would have the bot wait for itself.
_AT_ONCE = 4
#: After how many seconds a target makes room for others: it hangs, or is slow.
_MAKES_ROOM_S = 0.5
#: Seconds of a target's time that its beginning may take.
_LOGIN_S = 5.0
#: Seconds that its end may take.
_GOODBYE_S = 1.0
#: Characters of an explanation or of advice, and of what was run.
_SENTENCES = 600
_RAN = 4000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: checks done of all, and what is waited for (`target: title` where targets are several)."""

    done: int
    total: int
    waiting: tuple[str, ...]


@dataclass(slots=True)
class _Count:
    """What is still waited for, and whom to tell."""

    tell: Callable[[Progress], None] | None
    waiting: dict[tuple[str, str], str]
    total: int = 0

    def __post_init__(self) -> None:
        self.total = len(self.waiting)

    def done(self, target: str, check: str) -> None:
        self.waiting.pop((target, check), None)
        if self.tell is not None:
            self.tell(Progress(self.total - len(self.waiting), self.total, tuple(self.waiting.values())))


def known_thresholds(kind: str) -> frozenset[str] | None:
    """The names that a target of this kind may override; None for an unknown kind."""
    known = KINDS.get(kind)
    return known.thresholds if known else None


def known_checks(section: TargetSection) -> frozenset[str]:
    """The names of the checks of a target as the pack declares it; nothing where its kind is unknown."""
    known = KINDS.get(section.kind)
    return frozenset(check.name for check in known.checks(section)) if known else frozenset()


def checks_of(target: Target, kinds: Mapping[str, Kind] = KINDS) -> Sequence[Check[Any]]:
    """What a target is asked; nothing where its kind is unknown."""
    kind = kinds.get(target.kind)
    return kind.checks(target.options) if kind else ()


async def run(
    targets: Sequence[Target],
    *,
    name: str = "",
    now: datetime,
    only: Collection[str] = (),
    tell: Callable[[Progress], None] | None = None,
    kinds: Mapping[str, Kind] = KINDS,
) -> Report:
    """Runs the checks of targets, each target within its own time-out.

    Args:
        targets: What to diagnose.
        name: What people asked for: a target, a service, `all`. Left out, the first target's name.
        now: When it starts, for the report.
        only: The names of the checks to run; empty for all of them.
        tell: Is told how far it is whenever a check is done. It must not wait.
        kinds: The kinds of targets there are.

    Returns:
        A result for every check, also for those that could not run, in the order of the targets.
    """
    started = time.perf_counter()
    several = len(targets) > 1
    asked = [_Asked.of(replace(target, asked_at=now), kinds, only, several=several) for target in targets]
    waiting = {
        (one.target.name, check.name): f"{one.target.name}: {check.title}" if several else check.title
        for one in asked
        for check in one.checks
    }
    count, places = _Count(tell, waiting), Places(_AT_ONCE, _MAKES_ROOM_S)

    async def diagnose(one: _Asked) -> tuple[Result, ...]:
        async with places.taken():
            return await _Diagnosis(one, count, time.perf_counter()).diagnose()

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(diagnose(one)) for one in asked]
    return Report(
        target=name or (targets[0].name if targets else ""),
        kind=", ".join(dict.fromkeys(target.kind for target in targets)),
        against=", ".join(dict.fromkeys(one.against for one in asked if one.checks or one.kind is None)),
        started_at=now,
        took_ms=round((time.perf_counter() - started) * 1000),
        results=tuple(result for task in tasks for result in task.result()),
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A target, what it is to be asked, and how that is shown."""

    target: Target
    kind: Kind | None
    checks: tuple[Check[Any], ...]
    against: str
    named: str

    @classmethod
    def of(cls, target: Target, kinds: Mapping[str, Kind], only: Collection[str], *, several: bool) -> "_Asked":
        kind = kinds.get(target.kind)
        checks = tuple(check for check in checks_of(target, kinds) if not only or check.name in only)
        against = kind.against(target) if kind else "(unknown)"
        return cls(target, kind, checks, against, target.name if several else "")


@dataclass(slots=True)
class _Diagnosis:
    """One target's checks, over what they share."""

    asked: _Asked
    count: _Count
    started: float
    lost: str = field(default="")

    @property
    def _target(self) -> Target:
        return self.asked.target

    def _left_s(self) -> float:
        return self.started + self._target.timeout_s - time.perf_counter()

    async def diagnose(self) -> tuple[Result, ...]:
        """Begins once, asks everything, and ends."""
        kind, started = self.asked.kind, time.perf_counter()
        if kind is None:
            return (self._unknown_kind(),)
        if not self.asked.checks:
            return ()
        session = kind.connect(self._target)
        try:
            async with asyncio.timeout(min(_LOGIN_S, self._target.timeout_s)):
                opened = await session.__aenter__()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the result
            return self._unreached(kind.refused(error, self._target), (time.perf_counter() - started) * 1000)
        try:
            return await self._ask_all(kind, opened)
        finally:
            # What was found stands, however the goodbye goes.
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_GOODBYE_S):
                    await session.__aexit__(None, None, None)

    async def _ask_all(self, kind: Kind, session: Any) -> tuple[Result, ...]:
        if kind.in_turn:
            return tuple([await self._ask(kind, check, session) for check in self.asked.checks])
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._ask(kind, check, session)) for check in self.asked.checks]
        return tuple(task.result() for task in tasks)

    async def _ask(self, kind: Kind, check: Check[Any], session: Any) -> Result:
        started = time.perf_counter()
        if self.lost:
            measured = _not_run(self.lost)
        elif self._left_s() <= 0:
            measured = _not_run(f"the {self._target.timeout_s:g} s for this target were used up")
        else:
            measured = await self._measure(kind, check, session)
        return self._result(check, measured, (time.perf_counter() - started) * 1000)

    async def _measure(self, kind: Kind, check: Check[Any], session: Any) -> Measurement:
        seconds = min(self._target.check_timeout_s, self._left_s())
        try:
            async with asyncio.timeout(seconds) as limit:
                return await check.run(session, self._thresholds(check, kind))
        except SessionLost as error:
            return self._broken_off(check, plainly(error))
        except TimeoutError as error:
            if not limit.expired():
                return _meaning(kind, error, self._target)
            if kind.in_turn:  # whatever it still sends would be taken for the next answer
                return self._broken_off(check, f"no answer within {seconds:.1f} s")
            return failed(f"no answer within {seconds:.1f} s", "See whether it is overloaded, then run this again.")
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the result
            return _meaning(kind, error, self._target)

    def _broken_off(self, check: Check[Any], why: str) -> Measurement:
        self.lost = "the connection was lost during an earlier check"
        return Measurement(
            verdict=Verdict.CRITICAL if check is self.asked.checks[0] else Verdict.ERROR,
            explanation=f"The connection was lost: {why}.",
            next_step="Run it again; if it happens again, look at the server's log and at the network.",
        )

    def _thresholds(self, check: Check[Any], kind: Kind) -> Thresholds:
        mine = (kind.thresholds - {name for each in self.asked.checks for name in each.defaults}) | set(check.defaults)
        return {**check.defaults, **{name: value for name, value in self._target.thresholds.items() if name in mine}}

    def _unreached(self, refusal: Refusal, took_ms: float) -> tuple[Result, ...]:
        first, *others = self.asked.checks
        results = [self._result(first, refusal.others.get(first.name, refusal.first), took_ms)]
        for check in others:
            measured = refusal.others.get(check.name, _not_run(f"{self._target.name} was not reached"))
            results.append(self._result(check, measured, 0.0))
        return tuple(results)

    def _result(self, check: Check[Any], measured: Measurement, took_ms: float) -> Result:
        self.count.done(self._target.name, check.name)
        return Result(
            check=check.name,
            title=check.title,
            verdict=measured.verdict,
            value=measured.value,
            unit=measured.unit,
            threshold=measured.threshold,
            ran=_shown(measured.ran or check.ran),
            against=self.asked.against,
            took_ms=round(took_ms, 1),
            # Names of roles and programs, and what servers say, come from outside.
            explanation=redact.text(measured.explanation, most=_SENTENCES),
            next_step=redact.text(measured.next_step, most=_SENTENCES),
            rows=measured.rows,
            target=self.asked.named,
            facts=dict(measured.facts),
            chart=measured.chart,
        )

    def _unknown_kind(self) -> Result:
        return Result(
            check="kind",
            title="Kind of target",
            verdict=Verdict.ERROR,
            value=None,
            unit="",
            threshold="none",
            ran="",
            against=self.asked.against,
            took_ms=0.0,
            explanation=f"There are no checks for the kind “{self._target.kind}”.",
            next_step=f"Set the target's kind to one of {', '.join(sorted(KINDS))} in the policy pack.",
            target=self.asked.named,
        )


@functools.lru_cache(maxsize=512)
def _shown(ran: str) -> str:
    """What was run, without credentials. Most checks run the same each time, and looking for secrets takes a while."""
    return redact.credentials(ran, most=_RAN)


def failed(why: str, next_step: str) -> Measurement:
    """The measurement of a check that failed: what it looks at may be well or not."""
    said = redact.text(why, most=200).strip().rstrip(".")
    return Measurement(verdict=Verdict.ERROR, explanation=f"The check failed: {said}.", next_step=next_step)


def _meaning(kind: Kind, error: Exception, target: Target) -> Measurement:
    if isinstance(error, NotSet):
        return not_set(error)
    known = kind.means(error, target)
    if known is not None:
        return known
    named = plainly(error) if isinstance(error, OSError) else f"{type(error).__name__}: {plainly(error)}"
    return failed(named, "Run by hand what was run, to see why it fails.")


def _not_run(why: str) -> Measurement:
    return Measurement(
        verdict=Verdict.NO_DATA, explanation=f"Not run: {why}.", next_step="Mend that first, then run it again."
    )

"""Runs a target's checks. Whatever goes wrong on the way is a result, never an exception."""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime

import asyncpg

from bot.diagnostics import redact
from bot.diagnostics.check import Check, Thresholds
from bot.diagnostics.checks.postgres import OPTIONAL_THRESHOLDS, POSTGRES_CHECKS, PostgresCheck
from bot.diagnostics.postgres import FAILURES, STATEMENT_TIMEOUT_MS, ConnectionLost, PostgresSession
from bot.diagnostics.refusals import judge_refusal
from bot.diagnostics.result import Measurement, Report, Result, Verdict
from bot.diagnostics.target import Target

#: Seconds of a target's time that the login may take.
_LOGIN_S = 5.0
#: Characters of an explanation or of advice.
_SENTENCES = 600


def known_thresholds(kind: str) -> frozenset[str] | None:
    """The names that a target of this kind may override; None for an unknown kind."""
    if kind != "postgres":
        return None
    return OPTIONAL_THRESHOLDS.union(*(check.defaults for check in POSTGRES_CHECKS))


async def run(target: Target, *, now: datetime, checks: Sequence[PostgresCheck] = POSTGRES_CHECKS) -> Report:
    """Runs a target's checks, within its time-out.

    Args:
        target: What to diagnose.
        now: When it starts, for the report.
        checks: Which, in this order; the first says whether the target can be reached.

    Returns:
        A result for every check, also for those that could not run.
    """
    started = time.perf_counter()
    if target.kind == "postgres":
        results = await _Postgres(target, checks, started).diagnose()
    else:
        results = (_unknown_kind(target),)
    return Report(
        target=target.name,
        kind=target.kind,
        against=target.against,
        started_at=now,
        took_ms=round((time.perf_counter() - started) * 1000),
        results=results,
    )


class _Postgres:
    """One diagnosis over one connection, so one check after another."""

    def __init__(self, target: Target, checks: Sequence[PostgresCheck], started: float) -> None:
        """Counts the target's time-out from `started` (`perf_counter`)."""
        self._target = target
        self._checks = checks
        self._deadline = started + target.timeout_s

    def _left_s(self) -> float:
        return self._deadline - time.perf_counter()

    def _statement_timeout_ms(self) -> int:
        """No single check may use up the time of the others."""
        return min(STATEMENT_TIMEOUT_MS, max(1, round(self._target.timeout_s * 1000 / 3)))

    async def diagnose(self) -> tuple[Result, ...]:
        """Logs in once and asks everything."""
        target, started = self._target, time.perf_counter()
        try:
            if not target.url:
                raise ValueError(f"{target.url_from or 'its address'} is not set")
            login_s = min(_LOGIN_S, target.timeout_s)
            async with asyncio.timeout(login_s + 0.5):  # asyncpg's own time-out does not cover all of a login
                session = await PostgresSession.open(
                    target.url, timeout_s=login_s, statement_timeout_ms=self._statement_timeout_ms()
                )
        except FAILURES as error:
            return self._unreached(error, (time.perf_counter() - started) * 1000)
        try:
            return await self._ask_all(session)
        finally:
            await session.close()

    async def _ask_all(self, session: PostgresSession) -> tuple[Result, ...]:
        results: list[Result] = []
        lost = ""
        for check in self._checks:
            started = time.perf_counter()
            if lost:
                measured = _not_run(lost)
            elif self._left_s() <= 0:
                measured = _not_run(f"the {self._target.timeout_s:g} s for this target were used up")
            else:
                try:
                    measured = await self._measure(check, session)
                except ConnectionLost as error:
                    lost = "the connection was lost during an earlier check"
                    measured = Measurement(
                        verdict=Verdict.CRITICAL if check is self._checks[0] else Verdict.ERROR,
                        explanation=f"The connection was lost: {redact.text(str(error), most=200)}.",
                        next_step="Run it again; if it happens again, look at the server's log and at the network.",
                    )
            results.append(self._result(check, measured, (time.perf_counter() - started) * 1000))
        return tuple(results)

    async def _measure(self, check: PostgresCheck, session: PostgresSession) -> Measurement:
        try:
            async with asyncio.timeout(self._left_s()):
                return await check.run(session, self._thresholds(check))
        except TimeoutError as error:
            raise ConnectionLost(f"no answer within the target's {self._target.timeout_s:g} s") from error
        except asyncpg.QueryCanceledError:
            return _failed("it ran into the statement time-out", "The server is slow: look at the long statements.")
        except asyncpg.InsufficientPrivilegeError as error:
            return _failed(str(error), "Grant the diagnostic role what it lacks: see docs/diagnostics.md.")
        except (asyncpg.PostgresError, KeyError, IndexError, TypeError, ValueError, ArithmeticError) as error:
            return _failed(f"{type(error).__name__}: {error}", "Run the statement by hand to see why it fails.")

    def _unreached(self, error: BaseException, took_ms: float) -> tuple[Result, ...]:
        refusal = judge_refusal(error, self._target)
        first, *others = self._checks
        results = [self._result(first, refusal.reachability, took_ms)]
        for check in others:
            measured = refusal.others.get(check.name, _not_run(f"{self._target.name} was not reached"))
            results.append(self._result(check, measured, 0.0))
        return tuple(results)

    def _thresholds(self, check: PostgresCheck) -> Thresholds:
        mine = OPTIONAL_THRESHOLDS | set(check.defaults)
        return {**check.defaults, **{name: value for name, value in self._target.thresholds.items() if name in mine}}

    def _result(self, check: PostgresCheck, measured: Measurement, took_ms: float) -> Result:
        return to_result(check, measured, against=self._target.against, took_ms=took_ms)


def to_result(check: Check[PostgresSession], measured: Measurement, *, against: str, took_ms: float) -> Result:
    """A measurement with its evidence around it."""
    return Result(
        check=check.name,
        title=check.title,
        verdict=measured.verdict,
        value=measured.value,
        unit=measured.unit,
        threshold=measured.threshold,
        ran=check.ran,
        against=against,
        took_ms=round(took_ms, 1),
        explanation=redact.text(measured.explanation, most=_SENTENCES),  # names of roles and programs come from outside
        next_step=redact.text(measured.next_step, most=_SENTENCES),
        rows=measured.rows,
    )


def _not_run(why: str) -> Measurement:
    return Measurement(
        verdict=Verdict.NO_DATA, explanation=f"Not run: {why}.", next_step="Mend that first, then run it again."
    )


def _failed(why: str, next_step: str) -> Measurement:
    said = redact.text(why, most=200).strip().rstrip(".")
    return Measurement(verdict=Verdict.ERROR, explanation=f"The check failed: {said}.", next_step=next_step)


def _unknown_kind(target: Target) -> Result:
    return Result(
        check="kind",
        title="Kind of target",
        verdict=Verdict.ERROR,
        value=None,
        unit="",
        threshold="none",
        ran="",
        against=target.against,
        took_ms=0.0,
        explanation=f"There are no checks for the kind “{target.kind}”.",
        next_step="Set the target's kind to postgres in the policy pack.",
    )

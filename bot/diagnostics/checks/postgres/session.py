"""One read-only connection to the diagnosed Postgres: the whole load that a diagnosis adds."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any, Self

import asyncpg

from bot.diagnostics import redact
from bot.diagnostics.checks.postgres.check import Answer, NotAsked
from bot.diagnostics.kind import SessionLost, plainly
from bot.diagnostics.result import Measurement, Verdict
from bot.diagnostics.target import DEFAULT_CHECK_TIMEOUT_S, Target

APPLICATION_NAME = "muster-diag"
#: Milliseconds that one statement may run, and wait for a lock.
STATEMENT_TIMEOUT_MS = 3000
LOCK_TIMEOUT_MS = 500
#: Milliseconds for many questions in one statement. Where that is too short, they are asked one by one.
_TOGETHER_MS = 1000
#: Seconds on top for the network; past them the connection counts as lost.
_GRACE_S = 0.5
#: How much of the time that a check and a target have is used here, so that what was not asked can still say so.
_MOST = 0.95

#: Everything that asyncpg raises when a server refuses, breaks off, or is none.
FAILURES = (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError)


def in_one(statements: Sequence[str]) -> str:
    """One statement that gives the rows of several, each as a column of JSON. They must be single SELECTs.

    One round trip rather than many, and the server opens its catalogue once for all of them. As JSON, for the driver
    would look up what an array is, which takes longer than most questions.
    """
    columns = (
        f"(SELECT coalesce(json_agg(found), '[]') FROM (\n{sql}\n) AS found) AS answer_{number}"  # noqa: S608 - ours
        for number, sql in enumerate(statements)
    )
    return "SELECT " + ",\n".join(columns)


class PostgresSession:
    """Asks statements one after another, in read-only transactions with time-outs.

    The limits are set inside the transaction rather than at login: a pooler in transaction mode hands every
    transaction another server connection, and refuses start-up parameters that it does not know.
    """

    def __init__(
        self, connection: Any, connect_ms: float, *, statement_timeout_ms: int, until: float, check_timeout_s: float
    ) -> None:
        """Takes over an open asyncpg connection.

        Args:
            connection: It.
            connect_ms: Milliseconds that the login took.
            statement_timeout_ms: For each statement, on the server.
            until: By `time.perf_counter`, when everything must be over.
            check_timeout_s: Seconds that a question may take, with waiting for its turn.
        """
        self._connection = connection
        self._connect_ms = connect_ms
        self._statement_timeout_ms = statement_timeout_ms
        self._until = until
        self._check_timeout_s = check_timeout_s
        self._turn = asyncio.Lock()
        self._waiting: list[str] = []
        self._known: dict[str, Answer] = {}
        self._one_by_one = False
        self._begun = False
        self._lost = False

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        timeout_s: float,
        statement_timeout_ms: int = STATEMENT_TIMEOUT_MS,
        check_timeout_s: float = DEFAULT_CHECK_TIMEOUT_S,
    ) -> Self:
        """Logs in.

        Args:
            url: `postgresql://…`, with or without SQLAlchemy's driver suffix.
            timeout_s: Seconds for the login, and for it and all questions together.
            statement_timeout_ms: For each statement, on the server.
            check_timeout_s: Seconds for one question, with waiting for its turn.

        Raises:
            FAILURES: the server refuses, does not answer, or the address is none.
        """
        scheme, colon, rest = url.partition("://")
        started = time.perf_counter()
        connection = await asyncpg.connect(
            f"{scheme.partition('+')[0]}{colon}{rest}",
            timeout=timeout_s,
            statement_cache_size=0,  # prepared statements with names do not survive a pooler
            server_settings={"application_name": APPLICATION_NAME},
        )
        return cls(
            connection,
            (time.perf_counter() - started) * 1000,
            statement_timeout_ms=statement_timeout_ms,
            until=started + _MOST * timeout_s,
            check_timeout_s=_MOST * check_timeout_s,
        )

    async def ask(self, sql: str) -> Answer:
        """Runs one statement in a read-only transaction of its own.

        Raises:
            asyncpg.PostgresError: the statement failed or ran into its time-out; the session stays usable.
            SessionLost: the connection broke, or nothing came back in time.
            NotAsked: it never had its turn.
        """
        until = self._patience()
        async with self._my_turn(until):
            async with self._unless_lost(self._statement_timeout_ms, until):
                round_trip_ms = await self._begin(self._statement_timeout_ms)
                rows = await self._connection.fetch(sql)
            return Answer(rows, round_trip_ms, self._connect_ms)

    async def ask_together(self, sql: str) -> Answer:
        """Runs a statement of ours, in one with those that wait at the same time; a statement is asked only once.

        When they fail together, each is asked by itself: one that is slow or forbidden does not spoil the others.
        Never for statements that a pack wrote, for they could reach into each other.

        Raises:
            asyncpg.PostgresError: the statement failed or ran into its time-out; the session stays usable.
            SessionLost: the connection broke, or nothing came back in time.
            NotAsked: it never had its turn.
        """
        until = self._patience()
        self._waiting.append(sql)
        try:
            async with self._my_turn(until):
                if sql not in self._known and not self._one_by_one:
                    await self._learn_together(until)
                if sql not in self._known:
                    await self._learn(self._statement_timeout_ms, until, only=sql)
                return self._known[sql]
        finally:
            self._waiting.remove(sql)

    async def close(self) -> None:
        """Says goodbye, or hangs up when that is not heard."""
        try:
            if self._begun:  # a pooler throws a connection away that is left in the middle of a transaction
                async with asyncio.timeout(_GRACE_S):
                    await self._connection.execute("ROLLBACK")
            await self._connection.close(timeout=_GRACE_S)
        except (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresError):
            self._connection.terminate()

    def _patience(self) -> float:
        return min(self._until, time.perf_counter() + self._check_timeout_s)

    @contextlib.asynccontextmanager
    async def _my_turn(self, until: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(until - time.perf_counter()):
                await self._turn.acquire()
        except TimeoutError:
            raise NotAsked("the time was used up by earlier checks") from None
        try:
            if self._lost:
                raise NotAsked("the connection was lost during an earlier check")
            yield
        finally:
            self._turn.release()

    async def _learn_together(self, until: float) -> None:
        try:
            await self._learn(min(_TOGETHER_MS, self._statement_timeout_ms), until)
        except asyncpg.PostgresError:
            self._one_by_one = True

    async def _learn(self, timeout_ms: int, until: float, *, only: str = "") -> None:
        """Asks what all that wait want to know, or `only` this."""
        async with self._unless_lost(timeout_ms, until):
            round_trip_ms = await self._begin(timeout_ms)
            # Whoever came during that round trip comes along.
            statements = [only] if only else [sql for sql in dict.fromkeys(self._waiting) if sql not in self._known]
            [row] = await self._connection.fetch(in_one(statements))
        for sql, rows in zip(statements, row.values(), strict=True):
            self._known[sql] = Answer(json.loads(rows), round_trip_ms, self._connect_ms)

    @contextlib.asynccontextmanager
    async def _unless_lost(self, timeout_ms: int, until: float) -> AsyncIterator[None]:
        patience_s = max(0, min(timeout_ms / 1000 + _GRACE_S, until - time.perf_counter()))
        try:
            async with asyncio.timeout(patience_s):
                yield
        except (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError) as error:
            self._hang_up()
            raise SessionLost(str(error) or f"no answer within {patience_s:.1f} s") from error
        except asyncio.CancelledError:  # whatever it still sends would be taken for the next answer
            self._hang_up()
            raise

    async def _begin(self, timeout_ms: int) -> float:
        """Ends the transaction before, and begins the next in the same round trip; the milliseconds that it took."""
        before = "ROLLBACK; " if self._begun else ""
        self._begun = True
        started = time.perf_counter()
        await self._connection.execute(
            f"{before}BEGIN READ ONLY; SET LOCAL statement_timeout = {timeout_ms}; "
            # Compiling would take longer than what it speeds up.
            f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}; SET LOCAL jit = off"
        )
        return (time.perf_counter() - started) * 1000

    def _hang_up(self) -> None:
        self._lost, self._begun = True, False
        self._connection.terminate()


def against(target: Target) -> str:
    """The address that the setting `url_from` holds, without credentials."""
    url = target.value_of(target.options.url_from)
    return redact.dsn(url) if url else f"({target.options.url_from} is not set)"


@contextlib.asynccontextmanager
async def connected(target: Target) -> AsyncIterator[PostgresSession]:
    """A session on a target. Raises NotSet and FAILURES."""
    url = target.setting(target.options.url_from)
    # No single statement may use up the time of the others.
    # The server should give up before the check does: past that, the connection counts as lost.
    longest = min(0.8 * target.check_timeout_s, target.timeout_s / 3)
    timeout_ms = min(STATEMENT_TIMEOUT_MS, max(1, round(longest * 1000)))
    session = await PostgresSession.open(
        url, timeout_s=target.timeout_s, statement_timeout_ms=timeout_ms, check_timeout_s=target.check_timeout_s
    )
    try:
        yield session
    finally:
        await session.close()


def judge_failure(error: Exception, _target: Target) -> Measurement | None:
    """What a failed statement means."""
    match error:
        case asyncpg.QueryCanceledError():
            why, mend = "it ran into the statement time-out", "The server is slow: look at the long statements."
        case asyncpg.InsufficientPrivilegeError():
            why, mend = plainly(error), "Grant the diagnostic role what it lacks: see docs/diagnostics.md."
        case _:
            return None
    return Measurement(verdict=Verdict.ERROR, explanation=f"The check failed: {why}.", next_step=mend)

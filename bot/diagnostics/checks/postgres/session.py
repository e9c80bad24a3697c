"""One read-only connection to the diagnosed Postgres: the whole load that a diagnosis adds."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any, Self

import asyncpg

from bot.diagnostics import redact
from bot.diagnostics.checks.postgres.check import Answer
from bot.diagnostics.kind import SessionLost, plainly
from bot.diagnostics.result import Measurement, Verdict
from bot.diagnostics.target import Target

APPLICATION_NAME = "muster-diag"
#: Milliseconds that one statement may run, and wait for a lock.
STATEMENT_TIMEOUT_MS = 3000
LOCK_TIMEOUT_MS = 500
#: Seconds on top for the network; past them the connection counts as lost.
_GRACE_S = 0.5

#: Everything that asyncpg raises when a server refuses, breaks off, or is none.
FAILURES = (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError)


class PostgresSession:
    """Asks statements one after another, each in a read-only transaction of its own.

    The limits are set inside the transaction rather than at login: a pooler in transaction mode hands every
    transaction another server connection, and refuses start-up parameters that it does not know.
    """

    def __init__(self, connection: Any, connect_ms: float, statement_timeout_ms: int) -> None:
        """Takes over an open asyncpg connection."""
        self._connection = connection
        self._connect_ms = connect_ms
        self._begin = (
            "BEGIN READ ONLY; "
            f"SET LOCAL statement_timeout = {statement_timeout_ms}; SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}"
        )
        self._patience_s = statement_timeout_ms / 1000 + _GRACE_S

    @classmethod
    async def open(cls, url: str, *, timeout_s: float, statement_timeout_ms: int = STATEMENT_TIMEOUT_MS) -> Self:
        """Logs in.

        Args:
            url: `postgresql://…`, with or without SQLAlchemy's driver suffix.
            timeout_s: Seconds until it gives up.
            statement_timeout_ms: For each statement, on the server.

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
        return cls(connection, (time.perf_counter() - started) * 1000, statement_timeout_ms)

    async def ask(self, sql: str) -> Answer:
        """Runs one statement.

        Raises:
            asyncpg.PostgresError: the statement failed or ran into its time-out; the session stays usable.
            SessionLost: the connection broke, or nothing came back in time.
        """
        try:
            async with asyncio.timeout(self._patience_s):
                await self._connection.execute(self._begin)
                started = time.perf_counter()
                try:
                    rows = await self._connection.fetch(sql)
                except asyncpg.PostgresError:
                    await self._connection.execute("ROLLBACK")
                    raise
                took_ms = (time.perf_counter() - started) * 1000
                await self._connection.execute("ROLLBACK")
        except (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError) as error:
            self._connection.terminate()
            raise SessionLost(str(error) or f"no answer within {self._patience_s:g} s") from error
        return Answer(rows=rows, took_ms=took_ms, connect_ms=self._connect_ms)

    async def close(self) -> None:
        """Says goodbye, or hangs up when that is not heard."""
        try:
            await self._connection.close(timeout=_GRACE_S)
        except (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresError):
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
    session = await PostgresSession.open(url, timeout_s=target.timeout_s, statement_timeout_ms=timeout_ms)
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

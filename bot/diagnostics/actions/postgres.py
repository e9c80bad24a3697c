"""A connection to a Postgres that may change something, for one action."""

import contextlib
import re
from collections.abc import AsyncIterator
from typing import Any

import asyncpg

from bot.diagnostics.actions.action import Attempt, NotReady
from bot.diagnostics.checks.postgres.refusals import judge_refusal
from bot.diagnostics.checks.postgres.session import against as address_of
from bot.diagnostics.kind import plainly
from bot.diagnostics.result import Measurement, Verdict

APPLICATION_NAME = "muster-act"
#: Seconds that a goodbye may take.
_GOODBYE_S = 0.5
_DRIVER = re.compile(r"^([a-z]+)\+[a-z0-9]+://")


@contextlib.asynccontextmanager
async def acting(attempt: Attempt) -> AsyncIterator[Any]:
    """An asyncpg connection to the action's target, hung up at the end whatever it is doing.

    Raises:
        NotReady, NotSet: there is no address.
        Exception: whatever asyncpg raises; `means` explains it.
    """
    where = attempt.action.where()
    url = where.setting(where.options.url_from)
    connection = await asyncpg.connect(
        _DRIVER.sub(r"\1://", url),
        timeout=attempt.action.timeout_s,
        statement_cache_size=0,  # prepared statements with names do not survive a pooler
        server_settings={"application_name": APPLICATION_NAME},
    )
    attempt.reached = True
    try:
        yield connection
        # What was done is done, however the goodbye goes.
        with contextlib.suppress(OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresError):
            await connection.close(timeout=_GOODBYE_S)
    finally:
        if not connection.is_closed():
            connection.terminate()


def against(attempt: Attempt) -> str:
    """The address without credentials."""
    return address_of(attempt.action.where())


def means(error: Exception, attempt: Attempt) -> Measurement | None:
    """What a refused login, a lost connection or a failed statement means."""
    match error:
        case NotReady():
            return None
        case asyncpg.LockNotAvailableError():
            return _failure("somebody holds a lock on what it would change", "See who, and wait: diag shows the locks.")
        case asyncpg.QueryCanceledError():
            return _failure("the statement ran into its time-out", "See why it is slow, or raise `timeout`.")
        case asyncpg.InsufficientPrivilegeError():
            return _failure(plainly(error), "Grant the role what it lacks: docs/actions.md, “A role that may act”.")
        case asyncpg.IntegrityConstraintViolationError() | asyncpg.DataError() | asyncpg.SyntaxOrAccessError():
            return _failure(plainly(error), "Mend the statement in the policy pack, or what was filled in.")
        case _ if not attempt.reached:
            return judge_refusal(error, attempt.action.where()).first
        case asyncpg.PostgresConnectionError() | asyncpg.InterfaceError() | OSError() if not _late(error):
            return lost(error)
        case asyncpg.PostgresError():
            return _failure(plainly(error), "Try the statement in psql, to see why it fails.")
        case _:
            return None


def _late(error: Exception) -> bool:
    return isinstance(error, TimeoutError) and not str(error)


def lost(error: Exception) -> Measurement:
    """What it means that a connection broke in the middle."""
    return Measurement(
        verdict=Verdict.ERROR,
        explanation=f"The connection was lost: {plainly(error)}.",
        next_step="See the server's log and the network, then ask for it again.",
    )


def _failure(why: str, next_step: str) -> Measurement:
    return Measurement(verdict=Verdict.ERROR, explanation=f"The statement failed: {why}.", next_step=next_step)

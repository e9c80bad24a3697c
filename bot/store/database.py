"""One engine, and transactions that end in time: a person waits for the answer, and Slack waits three seconds."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

#: Seconds a transaction may take before the person is told that nothing was recorded.
DEADLINE = 1.8
#: Seconds more for a COMMIT that has been sent; its outcome is only known from the answer.
COMMIT_GRACE = 0.6


#: The code of what a server says that may only be read.
_READ_ONLY = "25006"
#: Seconds that a connection may take to say goodbye. One that hangs has nothing more to tell.
_GOODBYE = 0.1


class _Connection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A connection that does not outlast anybody's patience when it is closed."""

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 (asyncpg's own argument)
        with contextlib.suppress(TimeoutError):  # it has been cut off then
            await super().close(timeout=min(timeout or _GOODBYE, _GOODBYE))


#: What SQLAlchemy, asyncpg and the network raise where there is no answer. asyncpg's own are a connection that broke
#: between two statements, and several servers of which none is of the kind that was asked for.
_UNANSWERED = (
    TimeoutError,
    PoolTimeout,
    OSError,
    InterfaceError,
    OperationalError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


class DatabaseUnavailable(Exception):
    """The database does not answer, and nothing was recorded. Please try again in a minute."""


class OutcomeUnknown(DatabaseUnavailable):
    """The database stopped answering at the last moment. Look before you repeat it: it may have been recorded."""


#: What SQLAlchemy is told. asyncpg reads the address itself, so `sslmode`, several hosts and a password file work.
DRIVER = "postgresql+asyncpg://"


class Database:
    """The engine and its transactions."""

    def __init__(
        self, url: str, *, connections: int = 12, patience: float = DEADLINE, autocommit: bool = False
    ) -> None:
        """Prepare an engine; nothing connects until the first use.

        Args:
            url: `postgresql://…`.
            connections: the most that are open at once.
            patience: seconds that a transaction may take where its caller does not say: short where a person waits.
            autocommit: whether each statement stands for itself and takes one round trip. For what may fail after a
                restart of the server: the connection is not tried first.
        """
        self._patience = patience
        self.url, self._connections = url, connections
        self.engine: AsyncEngine = create_async_engine(
            DRIVER,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=patience,
            # Finds the connections that a restart of the server left behind, for a fifth of a millisecond.
            pool_pre_ping=not autocommit,
            **({"isolation_level": "AUTOCOMMIT"} if autocommit else {}),
            # A fault's traceback goes to the log, where a private incident's words have no place.
            hide_parameters=True,
            connect_args={
                "dsn": url,
                "timeout": DEADLINE,
                "connection_class": _Connection,
                "server_settings": {"application_name": "muster", "statement_timeout": "30000"},
            },
        )

    async def warm_up(self) -> None:
        """Open the connections ahead of the first storm; a database that is down is met again later."""
        async with contextlib.AsyncExitStack() as held:

            async def open_one() -> None:
                connection = await self.engine.connect()
                # Given back whatever becomes of the others.
                held.push_async_callback(connection.close)

            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DEADLINE):
                    await asyncio.gather(*(open_one() for _ in range(self._connections)), return_exceptions=True)

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()

    @contextlib.asynccontextmanager
    async def transaction(self, within: float | None = None) -> AsyncIterator[AsyncConnection]:
        """A transaction that commits at the end of the block, or does not happen.

        Args:
            within: seconds for all of it but the commit; the database's patience where not given.

        Raises:
            DatabaseUnavailable: the database is down or too slow; nothing was recorded.
            OutcomeUnknown: the commit was sent and never answered.
        """
        committing = False
        try:
            async with asyncio.timeout(within or self._patience) as deadline, self.engine.connect() as connection:
                await connection.begin()
                try:
                    yield connection
                except BaseException as error:
                    if _spoils(error):
                        await connection.invalidate()
                    raise
                deadline.reschedule(asyncio.get_running_loop().time() + COMMIT_GRACE)
                committing = True
                await connection.commit()
        except _UNANSWERED as error:
            raise (OutcomeUnknown if committing else DatabaseUnavailable) from error
        except DBAPIError as error:
            if lost(error):
                raise (OutcomeUnknown if committing else DatabaseUnavailable) from error
            raise


def lost(error: DBAPIError) -> bool:
    """Whether the connection is gone or the server is refusing work, rather than our statement being wrong."""
    code = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None) or ""
    # 08: connection; 57P: shutdown or crash; 57014: cancelled by the statement time-out; 53: out of resources;
    # 40: deadlock or serialisation, where nothing was recorded either. 25006: a server that may only be read, as one is
    # that has handed over to another.
    return error.connection_invalidated or code.startswith(("08", "57", "53", "40", _READ_ONLY))


def _spoils(error: BaseException) -> bool:
    """Whether a connection must not be used again.

    What was cut off in the middle of a statement of asyncpg's own would wait for the server to take it back; and a
    server that may only be read stays so, while another may be the one to write to.
    """
    if isinstance(error, DBAPIError):
        return getattr(error.orig, "sqlstate", None) == _READ_ONLY
    return isinstance(error, asyncio.CancelledError | asyncpg.ReadOnlySQLTransactionError)


async def raw(connection: AsyncConnection) -> "asyncpg.Connection[Any]":
    """The asyncpg connection underneath, inside the same transaction: PgQueuer speaks asyncpg."""
    found: asyncpg.Connection[Any] | None = (await connection.get_raw_connection()).driver_connection
    if found is None:
        raise DatabaseUnavailable
    if not found.is_in_transaction():
        # SQLAlchemy begins with its first statement: what asyncpg is told before that would stand for itself.
        await connection.exec_driver_sql("select")
    return found

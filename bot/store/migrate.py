"""Bringing the schema to head, from code: the demo, the tests and `muster migrate` share this."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.paths import MIGRATIONS
from bot.store.database import DRIVER, DatabaseUnavailable

#: Only one process migrates at a time; the others wait and find it done. Any number nobody else uses.
_LOCK = 7_302_114_001
#: Seconds until a database that does not answer is given up.
_PATIENCE_S = 15


def config() -> Config:
    """Alembic's configuration, without an ini file."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    return made


def head() -> str:
    """The newest revision that this version knows."""
    return str(ScriptDirectory.from_config(config()).get_current_head())


def is_behind(revision: str | None) -> bool:
    """Whether a database lacks what this version needs.

    A revision that it has never heard of is a newer version's. Migrations add first and take away a release later, so
    the older processes of a rolling restart go on with it.
    """
    known = {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}
    return revision is None or (revision in known and revision != head())


async def upgrade(url: str, revision: str = "head") -> None:
    """Bring a database to a revision, newest by default; nothing happens when it is there.

    Raises:
        DatabaseUnavailable: it could not be reached; the text says why.
    """
    await _run(url, lambda made: command.upgrade(made, revision))


async def downgrade(url: str, revision: str = "base") -> None:
    """Take a database back to a revision."""
    await _run(url, lambda made: command.downgrade(made, revision))


async def revision_of(connection: AsyncConnection) -> str | None:
    """The revision that a database is at; None for one that was never migrated."""
    there = await connection.scalar(text("select to_regclass('alembic_version')::text"))
    if there is None:
        return None
    found: str | None = await connection.scalar(text("select version_num from alembic_version"))
    return found


async def _run(url: str, step: Callable[[Config], None]) -> None:
    engine = create_async_engine(DRIVER, connect_args={"dsn": url, "timeout": _PATIENCE_S})
    try:
        async with _connected(engine) as connection:
            await connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": _LOCK})
            await connection.commit()
            try:
                await connection.run_sync(_within, step)
                await connection.commit()
            finally:
                await asyncio.shield(connection.execute(text("select pg_advisory_unlock(:lock)"), {"lock": _LOCK}))
    finally:
        await engine.dispose()


@contextlib.asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    connection = engine.connect()
    try:
        await connection.start()
    except (OSError, TimeoutError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        reason = getattr(error, "orig", None) or error
        why = reason.strerror if isinstance(reason, OSError) and reason.strerror else str(reason)
        raise DatabaseUnavailable(f"DATABASE_URL: the database does not let us in: {why or 'no answer'}.") from error
    try:
        yield connection
    finally:
        await connection.close()


def _within(connection: Connection, step: Callable[[Config], None]) -> None:
    made = config()
    made.attributes["connection"] = connection
    step(made)

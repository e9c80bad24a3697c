"""The schema's history."""

import asyncio

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import migrate
from bot.store.database import Database
from bot.store.tables import metadata


def _differences(connection: Connection) -> list[object]:
    def ours(_thing: object, name: str | None, kind: str, *_: object) -> bool:
        return not (kind == "table" and str(name).startswith("pgqueuer"))

    context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
    return list(compare_metadata(context, metadata))


async def _tables(connection: AsyncConnection) -> set[str]:
    rows = await connection.execute(text("select tablename from pg_tables where schemaname = 'public'"))
    return set(rows.scalars())


async def test_the_models_match_the_newest_migration(database: str) -> None:
    store = Database(database)
    async with store.transaction() as connection:
        assert await connection.run_sync(_differences) == []
        assert await migrate.revision_of(connection) == migrate.head()
    await store.close()


async def test_going_down_leaves_nothing_and_up_again_brings_everything_back(empty_database: str) -> None:
    await migrate.upgrade(empty_database)
    store = Database(empty_database)
    async with store.transaction() as connection:
        before = await _tables(connection)
    await migrate.downgrade(empty_database)
    async with store.transaction() as connection:
        assert await _tables(connection) == {"alembic_version"}
        left = text("select count(*) from pg_proc where proname ~ '(timeline|pgqueuer)'")
        assert await connection.scalar(left) == 0
    await migrate.upgrade(empty_database)
    async with store.transaction() as connection:
        assert await _tables(connection) == before
    await store.close()


async def test_every_step_can_be_taken_back_and_repeated(empty_database: str) -> None:
    await migrate.upgrade(empty_database, "0001")
    await migrate.upgrade(empty_database)
    await migrate.downgrade(empty_database, "0001")
    await migrate.upgrade(empty_database)
    await migrate.upgrade(empty_database)


async def test_two_processes_that_migrate_at_once_both_succeed(empty_database: str) -> None:
    await asyncio.gather(migrate.upgrade(empty_database), migrate.upgrade(empty_database))

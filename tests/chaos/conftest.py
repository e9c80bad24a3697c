"""As many databases as a test wants."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest

from tests.support.databases import Databases

Fresh = Callable[[], Awaitable[str]]


@pytest.fixture
def fresh(databases: Databases, migrated_template: str) -> Iterator[Fresh]:
    """Makes databases with the current schema; returns each one's URL."""
    made: list[str] = []
    one_by_one = asyncio.Lock()

    async def create() -> str:
        async with one_by_one:
            # In a thread, because the databases' own loop can't run inside of the test's.
            made.append(await asyncio.to_thread(databases.create, migrated_template))
        return made[-1]

    yield create
    for url in made:
        databases.drop(url)

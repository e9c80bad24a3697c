"""The whole bot against the sandbox and a database of its own, over real HTTP."""

from collections.abc import AsyncIterator

import pytest

from tests.scenario.stage import Stage, stage


@pytest.fixture
async def bot(database: str) -> AsyncIterator[Stage]:
    """The bot in HTTP mode."""
    async with stage(database) as made:
        yield made


@pytest.fixture(params=["http", "socket"])
async def any_bot(database: str, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """The bot in HTTP mode, and again in Socket Mode."""
    async with stage(database, socket=request.param == "socket") as made:
        yield made

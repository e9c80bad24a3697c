"""The whole bot against the sandbox and a database of its own, over real HTTP."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.store.embedded import EmbeddedPostgres
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


@pytest.fixture(scope="session")
def patients() -> Iterator[str]:
    """The URL of a Postgres that nobody else is ill on: what waits for locks is counted on all of a server."""
    server = EmbeddedPostgres(fast=True)
    with (
        tempfile.TemporaryDirectory(prefix="muster-pg-") as folder,
        asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner,
    ):
        yield runner.run(server.start(Path(folder)))
        runner.run(server.stop())


@pytest.fixture
def patient(patients: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same, as what the bot diagnoses as `db`."""
    monkeypatch.setenv("MUSTER_DIAG_DB_URL", patients)
    return patients

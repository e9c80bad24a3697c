"""A database that is down, frozen or restarted under the application."""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from bot.application.execute import Muster
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.rules import Policy
from bot.store import migrate
from bot.store.database import Database, DatabaseUnavailable
from bot.store.embedded import EmbeddedPostgres
from tests.integration.conftest import Clock

ALICE = Actor.person("U0ALICE")
#: Slack gives up after three seconds; the answer has to be on its way before.
SLACKS_PATIENCE = 3.0


class OwnServer:
    """A Postgres that a test may break."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.server, self.url = folder, EmbeddedPostgres(fast=True), ""

    async def start(self) -> None:
        self.url = await self.server.start(self.folder)

    async def stop(self) -> None:
        await self.server.stop()

    def processes(self) -> list[psutil.Process]:
        pid = int((self.folder / "postgres" / "postmaster.pid").read_text().split()[0])
        return [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]

    @contextmanager
    def frozen(self) -> Iterator[None]:
        stopped = self.processes()
        for process in stopped:
            os.kill(process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in stopped:
                os.kill(process.pid, signal.SIGCONT)


@pytest.fixture
async def own() -> AsyncIterator[OwnServer]:
    # Not under pytest's own folder: every run closes that to others again, and root's Postgres is somebody else.
    with tempfile.TemporaryDirectory(prefix="muster-pg-") as folder:
        server = OwnServer(Path(folder))
        await server.start()
        await migrate.upgrade(server.url)
        yield server
        await server.stop()


@pytest.fixture
async def bot(own: OwnServer, policy: Policy, clock: Clock) -> AsyncIterator[Muster]:
    database = Database(own.url)
    yield Muster(database, policy, clock)
    await database.close()


async def test_a_database_that_is_down_is_told_at_once_and_found_again_when_it_is_back(
    own: OwnServer, bot: Muster
) -> None:
    done = await bot.execute(c.Declare(by=ALICE, title="It is down", severity="P1"))
    note = c.AddNote(by=ALICE, text="hello")
    await own.stop()
    async with asyncio.timeout(SLACKS_PATIENCE):
        with pytest.raises(DatabaseUnavailable):
            await bot.execute(note, ref=done.incident.ref)
    async with asyncio.timeout(SLACKS_PATIENCE):
        with pytest.raises(DatabaseUnavailable):
            await bot.execute(note, ref=done.incident.ref)
    await own.start()
    again = await bot.execute(note, ref=done.incident.ref)
    assert again.entries[0].seq == 2


async def test_a_restart_between_two_commands_is_noticed_by_nobody(own: OwnServer, bot: Muster) -> None:
    done = await bot.execute(c.Declare(by=ALICE, title="It is down", severity="P1"))
    await own.stop()
    await own.start()
    again = await bot.execute(c.AddNote(by=ALICE, text="hello"), ref=done.incident.ref)
    assert again.entries[0].seq == 2


async def test_a_frozen_database_is_told_within_slacks_patience_and_recovers(own: OwnServer, bot: Muster) -> None:
    done = await bot.execute(c.Declare(by=ALICE, title="It hangs", severity="P1"))
    note = c.AddNote(by=ALICE, text="hello")
    with own.frozen():
        async with asyncio.timeout(SLACKS_PATIENCE):
            refused = await asyncio.gather(
                *(bot.execute(note, ref=done.incident.ref) for _ in range(3)), return_exceptions=True
            )
    assert all(isinstance(error, DatabaseUnavailable) for error in refused), refused
    recovered = await bot.execute(note, ref=done.incident.ref)
    assert recovered.entries[0].seq == 2, "what was told to be unrecorded was recorded"

"""A Postgres that one test may break."""

import os
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import psutil

from bot.store import migrate
from bot.store.embedded import EmbeddedPostgres


class OwnServer:
    """A server of its own, with the current schema."""

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
            _tell(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in stopped:
                _tell(process, signal.SIGCONT)


def _tell(process: psutil.Process, word: signal.Signals) -> None:
    # A backend that was about to end is gone as soon as its parent goes on.
    with suppress(ProcessLookupError):
        os.kill(process.pid, word)


@asynccontextmanager
async def own_server() -> AsyncIterator[OwnServer]:
    """Starts one, migrated, and removes it."""
    # Not under pytest's own folder: every run closes that to others again, and root's Postgres is somebody else.
    with tempfile.TemporaryDirectory(prefix="muster-pg-") as folder:
        server = OwnServer(Path(folder))
        await server.start()
        await migrate.upgrade(server.url)
        yield server
        await server.stop()

"""A Postgres of Muster's own, for the demo, the tests and a first look: no root, no installation."""

import asyncio
import sys
from pathlib import Path
from typing import IO

from bot.store.pgctl import EmbeddedFailed, EmbeddedMissing, Server

if sys.platform != "win32":
    import fcntl

__all__ = ["EmbeddedFailed", "EmbeddedMissing", "EmbeddedPostgres"]

_FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "min_wal_size=32MB",
    "max_wal_size=128MB",
    "autovacuum=off",
)


class EmbeddedPostgres:
    """One user's hold on an embedded server; the last of all processes that lets go stops it.

    Args:
        fast: Trade safety for speed (no fsync), for data that a test makes and throws away.
        max_connections: The server's limit. Like `fast` it takes effect when this hold is the one that starts it.
    """

    def __init__(self, *, fast: bool = False, max_connections: int = 200) -> None:
        self._fast = fast
        self._max_connections = max_connections
        self._server: Server | None = None
        self._hold: IO[bytes] | None = None

    async def start(self, data_dir: Path) -> str:
        """Starts the server that lives in `data_dir/postgres`, or joins it when it already runs.

        Args:
            data_dir: Made when missing. Processes that name the same directory share one server.

        Returns:
            A `postgresql://` URL of the database `postgres`, for asyncpg and SQLAlchemy, over a Unix socket.

        Raises:
            EmbeddedMissing: the binaries are not installed.
            EmbeddedFailed: the server could not be made or started.
        """
        return await asyncio.to_thread(self._start, data_dir)

    async def stop(self) -> None:
        """Lets go of the server, and stops it when nobody else holds it. Does nothing when not started.

        Raises:
            EmbeddedFailed: the server did not stop.
        """
        await asyncio.to_thread(self._stop)

    def _start(self, data_dir: Path) -> str:
        if self._server is not None:
            return self._server.url()
        server = Server(data_dir.expanduser().absolute())
        with server.locked():
            hold = server.holders.open("ab")
            try:
                # A kernel lock rather than a list of process ids: it ends with its process, however that ends.
                fcntl.flock(hold, fcntl.LOCK_SH)
                server.ensure_running(self._settings())
            except BaseException:
                hold.close()
                raise
        self._server, self._hold = server, hold
        return server.url()

    def _stop(self) -> None:
        server, hold = self._server, self._hold
        if server is None or hold is None:
            return
        self._server = self._hold = None
        with hold, server.locked():
            try:
                fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # somebody else still holds it
            server.stop()

    def _settings(self) -> tuple[str, ...]:
        own = (f"max_connections={self._max_connections}", "timezone=UTC", "log_timezone=UTC")
        return (*own, *_FAST) if self._fast else own

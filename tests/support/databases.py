"""Databases for tests: one server for every worker, one migrated template, and a clone of it for each test.

Two pytest runs may share the server. Names carry the process id that made them, so each run clears up only after
runs that have ended.
"""

import asyncio
import hashlib
import importlib.metadata
import itertools
import os
import secrets
import shutil
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from bot.paths import MIGRATIONS

REPOSITORY = Path(__file__).resolve().parents[2]
#: What decides the schema besides the migrations themselves.
SCHEMA_SOURCES = (REPOSITORY / "bot" / "store" / "migrate.py",)
#: Memory that is a directory (Linux). Cloning a database makes 300 files, a tenth of a second on many a disk.
MEMORY = Path("/dev/shm")
MEMORY_FREE = 4 * 2**30
TEMPLATES_KEPT = 4  # of other branches, and of a run that is still going
_LOCK = 0x6D757374  # any number that no migration takes

T = TypeVar("T")


def server_directory() -> Path:
    """Where the shared server keeps its data: in memory where there is plenty, else in the checkout."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > MEMORY_FREE:
        checkout = hashlib.sha256(os.fsencode(REPOSITORY)).hexdigest()[:12]
        return MEMORY / f"muster-test-{os.getuid()}-{checkout}"
    return REPOSITORY / ".muster" / "test-pg"


def with_database(url: str, name: str) -> str:
    """The same server's URL for another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def schema_digest() -> str:
    """Changes whenever migrating an empty database could give another schema."""
    digest = hashlib.sha256(importlib.metadata.version("pgqueuer").encode())
    for path in sorted([*MIGRATIONS.rglob("*.py"), *MIGRATIONS.rglob("*.sql"), *SCHEMA_SOURCES]):
        digest.update(f"\n{path.name}\n".encode())
        digest.update(path.read_bytes() if path.exists() else b"")
    return digest.hexdigest()[:12]


class Databases:
    """Makes and drops databases on one server. Not async, so that tests of either kind can use it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._numbers = itertools.count(1)
        # A loop of its own: the tests' loops come and go, and this one must not become the current one.
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._connection: asyncpg.Connection[Any] = self.run(asyncpg.connect(url))

    def __enter__(self) -> Self:
        self.run(self._drop_left_overs())
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._connection.close())
        self._runner.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine to its end on this object's loop."""
        return self._runner.run(work)

    def create(self, template: str | None = None) -> str:
        """Makes a database, empty or as a clone.

        Returns:
            Its URL.
        """
        name = f"test_{os.getpid()}_{next(self._numbers)}_{secrets.token_hex(3)}"
        self.run(self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template or "template0"}"'))
        return with_database(self.url, name)

    def drop(self, url: str) -> None:
        """Drops a database, whoever is still connected to it."""
        self.run(self._execute(f'DROP DATABASE IF EXISTS "{urlsplit(url).path[1:]}" WITH (FORCE)'))

    def template(self, migrate: Callable[[str], Awaitable[None]]) -> str:
        """The name of the template with the current schema, made when it is not there yet."""
        return self.run(self._template(migrate))

    async def _template(self, migrate: Callable[[str], Awaitable[None]]) -> str:
        name = f"template_{schema_digest()}"
        exists = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)"
        if await self._connection.fetchval(exists, name):
            return name
        await self._execute(f"SELECT pg_advisory_lock({_LOCK})")
        try:
            if not await self._connection.fetchval(exists, name):
                await self._make_template(name, migrate)
        finally:
            await self._execute(f"SELECT pg_advisory_unlock({_LOCK})")
        return name

    async def _make_template(self, name: str, migrate: Callable[[str], Awaitable[None]]) -> None:
        unfinished = f"{name}_unfinished"
        await self._execute(f'DROP DATABASE IF EXISTS "{unfinished}" WITH (FORCE)')
        await self._execute(f'CREATE DATABASE "{unfinished}" TEMPLATE template0')
        await migrate(with_database(self.url, unfinished))
        # Nobody may connect to a template, or cloning it would have to wait.
        await self._execute(f'ALTER DATABASE "{unfinished}" WITH ALLOW_CONNECTIONS false')
        await self._execute(f'ALTER DATABASE "{unfinished}" RENAME TO "{name}"')
        older = r"SELECT datname FROM pg_database WHERE datname LIKE 'template\_%' ORDER BY oid DESC OFFSET $1"
        for record in await self._connection.fetch(older, TEMPLATES_KEPT):
            await self._execute(f'DROP DATABASE IF EXISTS "{record["datname"]}" WITH (FORCE)')

    async def _drop_left_overs(self) -> None:
        for record in await self._connection.fetch(r"SELECT datname FROM pg_database WHERE datname LIKE 'test\_%'"):
            if not _lives(int(record["datname"].split("_")[1])):
                await self._execute(f'DROP DATABASE IF EXISTS "{record["datname"]}" WITH (FORCE)')

    async def _execute(self, statement: str) -> None:
        await self._connection.execute(statement)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

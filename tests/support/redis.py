"""A Redis that one test may fill, lock and break."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from bot.diagnostics.target import Target
from tests.support.needs import needs
from tests.support.targets import a_target

SETTING = "MUSTER_DIAG_REDIS_URL"


def redis_at(url: str | None, **section: Any) -> Target:
    """A target of the kind `redis` at an address; `section` as for `a_target`."""
    return a_target("redis", {SETTING: url}, url_from=SETTING, **section)


@dataclass(frozen=True)
class OwnRedis:
    """A server of its own on a Unix socket."""

    url: str
    folder: Path
    client: Redis

    def target(self, **section: Any) -> Target:
        """It, as a target."""
        return redis_at(self.url, **section)


@asynccontextmanager
async def own_redis(*options: str) -> AsyncIterator[OwnRedis]:
    """Starts one without any data, and removes it; without the program the test is skipped by name.

    Args:
        options: more of the program's own.
    """
    program = needs("redis-server")
    with tempfile.TemporaryDirectory(prefix="muster-redis-") as name:
        folder = Path(name)
        server = await asyncio.create_subprocess_exec(
            program,
            *("--port", "0", "--unixsocket", str(folder / "redis"), "--dir", name, "--save", "", *options),
            stdout=asyncio.subprocess.PIPE,
        )
        assert server.stdout is not None
        reading = asyncio.create_task(_ready(server.stdout))
        try:
            async with asyncio.timeout(20):
                await reading
            url = f"unix://{folder / 'redis'}"
            async with Redis.from_url(url, decode_responses=True) as client:
                yield OwnRedis(url, folder, client)
        finally:
            with contextlib.suppress(ProcessLookupError):
                server.kill()
            # What it still said is read, or the pipe would outlive the loop.
            await server.communicate()


async def _ready(said: asyncio.StreamReader) -> None:
    """Returns when the server takes connections."""
    while line := await said.readline():
        if b"connections at" in line:
            return
    raise AssertionError("redis-server did not start")

"""A database whose sessions wait for each other, three deep, and go on by themselves once the first is gone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.support.sickness import connected, until


@asynccontextmanager
async def planted(database: str) -> AsyncIterator[None]:
    """`migration` is idle and holds a row, `api` waits for it, and `worker` for `api`: each commits when it can."""
    async with connected(database, "migration") as root:
        await root.execute("CREATE TABLE IF NOT EXISTS stock AS SELECT n FROM generate_series(1, 3) AS n")
        await root.execute("BEGIN; UPDATE stock SET n = n WHERE n = 1")
        async with _waiting(database, "api", 2, 1), _waiting(database, "worker", 3, 2):
            yield


@asynccontextmanager
async def _waiting(database: str, name: str, holds: int, wants: int) -> AsyncIterator[None]:
    async with connected(database, name) as session:
        held = f"UPDATE stock SET n = n WHERE n = {holds}"
        going_on = asyncio.ensure_future(
            session.execute(f"BEGIN; {held}; UPDATE stock SET n = n WHERE n = {wants}; COMMIT")
        )
        waits = f"application_name = '{name}' AND wait_event_type = 'Lock'"
        await until(database, f"SELECT EXISTS (SELECT FROM pg_stat_activity WHERE {waits})")
        yield
        session.terminate()
        await asyncio.gather(going_on, return_exceptions=True)

"""Making a Postgres ill on purpose, and well again."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import asyncpg

PATIENCE_S = 20


@asynccontextmanager
async def connected(url: str, application: str = "test", **more: Any) -> AsyncIterator[Any]:
    """A connection that is hung up at the end, whatever it is doing."""
    connection = await asyncpg.connect(url, server_settings={"application_name": application}, **more)
    try:
        yield connection
    finally:
        connection.terminate()


async def until(url: str, question: str) -> None:
    """Waits, in the database, until a question is answered with true."""
    async with connected(url) as connection, asyncio.timeout(PATIENCE_S):
        while not await connection.fetchval(question):
            await connection.execute("SELECT pg_sleep(0.01)")


@asynccontextmanager
async def running(url: str, application: str, *statements: str) -> AsyncIterator[Any]:
    """A session in which the last of the statements runs on in the background."""
    async with connected(url, application) as connection:
        *before, last = statements
        for statement in before:
            await connection.execute(statement)
        going_on = asyncio.ensure_future(connection.execute(last))
        try:
            await until(
                url,
                f"SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = '{application}' "
                "AND state = 'active' AND wait_event_type IN ('Lock', 'Timeout'))",
            )
            yield connection
        finally:
            # A server that works does not notice a client that hangs up.
            async with connected(url) as doctor:
                await doctor.execute(f"SELECT pg_terminate_backend({connection.get_server_pid()})")
            await asyncio.gather(going_on, return_exceptions=True)


@asynccontextmanager
async def chain_of_locks(url: str, names: Sequence[str]) -> AsyncIterator[None]:
    """Sessions of which each waits for the one before it; the first waits for nobody and is idle."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(connected(url, names[0]))
        await first.execute("DROP TABLE IF EXISTS chained")
        await first.execute(f"CREATE TABLE chained AS SELECT n FROM generate_series(0, {len(names)}) AS n")
        await first.execute("BEGIN; UPDATE chained SET n = n WHERE n = 0")
        for number, name in enumerate(names[1:], start=1):
            await stack.enter_async_context(
                running(
                    url,
                    name,
                    f"BEGIN; UPDATE chained SET n = n WHERE n = {number}",
                    f"UPDATE chained SET n = n WHERE n = {number - 1}",
                )
            )
        yield

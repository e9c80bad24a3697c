"""A way to the test Postgres that breaks when a test wants it to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

from tests.support.ports import serving


@asynccontextmanager
async def cutting(url: str, at: bytes) -> AsyncIterator[str]:
    """The address of the same database through a port, whose connections break as soon as a client says `at`."""
    parts = urlsplit(url)
    socket = f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432"

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_unix_connection(socket)

        async def answers() -> None:
            while said := await theirs.read(1 << 16):
                writer.write(said)

        answering = asyncio.create_task(answers())
        try:
            while (said := await reader.read(1 << 16)) and at not in said:
                ours.write(said)
        finally:
            answering.cancel()
            ours.transport.abort()
            await asyncio.wait({answering})

    async with serving(relay) as port:
        yield f"postgresql://{parts.username}@127.0.0.1:{port}{parts.path}?sslmode=disable"

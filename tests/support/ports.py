"""Servers at a port of this machine that behave as a test needs, well or badly."""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import trustme

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_MEGABYTE = bytes(1 << 20)


async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Says nothing until the other end hangs up."""
    while await reader.read(1 << 16):
        pass


async def resets(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Breaks the connection at once."""
    raw: socket.socket = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def babbles(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Says what is of no protocol."""
    writer.write(b"\x00\x01 what a lovely day \xff\xfe\r\n" * 20)
    await silent(reader, writer)


class Flood:
    """Says 200 MB, and counts how many megabytes of it went out."""

    megabytes = 0

    async def __call__(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Writes until all is said or nobody listens."""
        for _ in range(200):
            writer.write(_MEGABYTE)
            await writer.drain()
            await asyncio.sleep(0)  # over TLS draining alone lets nobody else run, not even the news of the end
            self.megabytes += 1


@asynccontextmanager
async def serving(behaviour: Behaviour, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """The port of a server for as long as the block runs."""

    going: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if task := asyncio.current_task():
            going.add(task)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await behaviour(reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
        # A client that hung up may not have been heard yet.
        for task in going:
            task.cancel()
        if going:
            await asyncio.wait(going)


def nobody() -> int:
    """A port where nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def authority(folder: Path) -> tuple[trustme.CA, str]:
    """An authority of the test's own, and the path of its certificate."""
    made, path = trustme.CA(), folder / "authority.pem"
    made.cert_pem.write_to_path(path)
    return made, str(path)


def shown(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """What a server needs to show a certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context


async def over_http(flood: Flood, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The same as the body of an answer of 200 MB."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 209715200\r\n\r\n")
    await flood(reader, writer)

"""Web servers of a test's own, on this machine."""

import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def saying(status: int = 200, body: Any = None, **headers: str) -> Handler:
    """What answers everything with the same: bytes as they are, anything else as JSON."""

    async def handler(_request: web.Request) -> web.Response:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return web.Response(
            status=status, body=data, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    return handler


@asynccontextmanager
async def answering(handler: Handler, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """The address of a web server that answers everything by a handler."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        yield f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


class Endless:
    """Answers one path, and sends 200 MiB to whoever asks for anything else; `sent` counts what was taken."""

    def __init__(self, but: str) -> None:
        self._but, self.sent = but, 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """What it answers."""
        response = web.StreamResponse()
        await response.prepare(request)
        while request.path != self._but and self.sent < 200:
            await response.write(b" " * 1024 * 1024)
            self.sent += 1
        return response

"""An on-call provider: a local server that says who is on call, and can fail to in every way."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

TOKEN = "rota-t0ken"

Answer = Callable[[], Awaitable[web.StreamResponse]]


class Rota:
    """Who is on call, and what was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.people: list[object] = []
        #: In place of the people.
        self.instead: Answer | None = None
        self.asked: list[web.Request] = []
        self._stalled = asyncio.Event()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        if self.instead is not None:
            return await self.instead()
        return web.json_response({"on_call": [{"who": person} for person in self.people]})

    async def stall(self) -> web.StreamResponse:
        """Say nothing until the end."""
        await self._stalled.wait()
        return web.Response()

    def release(self) -> None:
        """End every stall."""
        self._stalled.set()


@asynccontextmanager
async def rota() -> AsyncIterator[Rota]:
    """A provider for as long as the block runs."""
    made = Rota()
    app = web.Application()
    app.router.add_get("/rota/s3cret-path", made.handle)
    app.router.add_get("/elsewhere", made.handle)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/rota/s3cret-path"
    try:
        yield made
    finally:
        made.release()
        await runner.cleanup()

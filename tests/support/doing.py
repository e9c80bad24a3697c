"""A web server that does what an action asks of it, and counts how often it was asked."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from bot.policy.actions.web import IDEMPOTENCY


async def _at_once() -> None: ...


@dataclass
class Doing:
    """What was done: how often by each run's key. `meanwhile` goes on between that and the answer."""

    url: str = ""
    done: Counter[str] = field(default_factory=Counter)
    meanwhile: Callable[[], Awaitable[None]] = _at_once

    async def handle(self, request: web.Request) -> web.Response:
        """Does it, each time it is asked: it trusts no key."""
        self.done[request.headers[IDEMPOTENCY]] += 1
        await self.meanwhile()
        return web.Response(text="flushed")


@asynccontextmanager
async def a_server() -> AsyncIterator[Doing]:
    """Starts one on a port of its own."""
    doing, app = Doing(), web.Application()
    app.router.add_post("/do-it", doing.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    doing.url = f"http://{host}:{port}"
    try:
        yield doing
    finally:
        await runner.cleanup()

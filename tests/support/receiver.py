"""Somebody who is told by webhook, and verifies what they are told as docs/notices.md has it."""

import asyncio
import hashlib
import hmac
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

SECRET = "correct horse battery staple"


@dataclass(frozen=True)
class Call:
    """One call that was taken or refused."""

    delivery: str
    body: dict[str, Any]
    headers: dict[str, str]


class Receiver:
    """What it was told, and how it answers the next calls: a response, or None to say nothing."""

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[Call] = []
        self.answers: deque[web.Response | None] = deque()
        self.arrived = asyncio.Event()
        self._stalled = asyncio.Event()

    async def until(self, count: int) -> None:
        """Waits until it was called so often."""
        async with asyncio.timeout(40):
            while len(self.calls) < count:
                self.arrived.clear()
                await self.arrived.wait()

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        if not verified(SECRET, request.headers["Muster-Signature"], body):
            return web.Response(status=401, text="bad signature")
        self.calls.append(Call(request.headers["Muster-Delivery"], json.loads(body), dict(request.headers)))
        self.arrived.set()
        answer = self.answers.popleft() if self.answers else web.Response()
        if answer is None:
            await self._stalled.wait()
            return web.Response()
        return answer

    def release(self) -> None:
        """Ends every stall."""
        self._stalled.set()


def verified(secret: str, header: str, body: bytes) -> bool:
    """Whether a body comes from somebody who knows the secret."""
    parts = dict(part.split("=", 1) for part in header.split(","))
    wanted = hmac.new(secret.encode(), f"{parts['t']}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted, parts["v1"])


@asynccontextmanager
async def receiver(port: int = 0) -> AsyncIterator[Receiver]:
    """A receiver for as long as the block runs."""
    made = Receiver()
    app = web.Application()
    app.router.add_post("/hooks/muster", made.handle)
    app.router.add_post("/elsewhere", made.handle)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    address = runner.addresses[0]
    made.url = f"http://127.0.0.1:{address[1]}/hooks/muster"
    try:
        yield made
    finally:
        made.release()
        await runner.cleanup()

"""The webhooks on a port of their own, for tests that post to them."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bot.application.ingest_alerts import Told
from bot.domain.alert import Alert
from bot.domain.alert_rules import GenericSource
from bot.domain.judging import Reason
from bot.web.server import Server
from bot.web.webhooks.routes import webhook_routes
from tests.unit.test_webhook_generic import UPTIME
from tests.unit.test_webhook_payloads import NOW

TOKENS = {"prom": "alpha-secret", "sentry": "beta-secret"}
BEARER = {"Authorization": "Bearer alpha-secret"}
SOURCES = ("alertmanager", "grafana", "sentry", "pagerduty", "datadog", "generic")
LIMIT = 1024 * 1024


@dataclass
class Door:
    """The webhooks on a port of their own, and what came through them."""

    url: str = ""
    port: int = 0
    taken: list[tuple[list[Alert], str]] = field(default_factory=list)
    counted: Counter[tuple[str, int]] = field(default_factory=Counter)
    order: list[str] = field(default_factory=list)
    fails: Exception | None = None
    held: asyncio.Event | None = None
    inside: int = 0

    async def take(self, alerts: Sequence[Alert], sender: str) -> Sequence[Told]:
        self.order.append("taken")
        self.inside += 1
        if self.held:
            await self.held.wait()
        if self.fails:
            raise self.fails
        self.taken.append((list(alerts), sender))
        told = Told(reason=Reason.NEW, alerts=len(alerts), title=alerts[0].title, why="Rule “all”.")
        return [told, Told(reason=Reason.JOINED, alerts=1, title="T", incident="INC-2026-03-14-001", group=7)]

    async def courtesy(self) -> None:
        self.order.append("courtesy")

    def count(self, source: str, status: int) -> None:
        self.counted[source, status] += 1


@asynccontextmanager
async def opened(tokens: dict[str, str], sources: Sequence[GenericSource] = (UPTIME,)) -> AsyncIterator[Door]:
    door = Door()
    routes = webhook_routes(
        tokens=tokens,
        take=door.take,
        sources=lambda: sources,
        now=lambda: NOW,
        courtesy=door.courtesy,
        count=door.count,
    )
    server = Server(routes)
    await server.start("127.0.0.1", 0)
    door.port, door.url = server.port, f"http://127.0.0.1:{server.port}/webhooks"
    try:
        yield door
    finally:
        await server.stop()


async def post(
    web: aiohttp.ClientSession, address: str, body: Any = b"{}", headers: Mapping[str, str] = BEARER
) -> tuple[int, Any, Any]:
    async with web.post(address, data=body, headers=headers) as answer:
        assert answer.content_type == "application/json"
        return answer.status, await answer.json(), answer.headers


async def raw(door: Door, request: bytes) -> bytes:
    """The first line that is answered to bytes, after which nothing more is sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(request)
    answer = await reader.readline()
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    return answer

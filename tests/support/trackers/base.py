"""What every stand-in has: it notes what it was asked, and can be told to answer otherwise, or to lose an answer."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.notices.trackers.config import ExportSettings
from bot.notices.web import Web
from tests.support.web import answering

TOKEN = "s3cret-t0ken-0123456789"
USER = "muster@example.com"


@dataclass(frozen=True)
class Asked:
    """One call, whatever was answered; `path` is as it came, percent-encoded."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


@dataclass
class StandIn:
    """What was asked, and what is answered in place of the usual: a response, or None to say nothing.

    Attributes:
        lose: so many changes are made and then not answered: the connection ends.
    """

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    instead: deque[web.StreamResponse | None] = field(default_factory=deque)
    lose: int = 0
    _stalled: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answers one call."""
        body = json.loads(await request.read() or "null")
        self.asked.append(
            Asked(request.method, request.raw_path.partition("?")[0], dict(request.query), dict(request.headers), body)
        )
        if self.instead:
            response = self.instead.popleft()
            if response is None:
                await self._stalled.wait()
            return response or web.Response()
        if body is not None and request.content_type != "application/json":
            return web.Response(status=415)
        if not request.headers.get("User-Agent", "").startswith("Muster/"):
            return web.Response(status=403, text="Please make sure your request has a User-Agent header")
        answer = self.answer(self.asked[-1])
        if self.lose and request.method != "GET":
            self.lose -= 1
            assert request.transport is not None
            request.transport.abort()
        return answer

    def answer(self, asked: Asked) -> web.Response:
        """What it usually answers."""
        raise NotImplementedError

    def settings(self) -> dict[str, str]:
        """What leads to it."""
        raise NotImplementedError

    def release(self) -> None:
        """Ends every stall."""
        self._stalled.set()

    def changes(self) -> list[Asked]:
        """The calls that were to change something."""
        return [one for one in self.asked if one.method != "GET"]


class Installed(ExportSettings):
    """The settings as an installation has them: from the environment."""


def said(status: int, body: Any = None, **headers: str) -> web.Response:
    """An answer in JSON."""
    return web.json_response(body, status=status, headers={n.replace("_", "-"): v for n, v in headers.items()})


def page_of(listed: list[Any], query: Mapping[str, str]) -> list[Any]:
    """The page of a list that is asked for."""
    size, number = int(query.get("per_page", 20)), int(query.get("page", 1))
    assert 1 <= size <= 100
    return listed[size * (number - 1) : size * number]


@asynccontextmanager
async def served(stand_in: StandIn, *, patience: float = 20, **more: str) -> AsyncIterator[tuple[Installed, Web]]:
    """It can be asked for as long as the block runs; gives the settings that lead to it, and connections."""
    async with answering(stand_in.handle) as stand_in.url:
        web_ = Web(patience)
        try:
            yield Installed(**{**stand_in.settings(), **more}), web_  # type: ignore[arg-type]
        finally:
            stand_in.release()
            await web_.close()

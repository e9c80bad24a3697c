"""The page and its JSON endpoints."""

from __future__ import annotations

from aiohttp import web

from bot.sandbox.gestures import Gestures


class Page:
    """What a browser sees."""

    def __init__(self, sandbox: Gestures) -> None:
        self.sandbox = sandbox

    def routes(self) -> list[web.RouteDef]:
        """Where it listens."""
        return []

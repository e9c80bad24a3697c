"""A bot that verifies signatures, writes down what comes, and answers what it was told to."""

import asyncio
import json
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from slack_sdk.signature import SignatureVerifier


class FakeBot:
    def __init__(self, signing_secret: str) -> None:
        self.verifier = SignatureVerifier(signing_secret)
        self.events: list[dict[str, Any]] = []
        self.commands: list[dict[str, str]] = []
        self.interactions: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answers: list[Any] = []
        self.silent = asyncio.Event()

    async def start(self) -> str:
        app = web.Application()
        app.router.add_post("/slack/events", self.take)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self.runner.addresses[0][1]}/slack/events"

    async def stop(self) -> None:
        self.silent.set()
        await self.runner.cleanup()

    def will_answer(self, *answers: Any) -> None:
        """A status, a text, a dict for JSON, or ... for no answer at all; in order, then empty 200s."""
        self.answers += answers

    async def take(self, request: web.Request) -> web.Response:
        body = await request.text()
        if not self.verifier.is_valid_request(body, dict(request.headers)):
            return web.Response(status=401)
        self.headers.append(dict(request.headers))
        if request.content_type == "application/json":
            self.events.append(json.loads(body))
        else:
            form = dict(parse_qsl(body, keep_blank_values=True))
            if "payload" in form:
                self.interactions.append(json.loads(form["payload"]))
            else:
                self.commands.append(form)
        answer = self.answers.pop(0) if self.answers else ""
        if answer is ...:
            await self.silent.wait()
            answer = ""
        if isinstance(answer, int):
            return web.Response(status=answer)
        if isinstance(answer, dict):
            return web.json_response(answer)
        return web.Response(text=answer)

    def event(self, kind: str) -> dict[str, Any]:
        """The last inner event of that type."""
        found: list[dict[str, Any]] = [item["event"] for item in self.events if item["event"]["type"] == kind]
        return found[-1]

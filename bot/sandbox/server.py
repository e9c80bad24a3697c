"""`Sandbox`: a workspace with a Web API, people and a page, on one port."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import TypeVar

from aiohttp import web

from bot.sandbox.answers import through_response_url
from bot.sandbox.dispatch import WebApi
from bot.sandbox.errors import SlackError
from bot.sandbox.model import Channel, Message, Person
from bot.sandbox.records import Call, Delivery
from bot.sandbox.screen.driver import Driver
from bot.sandbox.screen.page import Page
from bot.sandbox.shortcuts import Shortcuts

T = TypeVar("T")


class Sandbox(Shortcuts):
    """A strict local Slack. A bot reaches it over HTTP only; tests and the demo hold the object itself.

    Attributes:
        url: Where the page is, once started.
        api_url: The Web API's base, for `SLACK_API_URL`.
    """

    url = ""
    api_url = ""
    _runner: web.AppRunner | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listens; port 0 takes a free one."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.add_routes(
            [*WebApi(self).routes(), *self.courier.sockets.routes(), *Page(self).routes(), *Driver(self).routes()]
        )
        app.add_routes([web.post("/response/{token}", self._response)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        # Room for a burst: a connection that overflows the backlog comes a second late.
        site = web.TCPSite(self._runner, host, port, backlog=1024)
        await site.start()
        bound = self._runner.addresses[0][1]
        self.url = self.workspace.url = self.courier.sockets.url = f"http://{host}:{bound}/"
        self.api_url = f"{self.url}api/"
        await self.courier.start()

    async def stop(self) -> None:
        """Stops listening and ends the background work.

        Raises:
            BaseExceptionGroup: Something in the background had failed.
        """
        self.stopping.set()
        self.workspace.changed()
        await self.courier.sockets.close()
        if self._runner is not None:
            await self._runner.cleanup()
        # What still travels is stopped before the session that it travels on.
        try:
            await self.background.stop()
        finally:
            await self.courier.stop()

    def deliver_to(self, url: str | None) -> None:
        """HTTP mode: where commands, interactions and events go."""
        self.courier.target = url

    async def disconnect_sockets(self, reason: str = "refresh_requested") -> None:
        """Has Slack close the Socket Mode connections; `warning` only announces it."""
        await self.courier.sockets.disconnect(reason)

    # What is there to see

    @property
    def people(self) -> dict[str, Person]:
        """Everyone, by name; the bot is `muster`."""
        return self.workspace.people

    @property
    def requests(self) -> list[Delivery]:
        """Everything sent to the bot, oldest first."""
        return self.courier.deliveries

    def channel(self, name: str) -> Channel:
        """A channel by name or id.

        Raises:
            KeyError: There is none.
        """
        return self.workspace.channel(name)

    def ephemerals(self, who: str) -> list[Message]:
        """What only this person has seen, oldest first."""
        person = self.workspace.person(who)
        return [message for message in self.workspace.ephemerals if message.only_for == person.id]

    # Waiting

    async def quiet(self, timeout: float = 5, for_seconds: float = 0.1) -> None:  # noqa: ASYNC109  (the contract)
        """Waits until nothing is on its way in either direction, and has not been for `for_seconds`.

        Raises:
            TimeoutError: It never got quiet; the message shows the last calls.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        since, seen = loop.time(), (-1, -1)
        while True:
            busy = self.in_flight or self.courier.in_flight
            now, traffic = loop.time(), (len(self.calls), len(self.courier.deliveries))
            if busy or traffic != seen:
                since, seen = now, traffic
            elif now - since >= for_seconds:
                return
            if now >= deadline:
                raise TimeoutError(f"not quiet after {timeout:g} s\n{self.recent_calls()}")
            rest = deadline - now if busy else min(since + for_seconds, deadline) - now
            await self.workspace.changes.next(max(rest, 0.001))

    async def wait_for(self, predicate: Callable[[Sandbox], T], timeout: float = 5) -> T:  # noqa: ASYNC109  (the contract)
        """Waits until `predicate(self)` is truthy; it is asked again after each change.

        Returns:
            The truthy value.

        Raises:
            TimeoutError: It never was; the message shows the last calls.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while not (value := predicate(self)):
            if not await self.workspace.changes.next(deadline - loop.time()):
                if value := predicate(self):
                    break
                raise TimeoutError(f"still waiting after {timeout:g} s\n{self.recent_calls()}")
        return value

    def recent_calls(self, count: int = 12) -> str:
        """The last Web API calls and requests to the bot, a line each, for error messages."""
        calls = [f"  {call.method} {call.error or call.status or '…'} {call.params}"[:200] for call in self.calls]
        sent = [f"  {item.kind} → {item.error or item.status or '…'}" for item in self.courier.deliveries]
        lines = ["last calls:", *(calls[-count:] or ["  none"]), "last requests:", *(sent[-count:] or ["  none"])]
        return "\n".join(lines)

    async def _response(self, request: web.Request) -> web.Response:
        """A `response_url`: 404 with the reason once it is used up or too old."""
        call = Call("response_url", {}, time.perf_counter())
        self.calls.append(call)
        self.in_flight += 1
        try:
            call.params = json.loads(await request.text())
            await asyncio.sleep(self.latency)
            through_response_url(self.workspace, request.match_info["token"], call.params)
            call.status = 200
        except ValueError:
            call.status, call.error = 400, "invalid_payload"
        except SlackError as refusal:
            call.error = refusal.error
            call.status = 404 if refusal.error in {"used_url", "expired_url"} else 400
        finally:
            self.in_flight -= 1
            call.seconds = time.perf_counter() - call.started
            self.workspace.changed()
            self.courier.send_events()
        return web.Response(status=call.status or 500, text=call.error or "ok")

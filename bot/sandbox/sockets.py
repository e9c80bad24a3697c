"""Socket Mode: the connections that the bot opened, and what travels over them."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import secrets
import uuid
from typing import Any

from aiohttp import WSMsgType, web

from bot.sandbox import cast
from bot.sandbox.changes import Changes
from bot.sandbox.model import Json

#: Connections that one app may hold open.
MOST = 10


class Sockets:
    """Open connections. A payload goes to any one of them, in turn.

    Attributes:
        refusals: How many connections more are turned away although their address is good; the address is used up.
        opened: How many there have been.
        ping_every: Seconds between Slack's own pings.
        pinged: How many there have been.
    """

    def __init__(self, changes: Changes) -> None:
        self.refusals = 0
        self.opened = 0
        self.ping_every = 15.0
        self.pinged = 0
        self._silent: set[web.WebSocketResponse] = set()
        self._dumb: set[web.WebSocketResponse] = set()
        self._changes = changes
        self._tickets: set[str] = set()
        self._open: list[web.WebSocketResponse] = []
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._turn = itertools.count()
        self.url = ""

    def __len__(self) -> int:
        return len(self._open)

    def ticket(self) -> str:
        """A WebSocket address that can be used once."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        return f"{self.url.replace('http', 'ws', 1)}link/?ticket={ticket}&app_id={cast.APP_ID}"

    def routes(self) -> list[web.RouteDef]:
        """Where it listens."""
        return [web.get("/link/", self.connect)]

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Holds one connection until it is closed."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403, text="unknown ticket")
        self._tickets.discard(ticket)
        if self.refusals > 0:
            self.refusals -= 1
            return web.Response(status=503, text="try again")
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        if len(self._open) >= MOST:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets", "debug_info": {}})
            await socket.close()
            return socket
        self._open.append(socket)
        self.opened += 1
        await socket.send_json(
            {
                "type": "hello",
                "num_connections": len(self._open),
                "connection_info": {"app_id": cast.APP_ID},
                "debug_info": {"host": "sandbox", "build_number": 1, "approximate_connection_time": 3600},
            }
        )
        self._changes.tell()
        async with asyncio.TaskGroup() as group:
            pinging = group.create_task(self._ping(socket))
            try:
                await self._listen(socket)
            finally:
                pinging.cancel()
                self._forget(socket)
        return socket

    async def _ping(self, socket: web.WebSocketResponse) -> None:
        with contextlib.suppress(ConnectionError):  # it has just gone
            while not socket.closed:
                await asyncio.sleep(self.ping_every)
                if socket not in self._silent | self._dumb:
                    await socket.ping(b"Ping from the sandbox")
                    self.pinged += 1
                    self._changes.tell()

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type is WSMsgType.PING and socket not in self._silent:
                await socket.pong(message.data)
            if message.type is not WSMsgType.TEXT:
                continue
            try:
                answer = json.loads(message.data)
            except ValueError:
                continue  # slack_sdk's own keep-alive texts are no JSON
            waiting = self._waiting.get(answer.get("envelope_id", "")) if isinstance(answer, dict) else None
            if waiting is not None and not waiting.done():
                waiting.set_result(answer.get("payload"))

    def _forget(self, socket: web.WebSocketResponse) -> None:
        if socket in self._open:
            self._open.remove(socket)
        self._silent.discard(socket)
        self._dumb.discard(socket)
        self._changes.tell()

    async def send(self, kind: str, payload: Json, extra: Json, patience: float) -> tuple[bytes, Any]:
        """Sends one envelope and waits for its acknowledgement.

        Args:
            kind: `slash_commands`, `events_api` or `interactive`.
            payload: What HTTP mode would have carried.
            extra: Further properties of the envelope: retries.
            patience: Seconds to wait.

        Returns:
            The envelope's bytes, and the acknowledgement's payload.

        Raises:
            TimeoutError: Nothing came back.
            ConnectionError: The connection went away.
        """
        envelope_id = str(uuid.uuid4())
        answers = kind != "events_api"
        envelope = {"envelope_id": envelope_id, "type": kind, "payload": payload, "accepts_response_payload": answers}
        text = json.dumps(envelope | extra)
        socket = self._open[next(self._turn) % len(self._open)]
        waiting = self._waiting[envelope_id] = asyncio.get_running_loop().create_future()
        try:
            if socket not in self._silent | self._dumb:
                await socket.send_str(text)
            async with asyncio.timeout(patience):
                return text.encode(), await waiting
        finally:
            del self._waiting[envelope_id]

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Asks every connection to go, as Slack does now and then; `warning` leaves them open a while."""
        for socket in list(self._open):
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}})
            if reason != "warning":
                self._forget(socket)
                await socket.close()

    def silence(self, *, pongs: bool = False) -> None:
        """Keeps the connections that there are open and says nothing on them any more; new ones are not concerned.

        Args:
            pongs: Still answer the bot's pings, as a machine in between may.
        """
        (self._dumb if pongs else self._silent).update(self._open)

    async def close(self) -> None:
        """Closes every connection without a word."""
        for socket in list(self._open):
            await socket.close()

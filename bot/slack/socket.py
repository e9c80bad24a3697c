"""Socket Mode: the same requests over a connection that the bot opens, for where Slack can't reach it."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp
from aiohttp import ClientWebSocketResponse, WSCloseCode, WSMessage, WSMsgType
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.incoming import whole

_logger = logging.getLogger(__name__)

#: Seconds for asking Slack where to connect to.
_TIMEOUT = 10
#: Seconds that Slack gets to close its end.
_GOODBYE = 2.0
#: Seconds that the start waits for the connection before it goes on without.
PATIENCE = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """When a connection counts as lost, in seconds.

    Attributes:
        ping: between our pings. slack_sdk itself reconnects when they are not answered.
        silence: without a word or a ping from Slack, which pings more than once in half a minute. An answer to our
            own ping may come from a machine before the one that is to talk to us.
        closed: that slack_sdk gets to open a connection again. An address can be used once, and it tries no other.
        look: between two looks.
    """

    ping: float = 10.0
    silence: float = 90.0
    closed: float = 30.0
    look: float = 5.0


class _Ear(ClientWebSocketResponse):
    """A connection that knows when Slack last said something of its own accord, on the event loop's clock."""

    heard_at = 0.0

    async def receive(self, timeout: float | None = None) -> WSMessage:  # noqa: ASYNC109 (aiohttp's own argument)
        if not self.heard_at:
            self._hear()
        message = await super().receive(timeout)
        if message.type in (WSMsgType.TEXT, WSMsgType.PING):
            self._hear()
        return message

    async def close(self, *, code: int = WSCloseCode.OK, message: bytes = b"") -> bool:
        # One that is dead does not say goodbye.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GOODBYE):
                return await super().close(code=code, message=message)
        return False

    def _hear(self) -> None:
        self.heard_at = asyncio.get_running_loop().time()


class _Handler(AsyncSocketModeHandler):
    """Refuses what is not whole before Bolt looks into it. It is acknowledged: Slack need not bring it again."""

    async def handle(self, client: AsyncBaseSocketModeClient, req: SocketModeRequest) -> None:
        try:
            if whole(req.payload):
                await super().handle(client, req)  # type: ignore[arg-type] # Bolt names one of the clients
                return
            why = "it lacks what each of its kind has"
        except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
            why = f"its body cannot be read ({type(error).__name__})"  # what a listener raises, Bolt has caught
        _logger.warning("a request from Slack was refused: %s", why)
        await client.send_socket_mode_response(SocketModeResponse(envelope_id=req.envelope_id))


class Socket:
    """One connection, opened again whenever Slack or the network closes it, and replaced when it falls silent."""

    def __init__(
        self, bolt: AsyncApp, app_token: str, api_url: str, *, on_open: Callable[[], None], watch: Watch | None = None
    ) -> None:
        """Nothing is connected yet.

        Args:
            bolt: what hears the requests.
            app_token: the app's (`xapp-…`).
            api_url: Slack's Web API, ending in a slash.
            on_open: is told of each connection: before it there was none, or one that may have lost something.
            watch: when a connection counts as lost.
        """
        self._bolt, self._app_token, self._on_open, self._watch = bolt, app_token, on_open, watch or Watch()
        self._web = AsyncWebClient(base_url=api_url, timeout=_TIMEOUT)
        self._handler: AsyncSocketModeHandler | None = None
        self._open = asyncio.Event()
        self._stopping, self._ended = asyncio.Event(), asyncio.Event()
        self._ended.set()

    async def keep(self) -> None:
        """Connect and stay connected, until `stop`; while Slack is away, try on."""
        self._ended.clear()
        try:
            while not self._stopping.is_set():
                # The client starts its tasks as it is made, so it is made where there is a loop.
                self._handler = handler = await self._made()
                try:
                    async with asyncio.TaskGroup() as group:
                        connecting = group.create_task(handler.connect_async())  # type: ignore[no-untyped-call] # untyped
                        await self._until_lost(handler)
                        connecting.cancel()
                finally:
                    await _closed(handler)
        finally:
            self._ended.set()

    async def opened(self) -> None:
        """Wait for the connection, but not for ever: the rest of the bot works without."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._open.wait()
        except TimeoutError:
            _logger.warning("Slack's socket is not open yet; trying on")

    async def is_open(self) -> bool:
        """Whether Slack can reach the bot now."""
        return self._handler is not None and bool(await self._handler.client.is_connected())

    async def stop(self) -> None:
        """Disconnect, and wait until the client's tasks have ended."""
        self._stopping.set()
        await self._ended.wait()

    async def _made(self) -> AsyncSocketModeHandler:
        handler = _Handler(self._bolt, self._app_token, web_client=self._web, ping_interval=self._watch.ping)
        await handler.client.aiohttp_client_session.close()
        handler.client.aiohttp_client_session = aiohttp.ClientSession(ws_response_class=_Ear)
        handler.client.on_message_listeners.append(self._said)
        return handler

    async def _said(self, message: WSMessage) -> None:
        """Slack greets on every connection, whoever opened it again."""
        if _is_hello(message.data):
            self._open.set()
            self._on_open()

    async def _until_lost(self, handler: AsyncSocketModeHandler) -> None:
        """Wait until the connection has to be replaced, or is not wanted any more."""
        loop = asyncio.get_running_loop()
        connected_at = loop.time()
        while not await self._stopped_within(self._watch.look):
            now, session = loop.time(), handler.client.current_session
            if not await handler.client.is_connected():
                if now - connected_at > self._watch.closed:
                    _logger.warning("Slack's socket did not open again for %.0f s; starting anew", now - connected_at)
                    return
                continue
            connected_at = now
            heard_at = session.heard_at if isinstance(session, _Ear) else now
            if heard_at and now - heard_at > self._watch.silence:
                _logger.warning("Slack's socket was silent for %.0f s; starting anew", now - heard_at)
                return

    async def _stopped_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        return self._stopping.is_set()


def _is_hello(data: object) -> bool:
    try:
        said = json.loads(data) if isinstance(data, str) else None
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("type") == "hello"


async def _closed(handler: AsyncSocketModeHandler) -> None:
    """Close a client, and wait until its tasks have ended."""
    client = handler.client
    await handler.close_async()  # type: ignore[no-untyped-call] # Bolt ships it untyped
    for task in (client.message_processor, client.current_session_monitor, client.message_receiver):
        if task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await task

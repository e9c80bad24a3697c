"""Socket Mode: the same requests over a connection that the bot opens, for where Slack can't reach it."""

import asyncio
import contextlib
import logging
from typing import Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

_logger = logging.getLogger(__name__)

#: Seconds for asking Slack where to connect to.
_TIMEOUT = 10
#: Seconds that the start waits for the connection before it goes on without.
PATIENCE = 5.0


class Socket:
    """One connection, opened again whenever Slack or the network closes it."""

    def __init__(self, bolt: AsyncApp, app_token: str, api_url: str) -> None:
        """Nothing is connected yet. `api_url` ends in a slash."""
        self._bolt, self._app_token = bolt, app_token
        self._web = AsyncWebClient(base_url=api_url, timeout=_TIMEOUT)
        self._handler: AsyncSocketModeHandler | None = None
        self._connecting: asyncio.Task[Any] | None = None
        self._open = asyncio.Event()

    async def connect(self) -> None:
        """Connect; while Slack is away, try on."""
        self._connecting = asyncio.current_task()
        # The client starts its tasks as it is made, so it is made where there is a loop.
        self._handler = AsyncSocketModeHandler(self._bolt, self._app_token, web_client=self._web)
        await self._handler.connect_async()  # type: ignore[no-untyped-call] # Bolt ships it untyped
        self._open.set()

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
        if self._connecting is not None:
            self._connecting.cancel()
        if self._handler is None:
            return
        client = self._handler.client
        await self._handler.close_async()  # type: ignore[no-untyped-call] # Bolt ships it untyped
        for task in (client.message_processor, client.current_session_monitor, client.message_receiver):
            if task is not None:
                with contextlib.suppress(asyncio.CancelledError):
                    await task

"""Socket Mode: the same requests over a connection that the bot opens, for where Slack can't reach it."""

import asyncio
import contextlib

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

#: Seconds for asking Slack where to connect to.
_TIMEOUT = 10


class Socket:
    """One connection, opened again whenever Slack or the network closes it."""

    def __init__(self, bolt: AsyncApp, app_token: str, api_url: str) -> None:
        """Nothing is connected yet. `api_url` ends in a slash."""
        self._bolt, self._app_token = bolt, app_token
        self._web = AsyncWebClient(base_url=api_url, timeout=_TIMEOUT)
        self._handler: AsyncSocketModeHandler | None = None

    async def start(self) -> None:
        """Connect; returns when the socket is open. While Slack is away it tries on."""
        # The client starts its tasks as it is made, so it is made where there is a loop.
        self._handler = AsyncSocketModeHandler(self._bolt, self._app_token, web_client=self._web)
        await self._handler.connect_async()  # type: ignore[no-untyped-call] # Bolt ships it untyped

    async def stop(self) -> None:
        """Disconnect, and wait until the client's tasks have ended."""
        if self._handler is None:
            return
        client = self._handler.client
        await self._handler.close_async()  # type: ignore[no-untyped-call] # Bolt ships it untyped
        tasks = [client.message_processor, client.current_session_monitor, client.message_receiver]
        for task in tasks:
            if task is not None:
                with contextlib.suppress(asyncio.CancelledError):
                    await task

"""What the sandbox's parts share: the workspace, the courier, the settings and the notes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from bot.sandbox.api import scopes as scope_table
from bot.sandbox.api.limits import RateLimiter
from bot.sandbox.background import Background
from bot.sandbox.courier import Courier
from bot.sandbox.records import Call, Delivery, Faults
from bot.sandbox.workspace import Workspace


class Desk:
    """One sandbox's shared state.

    Args:
        bot_token: What the bot has to show.
        app_token: What it has to show to open a Socket Mode connection.
        signing_secret: What requests to it are signed with.
        command: The slash command.
        now: The workspace's clock: message timestamps, and the life of triggers and response URLs.
        scopes: What the bot was granted; everything by default. A manifest's scopes hold it to the manifest.
        ack_timeout: Seconds until Slack gives up on an answer.
        retry_delays: Seconds before each further attempt to deliver an event.
        events: The event subscriptions, named as in a manifest; everything by default.
        shortcuts: The entries in the menu of each message: callback id → name. By default any can be chosen, and the
            page shows none.

    Attributes:
        calls: Every Web API call, oldest first.
        faults: What will go wrong on purpose.
        latency: Seconds that each call takes longer.
        rate_limited: Whether Slack's rate limits hold.
        limiter: Counts the calls that they are about.
        in_flight: Web API calls that are being answered.
    """

    def __init__(
        self,
        bot_token: str = "xoxb-sandbox",  # noqa: S107  (a made-up token of a made-up workspace)
        app_token: str = "xapp-sandbox",  # noqa: S107  (the same)
        signing_secret: str = "sandbox-signing-secret",  # noqa: S107  (the same)
        command: str = "/incident",
        *,
        now: Callable[[], datetime],
        scopes: frozenset[str] | set[str] | None = None,
        ack_timeout: float = 3.0,
        retry_delays: Sequence[float] = (0, 60, 300),
        events: frozenset[str] | set[str] | None = None,
        shortcuts: Mapping[str, str] | None = None,
    ) -> None:
        self.bot_token = bot_token
        self.app_token = app_token
        self.signing_secret = signing_secret
        self.slash = command
        self.shortcuts = shortcuts
        self.scopes = scope_table.ALL if scopes is None else frozenset(scopes)
        self.workspace = Workspace(now)
        self.background = Background()
        self.courier = Courier(
            self.workspace,
            self.background,
            signing_secret,
            ack_timeout=ack_timeout,
            retry_delays=retry_delays,
            events=None if events is None else frozenset(events),
        )
        self.calls: list[Call] = []
        self.faults = Faults()
        self.latency = 0.0
        self.rate_limited = False
        self.limiter = RateLimiter()
        self.in_flight = 0
        self.stopping = asyncio.Event()

    async def pause(self, seconds: float) -> None:
        """Waits, but not beyond the sandbox's end."""
        try:
            async with asyncio.timeout(seconds):
                await self.stopping.wait()
        except TimeoutError:
            return

    async def tell_bot(self) -> list[Delivery]:
        """Sends the queued events and waits for the bot's first answers."""
        return list(await asyncio.gather(*self.courier.send_events()))

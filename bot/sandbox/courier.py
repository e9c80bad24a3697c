"""Brings commands, interactions and events to the bot: signed, timed, and again when an event was not taken."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

import aiohttp
from slack_sdk.signature import SignatureVerifier

from bot.sandbox import cast
from bot.sandbox.background import Background
from bot.sandbox.model import Json
from bot.sandbox.records import Delivery
from bot.sandbox.sockets import Sockets
from bot.sandbox.workspace import Workspace

VERIFICATION_TOKEN = "sandbox-verification"  # noqa: S105  (deprecated by Slack, still in every payload)

_ENVELOPES = {"command": "slash_commands", "event": "events_api"}


class Courier:
    """Everything that goes from the sandbox to the bot.

    Args:
        workspace: Whose events they are.
        background: Where retries wait.
        signing_secret: What requests are signed with.
        ack_timeout: Seconds until Slack gives up on an answer.
        retry_delays: Seconds before each further attempt to deliver an event.
        events: The subscriptions, named as in an app's manifest (`message.channels`); None is all of them.
    """

    def __init__(
        self,
        workspace: Workspace,
        background: Background,
        signing_secret: str,
        *,
        ack_timeout: float,
        retry_delays: Sequence[float],
        events: frozenset[str] | None,
    ) -> None:
        self.workspace = workspace
        self.sockets = Sockets(workspace.changes)
        self.deliveries: list[Delivery] = []
        #: Events that nobody was there to be told of, with their times.
        self.lost: list[tuple[Json, float]] = []
        self.target: str | None = None
        self.in_flight = 0
        self.ack_timeout = ack_timeout
        self.retry_delays = tuple(retry_delays)
        self.events = events
        self._background = background
        self._signer = SignatureVerifier(signing_secret)
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Opens the client session."""
        connector = aiohttp.TCPConnector(limit=0)
        self._session = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=None))

    async def stop(self) -> None:
        """Closes it."""
        if self._session is not None:
            await self._session.close()

    @property
    def reachable(self) -> bool:
        """Whether there is a bot to talk to."""
        return bool(self.sockets) or self.target is not None

    async def deliver(self, kind: str, payload: Json, retry: tuple[int, str] | None = None) -> Delivery:
        """Sends one request and waits for its answer.

        Args:
            kind: command, event, or the interaction's type.
            payload: The command's form, the event's envelope or the interaction.
            retry: For an event that was not taken: which attempt this is, and why.

        Returns:
            What happened; nothing is raised for a bot that fails.
        """
        delivery = Delivery(kind, payload, {}, b"")
        self.deliveries.append(delivery)
        self.in_flight += 1
        started = time.perf_counter()
        try:
            with _named_failures(delivery):
                if self.sockets:
                    await self._by_socket(delivery, retry)
                elif self.target is not None:
                    await self._by_http(delivery, self.target, retry)
                else:
                    delivery.status, delivery.error = 0, "connection_failed"
        finally:
            delivery.seconds = time.perf_counter() - started
            self.in_flight -= 1
            self.workspace.changed()
        return delivery

    async def _by_socket(self, delivery: Delivery, retry: tuple[int, str] | None) -> None:
        extra: Json = {}
        if delivery.kind == "event":
            number, reason = retry or (0, "")
            extra = {"retry_attempt": number, "retry_reason": reason}
        envelope = _ENVELOPES.get(delivery.kind, "interactive")
        delivery.body, delivery.answer = await self.sockets.send(envelope, delivery.payload, extra, self.ack_timeout)
        delivery.status = 200

    async def _by_http(self, delivery: Delivery, target: str, retry: tuple[int, str] | None) -> None:
        if self._session is None:
            raise RuntimeError("start the sandbox first")
        delivery.body, content_type = encode(delivery.kind, delivery.payload)
        # The bot verifies against the real clock, whatever clock the workspace keeps.
        timestamp = str(int(time.time()))  # noqa: TID251  (see above)
        signature = self._signer.generate_signature(timestamp=timestamp, body=delivery.body)
        delivery.headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature or "",
        }
        if retry is not None:
            delivery.headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
        async with (
            asyncio.timeout(self.ack_timeout),
            self._session.post(target, data=delivery.body, headers=delivery.headers, allow_redirects=False) as answer,
        ):
            text = await answer.text()
            delivery.answer_headers = {name.lower(): value for name, value in answer.headers.items()}
            delivery.answer = _parsed(text)
            delivery.status = answer.status
            if not delivery.ok:
                delivery.error = "http_error"

    # Events

    def send_events(self) -> list[asyncio.Task[Delivery]]:
        """Sends what the workspace has queued up.

        Returns:
            Tasks that end with each event's first attempt; retries go on in the background.
        """
        queued, self.workspace.events = self.workspace.events, []
        if not self.reachable:
            self.lost += queued
            return []
        wanted = [(event, at) for event, at in queued if self.events is None or subscription(event) in self.events]
        return [self._background.start(self._event(self.envelope(event, at))) for event, at in wanted]

    def envelope(self, event: Json, at: float) -> Json:
        """What Slack wraps around an event that happened `at` (seconds since 1970)."""
        bot = self.workspace.bot
        seen_as = {"enterprise_id": None, "team_id": cast.TEAM_ID, "user_id": bot.id, "is_bot": True}
        return {
            "token": VERIFICATION_TOKEN,
            "team_id": cast.TEAM_ID,
            "context_team_id": cast.TEAM_ID,
            "context_enterprise_id": None,
            "api_app_id": cast.APP_ID,
            "event": event,
            "type": "event_callback",
            "event_id": self.workspace.new_id("Ev"),
            "event_time": int(at),
            "authorizations": [seen_as | {"is_enterprise_install": False}],
            "is_ext_shared_channel": False,
            "event_context": f"4-{self.workspace.new_id('')}",
        }

    async def _event(self, envelope: Json) -> Delivery:
        delivery = await self.deliver("event", envelope)
        if not delivery.ok:
            self._background.start(self._again(envelope, delivery))
        return delivery

    async def _again(self, envelope: Json, delivery: Delivery) -> None:
        for number, delay in enumerate(self.retry_delays, start=1):
            if "x-slack-no-retry" in delivery.answer_headers:
                return
            await asyncio.sleep(delay)
            reason = {"operation_timeout": "http_timeout"}.get(delivery.error or "", delivery.error or "unknown_error")
            delivery = await self.deliver("event", envelope, (number, reason))
            if delivery.ok:
                return


def subscription(event: Json) -> str:
    """What a manifest calls the subscription that brings this event."""
    if event["type"] != "message":
        return str(event["type"])
    kind = {"channel": "channels", "group": "groups"}.get(event["channel_type"], event["channel_type"])
    return f"message.{kind}"


def encode(kind: str, payload: Json) -> tuple[bytes, str]:
    """A payload's HTTP body and content type: events are JSON, commands forms, interactions JSON in a form."""
    if kind == "event":
        return json.dumps(payload).encode(), "application/json"
    form = payload if kind == "command" else {"payload": json.dumps(payload)}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


def _parsed(text: str) -> Any:
    try:
        return json.loads(text) if text.lstrip().startswith(("{", "[")) else text
    except ValueError:
        return text


@contextlib.contextmanager
def _named_failures(delivery: Delivery) -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        delivery.status, delivery.error = 0, "operation_timeout"
    except (aiohttp.ClientError, ConnectionError):
        delivery.status, delivery.error = 0, "connection_failed"

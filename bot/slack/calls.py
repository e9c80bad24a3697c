"""One way to call Slack's Web API: within its limits, form-encoded, bounded in time, failing as `failures` says."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.application.ports import RATE_LIMITED, WORKSPACE_LIMITED, Paced, TryAgain, urgency
from bot.slack.failures import classify
from bot.slack.limits import LIMITS, Limit, bucket

#: Seconds for one call altogether, and for its connection.
TIMEOUT = 10.0
CONNECT_TIMEOUT = 5.0
#: More than Slack lets one app use at a time; lanes wait in the database, not in here.
CONNECTIONS = 256
_PAGE = 200
_MOST_PAGES = 50
#: A limit that has room again this soon is waited for where the call is: a row that came back as a job would cost more.
#: In the others whoever waits would meet who is more urgent, and jobs come back in that order.
_SOON = timedelta(seconds=1.5)
#: For how long altogether; somebody else may be faster each time.
_IN_PLACE = timedelta(seconds=4)
#: A list that began is read to its end, because it would have to be begun again.
_BETWEEN_PAGES = timedelta(minutes=1)
_AT_ONCE = timedelta()


class Pace(Protocol):
    """Who counts the calls to Slack; `SharedPace` does it for all processes."""

    async def take(self, name: str, interval: timedelta, burst: int) -> timedelta:
        """Count a call. Nothing when it may be made now, else how long to wait before asking again."""
        ...

    async def close(self, name: str, wait: timedelta, interval: timedelta, burst: int) -> None:
        """Let nobody call for as long as Slack said."""
        ...


class Unpaced:
    """For a few calls that nobody else knows of."""

    async def take(self, _name: str, _interval: timedelta, _burst: int) -> timedelta:
        """Always at once."""
        return _AT_ONCE

    async def close(self, _name: str, _wait: timedelta, _interval: timedelta, _burst: int) -> None:
        """Nobody would ask."""


def unobserved(_method: str) -> None:
    """For who does not count calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How to keep within Slack's limits.

    Attributes:
        pace: counts the calls.
        limits: what it counts them against.
        on_paced: is told the method of each call that was held back.
        on_limited: is told the method of each call that Slack found to be one too many.
    """

    pace: Pace = field(default_factory=Unpaced)
    limits: Mapping[str, Limit | None] = field(default_factory=lambda: LIMITS)
    on_paced: Callable[[str], None] = unobserved
    on_limited: Callable[[str], None] = unobserved


class Caller:
    """The client and its one aiohttp session, which opens at the first call."""

    def __init__(self, token: str, api_url: str, manners: Manners | None = None) -> None:
        """Nothing is called yet.

        Args:
            token: the bot's (`xoxb-…`).
            api_url: Slack's Web API, ending in a slash.
            manners: how to keep within Slack's limits; without, only Slack's own word counts.
        """
        self._manners = manners or Manners()
        # Retries are the lanes' business: they know what may be repeated.
        self.client = AsyncWebClient(token=token, base_url=api_url, timeout=int(TIMEOUT), retry_handlers=[])

    def session(self) -> aiohttp.ClientSession:
        """The session, opened when it is not yet."""
        session = self.client.session
        if session is None or session.closed:
            session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS),
                timeout=aiohttp.ClientTimeout(total=TIMEOUT, sock_connect=CONNECT_TIMEOUT),
            )
            self.client.session = session
        return session

    async def close(self) -> None:
        """Close the session."""
        if self.client.session is not None:
            await self.client.session.close()

    async def ask(self, method: str, *, repeatable: bool = False, **fields: Any) -> AsyncSlackResponse:
        """Call a method; the answer with its headers. Arguments and failures are those of `call`."""
        return await self._ask(method, fields, repeatable=repeatable)

    async def _ask(
        self, method: str, fields: Mapping[str, Any], *, repeatable: bool, patience: timedelta | None = None
    ) -> AsyncSlackResponse:
        self.session()
        data = {name: _encoded(value) for name, value in fields.items() if value is not None}
        async with self.turn(method, fields.get("channel"), repeatable=repeatable, patience=patience):
            return await self.client.api_call(method, data=data)

    @contextlib.asynccontextmanager
    async def turn(
        self, method: str, channel: str | None, *, repeatable: bool = False, patience: timedelta | None = None
    ) -> AsyncIterator[None]:
        """A block that makes one call of a method, once Slack's limit has room for it.

        Args:
            method: its name, as the limits have it.
            channel: where it posts.
            repeatable: whether doing it twice is as good as once.
            patience: how long to wait for room here; else as long as is sensible for the method and who calls.

        Raises:
            Paced: there is no room, and the block was not entered.
            TryAgain: as `call` does, and like the next two. A 429 holds every process back.
            Unclear: it may have acted.
            Refused: Slack will not do it.
        """
        counted = bucket(method, channel, self._manners.limits)
        if counted is not None:
            await self._wait_for_room(method, counted.name, counted.limit, patience)
        try:
            with failing_as_data(repeatable=repeatable):
                yield
        except TryAgain as error:
            if error.reason in (RATE_LIMITED, WORKSPACE_LIMITED):
                self._manners.on_limited(method)
                if counted is not None and error.wait:
                    name = method if error.reason == WORKSPACE_LIMITED else counted.name
                    await self._manners.pace.close(name, error.wait, counted.limit.interval, counted.limit.burst)
            raise

    async def _wait_for_room(self, method: str, name: str, limit: Limit, patience: timedelta | None) -> None:
        if patience is None:
            # A person has three seconds for everything; an answer that says "later" is better than none.
            polite = urgency.get() is not None and limit.interval <= _SOON
            patience = _IN_PLACE if polite else _AT_ONCE
        held = False
        while wait := await self._manners.pace.take(name, limit.interval, limit.burst):
            if not held:
                self._manners.on_paced(method)
                held = True
            if wait > patience:
                raise Paced(wait, limit.interval)
            await asyncio.sleep(wait.total_seconds())
            patience -= wait

    async def call(self, method: str, *, repeatable: bool = False, **fields: Any) -> dict[str, Any]:
        """Call a method.

        Args:
            method: its name, such as `chat.postMessage`.
            repeatable: whether doing it twice is as good as once: it reads, or sets something.
            fields: its arguments; None is left out, lists and dicts travel as JSON.

        Returns:
            Slack's answer.

        Raises:
            TryAgain: it surely did nothing, or may be repeated.
            Unclear: it may have acted.
            Refused: Slack will not do it.
        """
        return _said(await self._ask(method, fields, repeatable=repeatable))

    async def pages(self, method: str, key: str, *, most: int = _MOST_PAGES, **fields: Any) -> AsyncIterator[Any]:
        """The items under `key` of every page, `most` pages at most. Raises like `call`."""
        cursor: str | None = None
        for _ in range(most):
            asked = {"limit": _PAGE} | fields | {"cursor": cursor}
            patience = _BETWEEN_PAGES if cursor else None
            page = _said(await self._ask(method, asked, repeatable=True, patience=patience))
            for item in page.get(key) or ():
                yield item
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return


@contextlib.contextmanager
def failing_as_data(*, repeatable: bool = False) -> Iterator[None]:
    """Turn whatever slack_sdk and aiohttp raise in the block into TryAgain, Unclear or Refused."""
    try:
        yield
    except Exception as error:  # every failure of theirs is a failed call
        raise classify(error, repeatable=repeatable) from error


def _said(response: AsyncSlackResponse) -> dict[str, Any]:
    answer: dict[str, Any] = response.data if isinstance(response.data, dict) else {}
    return answer


def _encoded(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    return json.dumps(value)

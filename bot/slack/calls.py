"""One way to call Slack's Web API: form-encoded, bounded in time, and failing only as `failures` says."""

import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.application.ports import TryAgain
from bot.slack.failures import RATE_LIMITED, classify

#: Seconds for one call altogether, and for its connection.
TIMEOUT = 10.0
CONNECT_TIMEOUT = 5.0
#: More than Slack lets one app use at a time; lanes wait in the database, not in here.
CONNECTIONS = 256
_PAGE = 200
_MOST_PAGES = 50


def unobserved(_method: str) -> None:
    """For who does not count calls."""


class Caller:
    """The client and its one aiohttp session, which opens at the first call."""

    def __init__(self, token: str, api_url: str, on_limited: Callable[[str], None] = unobserved) -> None:
        """Nothing is called yet.

        Args:
            token: the bot's (`xoxb-…`).
            api_url: Slack's Web API, ending in a slash.
            on_limited: is told the method of each call that Slack found to be one too many.
        """
        self._on_limited = on_limited
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
        self.session()
        data = {name: _encoded(value) for name, value in fields.items() if value is not None}
        with self.failing(method, repeatable=repeatable):
            return await self.client.api_call(method, data=data)

    @contextlib.contextmanager
    def failing(self, method: str, *, repeatable: bool = False) -> Iterator[None]:
        """Like `failing_as_data`, of calls to a method."""
        try:
            with failing_as_data(repeatable=repeatable):
                yield
        except TryAgain as error:
            if error.reason == RATE_LIMITED:
                self._on_limited(method)
            raise

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
        response = await self.ask(method, repeatable=repeatable, **fields)
        answer: dict[str, Any] = response.data if isinstance(response.data, dict) else {}
        return answer

    async def pages(self, method: str, key: str, *, most: int = _MOST_PAGES, **fields: Any) -> AsyncIterator[Any]:
        """The items under `key` of every page, `most` pages at most. Raises like `call`."""
        cursor: str | None = None
        for _ in range(most):
            page = await self.call(method, repeatable=True, cursor=cursor, **({"limit": _PAGE} | fields))
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


def _encoded(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    return json.dumps(value)

"""Calling out over HTTP: bounded in time, without cookies, and without connections that linger."""

from collections.abc import Callable
from urllib.parse import urlsplit

import aiohttp

from bot.notices.server import is_host

#: Seconds for one call altogether, and for its connection.
TIMEOUT_S, CONNECT_S = 10.0, 5.0

#: The value of a setting by its name; None where it is not set.
ValueOf = Callable[[str], str | None]


class Web:
    """The connections of one caller. Each call is one of its own: what is rare is not kept open."""

    def __init__(self, patience: float) -> None:
        """Nothing is opened yet. `patience`: seconds for one call."""
        self._patience = patience
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def client(self) -> aiohttp.ClientSession:
        """The connections, opened when they are first needed."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(force_close=True),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=self._patience, sock_connect=CONNECT_S),
                auto_decompress=False,
            )
        return self._session


def host_of(url: str) -> str:
    """The machine of an address, without what may be a secret in the path."""
    return urlsplit(url).hostname or ""


def is_web_address(url: str) -> bool:
    """Whether it is an address that can be called over HTTP."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and is_host(parts.hostname or "") and parts.port != 0
    except ValueError:
        return False

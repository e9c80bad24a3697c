"""HTTP for the kinds that read what a web server says: bounded answers, and credentials in headers only."""

import os
import ssl
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

import aiohttp
from yarl import URL

from bot.diagnostics import kind, redact
from bot.diagnostics.checks.trust import Unusable, trusted
from bot.diagnostics.kind import Refusal, plainly
from bot.diagnostics.result import Measurement, Verdict
from bot.diagnostics.target import NotSet, Target

#: Bytes of an answer that are read; whoever sends more is not heard to the end.
MOST = 1024 * 1024
_CHUNK = 64 * 1024
#: What to do about a server that answers slowly.
OVERLOADED = "See whether it is overloaded, and the network in between."


class NoAddress(Exception):
    """A setting holds something else than an address."""


class TooLong(Exception):
    """An answer was longer than is read."""


class Unwilling(Exception):
    """The server answered with a status that is of no use.

    Attributes:
        status: the HTTP status.
    """

    def __init__(self, status: int) -> None:
        super().__init__(f"it answered {spoken(status)}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the body, the milliseconds that it took, and the headers (in any case)."""

    status: int
    body: bytes
    took_ms: float
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Server:
    """A web server at a base address. Redirects are not followed: they would take credentials elsewhere."""

    client: aiohttp.ClientSession
    base: URL

    async def get(self, path: str = "", params: Mapping[str, str] | None = None, *, most: int = MOST) -> Answer:
        """Reads a path under the base address, with these parameters besides those of the address.

        Raises:
            TooLong: the answer is over `most` bytes.
            aiohttp.ClientError: there was none.
        """
        return await self._ask("GET", path, None, most, params)

    async def post(self, path: str, form: Mapping[str, str], *, most: int = MOST) -> Answer:
        """Sends a form to a path under the base address, and raises what `get` raises."""
        return await self._ask("POST", path, form, most)

    async def _ask(
        self, method: str, path: str, form: Mapping[str, str] | None, most: int, params: Mapping[str, str] | None = None
    ) -> Answer:
        where = self.base.with_path(self.base.path.rstrip("/") + path, keep_query=True) if path else self.base
        where = where.update_query(params) if params else where
        started = time.perf_counter()
        async with self.client.request(method, where, data=form, allow_redirects=False) as response:
            body = bytearray()
            async for chunk in response.content.iter_chunked(_CHUNK):
                body += chunk
                if len(body) > most:
                    response.close()
                    raise TooLong(f"the answer is longer than {most // 1024} KiB")
            return Answer(response.status, bytes(body), (time.perf_counter() - started) * 1000, response.headers)


@asynccontextmanager
async def server(target: Target, more: Mapping[str, str] | None = None) -> AsyncIterator[Server]:
    """The server of a target with `url` or `url_from`, perhaps `bearer_from` and `ca_from`. Nothing is sent yet.

    Args:
        target: Whose options name the settings.
        more: Headers that are sent besides, or instead.

    Raises:
        NotSet: a setting has no value.
        NoAddress: a setting does not hold an address.
        Unusable: a setting names no file of certificates.
    """
    base = _address(target)
    headers = {"Accept-Encoding": "identity", "User-Agent": "muster-diag"}
    bearer_from = getattr(target.options, "bearer_from", None)
    if bearer_from:
        headers["Authorization"] = f"Bearer {target.setting(bearer_from).strip()}"
    elif base.user:
        login = b64encode(f"{base.user}:{base.password or ''}".encode()).decode()
        headers["Authorization"] = f"Basic {login}"
    # Without any of its own, all targets share the authorities that aiohttp has read once.
    own = getattr(target.options, "ca_from", None)
    connector = aiohttp.TCPConnector(ssl=await trusted(target) if own else True)
    async with aiohttp.ClientSession(
        connector=connector,
        headers=headers | dict(more or {}),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),  # the runner's own holds
    ) as client:
        yield Server(client, base.with_user(None))


def _address(target: Target) -> URL:
    written: str = target.options.url or target.setting(target.options.url_from)
    try:
        url = URL(written.strip())
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise NoAddress(f"{target.options.url_from} does not hold an address")
    return url.with_fragment(None)


def beneath(address: str, path: str | None) -> str:
    """An address with a path behind its own. Both may have queries, and both of them stay."""
    front, _, query = address.partition("?")
    behind, _, more = (path or "").partition("?")
    queries = "&".join(part for part in (query, more) if part)
    return f"{front.rstrip('/') if path else front}{behind}{'?' if queries else ''}{queries}"


def against(target: Target) -> str:
    """The address as it may be shown."""
    url = target.options.url or target.value_of(target.options.url_from)
    return redact.dsn(url.strip()) if url else f"({target.options.url_from} is not set)"


def spoken(status: int) -> str:
    """A status as people know it: `404 Not Found`."""
    known = status in HTTPStatus._value2member_map_
    return f"{status} {HTTPStatus(status).phrase}" if known else str(status)


def refused(error: Exception, target: Target) -> Refusal:
    """What it means that the server could not be asked."""
    return Refusal(means(error, target) or kind.refused(error, target).first)


def means(error: Exception, target: Target) -> Measurement | None:
    """What a failure on the way to the server means; None where it is no such failure."""
    match error:
        case NotSet():
            return None
        case NoAddress() | Unusable():
            where = f"Put an address that begins with https:// or http:// into {target.options.url_from}."
            mend = "Mend that setting where Muster runs, then run this again."
            return _failure(Verdict.ERROR, f"{error}.", where if isinstance(error, NoAddress) else mend)
        case Unwilling():
            return unwilling(error.status, target)
        case TooLong():
            advice = "See whether the address is the right one; where a query is long, narrow it."
            return _failure(Verdict.ERROR, f"It was not read to its end: {error}.", advice)
        case TimeoutError():
            return _failure(Verdict.CRITICAL, "It did not answer in time.", "See whether it hangs or is overloaded.")
        case aiohttp.ClientConnectorCertificateError() | ssl.SSLError() | aiohttp.ClientSSLError():
            own = "name its authority's file in `ca_from`"
            other = "have the machine where Muster runs trust it"
            advice = f"Renew its certificate, or {own if hasattr(target.options, 'ca_from') else other}."
            return _failure(Verdict.CRITICAL, f"No safe connection: {plainly(error)}.", advice)
        case aiohttp.ClientConnectorError():
            return _failure(Verdict.CRITICAL, f"No connection: {_why(error)}.", "See whether it runs, and start it.")
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError():
            advice = "Look at its log: it may have crashed, or something in between cuts connections."
            return _failure(Verdict.CRITICAL, "It broke the connection off without an answer.", advice)
        case aiohttp.ClientResponseError() | aiohttp.ClientPayloadError():
            advice = "See whether the address and the port are the right ones, and what answers there."
            return _failure(Verdict.CRITICAL, "What answers there does not speak HTTP as it should.", advice)
        case _:
            return None


def unwilling(status: int, target: Target) -> Measurement:
    """What a status means that is of no use."""
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        named = getattr(target.options, "bearer_from", None) or target.options.url_from
        advice = f"Put a token or login that may read into {named}." if named else "Name a token in `bearer_from`."
        return _failure(Verdict.ERROR, f"It refused the login: {spoken(status)}.", advice)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        advice = "Look at its log; it may still be starting, or be out of memory or disk."
        return _failure(Verdict.CRITICAL, f"It answered {spoken(status)}.", advice)
    advice = "See whether the address is the right one: it should lead to the server itself, without a redirect."
    return _failure(Verdict.ERROR, f"It answered {spoken(status)}.", advice)


def _failure(verdict: Verdict, explanation: str, next_step: str) -> Measurement:
    return Measurement(verdict=verdict, explanation=explanation, next_step=next_step, threshold="must answer")


def _why(error: aiohttp.ClientConnectorError) -> str:
    number = error.os_error.errno
    return os.strerror(number) if number and number > 0 else plainly(error.os_error)

"""Asking an HTTP endpoint: bounded in time and size, and never taking its credentials to another host."""

import asyncio
import time
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from bot.diagnostics import redact
from bot.diagnostics.checks import fetching
from bot.diagnostics.checks.fetching import MOST, NoAddress, beneath
from bot.diagnostics.checks.trust import Unusable, trusted
from bot.diagnostics.target import Target
from bot.policy.targets.web import HttpTarget

#: The part of a check's time that asking may take; the rest is for saying what came of it.
_PATIENCE = 0.9
_CHUNK = 64 * 1024
#: gzip and zlib, whichever it is.
_GZIP_OR_ZLIB = 47

_MOVED = frozenset({301, 302, 303, 307, 308})


class Unanswered(Exception):
    """There was no answer, for the reason that is its cause."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        status: of the last of the requests.
        body: at most 1 MiB of it, decompressed.
        cut: whether there was more.
        took_ms: from the start of the first request to the end of the last answer.
        hops: where it was sent on the way, and which of those was asked last.
        leads: where it would lead further.
        stopped: why that was not followed.
        certificate: the server's, as `ssl.SSLSocket.getpeercert` has it; empty over plain http.
    """

    status: int
    body: bytes
    took_ms: float
    cut: bool = False
    hops: tuple[URL, ...] = ()
    leads: URL | None = None
    stopped: str = ""
    certificate: Mapping[str, Any] = field(default_factory=dict)


class _Connector(aiohttp.TCPConnector):
    """Keeps the certificate of whom it connected to last: a short answer is over before it could be asked for."""

    certificate: Mapping[str, Any]

    async def connect(self, *args: Any, **options: Any) -> aiohttp.connector.Connection:
        connection = await super().connect(*args, **options)
        transport = connection.transport
        self.certificate = (transport.get_extra_info("peercert") if transport else None) or {}
        return connection


@dataclass(frozen=True, slots=True)
class Endpoint:
    """How an endpoint is asked, again and again."""

    client: aiohttp.ClientSession
    connector: _Connector
    url: URL
    options: HttpTarget

    async def ask(self) -> Answer:
        """Asks once, following redirects on the same host.

        Raises:
            aiohttp.ClientError: there was no answer, or it broke off.
        """
        started = time.perf_counter()
        method, hops = str(self.options.method), [self.url]
        while True:
            async with self.client.request(method, hops[-1], allow_redirects=False) as response:
                leads = _leads(response, hops[-1])
                stopped = _stopped(leads, hops, self.options.redirects) if leads else ""
                if leads is None or stopped:
                    body, cut = await _body(response)
                    return Answer(
                        status=response.status,
                        body=body,
                        cut=cut,
                        took_ms=(time.perf_counter() - started) * 1000,
                        hops=tuple(hops[1:]),
                        leads=leads,
                        stopped=stopped,
                        certificate=self.connector.certificate,
                    )
                method = _method(method, response.status)
            hops.append(leads)


@dataclass(frozen=True, slots=True)
class HttpSession:
    """What the checks of an endpoint share: its first answer, and the means to ask again.

    Attributes:
        first: Its first answer, or why there is none.
        until: The event loop's time by which asking should be over.
        ran: What is asked, without credentials.
    """

    target: Target
    endpoint: Endpoint
    first: "asyncio.Task[Answer | Exception]"
    until: float
    ran: str

    async def answer(self) -> Answer:
        """The first answer, which all checks share.

        Raises:
            Unanswered: there was none.
        """
        outcome = await asyncio.shield(self.first)
        if isinstance(outcome, Exception):
            raise Unanswered from outcome
        return outcome

    async def again(self) -> Answer | None:
        """Another answer; None where there was none in time."""
        outcome = await _outcome(self.endpoint, self.until)
        return None if isinstance(outcome, Exception) else outcome


@asynccontextmanager
async def connected(target: Target) -> AsyncIterator[HttpSession]:
    """Begins to ask the endpoint.

    Raises:
        NotSet: a setting has no value.
        NoAddress: a setting does not hold an address.
        Unusable: a setting holds no header's value, or names no file of certificates.
    """
    options: HttpTarget = target.options
    url = _address(target)
    headers = _headers(target, url)
    trust = await trusted(target)
    until = asyncio.get_running_loop().time() + _PATIENCE * min(target.check_timeout_s, target.timeout_s)
    # Each time over a new connection, as for somebody who comes for the first time.
    connector = _Connector(ssl=trust, force_close=True)
    client = aiohttp.ClientSession(
        connector=connector,
        headers=headers,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),  # `until` holds
        auto_decompress=False,
    )
    async with client, asyncio.TaskGroup() as group:
        endpoint = Endpoint(client, connector, url.with_user(None).with_fragment(None), options)
        first = group.create_task(_outcome(endpoint, until))
        try:
            yield HttpSession(target, endpoint, first, until, _ran(target, headers))
        finally:
            first.cancel()


async def _outcome(endpoint: Endpoint, until: float) -> Answer | Exception:
    try:
        async with asyncio.timeout_at(until):
            return await endpoint.ask()
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return error


def _address(target: Target) -> URL:
    options: HttpTarget = target.options
    if options.url_from is None:
        return URL(str(options.url))
    try:
        url = URL(target.setting(options.url_from).strip())
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise NoAddress(f"{options.url_from} does not hold an address")
    if options.path is None:
        return url
    return URL(beneath(str(url.with_fragment(None)), options.path), encoded=True)


def against(target: Target) -> str:
    """The address as it may be shown, with the path of the pack behind it."""
    shown = fetching.against(target)
    return beneath(shown, target.options.path) if "://" in shown else shown


def _headers(target: Target, url: URL) -> CIMultiDict[str]:
    """What is sent with every request."""
    options: HttpTarget = target.options
    # Uncompressed: what is sent is then as long as what is read.
    headers = CIMultiDict({"User-Agent": "muster-diag", "Accept": "*/*", "Accept-Encoding": "identity"})
    if url.user or url.password:
        headers["Authorization"] = aiohttp.encode_basic_auth(url.user or "", url.password or "")
    headers.update(options.headers)
    for name, setting in options.headers_from.items():
        headers[name] = _line(target, setting)
    if options.bearer_from:
        headers["Authorization"] = f"Bearer {_line(target, options.bearer_from)}"
    return headers


def _line(target: Target, setting: str) -> str:
    value = target.setting(setting).strip()
    if not (value.isascii() and value.isprintable()):
        raise Unusable(f"{setting} holds more than one line of plain letters, digits and signs")
    return value


def _ran(target: Target, headers: Mapping[str, str]) -> str:
    options: HttpTarget = target.options
    # The address that the file has holds no credential: its reader has made sure.
    where = options.url or against(target)
    known = {name.casefold() for name in options.headers}
    secret = {"authorization", *(name.casefold() for name in options.headers_from)}
    lines = [
        f"{name}: {redact.HIDDEN if name.casefold() in secret else value}"
        for name, value in headers.items()
        if name.casefold() in known | secret
    ]
    return "\n".join([f"{options.method} {where}", *lines])


def _leads(response: aiohttp.ClientResponse, asked: URL) -> URL | None:
    location = response.headers.get("Location")
    if response.status not in _MOVED or not location:
        return None
    try:
        leads = asked.join(URL(location)).with_fragment(None)
    except ValueError:
        return None
    return leads if leads.host else None


def _stopped(leads: URL, hops: list[URL], most: int) -> str:
    """Why a redirect is not followed; empty where it is."""
    here = hops[-1]
    if leads.host != here.host:
        return "it is another host"
    if here.scheme == "https" and leads.scheme != "https":
        return "it would leave https"
    if leads.port != here.port and (here.scheme, here.port, leads.scheme, leads.port) != ("http", 80, "https", 443):
        return "it is another port"
    if leads in hops:
        return "it is a circle"
    return f"at most {most} are followed" if len(hops) > most else ""


def _method(method: str, status: int) -> str:
    """How it goes on after a redirect, as browsers do it."""
    if status == HTTPStatus.SEE_OTHER and method != "HEAD":
        return "GET"
    return "GET" if method == "POST" and status in (HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND) else method


async def _body(response: aiohttp.ClientResponse) -> tuple[bytes, bool]:
    """At most 1 MiB of the body, and whether there was more."""
    sent = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        sent += chunk
        if len(sent) > MOST:
            response.close()
            break
    body = bytes(sent)
    if response.headers.get("Content-Encoding", "").strip().lower() in ("gzip", "x-gzip", "deflate"):
        try:
            body = zlib.decompressobj(_GZIP_OR_ZLIB).decompress(body, MOST + 1)
        except zlib.error:
            raise aiohttp.ClientPayloadError("its body is not compressed as it says") from None
    return body[:MOST], len(sent) > MOST or len(body) > MOST

"""Asks a web server to do something: one request, never followed elsewhere, with a key that makes it one."""

import asyncio
import contextlib
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from bot.diagnostics import redact
from bot.diagnostics.actions import filling
from bot.diagnostics.actions.action import MOST_BYTES, Attempt, Ending, NotReady, Outcome, Rehearsal
from bot.diagnostics.actions.kind import ActionKind
from bot.diagnostics.checks import fetching
from bot.diagnostics.checks.fetching import NoAddress, spoken
from bot.diagnostics.checks.trust import trusted
from bot.diagnostics.result import Measurement
from bot.diagnostics.target import NotSet, Target
from bot.policy.actions.web import IDEMPOTENCY, HttpAction, RequestRule

#: Seconds in which a body has to come.
_BODY_S = 2.0
#: What stands between, and does not know what became of a request.
_IN_BETWEEN = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT})


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came back; at most 64 KiB of it."""

    status: int
    text: str


def _where(attempt: Attempt) -> Target:
    """Where it is sent, with the keys that tell: the action's own, or else its target's."""
    options: HttpAction = attempt.options
    target = attempt.action.target
    if target is not None:
        own = {"ca_from": options.ca_from or target.options.ca_from, "bearer_from": options.bearer_from}
        return replace(target, options=target.options.model_copy(update=own), value_of=attempt.action.value_of)
    if options.url is None and options.url_from is None:
        raise NotReady("The target that it is sent to is not there", "See `targets` in the policy pack.")
    return Target(name=attempt.action.rule.name, kind="http", options=options, value_of=attempt.action.value_of)


def _address(attempt: Attempt) -> URL:
    """The address before the path, perhaps with a login.

    Raises:
        NotSet, NoAddress: there is none.
    """
    where = _where(attempt)
    written = where.options.url or where.setting(where.options.url_from)
    try:
        url = URL(written.strip())
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise NoAddress(f"{where.options.url_from} does not hold an address")
    return url.with_fragment(None)


def _at(base: URL, path: str | None, attempt: Attempt) -> URL:
    """The address with a path behind it, whose values are encoded already."""
    if path is None:
        return base
    return URL(fetching.beneath(str(base), filling.path(path, attempt.given)), encoded=True)


def against(attempt: Attempt) -> str:
    """The address without credentials. That of a setting may have one in its path, as those of many webhooks do."""
    options: HttpAction = attempt.options
    if options.url_from is None:
        return fetching.against(_where(attempt))
    try:
        base = _address(attempt)
    except NotSet:
        return f"({options.url_from} is not set)"
    return f"{base.origin()}/{redact.HIDDEN}" if base.path_qs.strip("/") else str(base.origin())


def _headers(attempt: Attempt, base: URL, *, key: str) -> tuple[CIMultiDict[str], frozenset[str]]:
    """What is sent, and which of it is secret."""
    options: HttpAction = attempt.options
    headers = CIMultiDict({"User-Agent": "muster-act", "Accept": "*/*", "Accept-Encoding": "identity"})
    if base.user or base.password:
        headers["Authorization"] = aiohttp.encode_basic_auth(base.user or "", base.password or "")
    headers.update(options.headers)
    for name, setting in options.headers_from.items():
        headers[name] = _line(attempt, setting)
    if options.bearer_from:
        headers["Authorization"] = f"Bearer {_line(attempt, options.bearer_from)}"
    if key:
        headers[IDEMPOTENCY] = key
    return headers, frozenset({"authorization", *(name.casefold() for name in options.headers_from)})


def _line(attempt: Attempt, setting: str) -> str:
    value = attempt.action.setting(setting).strip()
    if not (value.isascii() and value.isprintable()):
        raise NotReady(f"{setting} holds more than one line of plain letters, digits and signs", f"Mend {setting}.")
    return value


def _sent(rule: HttpAction | RequestRule, attempt: Attempt) -> bytes | None:
    if rule.body is None:
        return None
    return json.dumps(filling.document(rule.body, attempt.given), ensure_ascii=False, allow_nan=False).encode()


def _shown(rule: HttpAction | RequestRule, attempt: Attempt) -> str:
    """A request as it is sent, without credentials."""
    base = _address(attempt)
    headers, secret = _headers(attempt, base, key="")
    plain = {name.casefold() for name in attempt.options.headers} | secret
    shown = URL(against(attempt), encoded=True)
    lines = [f"{rule.method} {_at(shown, rule.path, attempt)}"]
    lines += [
        f"{name}: {redact.HIDDEN if name.casefold() in secret else value}"
        for name, value in headers.items()
        if name.casefold() in plain
    ]
    body = _sent(rule, attempt)
    return "\n".join(lines if body is None else [*lines, "Content-Type: application/json", "", body.decode()])


def ran(attempt: Attempt) -> str:
    """The request."""
    return _shown(attempt.options, attempt)


@asynccontextmanager
async def _asked(rule: HttpAction | RequestRule, attempt: Attempt, *, key: str = "") -> AsyncIterator[_Answer]:
    """What a request is answered. `Attempt.sent` says whether there was somebody to hear it."""
    base, where = _address(attempt), _where(attempt)
    headers, _ = _headers(attempt, base, key=key)
    body = _sent(rule, attempt)
    url = _at(base.with_user(None), rule.path, attempt)
    if body is not None:
        headers["Content-Type"] = "application/json"

    async def connected(*_: Any) -> None:
        attempt.sent = bool(key)

    tracing = aiohttp.TraceConfig()
    tracing.on_connection_create_end.append(connected)
    # A connection of its own: over one that was used before, a broken request would be sent a second time.
    connector = aiohttp.TCPConnector(ssl=await trusted(where), force_close=True)
    async with (
        aiohttp.ClientSession(
            connector=connector,
            headers=headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),  # the engine's holds
            trace_configs=[tracing],
        ) as client,
        client.request(rule.method, url, data=body, allow_redirects=False) as response,
    ):
        yield _Answer(response.status, await _text(response))


async def _text(response: aiohttp.ClientResponse) -> str:
    """The beginning of the body. How it came out is in the status, so that a body that breaks off does no harm."""
    kept = bytearray()
    with contextlib.suppress(aiohttp.ClientError, TimeoutError):
        async with asyncio.timeout(_BODY_S):
            async for chunk in response.content.iter_chunked(MOST_BYTES):
                kept += chunk
                if len(kept) > MOST_BYTES:
                    break
    response.close()
    return bytes(kept[:MOST_BYTES]).decode(errors="replace").strip()


def _well(status: int, attempt: Attempt) -> bool:
    options: HttpAction = attempt.options
    return status in options.status if options.status else 200 <= status <= 299


async def rehearse(attempt: Attempt) -> Rehearsal:
    """The exact request; and what the pack's own rehearsal is answered, where it has one."""
    options: HttpAction = attempt.options
    shown = _shown(options, attempt)
    await trusted(_where(attempt))
    if options.rehearse is None:
        return Rehearsal(
            ready=True, lines=(attempt.action.rule.does, f"Sends {shown.partition(chr(10))[0]}", "Nothing was sent.")
        )
    trial = _shown(options.rehearse, attempt).partition("\n")[0]
    async with _asked(options.rehearse, attempt) as answer:
        if 200 <= answer.status <= 299:
            lines = (attempt.action.rule.does, f"Rehearsed with {trial}, which answered {spoken(answer.status)}.")
            return Rehearsal(ready=True, lines=lines, output=answer.text)
        return Rehearsal(
            ready=False,
            why_not=f"The rehearsal, {trial}, was answered {spoken(answer.status)}.",
            next_step="See what it says, and mend that or what was filled in.",
            output=answer.text,
        )


async def perform(attempt: Attempt) -> Outcome:
    """Sends it once."""
    key = attempt.action.key or str(uuid.uuid4())
    async with _asked(attempt.options, attempt, key=key) as answer:
        said, output = f"It answered {spoken(answer.status)}.", answer.text
        if _well(answer.status, attempt):
            return Outcome(verdict=Ending.DONE, said=said, output=output)
        if answer.status in _IN_BETWEEN:
            return Outcome(
                verdict=Ending.UNKNOWN,
                said=f"{said} That is what stands before it; nobody knows what became of the request.",
                next_step="See whether it happened before you try it again.",
                output=output,
            )
        moved = " Redirects are not followed." if 300 <= answer.status <= 399 else ""
        return Outcome(
            verdict=Ending.FAILED,
            said=said + moved,
            next_step="See what it says: part of it may be done.",
            output=output,
        )


def means(error: Exception, attempt: Attempt) -> Measurement | None:
    """What a failure on the way to the server means."""
    return fetching.means(error, _where(attempt))


HTTP = ActionKind(
    name="http", options=HttpAction, ran=ran, against=against, rehearse=rehearse, perform=perform, means=means
)

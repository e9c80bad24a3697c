"""`POST /webhooks/{alertmanager,grafana,sentry,pagerduty,datadog,generic}`.

The answer is 202 once all that was sent is stored. Its body is a JSON list of objects, one for each group of alerts
with one reason, and never empty:

    [{"incident": "INC-2026-03-14-001", "reason": "NEW", "alerts": 12, "title": "Latency is high", "why": "…",
      "group": 7, "notes": ["alerts[3]: 936 labels were left out; 64 are kept"]}]

`incident` and `group` may be null. `notes` stands in the first object, and only where something was left out. A post
that is about no alert, such as a monitor's test, is answered with one object whose reason is `NOTHING`.

Whatever else is answered is an object with `error`, a sentence, and with `field` where one field is wrong: 400 (the
body broke off), 401, 405, 413, 415, 422, 500 (a fault of ours), and 503 with
`Retry-After`, after which the sender's own repetition brings it again.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from bot.application.ingest_alerts import Overloaded, Told
from bot.domain.alert import Alert
from bot.domain.alert_rules import GenericSource
from bot.store.database import DatabaseUnavailable
from bot.web.webhooks import alertmanager, datadog, generic, grafana, pagerduty, sentry
from bot.web.webhooks.auth import Gate, Unknown
from bot.web.webhooks.bounds import Notes
from bot.web.webhooks.payload import BadPayload
from bot.web.webhooks.room import Full, Room

_logger = logging.getLogger(__name__)

#: Stores alerts of a sender, and returns once they are stored.
Take = Callable[[Sequence[Alert], str], Awaitable[Sequence[Told]]]

_READERS: Mapping[str, Callable[..., Sequence[Alert]]] = {
    alertmanager.SOURCE: alertmanager.read,
    grafana.SOURCE: grafana.read,
    sentry.SOURCE: sentry.read,
    pagerduty.SOURCE: pagerduty.read,
    datadog.SOURCE: datadog.read,
    generic.SOURCE: generic.read,
}

#: Bytes of a body.
_LARGEST = 1024 * 1024
#: Seconds in which a body has to have come.
_PATIENCE = 10.0
#: Seconds after which a sender may try again.
_RETRY_AFTER = "5"

_NOTHING = {
    "incident": None,
    "reason": "NOTHING",
    "alerts": 0,
    "title": "",
    "why": "Nothing in it is about an alert.",
    "group": None,
}


def webhook_routes(
    *,
    tokens: Mapping[str, str],
    take: Take,
    sources: Callable[[], Sequence[GenericSource]],
    now: Callable[[], datetime],
    courtesy: Callable[[], Awaitable[None]],
    count: Callable[[str, int], None],
) -> list[web.RouteDef]:
    """The routes of all sources.

    Args:
        tokens: secrets by the names of their pairs, which are the senders' names.
        take: stores alerts of a sender, and returns once they are stored.
        sources: the pack's generic sources that are in force.
        now: the clock, in UTC.
        courtesy: lets what people wait for go first.
        count: notes a source and the status that was answered.
    """
    desk = _Desk(Gate(tokens), take, sources, now, courtesy)

    def routes(source: str) -> list[web.RouteDef]:
        async def post(request: web.Request) -> web.Response:
            answer = await desk.answer(source, request)
            count(source, answer.status)
            return answer

        async def other(_request: web.Request) -> web.Response:
            answer = _error(405, "Alerts are sent by POST.", {hdrs.ALLOW: hdrs.METH_POST})
            count(source, answer.status)
            return answer

        path = f"/webhooks/{source}"
        return [web.post(path, post), web.route(hdrs.METH_ANY, path, other)]

    return [route for source in _READERS for route in routes(source)]


class _Refused(Exception):
    """A body is not taken: the status to answer, and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class _Slow(Exception):
    """A body did not come in time. The sender is to come again, which after a 408 most monitors do not."""


def _too_large() -> _Refused:
    return _Refused(413, "The body is over 1 MiB. Send fewer alerts at once.")


@dataclass(frozen=True)
class _Desk:
    gate: Gate
    take: Take
    sources: Callable[[], Sequence[GenericSource]]
    now: Callable[[], datetime]
    courtesy: Callable[[], Awaitable[None]]
    room: Room = field(default_factory=Room)

    async def answer(self, source: str, request: web.Request) -> web.Response:
        try:
            return await self._answered(source, request)
        except Unknown as unknown:
            return _error(401, str(unknown), {hdrs.WWW_AUTHENTICATE: "Bearer"})
        except _Refused as refused:
            return _error(refused.status, str(refused))
        except BadPayload as bad:
            return web.json_response({"error": f"{bad}.", "field": bad.field}, status=422)
        except _Slow:
            within = f"The body did not come within {_PATIENCE:.0f} seconds, or took long while others waited."
            return _later(f"{within} Please send it again.")
        except Full:
            return _later("As many posts are being handled as may be. Please send it again in a moment.")
        except Overloaded:
            return _later("More alerts wait than can be kept; none of these was. Please send them again in a moment.")
        except DatabaseUnavailable:
            return _later("The database does not answer, or did not take it. Please send it again in a moment.")
        except Exception:
            _logger.exception("a post to /webhooks/%s could not be handled", source)
            return _error(500, "A fault on this side, which its log has: nothing of the post was kept.")

    async def _answered(self, source: str, request: web.Request) -> web.Response:
        sender = self.gate.bearer(source, request.headers)
        if any(coding.strip().lower() != "identity" for coding in request.headers.getall(hdrs.CONTENT_ENCODING, ())):
            raise _Refused(415, "Send the body as it is, without Content-Encoding.")
        size = _LARGEST if request.content_length is None else request.content_length
        if size > _LARGEST:
            raise _too_large()
        body: bytes | None = None
        if sender is None:
            patience = asyncio.timeout(_PATIENCE)
            with self.room.taken_unproven(size, lambda: _cut_short(patience)):
                body = await _read(request, patience)
                sender = self.gate.signature(source, request.headers, body, self.now())
        with self.room.taken(size):
            if body is None:
                body = await _read(request, asyncio.timeout(_PATIENCE))
            await self.courtesy()
            notes = Notes()
            alerts = self._alerts(source, request, body, notes)
            told = await self.take(alerts, sender) if alerts else []
        return web.json_response(_shown(told, notes), status=202)

    def _alerts(self, source: str, request: web.Request, body: bytes, notes: Notes) -> Sequence[Alert]:
        now = self.now()
        if source == sentry.SOURCE:
            resource, sent = (request.headers.get(f"Sentry-Hook-{name}", "") for name in ("Resource", "Timestamp"))
            return sentry.read(body, now=now, notes=notes, resource=resource, sent=sent)
        if source == generic.SOURCE and (name := request.query.get("source")) is not None:
            return generic.read_mapped(body, self._source(name), now=now, notes=notes)
        return _READERS[source](body, now=now, notes=notes)

    def _source(self, name: str) -> GenericSource:
        known = self.sources()
        found = next((one for one in known if one.name == name), None)
        if found is None:
            there = ", ".join(one.name for one in known) or "none yet, add one to the pack's policy.yaml"
            raise BadPayload("source", f"in the address names no source of the pack; there are: {there}")
        return found


def _cut_short(patience: asyncio.Timeout) -> None:
    """Have no more patience; where it is at its end already, that is known."""
    with contextlib.suppress(RuntimeError):
        patience.reschedule(0)


async def _read(request: web.Request, patience: asyncio.Timeout) -> bytes:
    """The body, whatever length its headers say. Raises _Refused or _Slow."""
    body = bytearray()
    try:
        async with patience:
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > _LARGEST:
                    raise _too_large()
    except TimeoutError:
        raise _Slow from None
    except (web.RequestPayloadError, HttpProcessingError, OSError):
        raise _Refused(400, "The body broke off, or is not encoded as its headers say.") from None
    return bytes(body)


def _shown(told: Sequence[Told], notes: Notes) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = [
        {
            "incident": one.incident,
            "reason": one.reason,
            "alerts": one.alerts,
            "title": one.title,
            "why": one.why,
            "group": one.group,
        }
        for one in told
    ] or [dict(_NOTHING)]
    if said := notes.told():
        shown[0]["notes"] = said
    return shown


def _error(status: int, error: str, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response({"error": error}, status=status, headers=headers)


def _later(error: str) -> web.Response:
    return _error(503, error, {hdrs.RETRY_AFTER: _RETRY_AFTER})

"""Monitors that are told something, and are strict about it: what answers as an Alertmanager and as PagerDuty do, as
far as they are asked here, by their documentation of those APIs, and a callback as docs/alerts.md has it.
"""

import asyncio
import json
import re
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from aiohttp import web

from tests.support.web import answering

TOKEN = "m0nitor-t0ken"
SENDER = "muster@example.com"
_FILTER = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = {"\\n": "\n", '\\"': '"', "\\\\": "\\"}
_CALLBACK = {"id", "what", "incident", "title", "severity", "link", "by", "at", "alerts"}


@dataclass(frozen=True)
class Asked:
    """One call, whatever was answered."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Monitor:
    """What was asked, and what is answered in place of the usual: a response, or None to say nothing."""

    url: str = ""
    token: str = ""
    asked: list[Asked] = field(default_factory=list)
    instead: deque[web.StreamResponse | None] = field(default_factory=deque)
    _stalled: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answers one call."""
        body = json.loads(await request.read() or "null")
        self.asked.append(Asked(request.method, request.path, dict(request.headers), body))
        if self.instead:
            response = self.instead.popleft()
            if response is None:
                await self._stalled.wait()
            return response or web.Response()
        if body is not None and request.content_type != "application/json":
            return web.Response(status=415)
        return self.answer(request, body)

    def answer(self, request: web.Request, body: Any) -> web.Response:
        """What it usually answers."""
        raise NotImplementedError

    def release(self) -> None:
        """Ends every stall."""
        self._stalled.set()

    def methods(self) -> list[str]:
        """How it was asked, in order."""
        return [one.method for one in self.asked]

    def allowed(self, request: web.Request, scheme: str) -> bool:
        """Whether who asks knows the token, where there is one."""
        return not self.token or request.headers.get("Authorization") == f"{scheme}{self.token}"


@dataclass
class Silencer(Monitor):
    """As an Alertmanager."""

    kept: dict[str, dict[str, Any]] = field(default_factory=dict)

    def answer(self, request: web.Request, body: Any) -> web.Response:
        """Silences listed, made, made longer and ended; it has no alerts."""
        if not self.allowed(request, "Bearer "):
            return web.Response(status=401, text="Unauthorized")
        path = request.path.removeprefix("/monitoring")
        if path == "/api/v2/silences" and request.method == "GET":
            return self._listed(request.query.getall("filter", []))
        if path == "/api/v2/silences" and request.method == "POST":
            return self._put(body)
        if path == "/api/v2/alerts" and request.method == "GET":
            return web.json_response([])
        if (ended := re.fullmatch(r"/api/v2/silence/([0-9a-f-]{36})", path)) and request.method == "DELETE":
            if ended[1] not in self.kept:
                return web.json_response("silence not found", status=500)
            self.kept[ended[1]] |= {"status": {"state": "expired"}, "endsAt": _now().isoformat()}
            return web.Response()
        return web.Response(status=404, text="404 page not found")

    async def silences(self) -> list[dict[str, Any]]:
        """All of them, those that ended among them."""
        return list(self.kept.values())

    def _listed(self, filters: list[str]) -> web.Response:
        wanted = {}
        for one in filters:
            parts = _FILTER.fullmatch(one)
            if not parts:
                return web.json_response(f"bad matcher format: {one}", status=400)
            wanted[parts[1]] = re.sub(r"\\.", lambda found: _ESCAPED[found[0]], parts[2])
        found = [
            one
            for one in self.kept.values()
            if wanted.items() <= {each["name"]: each["value"] for each in one["matchers"]}.items()
        ]
        return web.json_response(found)

    def _put(self, body: dict[str, Any]) -> web.Response:
        assert body.keys() - {"id"} == {"matchers", "startsAt", "endsAt", "createdBy", "comment"}, body
        matchers = body["matchers"]
        if not matchers:
            return web.json_response(
                {"code": 612, "message": "matchers in body should have at least 1 items"}, status=422
            )
        if not any(one["value"] for one in matchers):
            return web.json_response(
                "silence invalid: at least one matcher must not match the empty string", status=400
            )
        assert all(set(one) == {"name", "value", "isRegex", "isEqual"} for one in matchers)
        if datetime.fromisoformat(body["endsAt"]) < _now():
            return web.json_response("Failed to create silence: end time can't be in the past", status=400)
        key = body.get("id") or str(uuid4())
        if "id" in body and key not in self.kept:
            return web.json_response("silence not found", status=404)
        self.kept[key] = {**body, "id": key, "status": {"state": "active"}, "updatedAt": _now().isoformat()}
        return web.json_response({"silenceID": key})


@dataclass
class Pager(Monitor):
    """As PagerDuty's REST API, version 2: incidents with how they stand."""

    incidents: dict[str, str] = field(default_factory=dict)

    def answer(self, request: web.Request, body: Any) -> web.Response:
        """An incident is changed."""
        if not self.allowed(request, "Token token="):
            return web.json_response({"error": {"message": "Unauthorized", "code": 2006}}, status=401)
        found = re.fullmatch(r"/incidents/(\w+)", request.path)
        if (
            request.method != "PUT"
            or not found
            or request.headers["Accept"] != "application/vnd.pagerduty+json;version=2"
        ):
            return web.json_response({"error": {"message": "Not Found", "code": 2100}}, status=404)
        if request.headers.get("From") != SENDER:
            return _invalid("Requester User Not Found")
        if found[1] not in self.incidents:
            return web.json_response({"error": {"message": "Not Found", "code": 2100}}, status=404)
        wanted = body["incident"]
        if wanted.get("type") != "incident_reference" or wanted.get("status") not in ("acknowledged", "resolved"):
            return _invalid("Status must be a list of triggered, acknowledged, or resolved.")
        if self.incidents[found[1]] == "resolved":
            return _invalid("Incident Already Resolved")
        self.incidents[found[1]] = wanted["status"]
        return web.json_response({"incident": {"id": found[1], "status": wanted["status"]}})


@dataclass
class Callback(Monitor):
    """As who follows the page: it takes each key once; `told` is what it took."""

    told: dict[str, dict[str, Any]] = field(default_factory=dict)

    def answer(self, request: web.Request, body: Any) -> web.Response:
        """It is told something."""
        if not self.allowed(request, "Bearer "):
            return web.Response(status=401, text=f"no {request.headers.get('Authorization')}")
        if request.method != "POST" or set(body) != _CALLBACK:
            return web.Response(status=400)
        assert body["id"] == request.headers["Idempotency-Key"]
        self.told.setdefault(body["id"], body)
        return web.Response(status=202)


@asynccontextmanager
async def asked(monitor: Monitor) -> AsyncIterator[None]:
    """It can be asked for as long as the block runs."""
    async with answering(monitor.handle) as monitor.url:
        try:
            yield
        finally:
            monitor.release()


def _invalid(*reasons: str) -> web.Response:
    return web.json_response(
        {"error": {"message": "Invalid Input Provided", "code": 2001, "errors": reasons}}, status=400
    )


def _now() -> datetime:
    return datetime.now(UTC)

"""The Web API over HTTP: who may call, what goes wrong on purpose, and a note of every call."""

from __future__ import annotations

import asyncio
import secrets
import time

from aiohttp import web

from bot.sandbox.api import scopes
from bot.sandbox.api.registry import METHODS, Context
from bot.sandbox.api.table import FORM_ONLY, OPEN_CONNECTION
from bot.sandbox.desk import Desk
from bot.sandbox.errors import SlackError
from bot.sandbox.model import File, Json
from bot.sandbox.params import Params, read
from bot.sandbox.records import Call, Fault


class WebApi:
    """Answers `/api/METHOD`."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def routes(self) -> list[web.RouteDef]:
        """Where it listens."""
        return [
            web.route("*", "/api/{method}", self.answer),
            web.post("/upload/{token}", self.upload),
        ]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One call."""
        method, desk = request.match_info["method"], self.desk
        call = Call(method, {}, time.perf_counter())
        desk.calls.append(call)
        desk.in_flight += 1
        desk.workspace.changed()
        try:
            response = await self._served(request, method, call)
        finally:
            desk.in_flight -= 1
            call.seconds = time.perf_counter() - call.started
            desk.workspace.changed()
        return response

    async def _served(self, request: web.Request, method: str, call: Call) -> web.StreamResponse:
        desk = self.desk
        try:
            raw = await read(request, takes_json=method not in FORM_ONLY)
        except SlackError as refusal:
            return self._json(call, refusal.as_slack())
        call.params = {name: value for name, value in raw.items() if name != "token"}
        fault = desk.faults.take(method, call.params)
        if fault is not None and fault.stall is not None:
            await desk.pause(fault.stall)
        if fault is not None and fault.refuse_connection:
            return self._hang_up(request, call, "connection_refused")
        if desk.latency:
            await asyncio.sleep(desk.latency)
        if fault is not None and (spoiled := self._spoiled(call, fault)) is not None:
            return spoiled
        if desk.rate_limited and (wait := self._too_early(method, call.params)):
            body = {"ok": False, "error": "ratelimited"}
            return self._json(call, body, status=429, headers={"Retry-After": str(wait)})
        body = self.call(method, raw, request.headers.get("Authorization", ""))
        desk.courier.send_events()
        if fault is not None and fault.lose_answer:
            return self._hang_up(request, call, "answer_lost")
        return self._json(call, body)

    def _too_early(self, method: str, params: Json) -> int:
        now = asyncio.get_running_loop().time()
        return self.desk.limiter.wait(method, str(params.get("channel", "")), now)

    def _spoiled(self, call: Call, fault: Fault) -> web.Response | None:
        if fault.http_status is not None:
            headers = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
            if fault.http_status == 429:
                headers.setdefault("Retry-After", "1")
                return self._json(call, {"ok": False, "error": "ratelimited"}, status=429, headers=headers)
            call.status, call.error = fault.http_status, fault.error or f"http_{fault.http_status}"
            page = "<html><body><h1>Something went wrong</h1></body></html>"
            return web.Response(status=fault.http_status, text=page, content_type="text/html", headers=headers)
        if fault.error is not None:
            return self._json(call, SlackError(fault.error, **self._scope_words(call, fault.error)).as_slack())
        return None

    def _scope_words(self, call: Call, error: str) -> Json:
        """What Slack adds to `missing_scope`: the scope that this very call needs, and those that it has."""
        if error != "missing_scope":
            return {}
        wanted = scopes.needed(self.desk.workspace, call.method, Params(call.params))
        names = {name for alternatives in wanted for name in alternatives}
        return {"needed": ",".join(sorted(names)), "provided": ",".join(sorted(self.desk.scopes - names))}

    def call(self, method: str, raw: Json, authorization: str) -> Json:
        """Does what a method does, and says so or says why not; HTTP aside."""
        try:
            return {"ok": True, **self._done(method, Params(raw), authorization)}
        except SlackError as refusal:
            return refusal.as_slack()

    def _done(self, method: str, params: Params, authorization: str) -> Json:
        if method not in METHODS and method != OPEN_CONNECTION:
            raise SlackError("unknown_method", req_method=method)
        self._authorise(method, params, authorization)
        if method == OPEN_CONNECTION:
            return {"url": self.desk.courier.sockets.ticket()}
        scopes.check(self.desk.workspace, method, params, self.desk.scopes)
        return METHODS[method](Context(self.desk.workspace, params, self.desk.scopes))

    def _authorise(self, method: str, params: Params, authorization: str) -> None:
        if method == "api.test":
            return
        token = authorization.removeprefix("Bearer ").strip() or params.text("token")
        if not token:
            raise SlackError("not_authed")
        known = {self.desk.bot_token: False, self.desk.app_token: True}
        matching = [is_app for value, is_app in known.items() if secrets.compare_digest(value.encode(), token.encode())]
        if not matching:
            raise SlackError("invalid_auth")
        if matching[0] != (method == OPEN_CONNECTION):
            raise SlackError("not_allowed_token_type")

    def _json(self, call: Call, body: Json, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
        call.status, call.error = status, None if body.get("ok") else str(body.get("error"))
        common = {"X-OAuth-Scopes": ",".join(sorted(self.desk.scopes))}
        return web.json_response(body, status=status, headers=common | (headers or {}))

    def _hang_up(self, request: web.Request, call: Call, why: str) -> web.Response:
        call.status, call.error = 0, why
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)  # nobody is there to read it

    async def upload(self, request: web.Request) -> web.Response:
        """Takes the bytes of a file that `files.getUploadURLExternal` announced, raw or as a form.

        It is no method of the Web API; faults of the method `upload` spoil it.
        """
        token = request.match_info["token"]
        file = next((item for item in self.desk.workspace.files.values() if item.upload_token == token), None)
        if file is None or file.completed:
            return web.Response(status=404, text="not found")
        call = Call("upload", {"filename": file.name}, time.perf_counter())
        fault = self.desk.faults.take(call.method, call.params)
        if fault is not None and fault.stall is not None:
            await self.desk.pause(fault.stall)
        if fault is not None and fault.refuse_connection:
            return self._hang_up(request, call, "connection_refused")
        if fault is not None and (spoiled := self._spoiled(call, fault)) is not None:
            return spoiled
        answer = await self._bytes(request, file)
        if fault is not None and fault.lose_answer:
            return self._hang_up(request, call, "answer_lost")
        return answer

    async def _bytes(self, request: web.Request, file: File) -> web.Response:
        if request.content_type == "multipart/form-data":
            form = await request.post()
            fields = [item.file.read() for item in form.values() if isinstance(item, web.FileField)]
            content = fields[0] if fields else b""
        else:
            content = await request.read()
        if len(content) != file.length:
            return web.Response(status=400, text=f"expected {file.length} bytes, got {len(content)}")
        file.content = content
        return web.Response(text=f"OK - {file.length}")

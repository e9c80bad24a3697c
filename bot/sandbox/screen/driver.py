"""JSON endpoints with which the page, or another program, does what people do."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.sandbox import payloads
from bot.sandbox.errors import SlackError
from bot.sandbox.model import Json
from bot.sandbox.records import Fault, Reply
from bot.sandbox.shortcuts import Shortcuts

Act = Callable[[Json], Awaitable[Any]]


class Driver:
    """`POST /sandbox/api/GESTURE` with a JSON object, `GET /sandbox/api/{state,calls,requests}`.

    Only JSON bodies are taken, so that a page from elsewhere can't press buttons here.
    """

    def __init__(self, sandbox: Shortcuts) -> None:
        self._sandbox = sandbox
        self._acts: dict[str, Act] = {
            "command": self._command,
            "say": self._say,
            "edit": lambda body: sandbox.edit(body["as"], body["channel"], body["ts"], body["text"]),
            "delete": lambda body: sandbox.delete(body["as"], body["channel"], body["ts"]),
            "react": lambda body: sandbox.react(body["as"], body["channel"], body["ts"], body["emoji"]),
            "unreact": lambda body: sandbox.unreact(body["as"], body["channel"], body["ts"], body["emoji"]),
            "pin": lambda body: sandbox.pin(body["as"], body["channel"], body["ts"]),
            "unpin": lambda body: sandbox.unpin(body["as"], body["channel"], body["ts"]),
            "join": lambda body: sandbox.join(body["as"], body["channel"]),
            "leave": lambda body: sandbox.leave(body["as"], body["channel"]),
            "invite": lambda body: sandbox.invite(body["as"], body["channel"], body["guest"]),
            "click": self._click,
            "submit": lambda body: sandbox.submit(body["as"], body.get("values"), body.get("view")),
            "close": lambda body: sandbox.close_view(body["as"]),
            "home": self._home,
            "shortcut": lambda body: sandbox.shortcut(body["as"], body["callback_id"], body["channel"], body["ts"]),
            "leave_workspace": lambda body: sandbox.leave_workspace(body["as"]),
            "settings": self._settings,
            "fault": self._fault,
        }

    def routes(self) -> list[web.RouteDef]:
        """Where it listens."""
        return [
            web.post("/sandbox/api/{gesture}", self.act),
            web.get("/sandbox/api/state", self.state),
            web.get("/sandbox/api/calls", self.calls),
            web.get("/sandbox/api/requests", self.requests),
        ]

    async def act(self, request: web.Request) -> web.Response:
        """Does one gesture and answers with what came of it; 400 with a sentence when it can't be done."""
        act = self._acts.get(request.match_info["gesture"])
        if act is None:
            return _no(404, f"there is no {request.match_info['gesture']}; there are {', '.join(self._acts)}")
        if request.content_type != "application/json":
            return _no(415, "send a JSON object as application/json")
        try:
            body = await request.json()
            done = await act(body)
        except SlackError as refusal:
            return _no(400, refusal.error)
        except KeyError as missing:
            return _no(400, str(missing.args[0]))
        except (ValueError, LookupError, TypeError) as trouble:
            return _no(400, str(trouble))
        return web.json_response(dataclasses.asdict(done) if isinstance(done, Reply) else done or {})

    async def _command(self, body: Json) -> Reply:
        return await self._sandbox.command(body["as"], body.get("text", ""), body.get("channel", "general"))

    async def _say(self, body: Json) -> Json:
        thread = body.get("thread_ts") or None
        return {"ts": await self._sandbox.say(body["as"], body["channel"], body["text"], thread)}

    async def _click(self, body: Json) -> Reply:
        return await self._sandbox.click(
            body["as"],
            body.get("channel"),
            body.get("ts"),
            body.get("action_id"),
            value=body.get("value"),
            block_id=body.get("block_id"),
            typed=body.get("typed"),
        )

    async def _home(self, body: Json) -> Json:
        view = await self._sandbox.open_home(body["as"])
        return {"view": payloads.view(self._sandbox.workspace, view) if view else None}

    async def _settings(self, body: Json) -> Json:
        sandbox = self._sandbox
        if "latency" in body:
            sandbox.latency = float(body["latency"])
        if "rate_limited" in body:
            sandbox.rate_limited = bool(body["rate_limited"])
        if "deliver_to" in body:
            sandbox.courier.target = body["deliver_to"]
        return {
            "latency": sandbox.latency,
            "rate_limited": sandbox.rate_limited,
            "deliver_to": sandbox.courier.target,
        }

    async def _fault(self, body: Json) -> Json:
        self._sandbox.faults.add(Fault(**body))
        return {}

    async def state(self, request: web.Request) -> web.Response:
        """Everything, as `?as=` sees it: people, conversations with their messages, ephemerals, the open modal."""
        workspace = self._sandbox.workspace
        who = request.query.get("as")
        me = workspace.people.get(who or "")
        conversations = []
        for channel in workspace.channels.values():
            shown = payloads.channel(channel, workspace.bot.id, with_count=True) | {"name": channel.name}
            shown["members"], shown["pins"] = list(channel.members), [pin.ts for pin in channel.pins]
            shown["bookmarks"] = [payloads.bookmark(item, channel.id) for item in channel.bookmarks]
            messages = [payloads.message(workspace, item, with_metadata=True) for item in channel.messages]
            conversations.append(shown | {"messages": messages})
        private = [item for item in workspace.ephemerals if me is None or item.only_for == me.id]
        view = self._sandbox.view(me.name) if me else None
        return web.json_response(
            {
                "version": workspace.changes.version,
                "people": [payloads.user(person) for person in workspace.people.values()],
                "channels": conversations,
                "ephemerals": [
                    payloads.message(workspace, item) | {"for": item.only_for, "channel": item.channel}
                    for item in private
                ],
                "view": payloads.view(workspace, view) if view else None,
            }
        )

    async def calls(self, request: web.Request) -> web.Response:
        """The Web API calls from number `?after=` on; `started` is on this process's `perf_counter`."""
        after = int(request.query.get("after", "0"))
        calls = [dataclasses.asdict(call) for call in self._sandbox.calls[after:]]
        return web.json_response({"calls": calls, "next": after + len(calls), "in_flight": self._sandbox.in_flight})

    async def requests(self, request: web.Request) -> web.Response:
        """The requests to the bot from number `?after=` on."""
        after = int(request.query.get("after", "0"))
        found = self._sandbox.courier.deliveries[after:]
        names = ("kind", "status", "seconds", "error", "payload")
        shown = [{name: getattr(item, name) for name in names} for item in found]
        return web.json_response({"requests": shown, "next": after + len(shown)}, dumps=_dumps)


def _dumps(value: Any) -> str:
    return json.dumps(value, default=str)


def _no(status: int, reason: str) -> web.Response:
    return web.json_response({"error": reason}, status=status)

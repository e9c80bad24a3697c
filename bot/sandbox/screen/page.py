"""The page: drawn on the server, piece by piece; a little script swaps the pieces that changed."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader
from yarl import URL

from bot.paths import TEMPLATES
from bot.sandbox import cast
from bot.sandbox.screen import mrkdwn, rich, shows
from bot.sandbox.screen.emoji import emoji
from bot.sandbox.shortcuts import Shortcuts
from bot.sandbox.text import unescape

_POLICY = (
    "default-src 'self'; img-src 'self' https: http: data:; style-src 'self' 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
#: What a PNG begins with.
_PNG = b"\x89PNG\r\n\x1a\n"
_ASSETS = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}
#: Seconds that changes are gathered before the browser is told.
_GATHER = 0.05


class Page:
    """Everything that a browser asks for."""

    def __init__(self, sandbox: Shortcuts) -> None:
        self._sandbox = sandbox
        self._folder = TEMPLATES / "sandbox"
        # Undefined is lenient here: most properties of a block are optional.
        self._environment = Environment(
            loader=FileSystemLoader(self._folder),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def routes(self) -> list[web.RouteDef]:
        """Where it listens."""
        return [
            web.get("/", self.whole),
            web.get("/sandbox/pieces", self.pieces),
            web.get("/sandbox/changes", self.changes),
            web.get("/sandbox/version", self.version),
            web.get("/sandbox/assets/{name}", self.asset),
            web.get("/files/{id}/{name}", self.file),
            web.get("/archives/{channel}/{message}", self.archive),
            web.get("/docs/{team}/{id}", self.document),
        ]

    def _context(self, request: web.Request) -> dict[str, Any]:
        query, workspace = request.query, self._sandbox.workspace
        look = shows.Look.of(workspace, query.get("as", ""), query.get("channel", ""), query.get("thread", ""))
        return {
            "look": look,
            "me": look.reader.person,
            "people": [person for person in workspace.people.values() if not (person.is_bot or person.deleted)],
            "bot": workspace.bot,
            "team": cast.TEAM_NAME,
            "command": self._sandbox.slash,
            "shortcuts": self._sandbox.shortcuts or {},
            "version": workspace.changes.version,
            "mrkdwn": lambda text: mrkdwn.mrkdwn(look.reader, text),
            "markdown": mrkdwn.markdown,
            "plain": mrkdwn.plain,
            "bare": mrkdwn.bare,
            "unescape": unescape,
            "rich_text": lambda block: rich.rich_text(look.reader, block),
            "emoji": emoji,
            "state_of": shows.state_of,
            "choices_of": shows.choices_of,
            "is_chosen": shows.is_chosen,
            "size_of": shows.size_of,
            "canvas": lambda text: mrkdwn.canvas(look.reader, text),
            "opened": query.get("canvas", ""),
            "HOME": shows.HOME,
        }

    def _drawn(self, template: str, context: dict[str, Any]) -> str:
        return self._environment.get_template(template).render(context)

    async def whole(self, request: web.Request) -> web.Response:
        """The page, complete without its script."""
        html = self._drawn("page.html.j2", self._context(request))
        return web.Response(text=html, content_type="text/html", headers={"Content-Security-Policy": _POLICY})

    async def pieces(self, request: web.Request) -> web.Response:
        """The parts that change, each as HTML."""
        context = self._context(request)
        names = ("sidebar", "main", "thread", "modal")
        return web.json_response(
            {"version": context["version"], **{name: self._drawn(f"{name}.html.j2", context) for name in names}}
        )

    async def changes(self, request: web.Request) -> web.StreamResponse:
        """A stream of server-sent events: one number each time something changed."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        changes, sent = self._sandbox.workspace.changes, -1
        try:
            while not self._sandbox.stopping.is_set():
                if changes.version != sent:
                    sent = changes.version
                    await response.write(f"data: {sent}\n\n".encode())
                    await asyncio.sleep(_GATHER)
                elif not await changes.next(15):
                    await response.write(b": still here\n\n")
        except ConnectionError:
            return response  # the browser went away
        return response

    async def version(self, _request: web.Request) -> web.Response:
        """The number that the stream would send."""
        return web.Response(text=str(self._sandbox.workspace.changes.version))

    async def asset(self, request: web.Request) -> web.Response:
        """Style, script and icon."""
        name = request.match_info["name"]
        if name not in _ASSETS:
            raise web.HTTPNotFound
        return web.Response(text=(self._folder / name).read_text("utf-8"), content_type=_ASSETS[name])

    async def file(self, request: web.Request) -> web.Response:
        """An upload's bytes. They are never run: text and PNG are shown, everything else is saved."""
        file = self._sandbox.workspace.files.get(request.match_info["id"])
        if file is None or file.content is None or not file.completed:
            raise web.HTTPNotFound
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}
        if file.content.startswith(_PNG):
            return web.Response(body=file.content, content_type="image/png", headers=headers)
        try:
            return web.Response(text=file.content.decode(), content_type="text/plain", headers=headers)
        except UnicodeDecodeError:
            headers["Content-Disposition"] = "attachment"
            return web.Response(body=file.content, content_type="application/octet-stream", headers=headers)

    async def archive(self, request: web.Request) -> web.Response:
        """A permalink leads to its channel, and to its thread."""
        workspace, query = self._sandbox.workspace, {}
        channel = workspace.find_channel(request.match_info["channel"])
        if channel is not None:
            digits = request.match_info["message"].removeprefix("p")
            query = {"channel": channel.id, "at": f"{digits[:-6]}.{digits[-6:]}"}
            if thread := request.query.get("thread_ts"):
                query["thread"] = thread
            if who := request.query.get("as"):
                query["as"] = who
        raise web.HTTPFound(URL("/").with_query(query))

    async def document(self, request: web.Request) -> web.Response:
        """A canvas's permalink leads to the channel where it is a tab, with the canvas open."""
        canvas = self._sandbox.workspace.canvases.get(request.match_info["id"])
        if canvas is None or canvas.deleted:
            raise web.HTTPNotFound
        query = {"channel": canvas.channel or "", "canvas": canvas.id, "as": request.query.get("as", "")}
        raise web.HTTPFound(URL("/").with_query({name: value for name, value in query.items() if value}))

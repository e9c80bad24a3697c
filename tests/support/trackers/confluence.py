"""As Confluence: Cloud with its REST API v2, or a Data Center with v1."""

import base64
import re
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

from aiohttp import web

from tests.support.trackers.base import TOKEN, USER, Asked, StandIn, said

SPACE, SPACE_ID, PARENT = "OPS", "98306", "4711"


@dataclass
class ConfluenceStandIn(StandIn):
    """A space with its pages, by their ids."""

    cloud: bool = True
    pages: dict[str, dict[str, Any]] = field(default_factory=dict)

    def settings(self) -> dict[str, str]:
        user = {"muster_confluence_user": USER} if self.cloud else {}
        return {
            "muster_confluence_token": TOKEN, "muster_confluence_url": f"{self.url}/wiki",
            "muster_confluence_space": SPACE, **user,
        }  # fmt: skip

    def answer(self, asked: Asked) -> web.Response:
        basic = base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()
        if asked.headers.get("Authorization") != (f"Basic {basic}" if self.cloud else f"Bearer {TOKEN}"):
            return said(401, {"message": "Unauthorized; scope does not match"})
        path = asked.path.removeprefix("/wiki/api/v2/pages" if self.cloud else "/wiki/rest/api/content")
        if asked.path == "/wiki/api/v2/spaces" and self.cloud:
            known = asked.query.get("keys") == SPACE
            return said(200, {"results": [{"id": SPACE_ID, "key": SPACE, "name": "Operations"}] if known else []})
        if asked.path == f"/wiki/rest/api/space/{SPACE}" and not self.cloud:
            return said(200, {"key": SPACE, "name": "Operations"})
        if path == asked.path:
            return said(410 if self.cloud else 404, {"message": "This deprecated endpoint has been removed."})
        found = re.fullmatch(r"/(\d+)", path)
        match asked.method, path:
            case "GET", "":
                return self._by_title(asked)
            case "POST", "":
                return self._create(asked.body)
        page = self.pages.get(found[1]) if found else None
        if page is None:
            return said(404, {"statusCode": 404, "message": "No content found with id"})
        return self._update(page, asked.body) if asked.method == "PUT" else said(200, self._shown(page))

    def edit(self, number: str, storage: str) -> None:
        """Somebody changes a page in the browser."""
        version = {"number": self.pages[number]["version"]["number"] + 1, "message": ""}
        self.pages[number] |= {"storage": storage, "version": version}

    def _by_title(self, asked: Asked) -> web.Response:
        if self.cloud:
            assert asked.query["space-id"] == SPACE_ID
            assert asked.query["body-format"] == "storage"
        else:
            assert (asked.query["spaceKey"], asked.query["expand"]) == (SPACE, "version,body.storage")
        found = [one for one in self.pages.values() if one["title"] == asked.query["title"]]
        return said(200, {"results": [self._shown(one) for one in found]})

    def _create(self, body: dict[str, Any]) -> web.Response:
        allowed = {"spaceId", "status", "title", "parentId", "body"} if self.cloud else (
            {"type", "title", "space", "ancestors", "body"}
        )  # fmt: skip
        if not set(body) <= allowed or (body.get("spaceId") != SPACE_ID if self.cloud else body["type"] != "page"):
            return said(400, {"errors": [{"status": 400, "code": "INVALID_REQUEST_PARAMETER"}]})
        if any(one["title"] == body["title"] for one in self.pages.values()):
            return said(400, {"message": "A page with this title already exists in this space"})
        if why := self._wrong(body):
            return said(400, {"message": why})
        number = str(1000 + len(self.pages))
        parent = body.get("parentId") or body.get("ancestors", [{}])[0].get("id")
        self.pages[number] = {
            "id": number, "title": body["title"], "storage": self._storage(body), "parent": parent,
            "version": {"number": 1, "message": ""},
        }  # fmt: skip
        return said(200, self._shown(self.pages[number]))

    def _update(self, page: dict[str, Any], body: dict[str, Any]) -> web.Response:
        needed = {"id", "status", "title", "body", "version"}
        more = set() if self.cloud else {"type", "space"}
        if set(body) != needed | more or body["id"] != page["id"] or body["status"] != "current":
            return said(400, {"message": "the request body is missing required parameters"})
        if body["version"]["number"] != page["version"]["number"] + 1:
            now = page["version"]["number"]
            return said(409, {"message": f"Version must be incremented on update. Current version is: {now}"})
        if why := self._wrong(body):
            return said(400, {"message": why})
        page |= {"title": body["title"], "storage": self._storage(body), "version": body["version"]}
        return said(200, self._shown(page))

    def _storage(self, body: dict[str, Any]) -> str:
        return str(body["body"]["value"] if self.cloud else body["body"]["storage"]["value"])

    def _wrong(self, body: dict[str, Any]) -> str:
        given = body["body"] if self.cloud else body["body"]["storage"]
        if set(given) != {"representation", "value"} or given["representation"] != "storage":
            return "body.representation"
        if not 0 < len(body["title"]) <= 255:
            return "Title cannot be longer than 255 characters."
        try:
            ET.fromstring(f'<x xmlns:ac="a" xmlns:ri="r">{given["value"].replace("&nbsp;", "&#160;")}</x>')
        except ET.ParseError as error:
            return f"Error parsing xhtml: {error}"
        return ""

    def _shown(self, page: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": page["id"], "status": "current", "title": page["title"], "version": page["version"],
            "body": {"storage": {"value": page["storage"], "representation": "storage"}},
            "_links": {"webui": f"/spaces/{SPACE}/pages/{page['id']}", "base": "https://evil.example/wiki"},
        }  # fmt: skip

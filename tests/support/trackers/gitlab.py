"""As GitLab's REST API v4, as far as it is asked here. It runs quick actions, as GitLab does."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from aiohttp import web

from tests.support.trackers.base import TOKEN, Asked, StandIn, page_of, said

PROJECT = "group/sub/checkout"
_ISSUE = {"title", "description", "labels", "due_date", "assignee_ids", "confidential", "milestone_id"}
_LISTED = {"labels", "state", "scope", "order_by", "sort", "per_page", "page"}
#: What begins a line with a command is one, unless a block of code is around it.
_ACTION = re.compile(
    r"^```.+?\n```$|^/(?P<command>close|label|assign|confidential|award)\b", re.MULTILINE | re.DOTALL | re.IGNORECASE
)


@dataclass
class GitLabStandIn(StandIn):
    """A project with its issues; `actions` are the quick actions that were run."""

    issues: list[dict[str, Any]] = field(default_factory=list)
    notes: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    actions: list[str] = field(default_factory=list)

    def settings(self) -> dict[str, str]:
        return {"muster_gitlab_token": TOKEN, "muster_gitlab_project": PROJECT, "muster_gitlab_url": self.url}

    def answer(self, asked: Asked) -> web.Response:
        if asked.headers.get("PRIVATE-TOKEN") != TOKEN:
            return said(401, {"message": "401 Unauthorized"})
        path = asked.path.removeprefix("/api/v4/projects/group%2Fsub%2Fcheckout")
        if path == asked.path:
            return said(404, {"message": "404 Project Not Found"})
        found = re.fullmatch(r"/issues/(\d+)(/notes)?", path)
        match asked.method, path:
            case "GET", "":
                return said(200, {"path_with_namespace": PROJECT, "archived": False, "issues_access_level": "enabled"})
            case "GET", "/issues":
                return self._listed(asked)
            case "POST", "/issues":
                return self._create(asked.body)
        if not found or not 0 < int(found[1]) <= len(self.issues):
            return said(404, {"message": "404 Not found"})
        return self._one(asked, int(found[1]), notes=bool(found[2]))

    def add(self, **issue: Any) -> None:
        """An issue of somebody's."""
        number = len(self.issues) + 1
        url = f"https://gitlab.com/{PROJECT}/-/issues/{number}"
        self.issues.append({"iid": number, "state": "opened", "web_url": url, "labels": [], **issue})

    def _one(self, asked: Asked, number: int, *, notes: bool) -> web.Response:
        told = self.notes.setdefault(number, [])
        match asked.method, notes:
            case "GET", True:
                return said(200, page_of(told[::-1], asked.query))
            case "POST", True:
                if set(asked.body) != {"body"} or not 0 < len(asked.body["body"]) <= 1_000_000:
                    return said(400, {"error": "body is missing"})
                self._act(asked.body["body"])
                told.append({"id": len(told) + 1, **asked.body})
                return said(201, told[-1])
            case "GET", _:
                return said(200, self.issues[number - 1])
            case "PUT", _:
                if asked.body != {"state_event": "close"}:
                    return said(400, {"error": "state_event does not have a valid value"})
                self.issues[number - 1]["state"] = "closed"
                return said(200, self.issues[number - 1])
        return said(405, {"error": "405 Not Allowed"})

    def _act(self, text: str) -> None:
        self.actions += [found["command"] for found in _ACTION.finditer(text) if found["command"]]

    def _listed(self, asked: Asked) -> web.Response:
        query = asked.query
        assert set(query) <= _LISTED, query
        assert (query["scope"], query["order_by"], query["sort"]) == ("all", "created_at", "desc")
        wanted = set(query["labels"].split(","))
        return said(200, page_of([one for one in self.issues[::-1] if wanted <= set(one["labels"])], query))

    def _create(self, body: dict[str, Any]) -> web.Response:
        if not set(body) <= _ISSUE or not body.get("title"):
            return said(400, {"error": "title is missing"})
        if len(body["title"]) > 255:
            return said(400, {"message": {"title": ["is too long (maximum is 255 characters)"]}})
        if len(body["description"]) > 1_048_576:
            return said(400, {"message": {"description": ["is too long (maximum is 1048576 characters)"]}})
        if "due_date" in body:
            date.fromisoformat(body["due_date"])
        labels = body["labels"].split(",")
        assert all(len(label) <= 255 for label in labels)
        self._act(body["description"])
        self.add(**{**body, "labels": labels})
        return said(201, self.issues[-1])

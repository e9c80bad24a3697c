"""As GitHub's REST API, version 2022-11-28, as far as it is asked here."""

import re
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.support.trackers.base import TOKEN, Asked, StandIn, page_of, said

REPO = "example/checkout"
_ISSUE = {"title", "body", "labels", "assignees", "milestone"}
_LISTED = {"labels", "state", "sort", "direction", "per_page", "page", "since", "creator", "assignee", "milestone"}


@dataclass
class GitHubStandIn(StandIn):
    """A repository with its issues. `labels_dropped`: the token's user may not label, and GitHub says nothing of it."""

    issues: list[dict[str, Any]] = field(default_factory=list)
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    labels_dropped: bool = False

    def settings(self) -> dict[str, str]:
        return {
            "muster_github_token": TOKEN, "muster_github_repo": REPO, "muster_github_url": f"{self.url}/api/v3/",
        }  # fmt: skip

    def answer(self, asked: Asked) -> web.Response:
        if asked.headers.get("Authorization") != f"Bearer {TOKEN}":
            return said(401, {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"})
        if asked.headers.get("X-GitHub-Api-Version") != "2022-11-28":
            return said(400, {"message": "Bad Request: API version not supported"})
        if asked.headers.get("Accept") != "application/vnd.github+json":
            return said(415, {"message": "Must accept 'application/vnd.github+json'"})
        path = asked.path.removeprefix(f"/api/v3/repos/{REPO}")
        if path == asked.path:
            return said(404, {"message": "Not Found"})
        found = re.fullmatch(r"/issues/(\d+)(/comments)?", path)
        match asked.method, path:
            case "GET", "":
                return said(200, {"full_name": REPO, "has_issues": True, "archived": False})
            case "GET", "/issues":
                return self._listed(asked)
            case "POST", "/issues":
                return self._create(asked.body)
        if not found or not 0 < int(found[1]) <= len(self.issues):
            return said(404, {"message": "Not Found"})
        return self._one(asked, int(found[1]), comments=bool(found[2]))

    def add(self, **issue: Any) -> None:
        """An issue of somebody's."""
        number = len(self.issues) + 1
        names = issue.pop("labels", [])
        self.issues.append({
            "number": number, "state": "open", "html_url": f"https://github.com/{REPO}/issues/{number}",
            "labels": [{"name": name} for name in names], "body": None, **issue,
        })  # fmt: skip

    def _one(self, asked: Asked, number: int, *, comments: bool) -> web.Response:
        told = self.comments.setdefault(number, [])
        match asked.method, comments:
            case "GET", True:
                return said(200, page_of(told, asked.query))
            case "POST", True:
                if set(asked.body) != {"body"} or not 0 < len(asked.body["body"]) <= 65_536:
                    return _invalid("body")
                told.append({"id": len(told) + 1, **asked.body})
                return said(201, told[-1])
            case "GET", _:
                return said(200, self.issues[number - 1])
            case "PATCH", _:
                assert set(asked.body) <= {*_ISSUE, "state", "state_reason"}
                assert asked.body["state_reason"] in ("completed", "not_planned", "reopened")
                self.issues[number - 1] |= asked.body
                return said(200, self.issues[number - 1])
        return said(404, {"message": "Not Found"})

    def _listed(self, asked: Asked) -> web.Response:
        query = asked.query
        assert set(query) <= _LISTED, query
        assert query["direction"] == "desc"
        wanted = set(filter(None, query.get("labels", "").split(",")))
        found = [one for one in reversed(self.issues) if wanted <= {label["name"] for label in one["labels"]}]
        if query.get("state", "open") != "all":
            found = [one for one in found if one["state"] == query.get("state", "open")]
        return said(200, page_of(found, query))

    def _create(self, body: dict[str, Any]) -> web.Response:
        if not set(body) <= _ISSUE or not isinstance(body.get("title"), str) or not body["title"].strip():
            return _invalid("title")
        if len(body["title"]) > 256:
            return _invalid("title", "title is too long (maximum is 256 characters)")
        if len(body["body"]) > 65_536:
            return _invalid("body", "body is too long (maximum is 65536 characters)")
        if any(not isinstance(one, str) or not 0 < len(one) <= 50 for one in body["labels"]):
            return _invalid("labels")
        self.add(**{**body, "labels": [] if self.labels_dropped else body["labels"]})
        return said(201, self.issues[-1])


def _invalid(name: str, message: str = "invalid") -> web.Response:
    error = {"resource": "Issue", "code": "custom", "field": name, "message": message}
    return said(422, {"message": "Validation Failed", "errors": [error]})

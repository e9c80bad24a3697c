"""As Jira: Cloud with its REST API v3 and documents, or a Data Center with v2 and texts."""

import base64
import re
from collections import deque
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from aiohttp import web

from tests.support.trackers.adf import wrong
from tests.support.trackers.base import TOKEN, USER, Asked, StandIn, said

PROJECT = "OPS"
_FIELDS = {"project", "issuetype", "summary", "description", "labels", "duedate", "priority"}
_JQL = re.compile(r'project = "OPS" AND labels = "([^"]+)" ORDER BY created ASC')
_STATES = {"1": ("To Do", "new"), "3": ("In Progress", "indeterminate"), "5": ("Done", "done")}


@dataclass
class JiraStandIn(StandIn):
    """A project. `screen` are the fields that its screen has besides; `behind`: so many searches find nothing new."""

    cloud: bool = True
    issues: list[dict[str, Any]] = field(default_factory=list)
    comments: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    screen: frozenset[str] = frozenset({"duedate", "priority", "labels"})
    ends: deque[str] = field(default_factory=lambda: deque(["3", "5"]))

    def settings(self) -> dict[str, str]:
        user = {"muster_jira_user": USER} if self.cloud else {}
        return {"muster_jira_token": TOKEN, "muster_jira_url": self.url, "muster_jira_project": PROJECT, **user}

    def answer(self, asked: Asked) -> web.Response:
        basic = base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()
        if asked.headers.get("Authorization") != (f"Basic {basic}" if self.cloud else f"Bearer {TOKEN}"):
            return web.Response(status=401, text="Client must be authenticated to access this resource.")
        if asked.method != "GET" and asked.headers.get("X-Atlassian-Token") != "no-check":
            return web.Response(status=403, text="XSRF check failed")
        path = asked.path.removeprefix("/rest/api/3" if self.cloud else "/rest/api/2")
        if path == asked.path:
            return web.Response(status=404, text="<html>null for uri</html>")
        match asked.method, path:
            case "GET", "/project/OPS":
                return said(200, {"key": PROJECT, "issueTypes": [{"name": "Task"}, {"name": "Bug"}]})
            case "GET", "/search/jql" if self.cloud:
                return self._search(asked)
            case "GET", "/search":
                return said(410, {"errorMessages": ["The requested API has been removed."]}) if self.cloud else (
                    self._search(asked)
                )  # fmt: skip
            case "POST", "/issue":
                return self._create(asked.body)
        found = re.fullmatch(r"/issue/(OPS-\d+)(/comment|/transitions)?", path)
        issue = next((one for one in self.issues if found and one["key"] == found[1]), None)
        if not found or issue is None:
            return said(404, {"errorMessages": ["Issue does not exist or you do not have permission to see it."]})
        return self._one(asked, issue, found[2] or "")

    def _one(self, asked: Asked, issue: dict[str, Any], what: str) -> web.Response:
        told = self.comments.setdefault(issue["key"], [])
        match asked.method, what:
            case "GET", "/comment":
                assert asked.query["orderBy"] == "-created"
                return said(200, {"comments": told[::-1], "total": len(told)})
            case "POST", "/comment":
                if set(asked.body) != {"body"} or self._text_is_wrong(asked.body["body"]):
                    return said(400, {"errorMessages": [], "errors": {"comment": "Comment body is not valid!"}})
                told.append(asked.body)
                return said(201, {"id": str(len(told))})
            case "GET", "/transitions":
                return said(200, {"transitions": [self._transition(one) for one in self.ends]})
            case "POST", "/transitions":
                if set(asked.body) != {"transition"} or asked.body["transition"].get("id") not in self.ends:
                    return said(400, {"errorMessages": ["Transition id is not valid for this issue."]})
                issue["fields"]["status"] = self._transition(asked.body["transition"]["id"])["to"]
                return web.Response(status=204)
            case "GET", "":
                return said(200, {"key": issue["key"], "fields": {"status": issue["fields"]["status"]}})
        return said(405)

    @staticmethod
    def _transition(number: str) -> dict[str, Any]:
        name, category = _STATES[number]
        return {"id": number, "name": name, "to": {"name": name, "statusCategory": {"key": category}}}

    def _search(self, asked: Asked) -> web.Response:
        found = _JQL.fullmatch(asked.query["jql"])
        if not found or asked.query.get("fields") != "labels":
            return said(400, {"errorMessages": ["Error in the JQL Query"]})
        issues = [one for one in self.issues if found[1] in one["fields"]["labels"]]
        return said(200, {"issues": [{"key": o["key"], "fields": {"labels": o["fields"]["labels"]}} for o in issues]})

    def _text_is_wrong(self, text: Any) -> str:
        if not self.cloud:
            return "" if isinstance(text, str) and len(text) <= 32_767 else "Operation value must be a string"
        return wrong(text)

    def _create(self, body: dict[str, Any]) -> web.Response:
        fields = body["fields"]
        assert set(body) == {"fields"}
        assert set(fields) <= _FIELDS
        errors = {
            name: f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
            for name in ("duedate", "priority", "labels")
            if name in fields and name not in self.screen
        }
        if fields["project"] != {"key": PROJECT}:
            errors["project"] = "valid project is required"
        if fields["issuetype"] not in ({"name": "Task"}, {"name": "Bug"}):
            errors["issuetype"] = "Specify a valid issue type"
        if not 0 < len(fields["summary"]) <= 255 or "\n" in fields["summary"]:
            errors["summary"] = "Summary must be less than 255 characters."
        if why := self._text_is_wrong(fields["description"]):
            errors["description"] = why
        if any(" " in label or not 0 < len(label) <= 255 for label in fields["labels"]):
            errors["labels"] = "The label can't contain spaces."
        if "duedate" in fields:
            date.fromisoformat(fields["duedate"])
        if errors:
            return said(400, {"errorMessages": [], "errors": errors})
        key = f"{PROJECT}-{len(self.issues) + 1}"
        status = {"name": "To Do", "statusCategory": {"key": "new"}}
        self.issues.append({"key": key, "fields": {**fields, "status": status}})
        return said(201, {"id": "10001", "key": key, "self": f"{self.url}/rest/api/3/issue/10001"})

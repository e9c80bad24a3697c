"""Action items as issues of a GitLab project, by its REST API v4."""

import re
from typing import Any, Final
from urllib.parse import quote, urlsplit

from bot.application.exports import Filed, Remark, Ticket
from bot.application.ports import Refused
from bot.notices.trackers.calls import Service
from bot.notices.trackers.config import ExportSettings
from bot.notices.trackers.forge import body_of
from bot.notices.trackers.issues import (
    LABEL,
    MOST_LISTED,
    PER_PAGE,
    checked,
    found,
    has_label,
    labels_of,
    title_of,
)
from bot.notices.web import Web

#: Characters that GitLab takes; it would take a body of 1,048,576, which nobody reads.
_TITLE, _BODY, _LABEL_LENGTH = 255, 100_000, 255
_KEY: Final = re.compile(r"[1-9][0-9]{0,11}")
_UNLABELLED: Final = (
    f"GitLab has dropped the label `{LABEL}`: let the token have the role Planner or Reporter or more, for by this "
    "label Muster finds what it filed, should an answer get lost"
)


class GitLab:
    """Files issues in one project.

    What was filed is looked for in the list of the project's issues with the label `muster`, newest first: the list
    comes from the database, while a search may come from an index that is behind.
    """

    def __init__(self, settings: ExportSettings, web: Web) -> None:
        """Nothing is called yet. The settings have to have a token for GitLab."""
        token = settings.muster_gitlab_token
        assert token is not None
        secret = token.get_secret_value()
        self._path = f"/api/v4/projects/{quote(settings.muster_gitlab_project or '', safe='')}"
        self._own = {(urlsplit(settings.muster_gitlab_url).hostname or "").lower()}
        self._service = Service(
            name="GitLab",
            web=web,
            url=settings.muster_gitlab_url,
            headers={"PRIVATE-TOKEN": secret},
            secrets=(secret,),
            url_setting="MUSTER_GITLAB_URL",
            token_setting="MUSTER_GITLAB_TOKEN",  # noqa: S106 - a setting's name
            place_setting="MUSTER_GITLAB_PROJECT",
            rights="use the API in that project",
        )

    async def file(self, ticket: Ticket) -> Filed:
        """File it, or find what was filed with its marker before. See `Tracker`."""
        marker = checked(ticket.marker)
        if known := await found(self._issues, marker, "description"):
            return self._filed(known)
        wanted = {
            "title": title_of(ticket.title, _TITLE),
            "description": body_of(ticket.body_markdown, marker, _BODY, self._own),
            "labels": ",".join(labels_of(ticket, _LABEL_LENGTH, without=",")),
            **({"due_date": ticket.due.isoformat()} if ticket.due else {}),
        }
        return self._filed(await self._service.act("POST", f"{self._path}/issues", wanted))

    async def annotate(self, key: str, remark: Remark) -> None:
        """Say something below an issue, unless it was said already. See `Tracker`."""
        path, marker = f"{self._issue(key)}/notes", checked(remark.marker)

        async def notes(page: int) -> list[Any]:
            return await self._list(path, [("sort", "desc"), ("per_page", str(PER_PAGE)), ("page", str(page))])

        if await found(notes, marker, "body") is None:
            await self._service.act("POST", path, {"body": body_of(remark.body_markdown, marker, _BODY, self._own)})

    async def close(self, key: str, remark: Remark, *, dropped: bool = False) -> str:  # noqa: ARG002 - GitLab knows one end
        """Say it, and close the issue. See `Tracker`."""
        await self.annotate(key, remark)
        issue = await self._service.ask(self._issue(key))
        if not isinstance(issue, dict):
            raise self._service.senseless()
        if issue.get("state") == "closed":
            return f"#{key} is closed already"
        await self._service.act("PUT", self._issue(key), {"state_event": "close"})
        return f"#{key} closed"

    async def try_out(self) -> str:
        """Look whether all is set up, and change nothing. See `Tracker`."""
        project = await self._service.ask(self._path)
        match project:
            case {"archived": True}:
                raise Refused("the project is archived", "Set MUSTER_GITLAB_PROJECT to one that is not.")
            case {"issues_access_level": "disabled"}:
                raise Refused("the project has no issues", "Switch issues on in its settings on GitLab.")
            case {"path_with_namespace": str(name)}:
                await self._issues(1)
                return f"issues of {name[:200]} can be read"
            case _:
                raise self._service.senseless()

    async def _issues(self, page: int) -> list[Any]:
        params = [
            ("labels", LABEL), ("state", "all"), ("scope", "all"), ("order_by", "created_at"), ("sort", "desc"),
            ("per_page", str(PER_PAGE)), ("page", str(page)),
        ]  # fmt: skip
        return await self._list(f"{self._path}/issues", params)

    async def _list(self, path: str, params: list[tuple[str, str]]) -> list[Any]:
        listed = await self._service.ask(path, params, most=MOST_LISTED)
        if not isinstance(listed, list):
            raise self._service.senseless()
        return listed

    def _issue(self, key: str) -> str:
        if not _KEY.fullmatch(key):
            raise Refused("that is no number of an issue on GitLab", "File the action item again.")
        return f"{self._path}/issues/{key}"

    def _filed(self, issue: Any) -> Filed:
        match issue:
            case {"iid": int(number), "web_url": url, **rest} if address := self._service.address(url):
                note = "" if has_label(rest.get("labels")) else _UNLABELLED
                return Filed(key=str(number), url=address, note=note)
            case _:
                raise self._service.lost()

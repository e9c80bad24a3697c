"""Action items as issues of a GitHub repository, by its REST API (version 2022-11-28)."""

import re
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlsplit

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

API_VERSION: Final = "2022-11-28"
#: Characters that GitHub takes.
_TITLE, _BODY, _LABEL_LENGTH = 256, 65_536, 50
_KEY: Final = re.compile(r"[1-9][0-9]{0,11}")
_UNLABELLED: Final = (
    f"GitHub has dropped the label `{LABEL}`: let the token's user have the role Triage or more, for by this label "
    "Muster finds what it filed, should an answer get lost"
)


class GitHub:
    """Files issues in one repository.

    What was filed is looked for in the list of the repository's issues with the label `muster`, newest first, and not
    by GitHub's search, whose index is behind by seconds or minutes. See also `issues.found`.
    """

    def __init__(self, settings: ExportSettings, web: Web) -> None:
        """Nothing is called yet. The settings have to have a token for GitHub."""
        token = settings.muster_github_token
        assert token is not None
        secret = token.get_secret_value()
        self._path = f"/repos/{settings.muster_github_repo}"
        self._own = _hosts(settings.muster_github_url)
        self._service = Service(
            name="GitHub",
            web=web,
            url=settings.muster_github_url,
            headers={
                "Authorization": f"Bearer {secret}",
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": API_VERSION,
            },
            secrets=(secret,),
            url_setting="MUSTER_GITHUB_URL",
            token_setting="MUSTER_GITHUB_TOKEN",  # noqa: S106 - a setting's name
            place_setting="MUSTER_GITHUB_REPO",
            rights="read and write issues of that repository",
        )

    async def file(self, ticket: Ticket) -> Filed:
        """File it, or find what was filed with its marker before. See `Tracker`."""
        marker = checked(ticket.marker)
        if known := await found(self._issues, marker, "body"):
            return self._filed(known)
        also = f"**Due:** {ticket.due:%Y-%m-%d}" if ticket.due else ""
        made = await self._service.act("POST", f"{self._path}/issues", {
            "title": title_of(ticket.title, _TITLE),
            "body": body_of(ticket.body_markdown, marker, _BODY, self._own, also=also),
            "labels": labels_of(ticket, _LABEL_LENGTH, without=","),
        })  # fmt: skip
        return self._filed(made)

    async def annotate(self, key: str, remark: Remark) -> None:
        """Say something below an issue, unless it was said already. See `Tracker`."""
        path, marker = f"{self._issue(key)}/comments", checked(remark.marker)

        async def comments(page: int) -> list[Any]:
            return await self._list(path, [("per_page", str(PER_PAGE)), ("page", str(page))])

        if await found(comments, marker, "body") is None:
            body = body_of(remark.body_markdown, marker, _BODY, self._own)
            await self._service.act("POST", path, {"body": body})

    async def close(self, key: str, remark: Remark, *, dropped: bool = False) -> str:
        """Say it, and close the issue. See `Tracker`."""
        await self.annotate(key, remark)
        issue = await self._service.ask(self._issue(key))
        if not isinstance(issue, dict):
            raise self._service.senseless()
        if issue.get("state") == "closed":
            return f"#{key} is closed already"
        reason = "not_planned" if dropped else "completed"
        await self._service.act("PATCH", self._issue(key), {"state": "closed", "state_reason": reason})
        return f"#{key} closed"

    async def try_out(self) -> str:
        """Look whether all is set up, and change nothing. See `Tracker`."""
        repository = await self._service.ask(self._path)
        match repository:
            case {"has_issues": False}:
                raise Refused("the repository has no issues", "Switch issues on in its settings on GitHub.")
            case {"archived": True}:
                raise Refused("the repository is archived", "Set MUSTER_GITHUB_REPO to one that is not.")
            case {"full_name": str(name)}:
                await self._issues(1)
                return f"issues of {name[:200]} can be read"
            case _:
                raise self._service.senseless()

    async def _issues(self, page: int) -> list[Any]:
        params = [
            ("labels", LABEL), ("state", "all"), ("sort", "created"), ("direction", "desc"),
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
            raise Refused("that is no number of an issue on GitHub", "File the action item again.")
        return f"{self._path}/issues/{key}"

    def _filed(self, issue: Any) -> Filed:
        match issue:
            case {"number": int(number), "html_url": url, **rest} if address := self._service.address(url):
                note = "" if has_label(rest.get("labels")) else _UNLABELLED
                return Filed(key=str(number), url=address, note=note)
            case _:
                raise self._service.lost()


def _hosts(url: str) -> Iterable[str]:
    host = (urlsplit(url).hostname or "").lower()
    return {host, host.removeprefix("api."), f"www.{host.removeprefix('api.')}"}

"""Action items as issues of a Jira project: Cloud by its REST API v3, a Data Center by v2."""

import base64
import re
from collections.abc import Mapping
from typing import Any, Final

from bot.application.exports import Filed, Remark, Ticket
from bot.application.ports import Refused
from bot.notices.failures import one_line
from bot.notices.trackers.adf import document_of, is_last, wiki_of
from bot.notices.trackers.calls import Service
from bot.notices.trackers.config import ExportSettings
from bot.notices.trackers.issues import MOST_LISTED, checked, labels_of, title_of
from bot.notices.web import Web

#: Characters that Jira takes.
_SUMMARY, _LABEL_LENGTH = 255, 255
_KEY: Final = re.compile(r"[A-Z][A-Z0-9_]{1,49}-[1-9][0-9]{0,11}")
#: Fields that an issue can do without, where a project's screen does not have them.
_OPTIONAL: Final = frozenset({"duedate", "priority"})
_COMMENTS: Final = 100


def basic(user: str, token: str) -> tuple[str, tuple[str, ...]]:
    """The `Authorization` of a user with a token, or of a token alone, and what in it has to stay secret."""
    if not user:
        return f"Bearer {token}", (token,)
    coded = base64.b64encode(f"{user}:{token}".encode()).decode()
    return f"Basic {coded}", (coded, token)


class Jira:
    """Files issues in one project.

    With a user (an e-mail address) it is Jira Cloud, with a token alone a Data Center. The marker is a label of its
    own, which JQL finds. Its index is behind by seconds: after a lost answer, wait as long as `Unclear` says.
    """

    def __init__(self, settings: ExportSettings, web: Web) -> None:
        """Nothing is called yet. The settings have to have a token for Jira."""
        token = settings.muster_jira_token
        assert token is not None
        self._project = settings.muster_jira_project or ""
        self._type = settings.muster_jira_type
        self._priorities = settings.jira_priorities
        self._cloud = bool(settings.muster_jira_user)
        self._api = "/rest/api/3" if self._cloud else "/rest/api/2"
        authorization, secrets = basic(settings.muster_jira_user or "", token.get_secret_value())
        self._service = Service(
            name="Jira",
            web=web,
            url=settings.muster_jira_url or "",
            # Without the second header Jira takes a write for one of a browser, and may refuse it.
            headers={"Authorization": authorization, "X-Atlassian-Token": "no-check"},
            secrets=secrets,
            url_setting="MUSTER_JIRA_URL",
            token_setting="MUSTER_JIRA_TOKEN",  # noqa: S106 - a setting's name
            place_setting="MUSTER_JIRA_PROJECT",
            rights="browse that project, create issues, add comments and transition issues",
        )

    async def file(self, ticket: Ticket) -> Filed:
        """File it, or find what was filed with its marker before. See `Tracker`."""
        marker = checked(ticket.marker)
        if key := await self._find(marker):
            return self._filed(key)
        fields = self._fields(ticket)
        said = await self._service.call("POST", f"{self._api}/issue", {"fields": fields})
        refused = _errors(said.json()) if said.status == 400 else {}
        left_out = sorted(refused.keys() & _OPTIONAL & fields.keys())
        if left_out and refused.keys() <= _OPTIONAL:
            # It surely did nothing: once more, without what the project's screen does not have.
            fewer = {name: value for name, value in fields.items() if name not in left_out}
            said = await self._service.call("POST", f"{self._api}/issue", {"fields": fewer})
            refused = _errors(said.json()) if said.status == 400 else {}
        if refused:
            what = "; ".join(f"{name}: {why}" for name, why in refused.items())
            remedy = "Let the project's screen for new issues have Summary, Description and Labels, and look at "
            raise Refused(one_line(f"http_400 Jira: {what}"), f"{remedy}MUSTER_JIRA_TYPE and MUSTER_JIRA_PROJECT.")
        self._service.check(said, acted=True)
        match self._service.json(said, acted=True):
            case {"key": str(key)} if _KEY.fullmatch(key):
                note = f"Jira's screen does not have {' and '.join(left_out)}" if left_out else ""
                return self._filed(key, note)
            case _:
                raise self._service.lost()

    async def annotate(self, key: str, remark: Remark) -> None:
        """Say something below an issue, unless it was said already. See `Tracker`."""
        path, marker = f"{self._issue(key)}/comment", checked(remark.marker)
        params = [("maxResults", str(_COMMENTS)), ("orderBy", "-created")]
        match await self._service.ask(path, params, most=MOST_LISTED):
            case {"comments": [*comments]}:
                said = any(isinstance(one, dict) and is_last(one.get("body"), marker) for one in comments)
            case _:
                raise self._service.senseless()
        if not said:
            await self._service.act("POST", path, {"body": self._text(remark.body_markdown, marker)})

    async def close(self, key: str, remark: Remark, *, dropped: bool = False) -> str:  # noqa: ARG002 - workflows differ
        """Say it, and take the issue to the first state of the category Done. See `Tracker`."""
        await self.annotate(key, remark)
        issue = await self._service.ask(self._issue(key), [("fields", "status")])
        match issue:
            case {"fields": {"status": {"statusCategory": {"key": "done"}}}}:
                return f"{key} is closed already"
            case {"fields": {"status": dict()}}:
                pass
            case _:
                raise self._service.senseless()
        match await self._service.ask(f"{self._issue(key)}/transitions"):
            case {"transitions": [*transitions]}:
                pass
            case _:
                raise self._service.senseless()
        for one in transitions:
            match one:
                case {"id": str(number), "to": {"statusCategory": {"key": "done"}}}:
                    body = {"transition": {"id": number}}
                    await self._service.act("POST", f"{self._issue(key)}/transitions", body)
                    return f"{key} closed"
                case _:
                    continue
        raise Refused(f"from where {key} stands, Jira's workflow leads to no end", f"Close {key} in Jira by hand.")

    async def try_out(self) -> str:
        """Look whether all is set up, and change nothing. See `Tracker`."""
        match await self._service.ask(f"{self._api}/project/{self._project}"):
            case {"key": str(key), "issueTypes": [*types]}:
                names = [str(one.get("name", "")) for one in types if isinstance(one, dict)]
            case _:
                raise self._service.senseless()
        if self._type not in names:
            known = one_line(", ".join(names))
            raise Refused(f"{key[:50]} has no issues of type {self._type}", f"Set MUSTER_JIRA_TYPE to one of: {known}.")
        await self._find("muster:try-out")
        return f"issues of {key[:50]} can be read"

    def _fields(self, ticket: Ticket) -> dict[str, Any]:
        priority = self._priorities.get(ticket.priority.casefold())
        return {
            "project": {"key": self._project},
            "issuetype": {"name": self._type},
            "summary": title_of(ticket.title, _SUMMARY, inert=True),
            "description": self._text(ticket.body_markdown, ticket.marker),
            "labels": [*labels_of(ticket, _LABEL_LENGTH, without='"'), ticket.marker],
            **({"duedate": ticket.due.isoformat()} if ticket.due else {}),
            **({"priority": {"name": priority}} if priority else {}),
        }

    def _text(self, markdown: str, marker: str) -> Any:
        return document_of(markdown, marker) if self._cloud else wiki_of(markdown, marker)

    async def _find(self, marker: str) -> str | None:
        """The key of the oldest issue with that label; its labels are looked at, since JQL may be less strict."""
        jql = f'project = "{self._project}" AND labels = "{marker}" ORDER BY created ASC'
        path = f"{self._api}/search/jql" if self._cloud else f"{self._api}/search"
        params = [("jql", jql), ("fields", "labels"), ("maxResults", "20")]
        match await self._service.ask(path, params, most=MOST_LISTED):
            case {"issues": [*issues]}:
                pass
            case _:
                raise self._service.senseless()
        for one in issues:
            match one:
                case {"key": str(key), "fields": {"labels": [*labels]}} if marker in labels and _KEY.fullmatch(key):
                    return key
                case _:
                    continue
        return None

    def _issue(self, key: str) -> str:
        if not _KEY.fullmatch(key):
            raise Refused("that is no key of an issue in Jira", "File the action item again.")
        return f"{self._api}/issue/{key}"

    def _filed(self, key: str, note: str = "") -> Filed:
        return Filed(key=key, url=f"{self._service.url}/browse/{key}", note=note)


def _errors(answer: Any) -> Mapping[str, str]:
    """What Jira says is wrong, by field."""
    match answer:
        case {"errors": dict(errors)}:
            return {str(name): str(why) for name, why in errors.items()}
        case _:
            return {}

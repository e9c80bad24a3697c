"""The review as a page of Confluence, in storage format: Cloud by its REST API v2, a Data Center by v1."""

import hashlib
import re
from dataclasses import dataclass
from html import escape
from html.entities import name2codepoint
from typing import Any, Final
from xml.etree import ElementTree as ET

from bot.application.exports import Filed
from bot.application.ports import Refused, TryAgain
from bot.notices.failures import SOON
from bot.notices.trackers.calls import Service
from bot.notices.trackers.config import ExportSettings
from bot.notices.trackers.confluence_api import ID, Api, Cloud, DataCenter
from bot.notices.trackers.issues import checked, title_of
from bot.notices.trackers.jira import basic
from bot.notices.web import Web

#: Characters of a title, and of a page that can still be edited in a browser.
_TITLE, _MOST = 255, 2_000_000
_SIGNED: Final = "Muster "
_NAMED: Final = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,30});")


@dataclass(frozen=True, slots=True, kw_only=True)
class WikiPage:
    """A document as Confluence is to have it.

    Attributes:
        title: one line; a space has each title once.
        storage: well-formed XHTML in storage format, with the prefixes `ac` and `ri` only.
        marker: what the page is known by: `muster:INC-2026-02-11-001:review`.
        known: the page's id from last time, so that it is found when somebody has renamed it; or empty.
        over_edits: whether to write over what somebody changed in Confluence; otherwise that is refused.
    """

    title: str
    storage: str
    marker: str
    known: str = ""
    over_edits: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    """A page as it stands: `said` is the message of its last version."""

    id: str
    title: str
    version: int
    said: str
    storage: str
    url: str


class Confluence:
    """Keeps pages of one space up to date. With a user it is Confluence Cloud, with a token alone a Data Center.

    Pages are looked for by id or by title, both in the database and not in an index. A page is ours by its marker, at
    its end; beside it stands a digest of what was written, by which a repetition finds that it is done. The message of
    each version says that it is Muster's, so that a change of somebody else's is seen.
    """

    def __init__(self, settings: ExportSettings, web: Web) -> None:
        """Nothing is called yet. The settings have to have a token for Confluence."""
        token = settings.muster_confluence_token
        assert token is not None
        authorization, secrets = basic(settings.muster_confluence_user or "", token.get_secret_value())
        self._service = Service(
            name="Confluence",
            web=web,
            url=settings.muster_confluence_url or "",
            headers={"Authorization": authorization, "X-Atlassian-Token": "no-check"},
            secrets=secrets,
            url_setting="MUSTER_CONFLUENCE_URL",
            token_setting="MUSTER_CONFLUENCE_TOKEN",  # noqa: S106 - a setting's name
            place_setting="MUSTER_CONFLUENCE_SPACE",
            rights="view that space and add pages to it",
        )
        space, parent = settings.muster_confluence_space or "", settings.muster_confluence_parent or ""
        make = Cloud if settings.muster_confluence_user else DataCenter
        self._api: Api = make(self._service, space, parent)

    async def publish(self, page: WikiPage) -> Filed:
        """Create the page, or bring it up to date. Raises TryAgain, Unclear or Refused; it may be called again.

        Where it is and who may see it is left as people have set it in Confluence.
        """
        marker, title = checked(page.marker), title_of(page.title, _TITLE, inert=True)
        storage, digest = _complete(title, page.storage, marker)
        message = f"{_SIGNED}{digest}"
        known = await self._known(page, title)
        if known is None:
            return self._filed(self._read(await self._api.create(title, storage), acted=True))
        if f">{marker}<" not in known.storage:
            remedy = "Rename that page in Confluence, or this review, and publish it again."
            raise Refused(f"there is another page with the title {title}", remedy)
        # What has been created has no message: then the first version is ours.
        ours = known.version == 1 or known.said.startswith(_SIGNED)
        if ours and known.title == title and f">{digest}<" in known.storage:
            return self._filed(known)
        if not ours and not page.over_edits:
            remedy = "Bring the change into the review (muster review --import), delete the page, and export it again."
            raise Refused("somebody has changed the page in Confluence", remedy)
        return self._filed(await self._update(known, title, storage, message))

    async def try_out(self) -> str:
        """Look whether all is set up, and change nothing. Returns in words what was found."""
        return f"the space {(await self._api.space())[:255]} can be read"

    async def _known(self, page: WikiPage, title: str) -> _Found | None:
        if page.known and not ID.fullmatch(page.known):
            raise Refused("that is no id of a page in Confluence", "Publish the review again.")
        if page.known and (found := await self._api.by_id(page.known)) is not None:
            return self._read(found)
        found = await self._api.by_title(title)
        return None if found is None else self._read(found)

    async def _update(self, known: _Found, title: str, storage: str, message: str) -> _Found:
        try:
            made = await self._api.update(known.id, known.version + 1, title, storage, message)
        except Refused as refused:
            if not refused.reason.startswith("http_409"):
                raise
            # What is written may be made twice below us when a connection breaks; then the first has done it.
            now = await self._api.by_id(known.id)
            if now is not None and (found := self._read(now)).said == message:
                return found
            raise TryAgain("Confluence: somebody has saved the page in this moment", SOON) from None
        return self._read(made, acted=True)

    def _read(self, page: Any, *, acted: bool = False) -> _Found:
        match page:
            case {"id": str(number), "title": str(title), "version": {"number": int(version), **more}, **rest} if (
                ID.fullmatch(number)
            ):
                said = more.get("message")
            case _:
                raise self._service.lost() if acted else self._service.senseless()
        match rest:
            case {"body": {"storage": {"value": str(storage)}}}:
                pass
            case _:
                storage = ""
        match rest:
            case {"_links": {"webui": str(path)}} if path.startswith("/"):
                url = self._service.address(f"{self._service.url}{path}")
            case _:
                url = f"{self._service.url}/pages/viewpage.action?pageId={number}"
        return _Found(number, title, version, said if isinstance(said, str) else "", storage, url)

    @staticmethod
    def _filed(page: _Found) -> Filed:
        return Filed(key=page.id, url=page.url)


def _complete(title: str, storage: str, marker: str) -> tuple[str, str]:
    """The document with its marker and its digest at the end, and the digest. Raises Refused where it is no XHTML."""
    if len(storage) > _MOST:
        raise Refused("the document is too long for a page of Confluence", "Attach the review's HTML file instead.")
    digest = hashlib.sha256(f"{title}\n{storage}".encode()).hexdigest()[:24]
    made = f"{storage}<p><code>{escape(marker)}</code> <code>{digest}</code></p>"
    try:
        # Our own document, and inside of an element nothing can declare an entity.
        ET.fromstring(f'<page xmlns:ac="urn:ac" xmlns:ri="urn:ri">{_NAMED.sub(_character, made)}</page>')  # noqa: S314
    except ET.ParseError as error:
        remedy = "Tell whoever looks after Muster: it is a fault. The review's HTML file is good."
        raise Refused(f"the document is not well-formed ({error})", remedy) from None
    return made, digest


def _character(entity: re.Match[str]) -> str:
    """Confluence knows HTML's entities, which XML alone does not."""
    return f"&#{name2codepoint[entity[1]]};" if entity[1] in name2codepoint else entity[0]

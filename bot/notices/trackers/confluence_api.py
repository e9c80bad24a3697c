"""Confluence's two editions, each by its own API."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from bot.application.ports import Refused
from bot.notices.trackers.calls import Service
from bot.notices.trackers.issues import MOST_LISTED

ID: Final = re.compile(r"[0-9]{1,20}")


class Api(Protocol):
    """How an edition is spoken to. Every method raises TryAgain, Unclear or Refused."""

    async def space(self) -> str:
        """The name of the space."""
        ...

    async def by_id(self, number: str) -> Mapping[str, Any] | None:
        """The page with an id, its text and its version; None where it is gone."""
        ...

    async def by_title(self, title: str) -> Mapping[str, Any] | None:
        """The page of the space with a title; None where there is none."""
        ...

    async def create(self, title: str, storage: str) -> Any:
        """Create a page below the parent."""
        ...

    async def update(self, page: str, version: int, title: str, storage: str, message: str) -> Any:
        """Write a version of a page: http_409 where it has that version already."""
        ...


@dataclass(frozen=True, slots=True)
class Cloud:
    """Confluence Cloud: API v2 below `…/wiki`."""

    service: Service
    key: str
    parent: str

    async def space(self) -> str:
        """The name of the space."""
        return str((await self._space()).get("name", self.key))

    async def by_id(self, number: str) -> Mapping[str, Any] | None:
        """The page with an id, its text and its version; None where it is gone."""
        page = await _unless_gone(self.service, f"/api/v2/pages/{number}", [("body-format", "storage")])
        return page if page is not None and page.get("status") in (None, "current") else None

    async def by_title(self, title: str) -> Mapping[str, Any] | None:
        """The page of the space with a title; None where there is none."""
        params = [
            ("space-id", await self._id()), ("title", title), ("status", "current"), ("body-format", "storage"),
            ("limit", "5"),
        ]  # fmt: skip
        return _first(self.service, await self.service.ask("/api/v2/pages", params, most=MOST_LISTED))

    async def create(self, title: str, storage: str) -> Any:
        """Create a page below the parent."""
        return await self.service.act("POST", "/api/v2/pages", {
            "spaceId": await self._id(),
            "status": "current",
            "title": title,
            **({"parentId": self.parent} if self.parent else {}),
            "body": {"representation": "storage", "value": storage},
        })  # fmt: skip

    async def update(self, page: str, version: int, title: str, storage: str, message: str) -> Any:
        """Write a version of a page: http_409 where it has that version already."""
        return await self.service.act("PUT", f"/api/v2/pages/{page}", {
            "id": page,
            "status": "current",
            "title": title,
            "body": {"representation": "storage", "value": storage},
            "version": {"number": version, "message": message},
        })  # fmt: skip

    async def _id(self) -> str:
        number = (await self._space()).get("id")
        if not isinstance(number, str) or not ID.fullmatch(number):
            raise self.service.senseless()
        return number

    async def _space(self) -> Mapping[str, Any]:
        found = _first(self.service, await self.service.ask("/api/v2/spaces", [("keys", self.key)]))
        if found is None:
            remedy = "Set MUSTER_CONFLUENCE_SPACE to the key of a space that the token's user may see."
            raise Refused(f"Confluence shows no space {self.key}", remedy)
        return found


@dataclass(frozen=True, slots=True)
class DataCenter:
    """Confluence Data Center: API v1."""

    service: Service
    key: str
    parent: str

    async def space(self) -> str:
        """The name of the space."""
        found = await self.service.ask(f"/rest/api/space/{self.key}")
        if not isinstance(found, dict) or not isinstance(found.get("name"), str):
            raise self.service.senseless()
        return str(found["name"])

    async def by_id(self, number: str) -> Mapping[str, Any] | None:
        """The page with an id, its text and its version; None where it is gone."""
        return await _unless_gone(self.service, f"/rest/api/content/{number}", [("expand", "version,body.storage")])

    async def by_title(self, title: str) -> Mapping[str, Any] | None:
        """The page of the space with a title; None where there is none."""
        params = [
            ("type", "page"), ("spaceKey", self.key), ("title", title), ("status", "current"),
            ("expand", "version,body.storage"), ("limit", "5"),
        ]  # fmt: skip
        return _first(self.service, await self.service.ask("/rest/api/content", params, most=MOST_LISTED))

    async def create(self, title: str, storage: str) -> Any:
        """Create a page below the parent."""
        return await self.service.act("POST", "/rest/api/content", {
            "type": "page",
            "title": title,
            "space": {"key": self.key},
            **({"ancestors": [{"id": self.parent}]} if self.parent else {}),
            "body": {"storage": {"value": storage, "representation": "storage"}},
        })  # fmt: skip

    async def update(self, page: str, version: int, title: str, storage: str, message: str) -> Any:
        """Write a version of a page: http_409 where it has that version already."""
        return await self.service.act("PUT", f"/rest/api/content/{page}", {
            "id": page,
            "type": "page",
            "status": "current",
            "title": title,
            "space": {"key": self.key},
            "body": {"storage": {"value": storage, "representation": "storage"}},
            "version": {"number": version, "message": message, "minorEdit": False},
        })  # fmt: skip


async def _unless_gone(service: Service, path: str, params: list[tuple[str, str]]) -> Mapping[str, Any] | None:
    said = await service.call("GET", path, params=params, most=MOST_LISTED)
    if said.status == 404:
        return None
    service.check(said)
    found = service.json(said)
    if not isinstance(found, dict):
        raise service.senseless()
    return found


def _first(service: Service, answer: Any) -> Mapping[str, Any] | None:
    match answer:
        case {"results": []}:
            return None
        case {"results": [dict(first), *_]}:
            return first
        case _:
            raise service.senseless()

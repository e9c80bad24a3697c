"""Changes of a JSON list, whoever keeps it."""

import asyncio
from operator import attrgetter
from typing import Any

from bot.diagnostics.checks import document, entries
from bot.diagnostics.checks.deploys.changes import Change, Found
from bot.diagnostics.checks.document import Document
from bot.diagnostics.target import Target
from bot.policy.targets.deploys import DeploysTarget


class NoList(Exception):
    """There is no list of changes where the pack says. The message says why."""


async def read(target: Target) -> Found:
    """The changes of a list, the newest first.

    Raises:
        NoList: it is not there.
        Exception: what `document.read` raises.
    """
    async with document.read(target) as answered:
        # In a thread: a path through a megabyte of JSON takes a while.
        return await asyncio.to_thread(listed, answered, target.options)


def listed(answered: Document, options: DeploysTarget) -> Found:
    """The changes at the path.

    Raises:
        NoList: there is nothing, or the path cannot be followed.
    """
    try:
        found = entries.listed(options.path, answered.data)
        if not found and not document.found(document.trunk(options.path), answered.data):
            raise NoList(f"there is nothing at {document.trunk(options.path)}")
        changes = [change for entry in found if (change := _change(entry, options))]
    except ValueError as error:
        raise NoList(f"the path could not be followed: {error}") from None
    return Found(
        changes=sorted(changes, key=attrgetter("at"), reverse=True),
        unread=len(found) - len(changes),
        ran=f"{answered.asked}\n{options.path}",
        took_ms=answered.took_ms,
    )


def _change(entry: Any, options: DeploysTarget) -> Change | None:
    fields = options.fields
    at = entries.moment(entries.field(entry, fields.at))
    what, who, version = (_said(entries.field(entry, key)) for key in (fields.what, fields.who, fields.version))
    return Change(at=at, what=what, who=who, version=version) if at else None


def _said(value: Any) -> str:
    return str(value)[:1000] if isinstance(value, str | int | float) else ""

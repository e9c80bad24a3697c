"""What the card of a review shows besides the incident: what is open, what changed last, and who wrote in it."""

import asyncio
from collections import Counter
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.application.review_questions import Question, questions
from bot.postmortem.changes import between
from bot.store import reviews
from bot.store.database import Database
from bot.store.incidents import Stored
from bot.store.tables import reviews as table

#: The sections that are named as open, and the people that are named as having written.
_SECTIONS, _PEOPLE = 8, 12


async def more_of(connection: AsyncConnection, stored: Stored) -> dict[str, Any] | None:
    """The variables of the template `review`; None while there is no review. Only reads.

    `newest` (Review), `open` (how many questions), `asks` ((section, how many), the first ones), `changed` (a sentence,
    or empty), `writers` (Slack ids and names, the first to write first).
    """
    newest = await reviews.newest(connection, stored.id)
    if newest is None:
        return None
    before = await reviews.version(connection, stored.id, newest.version - 1) if newest.version > 1 else None
    found = await asyncio.to_thread(questions, newest.markdown)
    changed = ""
    if before is not None:
        changed = (await asyncio.to_thread(between, before.markdown, newest.markdown)).summary
    writers = await connection.scalars(
        select(table.c.author_id)
        .where(table.c.incident_id == stored.id, table.c.via != "draft")
        .group_by(table.c.author_id)
        .order_by(func.min(table.c.version))
        .limit(_PEOPLE)
    )
    return {"newest": newest, "changed": changed, "writers": list(writers), **_open(found)}


async def still_open(database: Database, incident_id: int) -> dict[str, Any]:
    """`open` and `asks` alone, for a reminder. Raises DatabaseUnavailable."""
    async with database.transaction() as connection:
        newest = await reviews.newest(connection, incident_id)
    return _open(await asyncio.to_thread(questions, newest.markdown) if newest else [])


def _open(found: list[Question]) -> dict[str, Any]:
    asks = Counter(question.section for question in found)
    return {"open": len(found), "asks": list(asks.items())[:_SECTIONS]}

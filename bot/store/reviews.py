"""The versions of reviews: what each says, who wrote it, and what of it Muster wrote by itself."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.actor import MUSTER, Actor, ActorKind
from bot.store.tables import reviews


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A version (from 1) of a review.

    Attributes:
        upto: it tells of the timeline's first so many entries.
        digest: the SHA-256 of `markdown` in hexadecimal.
        generated: what Muster wrote by itself then; people's words are what differs from it in `markdown`.
        by: who wrote this version; `via`: `draft`, `slack` or `file`.
        sections: the titles of what they wrote in.
    """

    version: int
    upto: int
    markdown: str
    digest: str
    generated: str
    by: Actor
    via: str
    sections: tuple[str, ...]
    created_at: datetime


async def add(
    connection: AsyncConnection,
    incident_id: int,
    *,
    markdown: str,
    generated: str,
    upto: int,
    by: Actor = MUSTER,
    via: str = "draft",
    sections: Sequence[str] = (),
) -> Review:
    """Keep a version after the newest; the incident has to be locked. The same text as the newest is no new version."""
    digest = hashlib.sha256(markdown.encode()).hexdigest()
    last = await newest(connection, incident_id)
    if last and last.digest == digest and last.generated == generated:
        return last
    version = last.version + 1 if last else 1
    row = insert(reviews).values(
        incident_id=incident_id,
        version=version,
        upto=upto,
        markdown=markdown,
        digest=digest,
        generated=None if generated == markdown else generated,
        author_kind=by.kind.value,
        author_id=by.id,
        via=via,
        sections=list(sections),
    )
    return _review((await connection.execute(row.returning(reviews))).one())


async def newest(connection: AsyncConnection, incident_id: int) -> Review | None:
    """The newest version of an incident's review; None where there is none."""
    last = select(func.max(reviews.c.version)).where(reviews.c.incident_id == incident_id).scalar_subquery()
    return await _one(connection, incident_id, reviews.c.version == last)


async def with_words(connection: AsyncConnection, incident_id: int) -> Review | None:
    """The newest version that people's words are to be taken from; None where nobody has written any.

    It is the newest one, unless a process of the version before drafted that: those know of nobody's words.
    """
    people = reviews.c.generated.is_not(None) | (reviews.c.via != "draft")
    last = select(func.max(reviews.c.version)).where(reviews.c.incident_id == incident_id, people).scalar_subquery()
    return await _one(connection, incident_id, reviews.c.version == last)


async def version(connection: AsyncConnection, incident_id: int, number: int) -> Review | None:
    """A version of an incident's review by its number; None where there is none."""
    return await _one(connection, incident_id, reviews.c.version == number)


async def versions(connection: AsyncConnection, incident_id: int) -> list[Review]:
    """Every version of an incident's review, the oldest first."""
    rows = await connection.execute(
        select(reviews).where(reviews.c.incident_id == incident_id).order_by(reviews.c.version)
    )
    return [_review(row) for row in rows]


async def _one(connection: AsyncConnection, incident_id: int, where: Any) -> Review | None:
    row = (await connection.execute(select(reviews).where(reviews.c.incident_id == incident_id, where))).one_or_none()
    return _review(row) if row else None


def _review(row: Any) -> Review:
    return Review(
        version=row.version,
        upto=row.upto,
        markdown=row.markdown,
        digest=row.digest,
        generated=row.markdown if row.generated is None else row.generated,
        by=Actor(ActorKind(row.author_kind), row.author_id),
        via=row.via,
        sections=tuple(row.sections),
        created_at=row.created_at,
    )

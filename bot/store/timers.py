"""Named timers of incidents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import timers


@dataclass(frozen=True, slots=True)
class Due:
    """A timer that came due."""

    incident_id: int
    name: str
    generation: int
    due_at: datetime


async def take(connection: AsyncConnection, incident_id: int, name: str, generation: int) -> datetime | None:
    """Disarm a timer and return when it was due; None when it was replaced, cancelled or taken before.

    The incident has to be locked.
    """
    mine = (
        timers.c.incident_id == incident_id,
        timers.c.name == name,
        timers.c.generation == generation,
        timers.c.armed,
    )
    taken = update(timers).where(*mine).values(armed=False).returning(timers.c.due_at)
    due_at: datetime | None = (await connection.execute(taken)).scalar_one_or_none()
    return due_at


async def due(connection: AsyncConnection, now: datetime, limit: int = 500) -> Sequence[Due]:
    """The timers that should have rung by now, the earliest first."""
    late = select(timers).where(timers.c.armed, timers.c.due_at <= now).order_by(timers.c.due_at).limit(limit)
    return [
        Due(row["incident_id"], row["name"], row["generation"], row["due_at"])
        for row in (await connection.execute(late)).mappings()
    ]


async def pending(connection: AsyncConnection, incident_id: int) -> Sequence[Due]:
    """The armed timers of an incident, the earliest first."""
    armed = select(timers).where(timers.c.armed, timers.c.incident_id == incident_id).order_by(timers.c.due_at)
    return [
        Due(row["incident_id"], row["name"], row["generation"], row["due_at"])
        for row in (await connection.execute(armed)).mappings()
    ]

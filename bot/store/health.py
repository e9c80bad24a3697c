"""How the database and the queue are doing, for `muster doctor`."""

from dataclasses import dataclass
from datetime import datetime

from pgqueuer import PgQueuer
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import raw
from bot.store.tables import outbox, pace, timers


@dataclass(frozen=True, slots=True)
class Clocks:
    """The timers that are set: how many, how many of them should have rung by now, and when the first of those."""

    armed: int
    overdue: int
    first: datetime | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What Slack has not been told yet: how many rows, and since when the oldest of them waits."""

    waiting: int
    oldest: datetime | None
    reason: str | None


async def clock(connection: AsyncConnection) -> datetime:
    """The database's time."""
    found: datetime = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
    return found


async def queue_fault(connection: AsyncConnection) -> str | None:
    """What is wrong with PgQueuer's tables; None when they are as this version needs them."""
    queue = PgQueuer.from_asyncpg_connection(await raw(connection))
    try:
        await queue.qm.verify_structure()
    except RuntimeError as error:
        return " ".join(str(error).split())
    return None


async def backlog(connection: AsyncConnection) -> Backlog:
    """The outbox rows that are neither sent nor refused."""
    unsent = outbox.c.status.in_(("waiting", "sending"))
    counted = (await connection.execute(select(func.count()).where(unsent))).scalar_one()
    first = select(outbox.c.created_at, outbox.c.error).where(unsent).order_by(outbox.c.id).limit(1)
    row = (await connection.execute(first)).one_or_none()
    return Backlog(counted, row.created_at if row else None, row.error if row else None)


async def clocks(connection: AsyncConnection, *, due_before: datetime) -> Clocks:
    """The timers that are set; those that were due before a time are overdue."""
    late = timers.c.due_at < due_before
    counted = select(func.count(), func.count().filter(late), func.min(timers.c.due_at).filter(late)).where(
        timers.c.armed
    )
    armed, overdue, first = (await connection.execute(counted)).one()
    return Clocks(armed, overdue, first)


async def closed(connection: AsyncConnection) -> list[tuple[str, datetime]]:
    """What Slack wants no more of for now, by name, and until when: its own word, by the database's clock."""
    shut = select(pace.c.name, pace.c.closed_until).where(pace.c.closed_until > func.clock_timestamp())
    return [(row.name, row.closed_until) for row in await connection.execute(shut.order_by(pace.c.closed_until))]

"""How the database and the queue are doing, for `muster doctor`."""

from dataclasses import dataclass
from datetime import datetime

from pgqueuer import PgQueuer
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import raw
from bot.store.tables import outbox


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

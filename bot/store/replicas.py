"""The processes on this database, each with its last sign of life."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import replicas


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """A process: where it runs, its version, and its parts. `listens` is to Slack, `works` is on the queue."""

    id: UUID
    host: str
    pid: int
    version: str
    listens: bool
    works: bool
    started_at: datetime
    seen_at: datetime


async def seen(connection: AsyncConnection, replica: Replica) -> None:
    """Note a sign of life."""
    row = {name: getattr(replica, name) for name in Replica.__dataclass_fields__}
    alive = insert(replicas).values(row)
    await connection.execute(
        alive.on_conflict_do_update(index_elements=["id"], set_={"seen_at": alive.excluded.seen_at})
    )


async def gone(connection: AsyncConnection, replica_id: UUID) -> None:
    """Take a process off the list: it has said goodbye."""
    await connection.execute(delete(replicas).where(replicas.c.id == replica_id))


async def forget(connection: AsyncConnection, before: datetime) -> None:
    """Drop those that have said nothing since, and were killed."""
    await connection.execute(delete(replicas).where(replicas.c.seen_at < before))


async def known(connection: AsyncConnection) -> Sequence[Replica]:
    """The processes that are there or were lately, the longest running first."""
    rows = await connection.execute(select(replicas).order_by(replicas.c.started_at))
    return [Replica(**row) for row in rows.mappings()]

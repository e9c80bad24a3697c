"""What came in once: the ids of commands, events, actions and views."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import inbox


async def first_time(connection: AsyncConnection, key: str, *, at: datetime | None = None) -> bool:
    """Claim a key; False when it is taken. Waits for another transaction that is claiming it just now.

    Args:
        connection: a transaction.
        key: what came in.
        at: when it is claimed, where that is asked for later; else the database's own time.
    """
    row = {"key": key} if at is None else {"key": key, "received_at": at}
    claim = insert(inbox).values(row).on_conflict_do_nothing().returning(inbox.c.key)
    return (await connection.execute(claim)).scalar_one_or_none() is not None


async def belongs_to(connection: AsyncConnection, key: str, incident_id: int) -> None:
    """Note which incident a claimed key was about."""
    await connection.execute(update(inbox).where(inbox.c.key == key).values(incident_id=incident_id))


async def claim(connection: AsyncConnection, key: str, incident_id: int, at: datetime) -> None:
    """Note what may have to be known of something that has yet to come; the first time holds."""
    row = insert(inbox).values(key=key, incident_id=incident_id, received_at=at)
    await connection.execute(row.on_conflict_do_nothing())


async def claimed_at(connection: AsyncConnection, key: str) -> datetime | None:
    """When a key was claimed; None where it was not."""
    return (await connection.execute(select(inbox.c.received_at).where(inbox.c.key == key))).scalar_one_or_none()


async def incident_of(connection: AsyncConnection, key: str) -> int | None:
    """The incident that a key was about the first time."""
    return (await connection.execute(select(inbox.c.incident_id).where(inbox.c.key == key))).scalar_one_or_none()


async def forget(connection: AsyncConnection, before: datetime) -> None:
    """Drop keys that nothing will send again."""
    await connection.execute(delete(inbox).where(inbox.c.received_at < before))

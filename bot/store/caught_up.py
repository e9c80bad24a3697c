"""Until when what people did in Slack has been read, for each incident, and what there is to read."""

from datetime import datetime, timedelta

from sqlalchemy import DateTime, and_, cast, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import caught_up, incidents, outbox, surfaces

#: How long after an incident was over it is still read once more, and among how many of the newest.
_LATELY = timedelta(days=1)
#: For how long after a private incident was over the people in its channel are still looked after.
_GUARDED = timedelta(days=7)
_RECENT = 200
_OVER = ("resolved", "closed")


async def behind(connection: AsyncConnection, before: datetime, now: datetime) -> list[int]:
    """The incidents with a channel that were not read since `before`, the newest first.

    One that is over is among them until it was read once after that: what people said last may have been missed.
    """
    resolved_at = cast(incidents.c.state["resolved_at"].astext, DateTime(timezone=True))
    newest = select(incidents.c.id).order_by(incidents.c.id.desc()).limit(_RECENT)
    ended = and_(
        incidents.c.id.in_(newest),
        incidents.c.category.in_(_OVER),
        resolved_at > func.greatest(caught_up.c.upto, now - _LATELY),  # a null counts for nothing
    )
    # Who leaves a private channel is to know no more of it, also once it is over.
    closed_doors = and_(incidents.c.id.in_(newest), incidents.c.private, resolved_at > now - _GUARDED)
    found = (
        select(incidents.c.id)
        .outerjoin(caught_up, caught_up.c.incident_id == incidents.c.id)
        .where(incidents.c.channel_id.is_not(None))
        .where(or_(caught_up.c.upto.is_(None), caught_up.c.upto < before))
        .where(or_(incidents.c.category.not_in(_OVER), ended, closed_doors))
        .order_by(incidents.c.id.desc())
    )
    return list((await connection.execute(found)).scalars())


async def upto(connection: AsyncConnection, incident_id: int) -> datetime | None:
    """Until when an incident was read; None when it never was."""
    found: datetime | None = await connection.scalar(
        select(caught_up.c.upto).where(caught_up.c.incident_id == incident_id)
    )
    return found


async def move(connection: AsyncConnection, incident_id: int, to: datetime) -> None:
    """Note that everything until `to` was read. It never goes back."""
    row = insert(caught_up).values(incident_id=incident_id, upto=to)
    latest = func.greatest(caught_up.c.upto, row.excluded.upto)
    await connection.execute(row.on_conflict_do_update(index_elements=["incident_id"], set_={"upto": latest}))


async def posts(connection: AsyncConnection, incident_id: int) -> list[tuple[str, str]]:
    """The bot's own messages about an incident, direct ones left out: channel and `ts`."""
    said = select(outbox.c.channel, outbox.c.ts).where(outbox.c.incident_id == incident_id)
    shown = select(surfaces.c.channel, surfaces.c.ts).where(surfaces.c.incident_id == incident_id)
    rows = await connection.execute(said.union(shown))
    return sorted((row.channel, row.ts) for row in rows if row.channel and row.ts and not row.channel.startswith("D"))

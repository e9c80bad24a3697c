"""The incident's row: found, locked, opened, and written back with its timeline."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, cast, insert, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.incident import Incident
from bot.store.codec import fold_of, incident_from_json, incident_to_json
from bot.store.tables import incident_days, incidents, outbox, surfaces


@dataclass(frozen=True, slots=True)
class Stored:
    """An incident with its row's id, the hash of its last entry, and the rules that the row was folded by."""

    id: int
    incident: Incident
    head: bytes
    fold: int


async def next_number(connection: AsyncConnection, day: date) -> int:
    """The next incident's number on a UTC day, from 1. Its lock is held until the transaction ends."""
    given = upsert(incident_days).values(day=day, last=1)
    given = given.on_conflict_do_update(index_elements=["day"], set_={"last": incident_days.c.last + 1})
    return int((await connection.execute(given.returning(incident_days.c.last))).scalar_one())


async def open_row(connection: AsyncConnection, incident: Incident, head: bytes) -> int:
    """Insert an incident's row; returns its id."""
    row = insert(incidents).values(state=incident_to_json(incident), head=head).returning(incidents.c.id)
    return int((await connection.execute(row)).scalar_one())


async def write(connection: AsyncConnection, incident_id: int, incident: Incident, head: bytes) -> None:
    """Write an incident's row back after its timeline grew."""
    change = update(incidents).where(incidents.c.id == incident_id)
    # Over what is there: a newer version, beside us in a rolling restart, may keep more in it than we know.
    state = incidents.c.state.concat(cast(incident_to_json(incident), JSONB))
    await connection.execute(change.values(state=state, head=head))


async def lock(connection: AsyncConnection, *, ref: str | None = None, id: int | None = None) -> Stored | None:  # noqa: A002 (the column's name)
    """The incident by reference or row id, locked until the transaction ends; None where there is none."""
    where = incidents.c.ref == ref if ref is not None else incidents.c.id == id
    return await _one(connection, where, for_update=True)


async def by_ref(connection: AsyncConnection, ref: str) -> Stored | None:
    """The incident of a reference."""
    return await _one(connection, incidents.c.ref == ref)


async def by_id(connection: AsyncConnection, incident_id: int) -> Stored | None:
    """The incident of a row id."""
    return await _one(connection, incidents.c.id == incident_id)


async def by_channel(connection: AsyncConnection, channel: str) -> Stored | None:
    """The incident that a Slack channel belongs to."""
    return await _one(connection, incidents.c.channel_id == channel)


async def by_message(connection: AsyncConnection, channel: str, ts: str) -> Stored | None:
    """The incident that one of the bot's own messages belongs to: its alert, an update, its announcement."""
    posts = select(outbox.c.incident_id).where(outbox.c.channel == channel, outbox.c.ts == ts)
    cards = select(surfaces.c.incident_id).where(surfaces.c.channel == channel, surfaces.c.ts == ts)
    return await _one(connection, incidents.c.id.in_(posts.union_all(cards)))


async def told_in(connection: AsyncConnection, channel: str) -> bool:
    """Whether the bot has said anything of an incident in a Slack channel."""
    posts = select(outbox.c.id).where(outbox.c.channel == channel, outbox.c.ts.is_not(None))
    cards = select(surfaces.c.incident_id).where(surfaces.c.channel == channel, surfaces.c.ts.is_not(None))
    return bool(await connection.scalar(select(or_(posts.exists(), cards.exists()))))


async def recent(connection: AsyncConnection, *, open_only: bool, limit: int = 100) -> list[Incident]:
    """Incidents, the newest first."""
    query = select(incidents.c.state).order_by(incidents.c.id.desc()).limit(limit)
    if open_only:
        query = query.where(incidents.c.category.not_in(("resolved", "closed")))
    return [incident_from_json(state) for state in (await connection.execute(query)).scalars()]


async def unclosed(connection: AsyncConnection) -> list[int]:
    """The row ids of the incidents that are not closed, the oldest first."""
    query = select(incidents.c.id).where(incidents.c.category != "closed").order_by(incidents.c.id)
    return list((await connection.execute(query)).scalars())


async def _one(connection: AsyncConnection, where: ColumnElement[bool], *, for_update: bool = False) -> Stored | None:
    query = select(incidents.c.id, incidents.c.state, incidents.c.head).where(where)
    # The key stays as it is: whoever writes a row that belongs to the incident need not wait.
    row = (await connection.execute(query.with_for_update(key_share=True) if for_update else query)).one_or_none()
    return Stored(row.id, incident_from_json(row.state), row.head, fold_of(row.state)) if row else None

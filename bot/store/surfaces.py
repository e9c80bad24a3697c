"""What Slack shows of an incident, and whether that is still so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import String, cast, func, literal, not_, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.effects import MANY, Surface
from bot.store import lanes, queue
from bot.store.queue import Job
from bot.store.tables import incidents, surfaces
from bot.store.tables import lanes as lanes_table

#: Where `ids` holds what is remembered while a surface is put off. Whoever writes `ids` after that clears it.
_PUT_OFF = "put_off"


@dataclass(frozen=True, slots=True)
class PutOff:
    """A surface that could not be shown: since when, and how often something went wrong since then."""

    since: datetime
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """A surface: the change that is wanted, the one shown, and where and what it is in Slack."""

    name: str
    wanted: int
    shown: int
    digest: bytes | None
    channel: str | None
    ts: str | None
    ids: Mapping[str, Any]
    put_off: PutOff | None

    @property
    def stale(self) -> bool:
        """Whether the incident has changed since it was last sent."""
        return self.shown < self.wanted


async def find(connection: AsyncConnection, incident_id: int, name: str) -> Shown | None:
    """A surface of an incident; None when nothing ever asked for it."""
    where = (surfaces.c.incident_id == incident_id, surfaces.c.name == name)
    row = (await connection.execute(select(surfaces).where(*where))).mappings().one_or_none()
    if row is None:
        return None
    ids = dict(row["ids"] or {})
    waits = ids.pop(_PUT_OFF, None)
    return Shown(
        name=name,
        wanted=row["wanted"],
        shown=row["shown"],
        digest=row["digest"],
        channel=row["channel"],
        ts=row["ts"],
        ids=ids,
        put_off=PutOff(datetime.fromisoformat(waits["since"]), waits["failures"]) if waits else None,
    )


def lane_of(incident_id: int, name: str) -> str:
    """The lane in which a surface is shown, one process at a time."""
    return f"{incident_id}:surface:{name}"


async def put_off(
    connection: AsyncConnection,
    incident_id: int,
    name: str,
    holder: UUID,
    wait: timedelta,
    *,
    put_off: PutOff,
    priority: int,
    each: timedelta | None = None,
) -> None:
    """Put a surface off: what Slack shows is not known, and its job comes again after `wait`.

    Args:
        connection: a transaction of its own.
        incident_id: the incident's row.
        name: the surface.
        holder: who holds its lane.
        wait: how long.
        put_off: what is remembered of it until the surface is shown.
        priority: its job's.
        each: where its method has no room, how far apart the method's calls are: it comes after those that wait.
    """
    if each is not None:
        same = lanes_table.c.name.like(f"%:surface:{name}")
        waiting = select(func.count()).where(
            same, lanes_table.c.holder == lanes.NOBODY, lanes_table.c.until > func.now()
        )
        wait += lanes.in_turn(each, int(await connection.scalar(waiting) or 0))
    noted = {_PUT_OFF: {"since": put_off.since.isoformat(), "failures": put_off.failures}}
    row = update(surfaces).where(surfaces.c.incident_id == incident_id, surfaces.c.name == name)
    ids = func.coalesce(surfaces.c.ids, cast({}, JSONB)).concat(cast(noted, JSONB))
    await connection.execute(row.values(digest=b"", ids=ids))
    await lanes.put_off(connection, lane_of(incident_id, name), holder, wait)
    await queue.enqueue(connection, [Job(queue.SURFACE, {"incident": incident_id, "surface": name}, priority, wait)])


async def stranded(connection: AsyncConnection) -> list[tuple[int, str]]:
    """Surfaces that are behind and that nobody is at work on: their job was lost with a process or a restart.

    Those that are messages have to be published before they can be changed.
    """
    many = (surfaces.c.name.startswith(prefix) for prefix in MANY)
    cards = or_(surfaces.c.name.in_((Surface.SUMMARY, Surface.ANNOUNCEMENT, Surface.REVIEW)), *many)
    lane = cast(surfaces.c.incident_id, String) + literal(":surface:") + surfaces.c.name
    found = (
        select(surfaces.c.incident_id, surfaces.c.name)
        .join(incidents, incidents.c.id == surfaces.c.incident_id)
        .outerjoin(lanes_table, lanes_table.c.name == lane)
        .where(surfaces.c.shown < surfaces.c.wanted, incidents.c.channel_id.is_not(None))
        .where(or_(surfaces.c.ts.is_not(None), not_(cards)))
        .where(or_(lanes_table.c.name.is_(None), lanes_table.c.until <= func.now()))
    )
    return [(row.incident_id, row.name) for row in await connection.execute(found)]


async def want(connection: AsyncConnection, incident_id: int, name: str, priority: int) -> None:
    """Ask for a surface outside of any event, and enqueue its job with a priority."""
    row = insert(surfaces).values(incident_id=incident_id, name=name)
    row = row.on_conflict_do_update(index_elements=["incident_id", "name"], set_={"wanted": surfaces.c.wanted + 1})
    await connection.execute(row)
    await queue.enqueue(connection, [Job(queue.SURFACE, {"incident": incident_id, "surface": name}, priority)])


async def doubt(connection: AsyncConnection, incident_id: int, name: str) -> None:
    """Forget what Slack shows, because it may soon show something else: `record` says what, if the process lives."""
    where = (surfaces.c.incident_id == incident_id, surfaces.c.name == name, surfaces.c.digest != b"")
    await connection.execute(update(surfaces).where(*where).values(digest=b""))


async def record(
    connection: AsyncConnection,
    incident_id: int,
    name: str,
    *,
    shown: int,
    digest: bytes,
    channel: str | None = None,
    ts: str | None = None,
    ids: Mapping[str, Any] | None = None,
) -> None:
    """Note what was sent. What Slack calls it (`channel`, `ts`, `ids`) stays as it was where not given."""
    values: dict[str, Any] = {"shown": shown, "digest": digest}
    values |= {key: value for key, value in (("channel", channel), ("ts", ts), ("ids", ids)) if value is not None}
    await connection.execute(
        update(surfaces).where(surfaces.c.incident_id == incident_id, surfaces.c.name == name).values(**values)
    )

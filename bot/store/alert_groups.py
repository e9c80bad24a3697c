"""Groups of alerts as rows, and how far each is shown in the alerts' channel."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.alert_group import Group, GroupState, Running
from bot.store import queue
from bot.store.queue import Job
from bot.store.tables import alert_groups as table
from bot.store.tables import incidents, lanes

#: An incident that is over takes no more alerts.
_OPEN = incidents.c.category.not_in(("resolved", "closed"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """How a group stands in the alerts' channel.

    Attributes:
        wanted: the change that is wanted, and `shown` the one last sent.
        tried_at: since when its first message may have reached Slack without an answer.
    """

    wanted: int
    shown: int
    digest: bytes | None
    channel: str | None
    ts: str | None
    tried_at: datetime | None
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A group as people see it.

    Attributes:
        private: whether its incident is private, so that nothing of it may be shown.
        settled_by: the Slack user who declared, attached or dismissed it, if anybody did.
    """

    group: Group
    card: Card
    private: bool
    incident_title: str
    channel_id: str | None
    settled_by: str | None
    settled_at: datetime | None
    settled_why: str
    tell_at: datetime | None


def _found() -> Select[Any]:
    about = (
        incidents.c.ref,
        incidents.c.private,
        incidents.c.category,
        incidents.c.channel_id.label("room"),
        incidents.c.state["title"].astext.label("incident_title"),
        incidents.c.state["service"].astext.label("incident_service"),
    )
    return select(table, *about).outerjoin(incidents, incidents.c.id == table.c.incident_id)


async def of_keys(connection: AsyncConnection, keys: Iterable[str]) -> dict[str, Group]:
    """The groups of keys that are not over, by key."""
    rows = await connection.execute(_found().where(table.c.key.in_(list(keys)), table.c.state != GroupState.OVER))
    return {row.key: _group(row) for row in rows}


async def by_ids(connection: AsyncConnection, ids: Iterable[int]) -> dict[int, Group]:
    """Groups by their rows."""
    rows = await connection.execute(_found().where(table.c.id.in_(list(ids))))
    return {row.id: _group(row) for row in rows}


async def find(connection: AsyncConnection, group_id: int) -> Found | None:
    """A group as people see it; None where there is none."""
    row = (await connection.execute(_found().where(table.c.id == group_id))).one_or_none()
    return _as_found(row) if row else None


async def listing(
    connection: AsyncConnection, *, incident_id: int | None = None, firing: bool = False, limit: int = 20
) -> list[Found]:
    """Groups, the latest first: of an incident, or of all that are no private incident's; only those that fire."""
    asked = _found().order_by(table.c.last_seen.desc(), table.c.id.desc()).limit(limit)
    if incident_id is not None:
        asked = asked.where(table.c.incident_id == incident_id)
    else:
        asked = asked.where(or_(incidents.c.id.is_(None), incidents.c.private.is_(False)))
    if firing:
        asked = asked.where(table.c.firing > 0)
    return [_as_found(row) for row in await connection.execute(asked)]


async def of_incident(connection: AsyncConnection, incident_id: int) -> list[Group]:
    """The groups that an incident has, the oldest first."""
    rows = await connection.execute(_found().where(table.c.incident_id == incident_id).order_by(table.c.id))
    return [_group(row) for row in rows]


async def begun_since(connection: AsyncConnection, since: datetime) -> int:
    """How many groups began after a time."""
    return int(await connection.scalar(select(func.count()).where(table.c.first_seen > since)) or 0)


async def running(connection: AsyncConnection) -> dict[str, Running]:
    """The incidents that alerts may join by themselves, by service: public, no drills; the newest of each."""
    service = incidents.c.state["service"].astext
    open_ones = select(incidents.c.id, incidents.c.ref, service.label("service")).where(
        _OPEN, service.is_not(None), incidents.c.private.is_(False), incidents.c.state["drill"].astext != "true"
    )
    rows = await connection.execute(open_ones.order_by(incidents.c.id))
    return {row.service: Running(row.service, row.id, row.ref) for row in rows}


async def write(connection: AsyncConnection, groups: Sequence[Group]) -> None:
    """Write groups that are new or changed, and give each new one its `id`. A card that is wanted gets its job."""
    jobs = []
    for group in groups:
        values = _values(group)
        if group.id is None:
            row = insert(table).values(**values, wanted=int(group.card)).returning(table.c.id)
            group.id = (await connection.execute(row)).scalar_one()
            behind = group.card
        else:
            change = update(table).where(table.c.id == group.id)
            change = change.values(**values, wanted=table.c.wanted + int(group.card))
            shown = change.returning(table.c.wanted - table.c.shown)
            # One job shows any number of changes: only the first after what was shown brings one.
            behind = (await connection.execute(shown)).scalar_one() == 1 and group.card
        if behind:
            jobs.append(Job(queue.ALERT_CARD, {"group": group.id}))
    await queue.enqueue(connection, jobs)


async def want(connection: AsyncConnection, group_id: int) -> None:
    """Have a group's card brought up to date, where it has one."""
    change = update(table).where(table.c.id == group_id, table.c.wanted > 0).values(wanted=table.c.wanted + 1)
    if (await connection.execute(change.returning(table.c.id))).scalar_one_or_none() is not None:
        await queue.enqueue(connection, [Job(queue.ALERT_CARD, {"group": group_id})])


async def want_of_incident(connection: AsyncConnection, incident_id: int) -> None:
    """Have the cards of an incident's groups brought up to date."""
    mine = select(table.c.id).where(table.c.incident_id == incident_id, table.c.wanted > 0)
    for group_id in (await connection.execute(mine)).scalars().all():
        await want(connection, group_id)


async def settle(
    connection: AsyncConnection, group_id: int, state: GroupState, *, by: str, why: str, now: datetime
) -> None:
    """Note what somebody made of a group."""
    values = {"state": state, "settled_by": by, "settled_at": now, "settled_why": why}
    await connection.execute(update(table).where(table.c.id == group_id).values(**values))


async def tell_later(connection: AsyncConnection, group_id: int, at: datetime, now: datetime) -> None:
    """Have the incident of a group hear at `at` of what is new, unless it is about to hear of it anyway."""
    change = update(table).where(table.c.id == group_id, or_(table.c.tell_at.is_(None), table.c.tell_at > at))
    if (await connection.execute(change.values(tell_at=at).returning(table.c.id))).scalar_one_or_none() is not None:
        await queue.enqueue(connection, [Job(queue.ALERT_TELL, {"group": group_id}, delay=max(at - now, timedelta()))])


async def told(connection: AsyncConnection, incident_id: int, now: datetime) -> None:
    """Note that an incident has heard of all that is new in its groups."""
    mine = update(table).where(table.c.incident_id == incident_id)
    await connection.execute(mine.values(tell_at=None, told_at=now))


async def sent(
    connection: AsyncConnection, group_id: int, *, shown: int, digest: bytes, channel: str | None, ts: str | None
) -> None:
    """Note what was sent of a card."""
    values = {"shown": shown, "digest": digest, "channel": channel, "ts": ts, "tried_at": None, "failures": 0}
    await connection.execute(update(table).where(table.c.id == group_id).values(**values))


async def trying(connection: AsyncConnection, group_id: int, now: datetime) -> None:
    """Note that a card's first message may reach Slack from now on."""
    mine = update(table).where(table.c.id == group_id, table.c.tried_at.is_(None))
    await connection.execute(mine.values(tried_at=now))


async def failed(connection: AsyncConnection, group_id: int, *, clear: bool) -> int:
    """Note that a card could not be sent (`clear`: Slack surely did not act); returns how often in a row."""
    values: dict[str, Any] = {"failures": table.c.failures + 1}
    if clear:
        values["tried_at"] = None
    row = update(table).where(table.c.id == group_id).values(**values).returning(table.c.failures)
    return int((await connection.execute(row)).scalar_one())


async def behind(connection: AsyncConnection, now: datetime, older_than: timedelta) -> tuple[list[int], list[int]]:
    """Groups whose card is behind with nobody at work on it, and those whose incident was to hear of them long ago."""
    lane = func.concat(LANE, table.c.id)
    free = or_(lanes.c.name.is_(None), lanes.c.until <= func.now())
    cards = select(table.c.id).outerjoin(lanes, lanes.c.name == lane).where(table.c.shown < table.c.wanted, free)
    cards = cards.where(table.c.last_seen < now - older_than)
    tells = select(table.c.id).where(and_(table.c.tell_at.is_not(None), table.c.tell_at < now - older_than))
    return [*(await connection.execute(cards)).scalars()], [*(await connection.execute(tells)).scalars()]


#: What the lane of a card begins with; the group's row follows.
LANE = "alerts:"


def lane_of(group_id: int) -> str:
    """The lane in which a card is shown, one process at a time."""
    return f"{LANE}{group_id}"


def _values(group: Group) -> dict[str, Any]:
    return {
        "key": group.key,
        "state": group.state,
        "title": group.title,
        "severity": group.severity,
        "rank": group.rank,
        "service": group.service,
        "source": group.source,
        "owner": group.owner,
        "runbook": group.runbook,
        "run": list(group.run),
        "rule": group.rule,
        "why": group.why,
        "for": group.window,
        "incident_id": group.running.id if group.running else None,
        "alerts": group.alerts,
        "firing": group.firing,
        "first_seen": group.first_seen,
        "last_seen": group.last_seen,
    }


def _group(row: Row[Any]) -> Group:
    running = Running(row.incident_service, row.incident_id, row.ref, row.private) if row.incident_id else None
    return Group(
        id=row.id,
        key=row.key,
        state=GroupState(row.state),
        title=row.title,
        severity=row.severity,
        rank=row.rank,
        service=row.service,
        window=row._mapping["for"],  # noqa: SLF001 (a word of Python's)
        source=row.source,
        owner=row.owner,
        runbook=row.runbook,
        run=tuple(row.run),
        rule=row.rule,
        why=row.why,
        running=running,
        ended=bool(running) and row.category in ("resolved", "closed"),
        alerts=row.alerts,
        firing=row.firing,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        card=row.wanted > 0,
        told_at=row.told_at,
    )


def _as_found(row: Row[Any]) -> Found:
    card = Card(
        wanted=row.wanted, shown=row.shown, digest=row.digest, channel=row.channel, ts=row.ts,
        tried_at=row.tried_at, failures=row.failures,
    )  # fmt: skip
    return Found(
        group=_group(row),
        card=card,
        private=bool(row.private),
        incident_title=row.incident_title or "",
        channel_id=row.room,
        settled_by=row.settled_by,
        settled_at=row.settled_at,
        settled_why=row.settled_why,
        tell_at=row.tell_at,
    )

"""The outbox in people's hands: what is in it, and rows that are tried again or given up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, delete, func, literal, or_, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.standing import DeliveryFacts, Standing
from bot.store.lanes import NOBODY
from bot.store.tables import inbox, incidents, lanes, outbox, timeline

#: Why a row can't be delivered whose channel was refused or dropped, which was told once already.
NO_ROOM = "no_channel"

_OPENING = "open_channel"
_UNDONE = ("waiting", "sending")
_OUTSIDE = ("mail", "webhook", "tell_source")
_TOLD = ("delivery_failed", "delivery_dropped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One row of the outbox as people see it.

    Attributes:
        id: its number.
        ref: the incident.
        lane: the queue that it waits in, as the database names it.
        kind: how it is delivered.
        what: what it brings, in words.
        entry: the timeline entry that it follows from.
        standing: where it stands.
        tries: how often it was tried.
        reason: why it is put off, or was refused.
        remedy: what a person can do about it; of a dropped row, why it was given up.
        since: when it was written; when it was over, where it is.
        again: when a lane that is put off is tried again; None where it is not.
        priority: higher goes first.
    """

    id: int
    ref: str
    lane: str
    kind: str
    what: str
    entry: int
    standing: Standing
    tries: int
    reason: str
    remedy: str
    since: datetime
    again: datetime | None
    priority: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits: for each priority the number of rows and the oldest's time of writing; how many are refused."""

    waiting: Mapping[int, tuple[int, datetime]]
    refused: int


def refusal_key(number: int) -> str:
    """The key under which a row's refusal is told once."""
    return f"outbox:{number}:refused"


def in_words(kind: str, payload: Mapping[str, Any]) -> str:  # noqa: C901, PLR0912 (a table)
    """What a row brings, for somebody who does not know the outbox."""
    match kind:
        case "open_channel":
            return "the incident's channel"
        case "post":
            return f"the message “{str(payload['message']).replace('_', ' ')}”"
        case "reply":
            return f"the reply “{str(payload['message']).replace('_', ' ')}”"
        case "chart":
            return "a chart"
        case "publish":
            return f"the card “{payload['surface']}”"
        case "invite":
            return "an invitation to the channel"
        case "react":
            return f"the reaction :{payload['emoji']}:"
        case "fetch":
            return "a pinned message's text"
        case "upload":
            return f"version {payload['version']} of the review"
        case "picture":
            return "the picture of the incident"
        case "invitation":
            return "the invitation to the review"
        case "file_item":
            return f"action item {payload['number']} for {payload['system']}"
        case "file_review":
            return f"the review for {payload['system']}"
        case "mail":
            return f"the e-mail to {payload['address']}"
        case "webhook":
            return f"the webhook “{payload['name']}”"
        case "tell_source":
            return f"what the monitor's rule “{payload['name']}” says"
        case _:
            return kind


async def shown(
    connection: AsyncConnection, *, incident_id: int | None, everything: bool, limit: int
) -> Sequence[Shown]:
    """Rows of the outbox, in the order in which they were written.

    Args:
        connection: only reads.
        incident_id: of one incident; else of all.
        everything: with what was sent and dropped; of these the newest are shown.
        limit: the most.
    """
    query = _rows().order_by(outbox.c.id.desc() if everything else outbox.c.id).limit(limit)
    if not everything:
        query = query.where(outbox.c.status.in_((*_UNDONE, "refused")))
    if incident_id is not None:
        query = query.where(outbox.c.incident_id == incident_id)
    rows = sorted((await connection.execute(query)).all(), key=lambda row: int(row.id))
    told = await _told(connection, rows)
    return [
        Shown(
            id=row.id,
            ref=row.ref,
            lane=row.lane,
            kind=row.kind,
            what=in_words(row.kind, row.payload),
            entry=row.seq,
            standing=_standing(row),
            tries=row.attempts,
            reason=row.error or "",
            remedy=told.get(row.id, "") if row.status in ("refused", "dropped") else "",
            since=row.done_at or row.created_at,
            again=row.again if row.status in _UNDONE else None,
            priority=row.priority,
        )
        for row in rows
    ]


async def retriable(connection: AsyncConnection, incident_id: int | None) -> Sequence[int]:
    """The refused rows that can be tried again by themselves, in order: not those that have no channel to go to."""
    homeless = and_(outbox.c.error == NO_ROOM, incidents.c.channel_id.is_(None))
    query = (
        select(outbox.c.id)
        .join(incidents, incidents.c.id == outbox.c.incident_id)
        .where(outbox.c.status == "refused", ~homeless)
        .order_by(outbox.c.id)
    )
    if incident_id is not None:
        query = query.where(outbox.c.incident_id == incident_id)
    return list((await connection.execute(query)).scalars())


async def incident_of(connection: AsyncConnection, number: int) -> int | None:
    """The incident's row id of an outbox row; None where there is none."""
    found: int | None = await connection.scalar(select(outbox.c.incident_id).where(outbox.c.id == number))
    return found


async def facts(connection: AsyncConnection, incident_id: int, number: int) -> DeliveryFacts | None:
    """What is known of a row, which stays locked until the transaction ends; None when the incident has no such row."""
    locked = select(outbox.c.id).where(outbox.c.id == number, outbox.c.incident_id == incident_id).with_for_update()
    if await connection.scalar(locked) is None:
        return None
    # Read after the lock was given: a holder that was just taking the row has by then committed.
    row = (await connection.execute(_rows().where(outbox.c.id == number))).one()
    behind, opening = 0, None
    if row.kind == _OPENING:
        refused = row.status == "refused"
        which = _homeless(incident_id) if refused else _with_the_channel(incident_id, row.lane)
        counted = select(func.count()).where(which, outbox.c.id != number)
        behind = int(await connection.scalar(counted) or 0)
    elif row.error == NO_ROOM:
        opens = select(func.min(outbox.c.id)).where(outbox.c.incident_id == incident_id, outbox.c.kind == _OPENING)
        opening = await connection.scalar(opens)
    silent = row.error == NO_ROOM or row.payload.get("message") == "delivery_failed"
    return DeliveryFacts(
        what=in_words(row.kind, row.payload),
        standing=_standing(row),
        trouble=row.status == "refused" and not silent,
        opening=opening,
        behind=behind,
    )


async def requeue(connection: AsyncConnection, number: int) -> list[str]:
    """Put a refused row back to where it stood; with the channel's row, those that were refused for want of it.

    Returns:
        The lanes that have something to deliver.
    """
    # A row that was tried more than once may be in Slack from before its refusal: it is looked for first.
    again = case((outbox.c.attempts > 1, "sending"), else_="waiting")
    back = update(outbox).where(outbox.c.status == "refused").values(status=again, error=None, done_at=None)
    mine = back.where(outbox.c.id == number).returning(outbox.c.incident_id, outbox.c.lane, outbox.c.kind)
    row = (await connection.execute(mine)).one()
    returned = [row.lane]
    if row.kind == _OPENING:
        rest = back.where(_homeless(row.incident_id)).returning(outbox.c.lane)
        returned += (await connection.execute(rest)).scalars()
    # A second refusal is told like the first.
    await connection.execute(delete(inbox).where(inbox.c.key == refusal_key(number)))
    return list(dict.fromkeys(returned))


async def give_up(connection: AsyncConnection, number: int, *, now: datetime) -> list[str]:
    """Drop a row for good; with the channel's row, everything that was to be said in that channel.

    Returns:
        The lanes in which something may have waited behind it.
    """
    over = update(outbox).values(status="dropped", done_at=now)
    mine = over.where(outbox.c.id == number).returning(outbox.c.incident_id, outbox.c.lane, outbox.c.kind)
    row = (await connection.execute(mine)).one()
    if row.kind == _OPENING:
        await connection.execute(over.where(_with_the_channel(row.incident_id, row.lane)))
    return [row.lane]


async def waiting(connection: AsyncConnection, incident_id: int | None = None) -> Mapping[str, tuple[int, datetime]]:
    """What Slack is yet to be told of each incident, by its reference: how many rows, and when the oldest was written.

    Args:
        connection: only reads.
        incident_id: of one incident; else of all.
    """
    query = (
        select(incidents.c.ref, func.count().label("rows"), func.min(outbox.c.created_at).label("oldest"))
        .join(incidents, incidents.c.id == outbox.c.incident_id)
        .where(outbox.c.status.in_(_UNDONE), outbox.c.kind.not_in(_OUTSIDE))
        .group_by(incidents.c.ref)
    )
    if incident_id is not None:
        query = query.where(outbox.c.incident_id == incident_id)
    return {row.ref: (row.rows, row.oldest) for row in await connection.execute(query)}


async def backlog(connection: AsyncConnection) -> Backlog:
    """How much waits and how much was refused, from the partial indexes over just these rows."""
    waiting = (
        select(outbox.c.priority, func.count().label("rows"), func.min(outbox.c.created_at).label("oldest"))
        .where(outbox.c.status.in_(_UNDONE))
        .group_by(outbox.c.priority)
    )
    refused = select(literal(None), func.count(), literal(None)).where(outbox.c.status == "refused")
    rows = (await connection.execute(union_all(waiting, refused))).all()
    return Backlog(
        {row.priority: (row.rows, row.oldest) for row in rows if row.priority is not None},
        next(row.rows for row in rows if row.priority is None),
    )


def _homeless(incident_id: int) -> ColumnElement[bool]:
    """The rows of an incident that were refused because there is no channel."""
    return and_(outbox.c.incident_id == incident_id, outbox.c.status == "refused", outbox.c.error == NO_ROOM)


def _with_the_channel(incident_id: int, lane: str) -> ColumnElement[bool]:
    """The rows of an incident that have nowhere to go without its channel."""
    waits = and_(outbox.c.incident_id == incident_id, outbox.c.status.in_(_UNDONE), outbox.c.lane == lane)
    return or_(waits, _homeless(incident_id))


def _rows() -> Select[Any]:
    busy = lanes.c.until > func.now()
    return (
        select(
            outbox,
            incidents.c.ref,
            and_(busy, lanes.c.holder != NOBODY).label("held"),
            case((and_(busy, lanes.c.holder == NOBODY), lanes.c.until)).label("again"),
        )
        .join(incidents, incidents.c.id == outbox.c.incident_id)
        .outerjoin(lanes, lanes.c.name == outbox.c.lane)
    )


def _standing(row: Row[Any]) -> Standing:
    if row.status == "sending" and row.held:
        return Standing.SENDING
    if row.status in _UNDONE:
        return Standing.PUT_OFF if row.error else Standing.WAITING
    return Standing(row.status)


async def _told(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> dict[int, str]:
    """The remedy or the reason that the timeline has for each row, the latest."""
    about = {row.incident_id for row in rows if row.status in ("refused", "dropped")}
    if not about:
        return {}
    query = (
        select(timeline.c.payload)
        .where(timeline.c.incident_id.in_(about), timeline.c.kind.in_(_TOLD))
        .order_by(timeline.c.incident_id, timeline.c.seq)
    )
    payloads = list((await connection.execute(query)).scalars())
    # A redacted entry has lost its words, and may have lost the number.
    return {p["outbox"]: str(p.get("remedy") or p.get("why") or "") for p in payloads if "outbox" in p}

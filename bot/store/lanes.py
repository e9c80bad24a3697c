"""Lanes: whoever holds the lease delivers, one row after the other.

The lease is taken and given back under the row's lock. A row is committed before its job runs; so a job that
finds the lane held knows that its holder has yet to look for rows, and may go: nothing is left behind. A lane
that Slack put off is held by nobody until then, so that whoever comes early goes too, and one job comes back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import queue
from bot.store.queue import Job
from bot.store.tables import lanes, outbox

#: How long a holder may be silent before another takes its lane: the work of a killed process is taken over within
#: fifteen seconds, upkeep's next look included. Renewed at every step, and three times in this time during a call.
LEASE = timedelta(seconds=9)

#: Holds a lane that is put off.
NOBODY = UUID(int=0)

_WORKING = ("waiting", "sending")

#: Whoever waits for their turn looks again after this, however many there are before them.
_LAST = timedelta(seconds=15)
#: Beyond so many it does not matter how many more there are.
_COUNTED = 200
#: By how much something gets more urgent in a minute, and up to what.
_A_MINUTE, _MOST_URGENT = 10, 60


@dataclass(frozen=True, slots=True)
class Letter:
    """One outbox row to deliver. `sending` means that an earlier try may have reached Slack."""

    id: int
    incident_id: int
    lane: str
    kind: str
    seq: int
    payload: Mapping[str, Any]
    priority: int
    attempts: int
    sending: bool
    created_at: datetime


async def take(connection: AsyncConnection, name: str, holder: UUID) -> bool:
    """Take a lane's lease if nobody else holds it; False when somebody does."""
    claim = insert(lanes).values(name=name, holder=holder, until=func.now() + LEASE)
    claim = claim.on_conflict_do_update(
        index_elements=["name"],
        set_={"holder": holder, "until": func.now() + LEASE},
        where=or_(lanes.c.until <= func.now(), lanes.c.holder == holder),
    )
    return (await connection.execute(claim.returning(lanes.c.name))).scalar_one_or_none() is not None


async def renew(connection: AsyncConnection, name: str, holder: UUID) -> None:
    """Keep a lease during a long call, if it is not lost."""
    mine = update(lanes).where(lanes.c.name == name, lanes.c.holder == holder)
    await connection.execute(mine.values(until=func.now() + LEASE))


async def release(connection: AsyncConnection, name: str, holder: UUID) -> None:
    """Give a lane back. The row goes, so that only lanes at work have one."""
    await connection.execute(delete(lanes).where(lanes.c.name == name, lanes.c.holder == holder))


async def put_off(connection: AsyncConnection, name: str, holder: UUID, wait: timedelta) -> None:
    """Give a lane back that nobody may take before `wait` is over."""
    mine = update(lanes).where(lanes.c.name == name, lanes.c.holder == holder)
    await connection.execute(mine.values(holder=NOBODY, until=func.now() + wait))


async def refused(connection: AsyncConnection, letter: Letter, reason: str, *, now: datetime) -> None:
    """Mark a row as refused for good, unless it was done with meanwhile."""
    row = update(outbox).where(outbox.c.id == letter.id, outbox.c.status == "sending")
    await connection.execute(row.values(status="refused", done_at=now, error=reason))


async def later(
    connection: AsyncConnection,
    letter: Letter,
    holder: UUID,
    wait: timedelta,
    *,
    clear: bool,
    reason: str,
    now: datetime,
    each: timedelta | None = None,
) -> None:
    """Put a row off, and with it its lane: come again after `wait`.

    Args:
        connection: a transaction of its own.
        letter: the row.
        holder: who holds the lane.
        wait: how long.
        clear: whether Slack surely did not act, so that the next try need not look first.
        reason: what went wrong, for people who look at the queue.
        now: the time, in UTC.
        each: of a row that was not tried because its method has no room: how far apart the method's calls are. It
            comes when those that are more urgent, or as urgent and older, have had theirs.
    """
    # Not one that was given up meanwhile: its holder may have been away for longer than its lease.
    row = update(outbox).where(outbox.c.id == letter.id, outbox.c.status.in_(_WORKING))
    row = row.values(status="waiting" if clear else "sending", error=reason)
    if each is not None:
        row = row.values(attempts=outbox.c.attempts - 1)
        wait += in_turn(each, await _ahead(connection, letter, reason, now))
    await connection.execute(row)
    await put_off(connection, letter.lane, holder, wait)
    await queue.enqueue(connection, [Job(queue.DELIVER, {"lane": letter.lane}, letter.priority, wait)])


def in_turn(each: timedelta, ahead: int) -> timedelta:
    """How much later than the first somebody comes who has `ahead` others before them.

    The first few come when it is their turn. The others don't come all at once to find that it is not, nor so late
    that a turn is left unused when somebody ahead of them gives theirs up.
    """
    turn = each * ahead
    if turn <= _LAST:
        return turn
    # Multiples of the golden ratio's fraction lie evenly, however many there are.
    return _LAST * (1 + ahead * 0.618 % 1) / 2


def aged(priority: int, since: datetime, now: datetime) -> int:
    """How urgent something of a priority has become by waiting: even the least urgent get their turn."""
    minutes = max((now - since) // timedelta(minutes=1), 0)
    return min(priority + _A_MINUTE * minutes, max(priority, _MOST_URGENT))


async def _ahead(connection: AsyncConnection, letter: Letter, reason: str, now: datetime) -> int:
    """How many rows of its kind wait for the same reason and go before a row: more urgent by now, or older."""
    mine = aged(letter.priority, letter.created_at, now)
    minutes = func.greatest(func.floor(func.extract("epoch", now - outbox.c.created_at) / 60), 0)
    theirs = func.least(outbox.c.priority + _A_MINUTE * minutes, func.greatest(outbox.c.priority, _MOST_URGENT))
    waiting = select(outbox.c.id).where(
        outbox.c.status == "waiting", outbox.c.error == reason, outbox.c.kind == letter.kind
    )
    before = waiting.where(or_(theirs > mine, and_(theirs == mine, outbox.c.id < letter.id))).limit(_COUNTED)
    return int(await connection.scalar(select(func.count()).select_from(before.subquery())) or 0)


async def refuse_rest(connection: AsyncConnection, incident_id: int, lane: str, reason: str, *, now: datetime) -> None:
    """Give up what waits in a lane that can't be delivered at all: there is no channel."""
    rest = update(outbox).where(
        outbox.c.incident_id == incident_id, outbox.c.lane == lane, outbox.c.status.in_(_WORKING)
    )
    await connection.execute(rest.values(status="refused", done_at=now, error=reason))


async def stranded(connection: AsyncConnection, older_than: timedelta) -> list[str]:
    """Lanes with rows that wait and nobody at work on them, the most urgent first.

    A lease that ran out has lost its holder; where nobody holds the lane, the job was lost with a process or a restart.

    Args:
        connection: a transaction.
        older_than: for how long rows without a holder are left to their job, which may only be waiting for its turn.
    """
    lost = and_(lanes.c.holder != NOBODY, lanes.c.until <= func.now())
    overdue = and_(lanes.c.holder == NOBODY, lanes.c.until <= func.now() - older_than)
    alone = and_(lanes.c.name.is_(None), outbox.c.created_at < func.now() - older_than)
    found = (
        select(outbox.c.lane)
        .outerjoin(lanes, lanes.c.name == outbox.c.lane)
        .where(outbox.c.status.in_(_WORKING), or_(lost, overdue, alone))
        .group_by(outbox.c.lane)
        .order_by(func.max(outbox.c.priority).desc(), func.min(outbox.c.id))
    )
    return list((await connection.execute(found)).scalars())


async def delivered(connection: AsyncConnection, incident_id: int, message: str) -> tuple[str, str] | None:
    """Where the incident's first post by a template is: channel and ts. The alert carries the updates' thread."""
    found = (
        select(outbox.c.channel, outbox.c.ts)
        .where(outbox.c.incident_id == incident_id, outbox.c.kind == "post", outbox.c.ts.is_not(None))
        .where(outbox.c.payload["message"].astext == message)
        .order_by(outbox.c.id)
        .limit(1)
    )
    row = (await connection.execute(found)).one_or_none()
    return (row.channel, row.ts) if row else None


async def posted(connection: AsyncConnection, incident_id: int, channel: str) -> dict[int, str]:
    """The `ts` of the first post to a channel for each entry of an incident, by the entry's number."""
    found = (
        select(outbox.c.seq, outbox.c.ts)
        .where(outbox.c.incident_id == incident_id, outbox.c.kind == "post", outbox.c.channel == channel)
        .where(outbox.c.ts.is_not(None))
        .order_by(outbox.c.id.desc())
    )
    return {row.seq: row.ts for row in await connection.execute(found)}


async def hand_over(connection: AsyncConnection, name: str, holder: UUID) -> None:
    """Give a lane back with rows in it, for another process to go on."""
    await release(connection, name, holder)
    rest = select(func.max(outbox.c.priority)).where(outbox.c.lane == name, outbox.c.status.in_(_WORKING))
    urgent = int(await connection.scalar(rest) or 0)
    await queue.enqueue(connection, [Job(queue.DELIVER, {"lane": name}, urgent)])

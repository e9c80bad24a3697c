"""Groups of alerts as rows, and how far each is shown in the alerts' channel."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.alert_group import Group, GroupState, Running
from bot.domain.alert_rules import Mute
from bot.store import queue
from bot.store.alert_reading import Found, found_of, group_of, with_incident
from bot.store.database import raw
from bot.store.lanes import NOBODY
from bot.store.mutes import mute_of
from bot.store.queue import Job
from bot.store.tables import alert_groups as table
from bot.store.tables import incidents, lanes

#: How many cards a mute brings up to date.
_MOST_CARDS = 50
#: An incident that is over takes no more alerts.
_OPEN = incidents.c.category.not_in(("resolved", "closed"))


_CONCERNED = """
select g.*, i.ref, i.private, i.category, i.state->>'service' as incident_service
from alert_groups g left join incidents i on i.id = g.incident_id
where (g.key = any($1::text[]) and g.state <> 'over') or g.id = any($2::bigint[])
"""

_AROUND = """
select (select coalesce(json_agg(m order by m.id), '[]') from mutes m where m.until > $1)::text as mutes,
       (select coalesce(json_agg(json_build_array(i.state->>'service', i.id, i.ref) order by i.id), '[]')
        from incidents i
        where i.category not in ('resolved', 'closed') and not i.private and i.state->>'service' is not null
          and coalesce(i.state->>'drill', 'false') <> 'true')::text as running,
       (select count(*) from alert_groups where first_seen > $2) as begun
"""


@dataclass(frozen=True, slots=True)
class Around:
    """What else goes on.

    Attributes:
        mutes: those that hold.
        running: the incidents that alerts may join by themselves, by service: public, no drills; the newest of each.
        begun: how many groups began lately.
    """

    mutes: Sequence[Mute]
    running: dict[str, Running]
    begun: int


async def around(connection: AsyncConnection, now: datetime, since: datetime) -> Around:
    """What else goes on at `now`; `since` is how long ago lately is."""
    row = await (await raw(connection)).fetchrow(_AROUND, now, since)
    assert row is not None, "a statement of values has one row"
    running = {service: Running(service, number, ref) for service, number, ref in json.loads(row["running"])}
    return Around([mute_of(one) for one in json.loads(row["mutes"])], running, row["begun"])


async def concerned(
    connection: AsyncConnection, keys: Iterable[str], ids: Iterable[int]
) -> tuple[dict[str, Group], dict[int, Group]]:
    """The groups of keys that are not over, by key; and those with the ones of these rows, by row."""
    rows = await (await raw(connection)).fetch(_CONCERNED, list(keys), list(ids))
    by_id = {row["id"]: group_of(row) for row in rows}
    return {group.key: group for group in by_id.values() if group.state is not GroupState.OVER}, by_id


async def find(connection: AsyncConnection, group_id: int) -> Found | None:
    """A group as people see it; None where there is none."""
    row = (await connection.execute(with_incident().where(table.c.id == group_id))).one_or_none()
    return found_of(row) if row else None


async def listing(
    connection: AsyncConnection, *, incident_id: int | None = None, firing: bool = False, limit: int = 20
) -> list[Found]:
    """Groups, the latest first: of an incident, or of all that are no private incident's; only those that fire."""
    asked = with_incident().order_by(table.c.last_seen.desc(), table.c.id.desc()).limit(limit)
    if incident_id is not None:
        asked = asked.where(table.c.incident_id == incident_id)
    else:
        asked = asked.where(or_(incidents.c.id.is_(None), incidents.c.private.is_(False)))
    if firing:
        asked = asked.where(table.c.firing > 0)
    return [found_of(row) for row in await connection.execute(asked)]


async def of_incident(connection: AsyncConnection, incident_id: int) -> list[Group]:
    """The groups that an incident has, the oldest first."""
    rows = await connection.execute(with_incident().where(table.c.incident_id == incident_id).order_by(table.c.id))
    return [group_of(dict(row._mapping)) for row in rows]  # noqa: SLF001 (a row by its names)


async def quiet(connection: AsyncConnection, incident_id: int | None) -> bool:
    """Whether an incident was last told that none of its alerts fires."""
    firing = incidents.c.state["alerts"]["firing"].astext
    return await connection.scalar(select(firing).where(incidents.c.id == incident_id)) == "0"


async def acknowledged(connection: AsyncConnection, limit: int) -> list[int]:
    """Groups, by their rows, in which something fires and whose incident somebody has taken up, the latest first."""
    taken = incidents.c.state["acknowledged_at"].astext.is_not(None)
    mine = select(table.c.id).join(incidents, incidents.c.id == table.c.incident_id)
    mine = mine.where(table.c.firing > 0, _OPEN, taken).order_by(table.c.id.desc()).limit(limit)
    return [*(await connection.execute(mine)).scalars()]


#: What `write` writes, in the order of `_values`.
_COLUMNS = (
    "key", "state", "title", "severity", "rank", "service", "source", "owner", "runbook", "run", "rule", "why", '"for"',
    "incident_id", "alerts", "firing", "first_seen", "last_seen",
)  # fmt: skip
_NEW = (
    f"insert into alert_groups ({', '.join(_COLUMNS)}, wanted) "  # noqa: S608 (our own names)
    f"values ({', '.join(f'${at}' for at in range(1, len(_COLUMNS) + 2))}) returning id"
)
_CHANGE = (
    f"update alert_groups set {', '.join(f'{name} = ${at}' for at, name in enumerate(_COLUMNS, start=1))}, "  # noqa: S608 (our own names)
    f"wanted = wanted + ${len(_COLUMNS) + 1} where id = ${len(_COLUMNS) + 2} returning wanted - shown"
)


async def write(connection: AsyncConnection, groups: Sequence[Group]) -> None:
    """Write groups that are new or changed, and give each new one its `id`. A card that is wanted gets its job."""
    jobs, plain = [], await raw(connection)
    for group in groups:
        wanted = int(group.card)
        if group.id is None:
            group.id = int(await plain.fetchval(_NEW, *_values(group), wanted))
            behind = wanted
        else:
            behind = await plain.fetchval(_CHANGE, *_values(group), wanted, group.id)
        if (
            wanted and behind == 1
        ):  # one job shows any number of changes: only the first after what was shown brings one
            jobs.append(Job(queue.ALERT_CARD, {"group": group.id}))
    await queue.enqueue(connection, jobs)


async def want(connection: AsyncConnection, group_id: int) -> None:
    """Have a group's card brought up to date, where it has one."""
    change = update(table).where(table.c.id == group_id, table.c.wanted > 0).values(wanted=table.c.wanted + 1)
    if (await connection.execute(change.returning(table.c.id))).scalar_one_or_none() is not None:
        await queue.enqueue(connection, [Job(queue.ALERT_CARD, {"group": group_id})])


async def want_all(connection: AsyncConnection) -> None:
    """Have the cards of all groups that are not over brought up to date: what is muted stands on them."""
    shown = select(table.c.id).where(table.c.state != GroupState.OVER, table.c.wanted > 0, table.c.firing > 0)
    for group_id in (await connection.execute(shown.order_by(table.c.id.desc()).limit(_MOST_CARDS))).scalars().all():
        await want(connection, group_id)


async def look_again(connection: AsyncConnection, incident_id: int) -> None:
    """Have it looked what an incident's cards should say: it ended, or is called otherwise. No row is changed.

    Whoever changes an incident holds its lock, and whoever writes groups may wait for that.
    """
    mine = select(table.c.id).where(table.c.incident_id == incident_id, table.c.wanted > 0).order_by(table.c.id)
    found = (await connection.execute(mine.limit(_MOST_CARDS))).scalars()
    await queue.enqueue(connection, [Job(queue.ALERT_CARD, {"group": group_id}) for group_id in found])


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
    """Note that a card could not be sent (`clear`: Slack surely did not act); returns how often in a row.

    What Slack shows of it is not known from then on.
    """
    values: dict[str, Any] = {"failures": table.c.failures + 1, "digest": None}
    if clear:
        values["tried_at"] = None
    row = update(table).where(table.c.id == group_id).values(**values).returning(table.c.failures)
    return int((await connection.execute(row)).scalar_one())


async def behind(connection: AsyncConnection, now: datetime, older_than: timedelta) -> tuple[list[int], list[int]]:
    """Groups whose card is behind with nobody at work on it, and those whose incident was to hear of them long ago."""
    lane = func.concat(LANE, table.c.id)
    # A lease that ran out has lost its holder, however much goes on in the group; other lanes still have their job.
    lost = and_(lanes.c.holder != NOBODY, lanes.c.until <= func.now())
    overdue = and_(lanes.c.holder == NOBODY, lanes.c.until <= func.now() - older_than)
    alone = and_(lanes.c.name.is_(None), table.c.last_seen < now - older_than)
    cards = select(table.c.id).outerjoin(lanes, lanes.c.name == lane)
    cards = cards.where(table.c.shown < table.c.wanted, or_(lost, overdue, alone))
    tells = select(table.c.id).where(and_(table.c.tell_at.is_not(None), table.c.tell_at < now - older_than))
    return [*(await connection.execute(cards)).scalars()], [*(await connection.execute(tells)).scalars()]


#: What the lane of a card begins with; the group's row follows.
LANE = "alerts:"


def lane_of(group_id: int) -> str:
    """The lane in which a card is shown, one process at a time."""
    return f"{LANE}{group_id}"


def _values(group: Group) -> tuple[Any, ...]:
    return (
        group.key, group.state.value, group.title, group.severity, group.rank, group.service, group.source,
        group.owner,
        group.runbook, list(group.run), group.rule, group.why, group.window,
        group.running.id if group.running else None,
        group.alerts, group.firing, group.first_seen, group.last_seen,
    )  # fmt: skip

"""Rounds: what many lanes' holders do in one transaction, in statements of asyncpg's own.

A round costs a handful of statements however many lanes are in it, so the busier it gets, the less each row costs.
What holds for one lane (see `lanes`) holds for each of them: the lease is locked in a statement before the one that
looks for rows, so that a row whose job found the lane held is seen by its holder.
"""

import logging
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.incident import Incident
from bot.domain.timeline import Entry
from bot.store.codec import incident_from_json, loaded
from bot.store.database import raw
from bot.store.lanes import LEASE, Letter
from bot.store.timeline import entry_from_row

_logger = logging.getLogger(__name__)

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")

#: How many rows of a lane that is behind are taken up at once. They are marked as being sent together, so after a
#: crash each of them is looked for in Slack, although most were never sent: more would cost more then than it saves.
TOGETHER = 8

#: Rows that go together: each is one call, and none waits for what another brings about.
_SIMPLE = frozenset({"post", "react"})

# In the order of the names everywhere: two rounds that meet in the same lanes wait for each other, and never both.
_TAKE = """
insert into lanes (name, holder, until)
select name, holder, now() + $3 from unnest($1::text[], $2::uuid[]) as asked (name, holder) order by name
on conflict (name) do update set holder = excluded.holder, until = excluded.until
where lanes.until <= now() or lanes.holder = excluded.holder
returning name
"""

_KEEP = """
update lanes set until = now() + $3
from (
    select lanes.name from lanes
    join unnest($1::text[], $2::uuid[]) as mine (name, holder) on lanes.name = mine.name and lanes.holder = mine.holder
    order by lanes.name for update of lanes
) as kept
where lanes.name = kept.name
returning lanes.name
"""

# Whoever has the row is at work in the lane, or looks at it for a moment: the others' leases don't wait for them.
_RENEW = _KEEP.replace("for update of lanes", "for update of lanes skip locked")

_SENT = """
update outbox set status = 'sent', done_at = $4, channel = done.channel, ts = done.ts, error = null
from unnest($1::bigint[], $2::text[], $3::text[]) as done (id, channel, ts)
where outbox.id = done.id
"""

_HEADS = """
select head.* from unnest($1::text[]) as asked (name)
cross join lateral (
    select id, incident_id, lane, kind, seq, payload, priority, attempts, status, created_at from outbox
    where lane = asked.name and status in ('waiting', 'sending') order by id limit $2
) as head
"""

_CLAIM = """
update outbox set status = 'sending', attempts = attempts + 1
where id = any($1::bigint[]) and status in ('waiting', 'sending')
returning id
"""

_PUT_BACK = """
update outbox set status = 'waiting', attempts = attempts - 1 where id = any($1::bigint[]) and status = 'sending'
"""

_INCIDENTS = "select id, state from incidents where id = any($1::bigint[])"

_ENTRIES = """
select timeline.* from timeline
join unnest($1::bigint[], $2::integer[]) as asked (incident_id, seq) using (incident_id, seq)
"""

_THREADS = """
select distinct on (incident_id) incident_id, channel, ts from outbox
where incident_id = any($1::bigint[]) and kind = 'post' and ts is not null and payload->>'message' = 'alert'
order by incident_id, id
"""

_RELEASE = """
delete from lanes using unnest($1::text[], $2::uuid[]) as mine (name, holder)
where lanes.name = mine.name and lanes.holder = mine.holder
"""

Holders = Mapping[str, UUID]


@dataclass(frozen=True, slots=True)
class Delivered:
    """A row that Slack has taken, and where its message is, for those that make one."""

    id: int
    channel: str | None
    ts: str | None


async def begin(connection: AsyncConnection, asked: Holders) -> dict[str, list[Letter]]:
    """Take lanes up, by name, for their holders.

    Returns:
        What to deliver first in each lane that was free, marked as being sent. A lane that somebody else holds, and one
        that is empty and was given back, is not in it.
    """
    names = sorted(asked)
    database = await raw(connection)
    taken = await database.fetch(_TAKE, names, [asked[name] for name in names], LEASE)
    return await _claimed(connection, {row["name"]: asked[row["name"]] for row in taken})


async def keep(connection: AsyncConnection, held: Holders) -> dict[str, UUID]:
    """Renew leases, and lock them until the transaction ends; returns those that were not lost."""
    names = sorted(held)
    database = await raw(connection)
    kept = await database.fetch(_KEEP, names, [held[name] for name in names], LEASE)
    return {row["name"]: held[row["name"]] for row in kept}


async def renew(connection: AsyncConnection, held: Holders) -> None:
    """Renew the leases of lanes in which nobody is just going on."""
    names = sorted(held)
    await (await raw(connection)).execute(_RENEW, names, [held[name] for name in names], LEASE)


async def go_on(connection: AsyncConnection, kept: Holders) -> dict[str, list[Letter]]:
    """Take up what comes next in lanes that were kept in the same transaction. Returns as `begin` does."""
    return await _claimed(connection, kept)


async def note(connection: AsyncConnection, delivered: Iterable[Delivered], *, now: datetime) -> None:
    """Mark rows as sent."""
    done = list(delivered)
    if done:
        columns = ([one.id for one in done], [one.channel for one in done], [one.ts for one in done])
        await (await raw(connection)).execute(_SENT, *columns, now)


async def put_back(connection: AsyncConnection, letters: Iterable[Letter]) -> None:
    """Rows that were taken up together with one that failed, and not tried: they wait as before.

    One that an earlier try may have brought to Slack stays as it is, to be looked for.
    """
    if untried := [letter.id for letter in letters if not letter.sending]:
        await (await raw(connection)).execute(_PUT_BACK, untried)


@dataclass(frozen=True, slots=True)
class About:
    """What letters are about: their incidents, entries and updates' threads, as they are now."""

    incidents: Mapping[int, Incident]
    entries: Mapping[tuple[int, int], Entry]
    threads: Mapping[int, tuple[str, str]]


async def about(connection: AsyncConnection, letters: Sequence[Letter]) -> About:
    """Read what letters are about. What this version cannot read is left out."""
    database = await raw(connection)
    places = {(letter.incident_id, letter.seq) for letter in letters}
    ids = list({incident_id for incident_id, _ in places})
    incidents = {row["id"]: row["state"] for row in await database.fetch(_INCIDENTS, ids)}
    columns = [place[0] for place in places], [place[1] for place in places]
    entries = {(row["incident_id"], row["seq"]): row for row in await database.fetch(_ENTRIES, *columns)}
    hanging = list({letter.incident_id for letter in letters if letter.payload.get("thread")})
    threads = await database.fetch(_THREADS, hanging) if hanging else []
    return About(
        _legible(incidents, lambda state: incident_from_json(loaded(state))),
        _legible(entries, lambda row: entry_from_row({**row, "payload": loaded(row["payload"])})),
        {row["incident_id"]: (row["channel"], row["ts"]) for row in threads},
    )


def _legible(rows: Mapping[_K, Any], read: Callable[[Any], _V]) -> dict[_K, _V]:
    """What can be read of them: one that a fault of ours has spoilt keeps no other lane waiting."""
    found: dict[_K, _V] = {}
    for key, row in rows.items():
        try:
            found[key] = read(row)
        except ValueError:
            _logger.exception("%s cannot be read", key)
    return found


async def _claimed(connection: AsyncConnection, held: Holders) -> dict[str, list[Letter]]:
    if not held:
        return {}
    database = await raw(connection)
    found: dict[str, list[Letter]] = {}
    for row in await database.fetch(_HEADS, list(held), TOGETHER):
        found.setdefault(row["lane"], []).append(_letter(row))
    together = {name: _together(letters) for name, letters in found.items()}
    wanted = [letter.id for letters in together.values() for letter in letters]
    claimed = {row["id"] for row in await database.fetch(_CLAIM, wanted)} if wanted else set()
    empty = [name for name in held if name not in together]
    if empty:
        await database.execute(_RELEASE, empty, [held[name] for name in empty])
    mine = {name: [letter for letter in letters if letter.id in claimed] for name, letters in together.items()}
    # Somebody gave all of them up between the look and the claim: what is behind them is looked at anew.
    again = {name: held[name] for name, letters in mine.items() if not letters}
    return {name: letters for name, letters in mine.items() if letters} | await _claimed(connection, again)


def _together(letters: Sequence[Letter]) -> list[Letter]:
    """The first row, and those right behind it that may go with it."""
    count = 1
    if letters[0].kind in _SIMPLE:
        # The updates' thread hangs on the alert: what comes after has to know where it is.
        while count < len(letters) and letters[count].kind in _SIMPLE and not _is_alert(letters[count - 1]):
            count += 1
    return list(letters[:count])


def _is_alert(letter: Letter) -> bool:
    return letter.payload.get("message") == "alert"


def _letter(row: Any) -> Letter:
    return Letter(
        id=row["id"],
        incident_id=row["incident_id"],
        lane=row["lane"],
        kind=row["kind"],
        seq=row["seq"],
        payload=loaded(row["payload"]),
        priority=row["priority"],
        attempts=row["attempts"],
        sending=row["status"] == "sending",
        created_at=row["created_at"],
    )

"""Alerts as rows: read and written a batch at a time, in statements of asyncpg's own."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.alert import Alert, AlertStatus, Known, LinkKind
from bot.domain.alert_sorting import Identity, Sorted
from bot.store.codec import loaded
from bot.store.database import raw

#: Whoever decides about alerts holds this lock of Postgres until the end of the transaction: one at a time decides,
#: however many replicas there are. It is taken before any incident's lock, never after one.
_LOCK = "select pg_advisory_xact_lock(7301, 1)"

_KNOWN = """
select a.source, a.fingerprint, a.status, a.starts_at, a.ends_at, a.digest, a.firings, a.first_seen, a.last_seen,
       a.changes, a.group_id, a.flapping
from unnest($1::text[], $2::text[]) as asked (source, fingerprint)
join alerts a on a.source = asked.source and a.fingerprint = asked.fingerprint
"""

_WRITE = """
insert into alerts (source, fingerprint, status, name, title, text, labels, links, reference, starts_at, ends_at,
                    first_seen, last_seen, firings, changes, flapping, digest, reason, why, group_id)
select source, fingerprint, status, name, title, text, labels::jsonb, links::jsonb, reference, starts_at, ends_at,
       first_seen, last_seen, firings, changes::jsonb, flapping, digest, reason, why, group_id
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::text[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::int[],
            $15::text[], $16::bool[], $17::bytea[], $18::text[], $19::text[], $20::bigint[])
     as told (source, fingerprint, status, name, title, text, labels, links, reference, starts_at, ends_at,
              first_seen, last_seen, firings, changes, flapping, digest, reason, why, group_id)
on conflict (source, fingerprint) do update set
    status = excluded.status, name = excluded.name, title = excluded.title, text = excluded.text,
    labels = excluded.labels, links = excluded.links, reference = excluded.reference, starts_at = excluded.starts_at,
    ends_at = excluded.ends_at, last_seen = excluded.last_seen, firings = excluded.firings,
    changes = excluded.changes, flapping = excluded.flapping, digest = excluded.digest, reason = excluded.reason,
    why = excluded.why, group_id = excluded.group_id
"""

_SEEN = """
update alerts a set last_seen = greatest(a.last_seen, $3)
from unnest($1::text[], $2::text[]) as asked (source, fingerprint)
where a.source = asked.source and a.fingerprint = asked.fingerprint
"""

_OF_GROUPS = """
select * from alerts where group_id = any($1::bigint[]) and ($2::timestamptz is null or first_seen > $2)
order by status, starts_at, fingerprint limit $3
"""

_FLAPPING = "select count(*) from alerts where group_id = any($1::bigint[]) and flapping"

_FORGET = """
delete from alerts where ctid in (
    select ctid from alerts where group_id is null and last_seen < $1 order by last_seen limit 5000
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An alert as it is kept: the alert, what is known of it, and what it came to."""

    alert: Alert
    known: Known
    reason: str
    why: str


async def lock(connection: AsyncConnection) -> None:
    """Be the only one who decides about alerts, until the end of the transaction."""
    await (await raw(connection)).execute(_LOCK)


async def known(connection: AsyncConnection, identities: Sequence[Identity]) -> dict[Identity, Known]:
    """What is known of alerts, by source and fingerprint; those that were never heard of are left out."""
    rows = await (await raw(connection)).fetch(_KNOWN, [one[0] for one in identities], [one[1] for one in identities])
    return {(row["source"], row["fingerprint"]): _known(row) for row in rows}


async def write(connection: AsyncConnection, rows: Iterable[Sorted]) -> None:
    """Write what is known now of alerts, each once. Groups have to be written before."""
    values = [_values(one) for one in rows]
    if values:
        await (await raw(connection)).execute(_WRITE, *map(list, zip(*values, strict=True)))


async def seen(connection: AsyncConnection, identities: Sequence[Identity], now: datetime) -> None:
    """Note that alerts were told again, and nothing else."""
    if identities:
        asked = [one[0] for one in identities], [one[1] for one in identities]
        await (await raw(connection)).execute(_SEEN, *asked, now)


async def of_groups(
    connection: AsyncConnection, groups: Sequence[int], *, since: datetime | None = None, limit: int = 50
) -> list[Stored]:
    """The alerts of groups, those that fire first, then by age; with `since`, those that were first heard of later."""
    return [_stored(row) for row in await (await raw(connection)).fetch(_OF_GROUPS, list(groups), since, limit)]


async def flapping(connection: AsyncConnection, groups: Sequence[int]) -> int:
    """How many alerts of groups come and go."""
    return int(await (await raw(connection)).fetchval(_FLAPPING, list(groups)))


async def forget(connection: AsyncConnection, before: datetime) -> None:
    """Drop alerts that belong to no group and were last told of before a time, some thousands at once."""
    await (await raw(connection)).execute(_FORGET, before)


def _values(one: Sorted) -> tuple[Any, ...]:
    alert, known = one.alert, one.known
    group = one.group.id if one.group is not None else known.group
    return (
        alert.source, alert.fingerprint, known.status, alert.name, alert.title, alert.text, json.dumps(alert.labels),
        json.dumps(alert.links) if alert.links else "{}", alert.reference, known.starts_at, known.ends_at,
        known.first_seen, known.last_seen, known.firings, json.dumps([at.timestamp() for at in known.changes]),
        known.flapping, known.digest, one.reason, one.judgement.why if one.judgement else "", group,
    )  # fmt: skip


def _known(row: Mapping[str, Any]) -> Known:
    return Known(
        status=AlertStatus(row["status"]),
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        digest=row["digest"],
        firings=row["firings"],
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        changes=tuple(_EPOCH + timedelta(seconds=at) for at in loaded(row["changes"])),
        group=row["group_id"],
        flapping=row["flapping"],
    )


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _stored(row: Mapping[str, Any]) -> Stored:
    known = _known(row)
    alert = Alert(
        source=row["source"],
        fingerprint=row["fingerprint"],
        status=known.status,
        title=row["title"],
        labels=loaded(row["labels"]),
        starts_at=known.starts_at,
        ends_at=known.ends_at,
        text=row["text"],
        links={LinkKind(kind): url for kind, url in loaded(row["links"]).items()},
        reference=row["reference"],
    )
    return Stored(alert=alert, known=known, reason=row["reason"], why=row["why"])

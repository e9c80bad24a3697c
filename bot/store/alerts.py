"""Alerts as rows: read and written a batch at a time, in statements of asyncpg's own."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.alert import Alert, AlertStatus, Known, LinkKind
from bot.domain.alert_links import silence_form
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

#: The columns, in the order of `_values`.
COLUMNS = (
    "source", "fingerprint", "status", "name", "title", "text", "labels", "links", "reference", "starts_at", "ends_at",
    "first_seen", "last_seen", "firings", "changes", "flapping", "digest", "reason", "why", "group_id",
)  # fmt: skip

#: Why an alert is where it is stays said when it is told again, and when it is over.
_KEPT = {
    "reason": "case when $18::text = 'REPEAT' then reason else $18::text end",
    "why": "case when $19::text = '' then why else $19::text end",
}
_SET = ", ".join(f"{name} = {_KEPT.get(name, f'${at}')}" for at, name in enumerate(COLUMNS, start=1) if at > 2)
_CHANGE = f"update alerts set {_SET} where source = $1 and fingerprint = $2"  # noqa: S608 (our own names)

_SEEN = """
update alerts a set last_seen = greatest(a.last_seen, $3)
from unnest($1::text[], $2::text[]) as asked (source, fingerprint)
where a.source = asked.source and a.fingerprint = asked.fingerprint
"""

_OF_GROUPS = """
select * from alerts where group_id = any($1::bigint[]) order by status, starts_at, fingerprint limit $2
"""

_UNHEARD = """
select a.* from alerts a join alert_groups g on g.id = a.group_id
where g.id = any($1::bigint[]) and (g.told_at is null or a.first_seen > g.told_at)
order by a.status, a.starts_at, a.fingerprint limit $2
"""

_FIRST = """
select * from alerts where group_id = any($1::bigint[]) and (status = 'firing' or not $2)
order by first_seen, source, fingerprint limit $3
"""

_FLAPPING = "select count(*) from alerts where group_id = any($1::bigint[]) and flapping"

_FORGET = """
delete from alerts where ctid in (
    select ctid from alerts where group_id is null and last_seen < $1 order by last_seen limit 5000
)
"""


_OLD_GROUPS = """
select g.id from alert_groups g
where g.incident_id is null and g.last_seen < $1
  and not exists (select from alerts a where a.group_id = g.id and a.last_seen >= $1)
order by g.last_seen limit 20
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


async def write(connection: AsyncConnection, rows: Iterable[Sorted], before: Container[Identity]) -> None:
    """Write what is known now of alerts, each once. Groups have to be written before.

    Args:
        connection: a transaction that holds the lock: nobody else writes an alert that was not there.
        rows: what is known.
        before: of which alerts there is a row.
    """
    new: list[Sorted] = []
    changed: list[Sorted] = []
    for one in rows:
        there = (one.alert.source, one.alert.fingerprint) in before
        (changed if there else new).append(one)
    plain = await raw(connection)
    # Their values are made as they are sent, so that others have their turn in between.
    if new:
        await plain.copy_records_to_table("alerts", records=map(_values, new), columns=COLUMNS)
    if changed:
        await plain.executemany(_CHANGE, map(_values, changed))


async def seen(connection: AsyncConnection, identities: Sequence[Identity], now: datetime) -> None:
    """Note that alerts were told again, and nothing else."""
    if identities:
        asked = [one[0] for one in identities], [one[1] for one in identities]
        await (await raw(connection)).execute(_SEEN, *asked, now)


async def of_groups(connection: AsyncConnection, groups: Sequence[int], *, limit: int = 50) -> list[Stored]:
    """The alerts of groups, those that fire first, then by age."""
    return [_stored(row) for row in await (await raw(connection)).fetch(_OF_GROUPS, list(groups), limit)]


async def unheard(connection: AsyncConnection, groups: Sequence[int], *, limit: int = 50) -> list[Stored]:
    """As `of_groups`, only those that were first told of after their group's incident last heard of it."""
    return [_stored(row) for row in await (await raw(connection)).fetch(_UNHEARD, list(groups), limit)]


async def first_of_groups(
    connection: AsyncConnection, groups: Sequence[int], *, limit: int, firing: bool = False
) -> list[Stored]:
    """The alerts of groups that came first, in that order always; only those that fire, where so asked."""
    rows = await (await raw(connection)).fetch(_FIRST, list(groups), firing, limit)
    return [_stored(row) for row in rows]


async def flapping(connection: AsyncConnection, groups: Sequence[int]) -> int:
    """How many alerts of groups come and go."""
    return int(await (await raw(connection)).fetchval(_FLAPPING, list(groups)))


async def forget(connection: AsyncConnection, before: datetime, groups_before: datetime) -> None:
    """Drop what nobody was told of and what was never an incident, some thousands of alerts at once.

    Args:
        connection: a transaction of its own.
        before: alerts of no group that were last told of before it go.
        groups_before: groups that no incident has and none of whose alerts was told of since go, with their alerts.
    """
    await lock(connection)  # what is about to belong to a group stays
    plain = await raw(connection)
    await plain.execute(_FORGET, before)
    if old := [row["id"] for row in await plain.fetch(_OLD_GROUPS, groups_before)]:
        await plain.execute("delete from alerts where group_id = any($1::bigint[])", old)
        await plain.execute("delete from alert_groups where id = any($1::bigint[])", old)


def _values(one: Sorted) -> tuple[Any, ...]:
    alert, known, judgement = one.alert, one.known, one.judgement
    return (
        alert.source, alert.fingerprint, known.status, alert.name, alert.title, alert.text,
        to_json(alert.labels).decode(), _links(alert.links), alert.reference, known.starts_at, known.ends_at,
        known.first_seen, known.last_seen, known.firings, _seconds(known.changes), known.flapping, known.digest,
        one.reason, judgement.why if judgement is not None else "",
        one.group.id if one.group is not None else known.group,
    )  # fmt: skip


def _shown_links(row: Mapping[str, Any]) -> dict[LinkKind, str]:
    links = {LinkKind(kind): url for kind, url in loaded(row["links"]).items()}
    # What can be made of the labels is not kept a hundred thousand times.
    if row["source"] == ALERTMANAGER and (form := silence_form(row["reference"], loaded(row["labels"]))):
        links.setdefault(LinkKind.SILENCE, form)
    return links


def _links(links: Mapping[LinkKind, str]) -> str:
    # Looking a kind's plain text up is what takes time, of a hundred thousand.
    return to_json({_KINDS[kind]: url for kind, url in links.items()}).decode() if links else "{}"


_KINDS = {kind: kind.value for kind in LinkKind}


@lru_cache(maxsize=16)
def _seconds(changes: tuple[datetime, ...]) -> str:
    """Times as the row keeps them; a batch's new ones all have the same."""
    return to_json([at.timestamp() for at in changes]).decode()


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


#: The kind of monitor whose form for silences is made of labels.
ALERTMANAGER = "alertmanager"
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
        links=_shown_links(row),
        reference=row["reference"],
    )
    return Stored(alert=alert, known=known, reason=row["reason"], why=row["why"])

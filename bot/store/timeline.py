"""Reading and appending the timeline."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.actor import Actor, ActorKind
from bot.domain.timeline import Entry
from bot.store.chain import entry_hash
from bot.store.codec import digest_of, event_from_json, event_to_json
from bot.store.tables import timeline


@dataclass(frozen=True, slots=True)
class Chained:
    """Entries as rows, hashed onto the chain, and the chain's new head."""

    rows: Sequence[dict[str, Any]]
    head: bytes


def chain(ref: str, entries: Sequence[Entry], head: bytes) -> Chained:
    """Hash entries onto the chain whose last hash is `head`."""
    rows: list[dict[str, Any]] = []
    for entry in entries:
        kind, payload = event_to_json(entry.event)
        row: dict[str, Any] = {
            "seq": entry.seq,
            "at": entry.at,
            "recorded_at": entry.recorded_at,
            "actor_kind": entry.by.kind.value,
            "actor_id": entry.by.id,
            "kind": kind,
            "payload": payload,
            "digest": digest_of(payload),
            "previous": head,
            "subject": entry.event.subject,
        }
        head = row["hash"] = entry_hash(
            ref=ref,
            seq=entry.seq,
            at=entry.at,
            recorded_at=entry.recorded_at,
            actor=(row["actor_kind"], row["actor_id"]),
            kind=kind,
            subject=row["subject"],
            digest=row["digest"],
            previous=head,
        )
        rows.append(row)
    return Chained(rows, head)


async def append(connection: AsyncConnection, incident_id: int, chained: Chained) -> None:
    """Append hashed entries. The incident has to be locked."""
    await connection.execute(insert(timeline), [{"incident_id": incident_id, **row} for row in chained.rows])


def entry_from_row(row: Mapping[str, Any]) -> Entry:
    """The entry of a row. A redacted payload keeps its shape: `redact` blanks its texts."""
    return Entry(
        seq=row["seq"],
        at=row["at"],
        recorded_at=row["recorded_at"],
        by=Actor(ActorKind(row["actor_kind"]), row["actor_id"]),
        event=event_from_json(row["kind"], row["payload"]),
    )


async def entries_of(
    connection: AsyncConnection,
    incident_id: int,
    *,
    subject: str | None = None,
    seq: int | None = None,
    kinds: Collection[str] = (),
    until: bytes | None = None,
) -> list[Entry]:
    """The entries of an incident in order; only those about one message (`subject`), one (`seq`), or of some kinds.

    With `until`, the hash of an entry, none that came after it: what goes with an incident that was read before.
    """
    rows = await rows_of(connection, incident_id, subject=subject, seq=seq, kinds=kinds, until=until)
    return [entry_from_row(row) for row in rows]


async def rows_of(
    connection: AsyncConnection,
    incident_id: int,
    *,
    subject: str | None = None,
    seq: int | None = None,
    kinds: Collection[str] = (),
    until: bytes | None = None,
) -> Sequence[Mapping[str, Any]]:
    """Like `entries_of`, as rows with their hashes."""
    query = select(timeline).where(timeline.c.incident_id == incident_id).order_by(timeline.c.seq)
    if subject is not None:
        query = query.where(timeline.c.subject == subject)
    if seq is not None:
        query = query.where(timeline.c.seq == seq)
    if kinds:
        query = query.where(timeline.c.kind.in_(kinds))
    if until is not None:
        its = timeline.alias()
        last = select(its.c.seq).where(its.c.incident_id == incident_id, its.c.hash == until)
        query = query.where(timeline.c.seq <= last.scalar_subquery())
    return [dict(row) for row in (await connection.execute(query)).mappings()]

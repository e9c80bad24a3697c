"""Whether an incident's record is what it was: the chain, the row folded from it, and what is kept beside it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.diagnostics.result import Report
from bot.domain.errors import UnknownIncident
from bot.domain.events import DiagnosticRecorded, ReviewDrafted, ReviewEdited
from bot.domain.evolve import FOLD, fold
from bot.store import chain, evidence, incidents, reviews
from bot.store import timeline as log
from bot.store.codec import incident_to_json
from bot.store.database import Database
from bot.store.incidents import Stored

#: What any version keeps of an incident, and keeps alike.
_ALWAYS = ("ref", "seq", "title", "severity", "private", "drill", "service", "declared_by", "declared_at", "channel_id")


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at, what is wrong (in sentences), and the entries whose text was taken out on purpose."""

    entries: int
    head: str
    faults: tuple[str, ...]
    redacted: tuple[int, ...]


async def verify(database: Database, ref: str) -> Verified:
    """Check an incident's timeline, its row, its evidence and its reviews.

    Raises:
        UnknownIncident: there is no such incident.
        DatabaseUnavailable: it could not be read.
    """
    async with database.transaction() as connection:
        # Locked, so that an entry which is being added is not taken for a forged one.
        stored = await incidents.lock(connection, ref=ref)
        if stored is None:
            raise UnknownIncident(typed=ref)
        rows = await log.rows_of(connection, stored.id)
        faults = [str(one) for one in chain.verify(ref, rows, seq=stored.incident.seq, head=stored.head)]
        if not faults:  # a broken chain says it all
            faults += _row(stored, rows)
            faults += await _kept(connection, stored.id, rows)
    redacted = tuple(row["seq"] for row in rows if row["redacted_at"] is not None)
    return Verified(stored.incident.seq, stored.head.hex(), tuple(faults), redacted)


def _row(stored: Stored, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The incident's row is the fold of its timeline; texts that were redacted can differ."""
    if any(row["redacted_at"] is not None for row in rows):
        return []
    folded = incident_to_json(fold(log.entry_from_row(row) for row in rows))
    kept = incident_to_json(stored.incident)
    # By other rules than ours some of it may differ; what every version has kept in the same way may not.
    compared = folded if stored.fold == FOLD else _ALWAYS
    return [f"the incident's {name} is not what its timeline says" for name in compared if folded[name] != kept[name]]


async def _kept(connection: AsyncConnection, incident_id: int, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Evidence and reviews have the digests that the timeline recorded."""
    faults: list[str] = []
    for row in rows:
        if row["redacted_at"] is not None:
            continue
        match log.entry_from_row(row).event:
            case DiagnosticRecorded(evidence=number, digest=digest):
                if _digest_of(await evidence.report(connection, number)) != digest:
                    faults.append(f"entry {row['seq']}: evidence {number} was altered or removed")
            case ReviewDrafted(version=version, digest=digest) | ReviewEdited(version=version, digest=digest):
                kept = await reviews.version(connection, incident_id, version)
                if kept is None or hashlib.sha256(kept.markdown.encode()).hexdigest() != digest:
                    faults.append(f"entry {row['seq']}: version {version} of the review was altered or removed")
            case _:
                pass
    return faults


def _digest_of(report: Mapping[str, Any] | None) -> str | None:
    """A kept report's digest; None where it is gone, or no report any more."""
    try:
        return Report.from_dict(report).digest() if report is not None else None
    except (KeyError, TypeError, ValueError):
        return None

"""The hash chain of a timeline, and finding where it was broken.

Each entry's hash covers the one before it and everything the entry says; of the payload it covers the
digest, so that a payload can be redacted and the chain still holds.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.store.codec import canonical, digest_of

#: What stands before the first entry.
GENESIS = bytes(32)


def entry_hash(
    *,
    ref: str,
    seq: int,
    at: datetime,
    recorded_at: datetime,
    actor: tuple[str, str],
    kind: str,
    subject: str | None,
    digest: bytes,
    previous: bytes,
) -> bytes:
    """SHA-256 over one entry, chained to the one before it; 32 bytes."""
    said = [ref, seq, _instant(at), _instant(recorded_at), *actor, kind, subject, digest.hex(), previous.hex()]
    return hashlib.sha256(canonical(said)).digest()


def _instant(moment: datetime) -> int:
    """Microseconds since the epoch: what Postgres keeps of a time, whatever the zone it comes back in."""
    delta = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain does not hold: the entry's number, and what is wrong there."""

    seq: int
    what: str

    def __str__(self) -> str:
        return f"entry {self.seq}: {self.what}"


def verify(ref: str, rows: Iterable[Mapping[str, Any]], *, seq: int, head: bytes) -> list[Break]:
    """Check a timeline against itself and against its incident's row.

    Args:
        ref: the incident's reference.
        rows: the timeline's rows in order of `seq`.
        seq: how many entries the incident's row counts.
        head: the last hash that the incident's row holds.

    Returns:
        Every break, in order; empty when nothing was altered, removed or reordered.
    """
    breaks: list[Break] = []
    previous, expected = GENESIS, 1
    for row in rows:
        number = row["seq"]
        if number != expected:
            breaks.append(Break(expected, f"removed: the next entry there is {number}"))
        if row["redacted_at"] is None and digest_of(row["payload"]) != row["digest"]:
            breaks.append(Break(number, "its text was altered"))
        if row["previous"] != previous:
            breaks.append(Break(number, "does not follow the entry before it"))
        right = entry_hash(
            ref=ref,
            seq=number,
            at=row["at"],
            recorded_at=row["recorded_at"],
            actor=(row["actor_kind"], row["actor_id"]),
            kind=row["kind"],
            subject=row["subject"],
            digest=row["digest"],
            previous=row["previous"],
        )
        if row["hash"] != right:
            breaks.append(Break(number, "was altered"))
        previous, expected = row["hash"], number + 1
    if expected - 1 != seq:
        breaks.append(Break(expected, f"removed: the incident counts {seq} entries and {expected - 1} are there"))
    elif previous != head:
        breaks.append(Break(seq, "is not the last entry that the incident knows"))
    return breaks

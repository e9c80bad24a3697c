"""What the checks of targets measured before: the last time, and while all was well."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import measured

#: The scope of what everybody may know.
EVERYBODY = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a check of a target said at a time."""

    target: str
    check: str
    verdict: str
    value: float | None
    at: datetime


Known = Mapping[tuple[str, str], Measured]


async def known(
    connection: AsyncConnection, targets: Collection[str], *, scope: int = EVERYBODY
) -> tuple[Known, Known]:
    """What is known of targets: what was measured last, and what was while all was well, by target and check.

    Args:
        connection: only reads.
        targets: by name.
        scope: a private incident's row: its own results count as those of everybody do, and only it has them.
    """
    wanted = select(measured).where(measured.c.target.in_(targets), measured.c.scope.in_((EVERYBODY, scope)))
    last: dict[tuple[str, str], Measured] = {}
    healthy: dict[tuple[str, str], Measured] = {}
    for row in await connection.execute(wanted.order_by(measured.c.at)):
        found = Measured(target=row.target, check=row.check, verdict=row.verdict, value=row.value, at=row.at)
        (healthy if row.healthy else last)[row.target, row.check] = found
    return last, healthy


async def note(
    connection: AsyncConnection, found: Sequence[Measured], *, scope: int = EVERYBODY, healthy: bool = False
) -> None:
    """Keep what was measured, in place of what was there; what is older than that is passed over."""
    # In one order, so that two runs at once do not wait for each other in a ring.
    rows = [
        {"scope": scope, "target": one.target, "check": one.check, "healthy": healthy}
        | {"verdict": one.verdict, "value": one.value, "at": one.at}
        for one in sorted({(one.target, one.check): one for one in found}.values(), key=lambda m: (m.target, m.check))
    ]
    if not rows:
        return
    put = insert(measured)
    put = put.on_conflict_do_update(
        index_elements=["scope", "target", "check", "healthy"],
        set_={"verdict": put.excluded.verdict, "value": put.excluded.value, "at": put.excluded.at},
        where=measured.c.at <= put.excluded.at,
    )
    await connection.execute(put, rows)

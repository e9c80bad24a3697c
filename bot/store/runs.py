"""How far runs of diagnostics are, while they are at work."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.events import DiagnosticRecorded, DiagnosticRequested
from bot.domain.timeline import Entry
from bot.store import timeline as log
from bot.store.tables import runs


@dataclass(frozen=True, slots=True)
class Far:
    """How far a run is: checks done of all, and what is waited for."""

    done: int
    total: int
    waiting: tuple[str, ...]


async def note(connection: AsyncConnection, incident_id: int, run: str, far: Far) -> None:
    """Keep how far a run is."""
    values = {"done": far.done, "total": far.total, "waiting": list(far.waiting)}
    put = insert(runs).values(incident_id=incident_id, run=run, **values)
    await connection.execute(put.on_conflict_do_update(index_elements=["incident_id", "run"], set_=values))


async def how_far(connection: AsyncConnection, incident_id: int, run: str) -> Far | None:
    """How far a run is; None where it has not begun, or is over."""
    wanted = select(runs.c.done, runs.c.total, runs.c.waiting)
    row = (await connection.execute(wanted.where(runs.c.incident_id == incident_id, runs.c.run == run))).one_or_none()
    return Far(row.done, row.total, tuple(row.waiting)) if row else None


async def over(connection: AsyncConnection, incident_id: int, run: str) -> None:
    """Forget how far a run was."""
    await connection.execute(delete(runs).where(runs.c.incident_id == incident_id, runs.c.run == run))


async def entry(connection: AsyncConnection, incident_id: int, run: str, head: bytes) -> Entry | None:
    """What the timeline says of a run, up to the entry with the hash `head`: its result, or else that it was asked for.

    Whoever shows both an incident and a run of it would otherwise show a result that the incident has not heard of.
    """
    kinds = ("diagnostic_requested", "diagnostic_recorded")
    found: Sequence[Entry] = await log.entries_of(connection, incident_id, kinds=kinds, until=head)
    about = [
        one for one in found if isinstance(one.event, DiagnosticRequested | DiagnosticRecorded) and one.event.run == run
    ]
    recorded = [one for one in about if isinstance(one.event, DiagnosticRecorded)]
    return next(iter(recorded or about), None)

"""What diagnostics found, kept whole, and the versions of reviews."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import evidence


async def keep(
    connection: AsyncConnection, incident_id: int, *, run: str, target: str, report: Mapping[str, Any], digest: str
) -> tuple[int, dict[str, Any]]:
    """Keep a diagnostic's report; returns its id and what is kept. The same run keeps its first report."""
    row = insert(evidence).values(incident_id=incident_id, run=run, target=target, report=report, digest=digest)
    await connection.execute(row.on_conflict_do_nothing())
    kept = select(evidence.c.id, evidence.c.report).where(evidence.c.incident_id == incident_id, evidence.c.run == run)
    found = (await connection.execute(kept)).one()
    return int(found.id), dict(found.report)


async def reports(connection: AsyncConnection, incident_id: int) -> dict[int, dict[str, Any]]:
    """Every report of an incident by its id."""
    rows = select(evidence.c.id, evidence.c.report).where(evidence.c.incident_id == incident_id)
    return {row.id: row.report for row in await connection.execute(rows)}


async def report(connection: AsyncConnection, evidence_id: int) -> dict[str, Any] | None:
    """One report; None where there is none."""
    return (
        await connection.execute(select(evidence.c.report).where(evidence.c.id == evidence_id))
    ).scalar_one_or_none()


async def of_run(connection: AsyncConnection, incident_id: int, run: str) -> dict[str, Any] | None:
    """The report of a run; None while there is none."""
    wanted = select(evidence.c.report).where(evidence.c.incident_id == incident_id, evidence.c.run == run)
    return (await connection.execute(wanted)).scalar_one_or_none()


async def before(connection: AsyncConnection, incident_id: int, evidence_id: int, target: str) -> dict[str, Any] | None:
    """The last report of the same diagnostic in an incident before this one; None for the first."""
    same = select(evidence.c.report).where(evidence.c.incident_id == incident_id, evidence.c.target == target)
    return (
        await connection.execute(same.where(evidence.c.id < evidence_id).order_by(evidence.c.id.desc()).limit(1))
    ).scalar_one_or_none()

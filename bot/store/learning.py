"""What happened in runs of runbooks, over all incidents."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Text, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain import runbook_events as e
from bot.domain.events import kind_of
from bot.domain.timeline import Entry
from bot.store.tables import incidents, timeline
from bot.store.timeline import entry_from_row

#: Entries that are read at most: a run has some twenty.
MOST = 100_000
#: What a run's first entry holds most of, and what nobody counts.
_HEAVY = ("phases", "steps")
_BEGUN = kind_of(e.RunbookStarted)
_KINDS = tuple(
    kind_of(kind)
    for kind in (
        e.RunbookStarted,
        e.StepMarked,
        e.WentBack,
        e.RunbookPaused,
        e.RunbookResumed,
        e.RunbookFinished,
        e.RunbookStopped,
    )
)


@dataclass(frozen=True, slots=True)
class Happened:
    """The entries of runs, each with its incident's reference, in each incident's order; `whole` unless some were left.

    A run's first entry comes without its phases and steps.
    """

    entries: tuple[tuple[str, Entry], ...]
    whole: bool = True


async def of_runbooks(
    connection: AsyncConnection, *, since: datetime | None = None, drills: bool = False, most: int = MOST
) -> Happened:
    """What happened in runs of runbooks, of the newest incidents first.

    Args:
        connection: only reads.
        since: what is older is left out; in UTC.
        drills: whether practice counts.
        most: how many entries are read; the oldest incidents that do not fit as a whole are left out.
    """
    heavy = cast(array(_HEAVY), ARRAY(Text))
    light = timeline.c.payload.op("-")(heavy).label("payload")
    columns = [column for column in timeline.c if column.name in _READ]
    query = (
        select(incidents.c.ref, light, *columns)
        .join(incidents, incidents.c.id == timeline.c.incident_id)
        .where(timeline.c.kind.in_(_KINDS), _has_runs())
        .order_by(timeline.c.incident_id.desc(), timeline.c.seq)
        .limit(most + 1)
    )
    if since is not None:
        query = query.where(timeline.c.at >= since)
    if not drills:
        query = query.where(incidents.c.state["drill"].astext != "true")
    rows = (await connection.execute(query)).mappings().all()
    whole = len(rows) <= most
    # Of the last incident some may be missing.
    kept = rows if whole else [row for row in rows if row["ref"] != rows[-1]["ref"]]
    return Happened(tuple((row["ref"], entry_from_row(_complete(dict(row)))) for row in kept), whole)


_READ = ("seq", "at", "recorded_at", "actor_kind", "actor_id", "kind")


def _has_runs() -> ColumnElement[bool]:
    """Whether an incident had any run: its row says so, which saves reading every timeline."""
    return func.coalesce(func.jsonb_array_length(incidents.c.state["runbooks"]), 0) > 0


def _complete(row: dict[str, object]) -> dict[str, object]:
    if row["kind"] == _BEGUN and isinstance(row["payload"], dict):
        row["payload"] = {**dict.fromkeys(_HEAVY, ()), **row["payload"]}
    return row

"""What was promised in the timeline and has not come: its job was lost, with a process or in an outage."""

from datetime import datetime, timedelta

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import inbox, queue
from bot.store.queue import Job
from bot.store.tables import evidence, timeline

#: Of two looks within so many minutes only one enqueues: the job of the first may be at work.
_MINUTES = 10

#: A review is written by itself after these. It may say nothing new, so it is looked for ever less often: after about
#: 2, 4, 8, … minutes.
_WRITTEN_AFTER = ("resolved", "review_outdated")

#: An action is at work after these, and each of those says that it came to something.
_ACTIONS = ("action_requested", "action_started")
_TOLD = ("action_proposed", "action_impossible", "action_declined", "action_finished")

_later = timeline.alias("later")


async def renew(connection: AsyncConnection, *, now: datetime, before: datetime, after: datetime) -> int:
    """Enqueue again what was asked for and did not come; returns how many.

    A diagnostic that has run is known by its evidence, a review by a version that was drafted since (or that stands, as
    it is published), an action by what is told of it. Doing one again that is only slow is harmless: a run is recorded
    once, and a review of the same entries is the same version.

    Args:
        connection: a transaction.
        now: the time, in UTC.
        before: what was asked for later than this may only be waiting for its turn.
        after: how far back is looked.
    """
    ran = exists().where(
        evidence.c.incident_id == timeline.c.incident_id, evidence.c.run == timeline.c.payload["run"].astext
    )
    drafted = exists().where(
        _later.c.incident_id == timeline.c.incident_id,
        _later.c.seq > timeline.c.seq,
        _later.c.kind.in_(("review_drafted", "review_published")),
    )
    told = exists().where(
        _later.c.incident_id == timeline.c.incident_id,
        _later.c.seq > timeline.c.seq,
        _later.c.kind.in_(_TOLD),
        _later.c.payload["number"] == timeline.c.payload["number"],
    )
    again = exists().where(
        _later.c.incident_id == timeline.c.incident_id,
        _later.c.seq > timeline.c.seq,
        _later.c.kind.in_(("reopened", *_WRITTEN_AFTER)),
    )
    asked, wanted = timeline.c.kind == "diagnostic_requested", timeline.c.kind == "review_requested"
    due = timeline.c.kind.in_(_WRITTEN_AFTER)
    acts = timeline.c.kind.in_(_ACTIONS)
    lost = (
        select(timeline.c.incident_id, timeline.c.seq, timeline.c.kind, timeline.c.payload, timeline.c.recorded_at)
        .where(timeline.c.kind.in_(("diagnostic_requested", "review_requested", *_WRITTEN_AFTER, *_ACTIONS)))
        .where(timeline.c.recorded_at < before, timeline.c.recorded_at > after, timeline.c.redacted_at.is_(None))
        .where(or_(and_(asked, ~ran), and_(wanted, ~drafted), and_(due, ~drafted, ~again), and_(acts, ~told)))
    )
    slot = f"{now:%Y-%m-%dT%H}:{now.minute // _MINUTES}"
    jobs: list[Job] = []
    for row in await connection.execute(lost):
        own = (
            f"x{((now - row.recorded_at) // timedelta(minutes=1)).bit_length()}" if row.kind in _WRITTEN_AFTER else slot
        )
        if not await inbox.first_time(connection, f"promise:{row.incident_id}:{row.seq}:{own}"):
            continue
        about = {"incident": row.incident_id}
        if row.kind in ("review_requested", *_WRITTEN_AFTER):
            jobs.append(Job(queue.REVIEW, about))
        elif row.kind in _ACTIONS:
            jobs.append(Job(queue.ACTION, about | {"number": row.payload["number"]}))
        else:
            asked_for = {name: row.payload[name] for name in ("target", "run")}
            jobs.append(Job(queue.CHECK, about | asked_for | {"watch": row.payload.get("watch", False)}))
    await queue.enqueue(connection, jobs)
    return len(jobs)

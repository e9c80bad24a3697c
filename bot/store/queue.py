"""Putting jobs into PgQueuer inside our own transaction, so that they exist if and only if it commits."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pgqueuer import Queries
from pgqueuer.db import AsyncpgDriver
from sqlalchemy import Interval, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import raw

#: The entry points, which `bot/jobs` registers.
DELIVER, SURFACE, TIMER, CHECK, REVIEW, ACTION = "deliver", "surface", "timer", "check", "review", "action"
#: About a group of alerts: its message is brought up to date; its incident hears of what is new.
ALERT_CARD, ALERT_TELL = "alert_card", "alert_tell"

#: For how long it is known what became of a job: somebody may look why it came late.
_KEPT = timedelta(days=1)
#: How many are forgotten at once, so that a look never takes long.
_AT_ONCE = 5_000
# PgQueuer writes three rows for each job, and never drops one.
_FORGET = text(
    """
    delete from pgqueuer_log where id in (
        select id from pgqueuer_log where created < now() - :kept order by created limit :most for update skip locked
    )
    """
).bindparams(bindparam("kept", type_=Interval()))


@dataclass(frozen=True, slots=True)
class Job:
    """A job to come: its entry point, what it is about, how urgent (higher first) and how far ahead."""

    entrypoint: str
    payload: dict[str, Any]
    priority: int = 0
    delay: timedelta | None = None


async def enqueue(connection: AsyncConnection, jobs: Sequence[Job]) -> None:
    """Add jobs to the queue within the connection's transaction."""
    if not jobs:
        return
    queries = Queries(AsyncpgDriver(await raw(connection)))
    await queries.enqueue(
        [job.entrypoint for job in jobs],
        [json.dumps(job.payload).encode() for job in jobs],
        [job.priority for job in jobs],
        [job.delay or timedelta() for job in jobs],
    )


async def forget(connection: AsyncConnection) -> None:
    """Drop what PgQueuer has noted of jobs that are long over."""
    await connection.execute(_FORGET, {"kept": _KEPT, "most": _AT_ONCE})

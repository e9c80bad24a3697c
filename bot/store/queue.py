"""Putting jobs into PgQueuer inside our own transaction, so that they exist if and only if it commits."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pgqueuer import Queries
from pgqueuer.db import AsyncpgDriver
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import raw

#: The entry points, which `bot/jobs` registers.
DELIVER, SURFACE, TIMER, CHECK, REVIEW = "deliver", "surface", "timer", "check", "review"


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

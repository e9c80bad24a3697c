"""The outbox in people's hands: looking at it, asking Slack again, and giving up."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.application.execute import Muster, Outcome, urgency
from bot.domain import commands as c
from bot.domain.errors import UnknownDelivery, UnknownIncident
from bot.store import incidents, letters
from bot.store.database import DatabaseUnavailable
from bot.store.letters import Shown

#: The most rows that are shown at once. Whoever has more needs numbers, which `GET /metrics` has.
MOST = 500
#: Seconds that a scrape waits for the database.
_PATIENCE = 1.0
#: What waits for longer than this is late, and people are told so.
SLOW = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Depth:
    """How many rows of one kind wait, and how long the oldest has."""

    rows: int
    oldest: timedelta


@dataclass(frozen=True, slots=True)
class Pressure:
    """How the outbox stands: what waits by priority, and how many rows were refused and not yet seen to.

    Each of the policy's priorities is in it, also where nothing waits.
    """

    waiting: Mapping[int, Depth]
    refused: int


async def look(muster: Muster, *, ref: str | None = None, everything: bool = False) -> Sequence[Shown]:
    """What waits, is being sent, is put off or was refused, in order; `MOST` rows at most.

    Args:
        muster: the application.
        ref: of one incident; else of all.
        everything: with what was sent and dropped, the newest rows.

    Raises:
        UnknownIncident: there is no such incident.
        DatabaseUnavailable: it could not be read.
    """
    async with muster.database.transaction() as connection:
        incident_id = await _incident(connection, ref)
        return await letters.shown(connection, incident_id=incident_id, everything=everything, limit=MOST)


async def refused(muster: Muster, ref: str | None) -> Sequence[int]:
    """The rows that a retry of all would ask Slack for, in order. Raises UnknownIncident or DatabaseUnavailable."""
    async with muster.database.transaction() as connection:
        return await letters.retriable(connection, await _incident(connection, ref))


async def act(muster: Muster, command: c.DeliveryCommand) -> Outcome:
    """Retry or drop a row.

    Raises:
        DomainError: it cannot be done; the sentence says why.
        DatabaseUnavailable: nothing was recorded.
    """
    async with muster.database.transaction() as connection:
        incident_id = await letters.incident_of(connection, command.outbox)
    if incident_id is None:
        raise UnknownDelivery(number=command.outbox)
    return await muster.execute(command, incident_id=incident_id)


async def pressure(muster: Muster) -> Pressure | None:
    """How the outbox stands now; None when the database does not say so in time."""
    try:
        async with muster.database.transaction(_PATIENCE) as connection:
            found = await letters.backlog(connection)
    except DatabaseUnavailable:
        return None
    now = muster.now()
    waiting = {urgency(severity): Depth(0, timedelta()) for severity in muster.policy.severities} | {
        priority: Depth(rows, max(now - oldest, timedelta())) for priority, (rows, oldest) in found.waiting.items()
    }
    return Pressure(waiting, found.refused)


async def behind(muster: Muster, incident_id: int | None = None, *, within: float = _PATIENCE) -> Mapping[str, Depth]:
    """The incidents of which Slack is told late, by reference; none where the database does not say so in time.

    Args:
        muster: the application.
        incident_id: of one incident; else of all.
        within: seconds. It is said beside something that must not come late itself.
    """
    try:
        async with asyncio.timeout(within), muster.database.transaction(within) as connection:
            found = await letters.waiting(connection, incident_id)
    except (DatabaseUnavailable, TimeoutError):
        return {}
    now = muster.now()
    return {ref: Depth(rows, now - oldest) for ref, (rows, oldest) in found.items() if now - oldest > SLOW}


async def _incident(connection: AsyncConnection, ref: str | None) -> int | None:
    if ref is None:
        return None
    stored = await incidents.by_ref(connection, ref)
    if stored is None:
        raise UnknownIncident(typed=ref)
    return stored.id

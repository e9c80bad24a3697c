"""Delivering the outbox: in order within a lane, and nothing twice.

A row is marked `sending` before the call. After an unclear outcome the next try looks in Slack first; only
what surely did not happen is sent again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.application.ports import Refused, TryAgain, Unclear
from bot.domain import commands as c
from bot.domain import effects as f
from bot.domain.actor import MUSTER
from bot.jobs.carry import Carried, Carrier, Matter, matter_of
from bot.jobs.desk import Desk
from bot.store import lanes, surfaces
from bot.store.database import DatabaseUnavailable
from bot.store.lanes import Letter
from bot.store.letters import NO_ROOM, refusal_key

_logger = logging.getLogger(__name__)

#: The longest wait between two tries at the same row.
_LONGEST = timedelta(minutes=2)
#: How often the lease is renewed during a long call, in seconds.
_RENEW_S = lanes.LEASE.total_seconds() / 3
#: What a person reads when a kind of row was refused.
WHAT = {
    "open_channel": "the incident's channel could not be opened",
    "post": "a message could not be posted",
    "publish": "a card could not be posted",
    "invite": "people could not be invited",
    "react": "a reaction could not be set",
    "fetch": "a pinned message could not be read",
    "upload": "the review could not be uploaded",
}


@dataclass(slots=True)
class Delivery:
    """Drains lanes."""

    desk: Desk
    carrier: Carrier
    courtesy: Callable[[], Awaitable[None]]
    on_outcome: Callable[[str, str], None]
    #: While it is held, everything else that is polite waits: people wait for a new incident's alert.
    ahead: Callable[[], AbstractContextManager[None]] = nullcontext
    closing: bool = False
    #: The leases that an outage of the database kept us from giving back, by lane: whoever comes next goes on with one.
    _left: dict[str, UUID] = field(default_factory=dict)

    async def drain(self, lane: str) -> None:
        """Deliver a lane's rows until it is empty, put off, or somebody else's.

        Raises:
            DatabaseUnavailable: the job is to be tried again.
        """
        await self.courtesy()
        holder = self._left.pop(lane, None) or uuid4()
        try:
            await self._drain(lane, holder)
        except DatabaseUnavailable:
            self._left[lane] = holder
            raise

    async def _drain(self, lane: str, holder: UUID) -> None:
        database = self.desk.muster.database
        async with database.transaction() as connection:
            if not await lanes.take(connection, lane, holder):
                return
            matter = await _next(connection, lane, holder)
        with ExitStack() as first:
            await self._deliver(matter, lane, holder, first)

    async def _deliver(self, matter: Matter | None, lane: str, holder: UUID, first: ExitStack) -> None:
        """Deliver one row after the other; from opening a channel to its alert, before everything else."""
        opened = False
        while matter is not None:
            letter = matter.letter
            if not opened:
                await self.courtesy()
            if letter.kind == "open_channel":
                first.enter_context(self.ahead())
            try:
                carried = await self._carry(matter, holder)
            except TryAgain as error:
                # It may be the search for an earlier, unclear try that has to be tried again.
                await self._later(letter, holder, error.reason, error.wait, clear=not letter.sending)
                return
            except Unclear as error:
                await self._later(letter, holder, error.reason, error.wait, clear=False)
                return
            except Refused as error:
                await self._refused(letter, error)
                carried = None
            self.on_outcome(letter.kind, "sent" if carried else "refused")
            opened = letter.kind == "open_channel"
            if not opened:
                first.close()
            async with self.desk.muster.database.transaction() as connection:
                if carried is not None:
                    await self._sent(connection, letter, carried)
                if self.closing:
                    await lanes.hand_over(connection, lane, holder)
                    return
                matter = await _next(connection, lane, holder)

    async def _carry(self, matter: Matter, holder: UUID) -> Carried:
        """Carry a row, keeping the lane's lease however long Slack takes."""
        try:
            async with asyncio.TaskGroup() as group:
                carrying = group.create_task(self.carrier.carry(matter))
                while not (await asyncio.wait({carrying}, timeout=_RENEW_S))[0]:
                    async with self.desk.muster.database.transaction() as connection:
                        await lanes.renew(connection, matter.letter.lane, holder)
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return carrying.result()

    async def _sent(self, connection: AsyncConnection, letter: Letter, carried: Carried) -> None:
        now = self.desk.muster.now()
        await lanes.sent(connection, letter, now=now, channel=carried.channel, ts=carried.ts)
        if letter.payload.get("message") == "alert":
            # The bookmark leads to the updates' thread, which exists from now on.
            await surfaces.want(connection, letter.incident_id, f.Surface.BOOKMARKS)

    async def _later(self, letter: Letter, holder: UUID, reason: str, wait: timedelta, *, clear: bool) -> None:
        if reason != "ratelimited":
            wait = min(wait * 2 ** min(letter.attempts, 8), _LONGEST)
        _logger.warning("outbox %d (%s) put off for %.1f s: %s", letter.id, letter.kind, wait.total_seconds(), reason)
        self.on_outcome(letter.kind, "later")
        async with self.desk.muster.database.transaction() as connection:
            await lanes.later(connection, letter, holder, wait, clear=clear, reason=reason)

    async def _refused(self, letter: Letter, error: Refused) -> None:
        """Tell the commander, then give the row up; a refused note about a refusal is only logged."""
        now = self.desk.muster.now()
        _logger.error("outbox %d (%s) refused: %s", letter.id, letter.kind, error.reason)
        about_a_failure = letter.payload.get("message") == "delivery_failed"
        if error.reason != NO_ROOM and not about_a_failure:
            failure = c.RecordFailure(
                by=MUSTER, outbox=letter.id, what=WHAT[letter.kind], reason=error.reason, remedy=error.remedy
            )
            await self.desk.muster.execute(failure, incident_id=letter.incident_id, key=refusal_key(letter.id))
        async with self.desk.muster.database.transaction() as connection:
            await lanes.refused(connection, letter, error.reason, now=now)
            if letter.kind == "open_channel":
                await lanes.refuse_rest(connection, letter.incident_id, letter.lane, NO_ROOM, now=now)


async def _next(connection: AsyncConnection, lane: str, holder: UUID) -> Matter | None:
    """The lane's next row with what it is about, in one transaction; None when the lane is empty or lost."""
    letter = await lanes.first_letter(connection, lane, holder)
    return await matter_of(connection, letter) if letter else None

"""After nobody listened: reading in Slack what people did meanwhile, and recording it when it happened.

Everything goes through `Muster.execute` by the commands that events make, so reading twice, or an event that comes
late as well, changes nothing. An incident's watermark moves once all of it was read and recorded.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID, uuid4

from bot.application import logs
from bot.application.execute import Muster
from bot.application.ports import HELD_BACK, Paced, Refused, TryAgain, Unclear, calling_for
from bot.domain.errors import DomainError
from bot.slack.directory import Identity
from bot.slack.missed import Known, known, missed
from bot.slack.reading import Reading
from bot.slack.rereading import Rereader
from bot.store import caught_up, incidents, lanes
from bot.store import timeline as log
from bot.store.database import DatabaseUnavailable

_logger = logging.getLogger(__name__)

_T = TypeVar("_T")

#: How old a watermark may grow while all seems well.
EVERY = timedelta(minutes=15)
#: Calls that failed for anything but a limit are tried this often before Slack counts as away. One that was held back
#: is made again in its place, so that what was read before it is not read twice.
_TRIES = 3
#: Seconds: the longest wait for one call, for one incident's calls altogether, and between two passes.
_LONGEST, _ALTOGETHER, _FARTHEST = 60.0, 600.0, 120.0
#: Seconds after which the lease is renewed.
_RENEW = lanes.LEASE.total_seconds() / 3


@dataclass(slots=True)
class Reconciler:
    """Catches up with Slack, one incident after the other; of all processes, one at a time reads an incident.

    Attributes:
        muster: the application.
        slack: where to read.
        courtesy: lets what people wait for go first.
        look: seconds between two looks for watermarks that have grown old.
        pause: seconds between two passes while there is more to read; doubled while Slack or the database is away.
    """

    muster: Muster
    slack: Reading
    courtesy: Callable[[], Awaitable[None]]
    look: float = 60.0
    pause: float = 5.0
    _needed: datetime | None = None
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    #: Until when, on the event loop's clock, incidents whose channel can't be read are left alone.
    _closed: dict[int, float] = field(default_factory=dict)

    def gap(self) -> None:
        """Until this moment something may have been missed: it is read as soon as can be."""
        self._needed = self.muster.now()
        self._wake.set()

    @property
    def behind(self) -> bool:
        """Whether something of a gap has yet to be read."""
        return self._needed is not None

    def stop(self) -> None:
        """End `run`, and whatever it waits for."""
        self._stopping.set()
        self._wake.set()

    async def run(self) -> None:
        """Catch up after each gap, and now and then in any case, until `stop`."""
        done, failures = True, 0
        while not self._stopping.is_set():
            if done:
                await _either(self._wake, self.look)
                if self._stopping.is_set():
                    return
            self._wake.clear()
            try:
                with calling_for(0):
                    done = await self.once()
                failures = 0
            except (DatabaseUnavailable, TryAgain, Unclear, Refused) as error:
                done, failures = False, failures + 1
                _logger.warning("catching up with Slack is put off: %s", str(error) or type(error).__name__)
            if not done or self._wake.is_set():  # a gap is often told by many at once
                await self.rest(min(self.pause * 2**failures, _FARTHEST))

    async def once(self) -> bool:
        """One pass over the incidents that need it; False when some have to be looked at again soon.

        Raises:
            DatabaseUnavailable: nothing more could be read or recorded.
            TryAgain: Slack does not answer.
            Unclear: like TryAgain.
            Refused: Slack does not say who the bot is.
        """
        needed, now = self._needed, self.muster.now()
        before = needed or now - EVERY
        async with self.muster.database.transaction() as connection:
            behind = await caught_up.behind(connection, before, now)
        if not behind:
            self._done(needed)
            return True
        us, clock = await self.slack.identity(), asyncio.get_running_loop()
        done, unanswered = True, 0
        for incident_id in behind:
            if self._stopping.is_set() or clock.time() < self._closed.get(incident_id, 0.0):
                continue
            # One that could not be read after a gap is read as thoroughly once it can be.
            thorough = needed is not None or incident_id in self._closed
            try:
                done = await self._apart(incident_id, us, before, thorough=thorough) and done
                unanswered = 0
            except (TryAgain, Unclear) as error:
                done, unanswered = False, unanswered + 1
                if unanswered > 1:  # it is Slack, and not this incident
                    raise
                _logger.info("incident row %d is read later: %s", incident_id, error.reason)
        if done:
            self._done(needed)
        return done and self._needed is None

    def _done(self, needed: datetime | None) -> None:
        if self._needed == needed:
            self._needed = None

    async def _apart(self, incident_id: int, us: Identity, before: datetime, *, thorough: bool) -> bool:
        """Like `_catch_up`; an incident that can't be read is left alone for a while and keeps no other waiting."""
        with logs.about():
            try:
                mine = await self._catch_up(incident_id, us, before, thorough=thorough)
            except (DatabaseUnavailable, TryAgain, Unclear):
                raise
            except Refused as refusal:
                _logger.warning("incident row %d can't be read in Slack: %s", incident_id, refusal.reason)
            except Exception:
                _logger.exception("incident row %d could not be read in Slack", incident_id)
            else:
                if mine:
                    self._closed.pop(incident_id, None)
                return mine
        self._closed[incident_id] = asyncio.get_running_loop().time() + EVERY.total_seconds()
        return True

    async def _catch_up(self, incident_id: int, us: Identity, before: datetime, *, thorough: bool) -> bool:
        """Read an incident under its lease; False when somebody else is reading it."""
        lane, holder = f"reconcile:{incident_id}", uuid4()
        async with self.muster.database.transaction() as connection:
            if not await lanes.take(connection, lane, holder):
                return False
        try:
            await self._read(incident_id, us, before, _Patience(self, lane, holder), thorough=thorough)
        finally:
            async with self.muster.database.transaction() as connection:
                await lanes.release(connection, lane, holder)
        return True

    async def _read(
        self, incident_id: int, us: Identity, needed: datetime, patience: "_Patience", *, thorough: bool
    ) -> None:
        began = self.muster.now()
        async with self.muster.database.transaction() as connection:
            upto = await caught_up.upto(connection, incident_id)
            if upto is not None and upto >= needed:
                return  # another process was here a moment ago
            stored = await incidents.by_id(connection, incident_id)
            assert stored is not None, "a watermark's incident is there"
            logs.note(incident=stored.incident.ref)
            entries = await log.entries_of(connection, incident_id)
            posts = await caught_up.posts(connection, incident_id)
        before: Known = known(stored.incident, entries, posts)
        reader = Rereader(self.slack, patience.ask, self.muster.now, thorough=thorough, upto=upto)
        stretches, present = await reader.read(before)
        recorded = 0
        for command in missed(before, stretches, present, us.user_id):
            await patience.keep()
            try:
                outcome = await self.muster.execute(command, incident_id=incident_id)
            except DomainError as error:
                _logger.debug("what was read changed nothing: %s", type(error).__name__)
            else:
                recorded += len(outcome.entries)
        async with self.muster.database.transaction() as connection:
            await caught_up.move(connection, incident_id, began)
        if recorded:
            _logger.info("%s: caught up with Slack, %d entries", stored.incident.ref, recorded)

    async def rest(self, seconds: float) -> bool:
        """Wait; False when there is no time for it, because the process ends."""
        return not await _either(self._stopping, seconds)


@dataclass(slots=True)
class _Patience:
    """Calls for one incident, while its lease is kept."""

    reconciler: Reconciler
    lane: str
    holder: UUID
    _renewed: float = field(default_factory=lambda: asyncio.get_running_loop().time())
    _waited: float = 0.0

    async def ask(self, call: Callable[[], Awaitable[_T]], /) -> _T:
        """Make a call that only reads; wait where Slack's limits ask for it.

        Raises:
            TryAgain: Slack does not answer, or not soon.
            Unclear: like TryAgain.
            Refused: Slack will not.
        """
        tries = 0
        while True:
            await self.reconciler.courtesy()
            await self.keep()
            try:
                return await call()
            except TryAgain as error:
                # Whoever delivers something has the next turn: nobody waits for what is read here.
                wait = (error.wait + (error.each if isinstance(error, Paced) else timedelta())).total_seconds()
                tries += error.reason not in HELD_BACK
                if tries >= _TRIES or wait > _LONGEST or self._waited + wait > _ALTOGETHER:
                    raise
                self._waited += wait
                if not await self._rest(wait):
                    raise

    async def _rest(self, seconds: float) -> bool:
        while seconds > 0:
            if not await self.reconciler.rest(min(seconds, _RENEW)):
                return False
            seconds -= _RENEW
            await self.keep()
        return True

    async def keep(self) -> None:
        """Keep the lease. Raises DatabaseUnavailable."""
        now = asyncio.get_running_loop().time()
        if now - self._renewed >= _RENEW:
            self._renewed = now
            async with self.reconciler.muster.database.transaction() as connection:
                await lanes.renew(connection, self.lane, self.holder)


async def _either(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event, but not for longer than this; says whether it came."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True

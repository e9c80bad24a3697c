"""Upkeep: finding what fell between, so that nothing waits for a job that is gone."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from bot.application.items import look_for_leavers
from bot.application.ports import Refused, TryAgain, Unclear
from bot.domain.effects import is_known
from bot.jobs.alert_cards import AlertCards
from bot.jobs.alert_tells import AlertTells
from bot.jobs.apart import apart
from bot.jobs.delivery import Delivery
from bot.jobs.surfaces import Surfaces
from bot.jobs.timers import Timers
from bot.store import alert_groups, alerts, inbox, lanes, pace, promises, queue, surfaces, timers
from bot.store.database import DatabaseUnavailable

_logger = logging.getLogger(__name__)

#: Rows that wait longer than this without anybody at work on their lane have lost their job.
_STRANDED = timedelta(seconds=20)
#: A diagnostic or a review that was asked for and did not come has lost its job after this; how far back is looked.
_BROKEN, _LOOKED_BACK = timedelta(minutes=2), timedelta(days=1)
#: Slack sends nothing again after an hour; a person may press an old button twice for longer.
_REMEMBERED = timedelta(days=7)
#: How many things are seen to at once: a killed process leaves many, and their connections are shared with jobs.
_SIDE_BY_SIDE = 12
#: How many timers: they don't wait for lanes that wait for Slack.
_RINGING = 4
#: An alert that came to nothing, and that no monitor has told of for so long, is forgotten.
_HEARD_OF = timedelta(days=7)
#: What was suggested and never was an incident is kept so long: somebody may ask why it was none.
_LOOKED_INTO = timedelta(days=90)
#: How often it is asked whether those who have action items are still here; and how long after a start at first.
_ASKING, _SETTLED = timedelta(days=1), timedelta(minutes=10)
#: It is asked about some of them at a time.
_BETWEEN = timedelta(minutes=1)
#: How often it is looked for such alerts.
_FORGETTING = timedelta(minutes=5)


@dataclass(slots=True)
class Upkeep:
    """Done every few seconds by every process; doing it twice is harmless.

    Where it is given nothing for alerts, other processes see to them; `has_left` is asked once a day of everybody who
    has an action item.
    """

    timers: Timers
    delivery: Delivery
    surfaces: Surfaces
    alert_cards: AlertCards | None = None
    alert_tells: AlertTells | None = None
    has_left: Callable[[str], Awaitable[bool]] | None = None
    #: When it is asked next who has left, and after whom it goes on.
    _asked_at: datetime | None = None
    _asked_after: str = ""
    _busy: set[str] = field(default_factory=set)
    #: When it was looked last for alerts to forget.
    _forgot: datetime | None = None
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_SIDE_BY_SIDE))
    _rings: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_RINGING))
    #: One at a time has the alerts' lock.
    _tellings: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    async def once(self) -> None:
        """Look once, and wait until everything that was found has been seen to. Raises DatabaseUnavailable."""
        async with asyncio.TaskGroup() as group:
            await self.begin(group)

    async def begin(self, group: asyncio.TaskGroup) -> None:
        """Fire what came due while everything was down, deliver what a dead process left, forget old keys.

        What was found is seen to in `group`, so that one lane that waits for Slack keeps nothing else from being found.

        Raises:
            DatabaseUnavailable: it is done next time.
        """
        database, now = self.timers.muster.database, self.timers.muster.now()
        async with database.transaction() as connection:
            late = await timers.due(connection, now)
            left = await lanes.stranded(connection, _STRANDED)
            behind = await surfaces.stranded(connection)
            unshown, untold = await alert_groups.behind(connection, now, _STRANDED)
            await promises.renew(connection, now=now, before=now - _BROKEN, after=now - _LOOKED_BACK)
            await inbox.forget(connection, now - _REMEMBERED)
            await pace.forget(connection)
            await queue.forget(connection)
        for timer in late:
            what = f"timer {timer.name} of incident row {timer.incident_id}"
            self._see_to(group, what, partial(self.timers.fire_late, timer), self._rings)
        for lane in left:
            self._see_to(group, f"lane {lane}", partial(self.delivery.drain, lane), self._turns)
        for incident_id, name in behind:
            if is_known(name):  # a newer version may show more, and sees to it
                what = f"surface {name} of incident row {incident_id}"
                self._see_to(group, what, partial(self.surfaces.refresh, incident_id, name), self._turns)
        if self.alert_cards is not None:
            for number in unshown:
                what = f"the message of group {number} of alerts"
                self._see_to(group, what, partial(self.alert_cards.refresh, number), self._turns)
        if self.alert_tells is not None:
            for number in untold:
                what = f"what an incident hears of group {number} of alerts"
                self._see_to(group, what, partial(self.alert_tells.tell, number), self._tellings)
        if self._forgot is None or now - self._forgot >= _FORGETTING:
            self._see_to(group, "forgetting alerts", self._forget_alerts, self._turns)

        self._ask_who_left(group, now)

    def _ask_who_left(self, group: asyncio.TaskGroup, now: datetime) -> None:
        self._asked_at = self._asked_at or now + _SETTLED
        if self.has_left is not None and now >= self._asked_at:
            self._see_to(group, "asking who has left", partial(self._look_for_leavers, self.has_left), self._turns)

    async def _look_for_leavers(self, has_left: Callable[[str], Awaitable[bool]]) -> None:
        """Slack tells of it when it happens; this finds what it told nobody."""
        muster = self.timers.muster
        self._asked_at = muster.now() + _SETTLED  # unless it comes to an end before
        try:
            next_after = await look_for_leavers(muster, has_left, self._asked_after)
        except (TryAgain, Unclear, Refused) as error:
            _logger.warning("who has left could not be asked: %s", error)
        else:
            self._asked_after = next_after or ""
            self._asked_at = muster.now() + (_BETWEEN if next_after else _ASKING)

    async def _forget_alerts(self) -> None:
        """Not together with what is looked for: it waits where such an alert is just being told of again."""
        now = self.timers.muster.now()
        async with self.timers.muster.database.transaction() as connection:
            await alerts.forget(connection, now - _HEARD_OF, now - _LOOKED_INTO)
        self._forgot = now

    def _see_to(
        self, group: asyncio.TaskGroup, what: str, do: Callable[[], Awaitable[None]], turns: asyncio.Semaphore
    ) -> None:
        """Do it side by side with the others, unless it is being done since the last look."""
        if what in self._busy:
            return
        self._busy.add(what)

        async def work() -> None:
            try:
                async with turns:
                    if not self.delivery.closing:  # whoever goes on finds it too
                        await apart(do(), what)
            except DatabaseUnavailable as error:
                _logger.warning("%s is left for the next look: %s", what, error.__doc__)
            finally:
                self._busy.discard(what)

        group.create_task(work())

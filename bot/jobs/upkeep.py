"""Upkeep: finding what fell between, so that nothing waits for a job that is gone."""

from dataclasses import dataclass
from datetime import timedelta

from bot.jobs.apart import apart
from bot.jobs.delivery import Delivery
from bot.jobs.surfaces import Surfaces
from bot.jobs.timers import Timers
from bot.store import inbox, lanes

#: Rows that wait longer than this without anybody at work on their lane have lost their job.
_STRANDED = timedelta(seconds=20)
#: Slack sends nothing again after an hour; a person may press an old button twice for longer.
_REMEMBERED = timedelta(days=7)


@dataclass(slots=True)
class Upkeep:
    """Done every few seconds by every process; doing it twice is harmless."""

    timers: Timers
    delivery: Delivery
    surfaces: Surfaces

    async def once(self) -> None:
        """Fire what came due while everything was down, deliver what a dead process left, forget old keys.

        Raises:
            DatabaseUnavailable: it is done next time.
        """
        await self.timers.fire_due()
        database, now = self.timers.muster.database, self.timers.muster.now()
        async with database.transaction() as connection:
            left = await lanes.stranded(connection, _STRANDED)
            await inbox.forget(connection, now - _REMEMBERED)
        for lane in left:
            await apart(self.delivery.drain(lane), f"lane {lane}")
        await self.surfaces.refresh_stranded()

"""What an incident hears of alerts that joined it since it last heard: once for many, when their time has come."""

from dataclasses import dataclass
from datetime import timedelta

from bot.application import logs
from bot.application.alert_telling import tell
from bot.application.execute import Muster
from bot.store import alert_groups, alerts

#: Seconds for a transaction that may have to wait until a batch of a storm is stored.
_WITHIN = 8.0
#: A job may come a moment before its time, by the clock of another machine.
_EARLY = timedelta(seconds=2)


@dataclass(slots=True)
class AlertTells:
    """Tells incidents of their alerts."""

    muster: Muster

    async def tell(self, group_id: int) -> None:
        """Tell the incident of a group what is new in all of its groups, if it is to hear of it by now.

        Args:
            group_id: the group's row.

        Raises:
            DatabaseUnavailable: the job is to be tried again.
        """
        logs.note(lane=alert_groups.lane_of(group_id))
        async with self.muster.database.transaction(_WITHIN) as connection:
            await alerts.lock(connection)
            found = await alert_groups.find(connection, group_id)
            # What is to be told later has a job of its own; what was told meanwhile has no time any more.
            if found is None or found.tell_at is None or found.tell_at > self.muster.now() + _EARLY:
                return
            running = found.group.running
            if running is not None and running.id is not None:
                await tell(self.muster, connection, running.id)

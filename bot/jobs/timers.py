"""Timers: a clock that rang becomes a command, and the incident decides whether it still matters."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from bot.application import logs
from bot.application.execute import Muster
from bot.domain import commands as c
from bot.domain.actor import MUSTER
from bot.domain.errors import UnknownTimer
from bot.domain.timeline import LATE
from bot.store import timers

_logger = logging.getLogger(__name__)


def _unobserved(_seconds: float) -> None: ...


@dataclass(slots=True)
class Timers:
    """Fires timers. `on_fired` is told by how many seconds each was late."""

    muster: Muster
    on_fired: Callable[[float], None] = _unobserved

    async def fire(self, incident_id: int, name: str, generation: int) -> None:
        """Fire one timer; an older generation than the current one does nothing.

        Raises:
            DatabaseUnavailable: the job is to be tried again.
        """
        logs.note(timer=name)
        fire = c.FireTimer(by=MUSTER, name=name, generation=generation)
        fired = await self.muster.execute(fire, incident_id=incident_id)
        if fired.late is not None:
            self.on_fired(max(fired.late.total_seconds(), 0))
            if fired.late > LATE:
                _logger.warning("timer %s rang %d s late", name, fired.late.total_seconds())

    async def fire_late(self, timer: timers.Due) -> None:
        """Fire a timer that should have rung by now: it came due while everything was down.

        Raises:
            DatabaseUnavailable: it is found again.
        """
        try:
            await self.fire(timer.incident_id, timer.name, timer.generation)
        except UnknownTimer as error:
            _logger.info("left to a newer version: %s", error)

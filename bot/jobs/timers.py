"""Timers: a clock that rang becomes a command, and the incident decides whether it still matters."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from bot.application.execute import Muster
from bot.domain import commands as c
from bot.domain.actor import MUSTER
from bot.domain.errors import UnknownTimer
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
        fire = c.FireTimer(by=MUSTER, name=name, generation=generation)
        fired = await self.muster.execute(fire, incident_id=incident_id)
        if fired.late is not None:
            self.on_fired(max(fired.late.total_seconds(), 0))

    async def fire_late(self, timer: timers.Due) -> None:
        """Fire a timer that should have rung by now: it came due while everything was down.

        Raises:
            DatabaseUnavailable: it is found again.
        """
        _logger.info("timer %s of incident row %d was due at %s", timer.name, timer.incident_id, timer.due_at)
        try:
            await self.fire(timer.incident_id, timer.name, timer.generation)
        except UnknownTimer as error:
            _logger.info("left to a newer version: %s", error)

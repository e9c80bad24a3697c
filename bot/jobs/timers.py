"""Timers: a clock that rang becomes a command, and the incident decides whether it still matters."""

import logging
from dataclasses import dataclass

from bot.application.execute import Muster
from bot.domain import commands as c
from bot.domain.actor import MUSTER
from bot.store import timers

_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Timers:
    """Fires timers."""

    muster: Muster

    async def fire(self, incident_id: int, name: str, generation: int) -> None:
        """Fire one timer; an older generation than the current one does nothing.

        Raises:
            DatabaseUnavailable: the job is to be tried again.
        """
        await self.muster.execute(c.FireTimer(by=MUSTER, name=name, generation=generation), incident_id=incident_id)

    async def fire_due(self) -> int:
        """Fire whatever should have rung by now: what came due while everything was down. Returns how many."""
        async with self.muster.database.transaction() as connection:
            late = await timers.due(connection, self.muster.now())
        for timer in late:
            _logger.info("timer %s of incident row %d was due at %s", timer.name, timer.incident_id, timer.due_at)
            await self.fire(timer.incident_id, timer.name, timer.generation)
        return len(late)

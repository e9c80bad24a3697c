"""Signs of life: each process says every few seconds that it is there, so that people can see who does the work."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from bot.store import replicas
from bot.store.database import Database, DatabaseUnavailable
from bot.store.replicas import Replica

_logger = logging.getLogger(__name__)

#: Seconds between two signs. Who is silent for three of them is taken for dead.
EVERY_S = 5.0
SILENT = timedelta(seconds=3 * EVERY_S)
#: For how long a process that was killed stays on the list.
_REMEMBERED = timedelta(days=1)
#: Seconds for saying goodbye.
_GOODBYE_S = 0.5


@dataclass(slots=True)
class Presence:
    """One process's sign of life."""

    database: Database
    now: Callable[[], datetime]
    replica: Replica

    async def show(self) -> None:
        """Say so until cancelled. Without the database nobody can see it anyway."""
        while True:
            now = self.now()
            self.replica = replace(self.replica, seen_at=now)
            try:
                async with self.database.transaction() as connection:
                    await replicas.seen(connection, self.replica)
                    await replicas.forget(connection, now - _REMEMBERED)
            except (DatabaseUnavailable, SQLAlchemyError) as error:  # it may not have been migrated yet
                _logger.debug("no sign of life: %s", type(error).__name__)
            await asyncio.sleep(EVERY_S)

    async def leave(self) -> None:
        """Say goodbye; a process that can't is forgotten in time."""
        try:
            async with self.database.transaction(_GOODBYE_S) as connection:
                await replicas.gone(connection, self.replica.id)
        except (DatabaseUnavailable, SQLAlchemyError) as error:
            _logger.debug("no goodbye: %s", type(error).__name__)

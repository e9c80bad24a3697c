"""Doing many things of which one may be broken."""

import logging
from collections.abc import Awaitable

from bot.application import logs
from bot.store.database import DatabaseUnavailable

_logger = logging.getLogger(__name__)


async def apart(work: Awaitable[None], what: str) -> None:
    """Do one thing of many that upkeep does again and again: a fault of ours in it must not keep the others waiting.

    Raises:
        DatabaseUnavailable: the others can't be done either.
    """
    with logs.about():
        try:
            await work
        except DatabaseUnavailable:
            raise
        except Exception:
            _logger.exception("%s failed and will be tried again", what)

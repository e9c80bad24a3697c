"""Setting the clocks of incidents anew once other rules are in force."""

import hashlib
import json
import logging
from dataclasses import asdict

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.application.execute import Muster
from bot.domain import commands as c
from bot.domain.actor import MUSTER
from bot.domain.errors import DomainError
from bot.domain.events import Replanned, kind_of
from bot.domain.rules import Policy
from bot.store import incidents
from bot.store import timeline as log
from bot.store.database import DatabaseUnavailable

_logger = logging.getLogger(__name__)


async def replan(muster: Muster, pack: Policy) -> None:
    """Set the clocks of every incident that is not closed by the rules in force.

    Several processes that read the same pack do it once: what was planned by the same rules, with nothing done since,
    stays. An incident that cannot be reached now is planned anew when somebody next acts in it.

    Args:
        muster: the application, where the rules are in force by now.
        pack: the rules as the pack has them: who happens to be on call makes no other plan.
    """
    rules = digest(pack)
    try:
        async with muster.database.transaction() as connection:
            known = await incidents.unclosed(connection)
        for incident_id in known:
            async with muster.database.transaction() as connection:
                since = await _last_act(connection, incident_id)
            key = f"replan:{incident_id}:{since}:{rules}"
            await muster.execute(c.Replan(by=MUSTER), incident_id=incident_id, key=key)
    except (DatabaseUnavailable, DomainError) as error:
        _logger.warning("clocks were not set anew, and will be as people act: %s", type(error).__name__)


def digest(pack: Policy) -> str:
    """Rules in a few characters: the same in every process that has read the same."""
    text = json.dumps(asdict(pack), default=_plain, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _plain(value: object) -> object:
    # A set has another order in each process.
    return sorted(map(str, value)) if isinstance(value, frozenset) else str(value)


async def _last_act(connection: AsyncConnection, incident_id: int) -> int:
    """The number of the last entry that is more than such planning."""
    planned = {entry.seq for entry in await log.entries_of(connection, incident_id, kinds=[kind_of(Replanned)])}
    stored = await incidents.by_id(connection, incident_id)
    seq = stored.incident.seq if stored else 0
    while seq in planned:
        seq -= 1
    return seq

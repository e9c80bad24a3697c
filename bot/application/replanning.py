"""Setting the clocks of incidents anew once other rules are in force."""

import hashlib
import json
import logging
from dataclasses import asdict

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

#: After so many incidents in a row that cannot be reached, the others are not tried: each takes its time to fail.
_ENOUGH = 3


async def replan(muster: Muster, pack: Policy) -> None:
    """Set the clocks of every incident that is not closed by the rules in force.

    Several processes that read the same pack do it once: what was planned by the same rules, with nothing done since,
    stays. An incident that cannot be reached now is planned anew when somebody next acts in it.

    Args:
        muster: the application, where the rules are in force by now.
        pack: the rules as the pack has them: who happens to be on call makes no other plan.
    """
    rules, failed = digest(pack), 0
    try:
        async with muster.database.transaction() as connection:
            known = await incidents.unclosed(connection)
    except DatabaseUnavailable:
        _logger.warning("clocks were not set anew, and will be as people act: the database does not answer")
        return
    for incident_id in known:
        try:
            await _replan(muster, incident_id, rules)
            failed = 0
        except (DatabaseUnavailable, DomainError) as error:
            what = "the clocks of incident row %d were not set anew, and will be as people act: %s"
            _logger.warning(what, incident_id, type(error).__name__)
            failed += 1
        if failed == _ENOUGH:
            _logger.warning("neither were those of the incidents after it")
            return


async def _replan(muster: Muster, incident_id: int, rules: str) -> None:
    async with muster.database.transaction() as connection:
        stored = await incidents.by_id(connection, incident_id)
        planned = await log.entries_of(connection, incident_id, kinds=[kind_of(Replanned)])
    seq = stored.incident.seq if stored else 0
    last = planned[-1] if planned else None
    if last and last.seq == seq and isinstance(last.event, Replanned) and last.event.rules == rules:
        return
    command = c.Replan(by=MUSTER, rules=rules)
    await muster.execute(command, incident_id=incident_id, key=f"replan:{incident_id}:{seq}:{rules}")


def digest(pack: Policy) -> str:
    """Rules in a few characters: the same in every process that has read the same."""
    text = json.dumps(asdict(pack), default=_plain, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _plain(value: object) -> object:
    # A set has another order in each process.
    return sorted(map(str, value)) if isinstance(value, frozenset) else str(value)

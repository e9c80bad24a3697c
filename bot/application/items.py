"""Action items across incidents: reading them, and what becomes of them when somebody leaves the workspace."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from bot.application.execute import Muster
from bot.domain import commands as c
from bot.domain.actor import MUSTER, Actor
from bot.domain.incident import Incident
from bot.store import items
from bot.store.database import DEADLINE
from bot.store.items import OpenItem

#: As many as a list, and somebody's Home, show of what is to be done; and of incidents.
LISTED, _INCIDENTS = 20, 8
#: Of how many people it is asked at once whether they are still here.
_ASKED = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Open items, those that are due first before the others.

    `total` is how many there are in all, `today` the day where the policy's office is.
    """

    items: Sequence[OpenItem]
    total: int
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """What somebody has to do, and the incidents that are not over and that they take part in."""

    listed: Listed
    incidents: Sequence[Incident]


def today(muster: Muster) -> date:
    """The day where the policy's office is."""
    return muster.now().astimezone(ZoneInfo(muster.policy.calendar.zone)).date()


async def listed(
    muster: Muster,
    by: Actor,
    *,
    owner: str | None = None,
    overdue: bool = False,
    unowned: bool = False,
    limit: int = LISTED,
    within: float = DEADLINE,
) -> Listed:
    """Open items of all incidents that somebody may see: of private ones only of those that they take part in.

    Raises:
        DatabaseUnavailable: nothing could be read.
    """
    day = today(muster)
    before = day if overdue else None
    async with muster.database.transaction(within) as connection:
        found, total = await items.find(
            connection, viewer=by.user, owner=owner, unowned=unowned, before=before, limit=limit
        )
    return Listed(items=found, total=total, today=day)


async def mine(muster: Muster, user: str, *, within: float = DEADLINE) -> Mine:
    """What somebody's Home shows. Raises DatabaseUnavailable."""
    day = today(muster)
    async with muster.database.transaction(within) as connection:
        found, total = await items.find(connection, viewer=user, owner=user, limit=LISTED)
        going = await items.taking_part(connection, user, _INCIDENTS)
    return Mine(listed=Listed(items=found, total=total, today=day), incidents=going)


async def owner_left(muster: Muster, user: str, *, within: float | None = None) -> int:
    """Record that whoever had action items left the workspace; returns in how many incidents somebody else has to.

    Doing it twice changes nothing more.

    Raises:
        DatabaseUnavailable: some may not be recorded.
    """
    async with muster.database.transaction(within) as connection:
        found = await items.incidents_of(connection, user)
    for incident_id in found:
        await muster.execute(c.RecordOwnerLeft(by=MUSTER, user=user), incident_id=incident_id, within=within)
    return len(found)


async def look_for_leavers(
    muster: Muster, has_left: Callable[[str], Awaitable[bool]], after: str = "", most: int = _ASKED
) -> str | None:
    """Ask of people who have an open item whether they are still here, and give theirs up for those who are not.

    Args:
        muster: the application.
        has_left: asks Slack, which allows so many questions a minute.
        after: whoever was asked about last; those come first who are next in the order of their ids.
        most: of so many people at most.

    Returns:
        Whom to go on after, another minute; None when everybody was asked about.

    Raises:
        DatabaseUnavailable: nothing could be read, or recorded.
        TryAgain, Unclear, Refused: `has_left` was not answered.
    """
    async with muster.database.transaction() as connection:
        owners = await items.owners(connection, after, most)
    for owner in owners:
        if await has_left(owner):
            await owner_left(muster, owner)
    return owners[-1] if len(owners) == most else None

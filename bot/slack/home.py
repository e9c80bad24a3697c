"""App Home: what somebody has to do, what is overdue first, and the incidents that they take part in."""

import logging

from bot.application import items
from bot.application.execute import Outcome
from bot.application.ports import Refused, TryAgain, Unclear
from bot.slack.room import Request, SlackRoom
from bot.store.database import DatabaseUnavailable

_logger = logging.getLogger(__name__)
#: People whose Home is brought up to date because of one change: Slack allows so many calls a minute.
_AT_ONCE = 20


async def opened(request: Request) -> None:
    """Somebody opened their Home tab."""
    event, user = request.body["event"], request.by.user
    if event.get("tab", "home") != "home" or user is None:
        return
    request.room.homes.opened(user)
    request.room.spawn(publish(request.room, user))


async def changed_user(request: Request) -> None:
    """Somebody's account changed: of one that is deactivated, what they had to do needs somebody else.

    Raises:
        DatabaseUnavailable: it was not all recorded; Slack tells it again, and it is looked for once a day.
    """
    user = request.body["event"]["user"]
    if user.get("deleted") and not user.get("is_bot"):
        await items.owner_left(request.room.muster, user["id"], within=request.left())


async def publish(room: SlackRoom, user: str) -> None:
    """Show somebody their Home anew; where that does not come about they see it the next time that they open it."""
    try:
        mine = await items.mine(room.muster, user)
        message = room.messages.render_safely(
            "home", listed=mine.listed, incidents=mine.incidents, policy=room.muster.policy, command=room.command
        )
        await room.gateway.publish_home(user, message.blocks)
    except (DatabaseUnavailable, TryAgain, Unclear, Refused) as error:
        _logger.warning("a Home tab was not brought up to date: %s", error)


def bring_up_to_date(request: Request, outcome: Outcome) -> None:
    """Show what an incident's change came to in the Home of those who take part and have it open."""
    people = {*outcome.incident.participants, *([request.by.user] if request.by.user else ())}
    for user in request.room.homes.among(people)[:_AT_ONCE]:
        request.room.spawn(publish(request.room, user))

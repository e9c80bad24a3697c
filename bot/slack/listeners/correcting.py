"""Corrections of the record, as they are typed."""

from bot.application import queries
from bot.messages import Message
from bot.slack import answers
from bot.slack.correcting import command_of
from bot.slack.room import Request
from bot.slack.when import Correct


async def typed(request: Request, asked: Correct, ref: str | None, channel: str | None) -> Message:
    """Correct the record of an incident; the answer says with which entry.

    Raises:
        DomainError: there is no such incident or entry, it is not for them, or it stays as it is.
        DatabaseUnavailable: nothing was recorded.
    """
    stored = await request.incident(ref, channel)
    incident, muster, happened_at = stored.incident, request.room.muster, None
    if asked.what == "move":
        happened_at = await queries.happened_at(muster.database, stored.id, asked.number, within=request.left())
    command = command_of(asked, request.by, muster.now(), happened_at=happened_at, over=incident.resolved_at)
    return await answers.recorded(request, await request.carry_out(command, ref=incident.ref))

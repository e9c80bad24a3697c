"""Action items and reviews that are to be elsewhere, too."""

from bot.application import filing
from bot.application.present import about
from bot.messages import Message
from bot.slack.intents import FileElsewhere
from bot.slack.room import Request


async def typed(request: Request, asked: FileElsewhere, ref: str | None, channel: str | None) -> Message:
    """Ask for it to be filed; the answer says where its link will be.

    Raises:
        DomainError: it cannot be filed, and says why.
        DatabaseUnavailable: some may not have been asked for; to ask again does no harm.
    """
    room = request.room
    stored = await request.incident(ref, channel)
    known = filing.WIKIS if asked.review else filing.TRACKERS
    system = filing.system_of(asked.system, known, room.exports_to)
    if asked.review:
        found = await filing.file_review(room.muster, stored.incident.ref, system, by=request.by, key=request.key)
    else:
        found = await filing.file_items(
            room.muster, stored.incident.ref, system, asked.numbers, by=request.by, key=request.key
        )
    incident = found.incident
    there = [item for item in incident.action_items if item.number in found.numbers and system in item.tracked]
    context = about(incident, room.muster.policy, {}) | {"system": system, "there": there, "review": asked.review}
    coming = [number for number in found.numbers if number not in {item.number for item in there}]
    return room.messages.render_safely("filing", ref=incident.ref, coming=coming, **context)

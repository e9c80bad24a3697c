"""What `decide` has to know besides the incident, read from the timeline for the commands that need it."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain import commands as c
from bot.domain.timeline import NEVER_SEEN, correction_facts, message_facts, people_facts
from bot.store import inbox, letters
from bot.store import timeline as log

#: The kinds of entries that say who takes part, and those that correct others.
_ABOUT_PEOPLE = ("declared", "escalated", "follow_up_due", "person_joined", "person_left", "role_assigned")
_CORRECTIONS = ("entry_moved", "entry_hidden", "entry_shown")


async def informed(connection: AsyncConnection, incident_id: int, command: c.Command) -> c.Command:
    """A command with the facts that it needs: of a message, of somebody, of an entry, of a delivery.

    Args:
        connection: inside the incident's transaction, which has its lock.
        incident_id: the incident's row.
        command: what somebody wants.
    """
    if isinstance(command, c.MessageCommand):
        facts = message_facts(await log.entries_of(connection, incident_id, subject=f"{command.channel}|{command.ts}"))
        if not facts.captured:
            facts = replace(facts, gone_at=await inbox.claimed_at(connection, gone_key(command)))
        return replace(command, facts=facts)
    if isinstance(command, c.PersonCommand):
        about = await log.entries_of(connection, incident_id, kinds=_ABOUT_PEOPLE)
        return replace(command, facts=people_facts(about).get(command.user, NEVER_SEEN))
    if isinstance(command, c.CorrectionCommand):
        its = await log.entries_of(connection, incident_id, seq=command.about)
        others = await log.entries_of(connection, incident_id, kinds=_CORRECTIONS)
        entry, at, hidden = correction_facts([*its, *others], command.about)
        return replace(command, facts=c.CorrectionFacts(entry=entry, happened_at=at, hidden=hidden))
    if isinstance(command, c.DeliveryCommand):
        return replace(command, facts=await letters.facts(connection, incident_id, command.outbox))
    return command


def gone_key(command: c.MessageCommand) -> str:
    """The key under which a deletion waits for its message."""
    return f"gone:{command.channel}|{command.ts}"

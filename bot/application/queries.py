"""What is read to answer a person. A private incident shows only to those who take part in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.actor import Actor
from bot.domain.errors import NoIncidentHere, UnknownIncident
from bot.domain.incident import Incident
from bot.domain.rules import nearest
from bot.domain.timeline import Entry, as_it_happened
from bot.store import incidents
from bot.store import timeline as log
from bot.store.database import DEADLINE, Database
from bot.store.incidents import Stored


@dataclass(frozen=True, slots=True)
class Story:
    """The last entries that people read, newest last, and how many are older."""

    entries: Sequence[Entry]
    more: int


async def find(
    database: Database,
    by: Actor,
    *,
    ref: str | None = None,
    channel: str | None = None,
    within: float = DEADLINE,
) -> Stored:
    """The incident that somebody means: by reference, or else the one that a channel belongs to.

    Args:
        database: where they are.
        by: who asks.
        ref: its reference.
        channel: the Slack channel where they ask, by id.
        within: seconds.

    Raises:
        UnknownIncident: there is none of that reference, or it is not for them; with the nearest that is.
        NoIncidentHere: the channel belongs to no incident.
        DatabaseUnavailable: nothing could be read.
    """
    async with database.transaction(within) as connection:
        if ref is not None:
            stored = await incidents.by_ref(connection, ref)
            if stored is None or not stored.incident.seen_by(by):
                known = [i.ref for i in await incidents.recent(connection, open_only=False) if i.seen_by(by)]
                raise UnknownIncident(typed=ref, nearest=nearest(ref, known))
            return stored
        stored = await incidents.by_channel(connection, channel) if channel else None
    if stored is None:
        raise NoIncidentHere
    return stored


async def behind_message(database: Database, channel: str, *messages: str, within: float = DEADLINE) -> Stored | None:
    """The incident that one of these messages of a channel is about: the bot's own, or one that was captured.

    Args:
        database: where they are.
        channel: the Slack channel, by id.
        messages: the messages' `ts`, such as a reply's and its thread's.
        within: seconds.
    """
    async with database.transaction(within) as connection:
        for ts in messages:
            if stored := await incidents.by_message(connection, channel, ts):
                return stored
    return None


async def told_in(database: Database, channel: str, within: float = DEADLINE) -> bool:
    """Whether the bot has said anything of an incident in a Slack channel."""
    async with database.transaction(within) as connection:
        return await incidents.told_in(connection, channel)


async def of_channel(database: Database, channel: str, within: float = DEADLINE) -> Stored | None:
    """The incident that a Slack channel belongs to."""
    async with database.transaction(within) as connection:
        return await incidents.by_channel(connection, channel)


async def open_incidents(database: Database, by: Actor, within: float = DEADLINE) -> list[Incident]:
    """The incidents that are not over and that somebody may see, the newest first."""
    async with database.transaction(within) as connection:
        found = await incidents.recent(connection, open_only=True)
    return [incident for incident in found if incident.seen_by(by)]


async def story(database: Database, incident_id: int, *, last: int, within: float = DEADLINE) -> Story:
    """The last entries of an incident's timeline as it happened, without the quiet ones."""
    async with database.transaction(within) as connection:
        entries = await log.entries_of(connection, incident_id)
    told = [entry for entry in as_it_happened(entries) if not entry.event.quiet]
    return Story(told[-last:], max(0, len(told) - last))

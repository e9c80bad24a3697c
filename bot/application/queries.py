"""What is read to answer a person. A private incident shows only to those who take part in it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.actor import Actor
from bot.domain.errors import NoIncidentHere, UnknownIncident
from bot.domain.incident import Incident
from bot.domain.rules import nearest
from bot.domain.timeline import Entry, as_it_happened, correction_facts
from bot.postmortem.corrections import Corrected, corrected
from bot.store import incidents
from bot.store import timeline as log
from bot.store.database import DEADLINE, Database
from bot.store.incidents import Stored


@dataclass(frozen=True, slots=True)
class Story:
    """The last entries that people read, newest last, how many are older, and what was corrected."""

    entries: Sequence[Entry]
    more: int
    corrections: Corrected = field(default_factory=Corrected)


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
    told, corrections = as_read(entries)
    return Story(told[-last:], max(0, len(told) - last), corrections)


def as_read(entries: Iterable[Entry]) -> tuple[list[Entry], Corrected]:
    """What people read of a whole timeline as it happened: without the quiet entries, and as it was corrected."""
    found = corrected(entries)
    told = [entry for entry in found.entries if not entry.event.quiet]
    shown = {entry.seq for entry in told}
    return as_it_happened(entry for entry in told if not found.read_with_others(entry, shown)), found


async def happened_at(database: Database, incident_id: int, seq: int, *, within: float = DEADLINE) -> datetime | None:
    """When an entry happened as it is read now; None where there is no such entry.

    Args:
        database: where it is.
        incident_id: the incident's row.
        seq: the entry's number.
        within: seconds.
    """
    async with database.transaction(within) as connection:
        its = await log.entries_of(connection, incident_id, seq=seq)
        moves = await log.entries_of(connection, incident_id, kinds=("entry_moved",))
    entry, at, _ = correction_facts([*its, *moves], seq)
    return at or (entry.at if entry else None)

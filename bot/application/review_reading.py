"""What a review is written from: the incident, its whole timeline, the evidence, what was said where in Slack."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.application.execute import Muster
from bot.domain.digest import Digest
from bot.domain.errors import UnknownIncident
from bot.domain.events import MessageCaptured
from bot.domain.timeline import Entry
from bot.postmortem.draft import Draft, draft
from bot.postmortem.rows import UNTOLD
from bot.store import evidence, incidents, lanes
from bot.store import timeline as log
from bot.store.earlier import earlier
from bot.store.incidents import Stored


@dataclass(frozen=True, slots=True)
class Read:
    """Everything that a review tells of."""

    stored: Stored
    entries: Sequence[Entry]
    #: The hash of the last of them, in hexadecimal.
    head: str
    reports: Mapping[int, Mapping[str, Any]]
    #: What Muster posted about an entry in the incident's channel: the message's `ts`, by the entry's number.
    posted: Mapping[int, str] = field(default_factory=dict)
    #: Earlier incidents, for finding those that were like it.
    earlier: Sequence[Digest] = ()

    def links(self, workspace: str) -> dict[int, str]:
        """Where each entry is in Slack, by its number: the message that it is about, or else what was posted of it.

        Args:
            workspace: the address of the workspace, with a slash at its end; empty where it is not known.
        """
        if not workspace:
            return {}
        room = self.stored.incident.channel_id
        found = {seq: (room, ts) for seq, ts in self.posted.items() if room}
        for entry in self.entries:
            if isinstance(entry.event, MessageCaptured):
                found[entry.seq] = (entry.event.channel, entry.event.ts)
        return {
            seq: f"{workspace}archives/{channel}/p{ts.replace('.', '')}"
            for seq, (channel, ts) in found.items()
            if re.fullmatch(r"[A-Z0-9]{1,30}", channel) and re.fullmatch(r"[0-9]{1,15}\.[0-9]{1,9}", ts)
        }


async def read(muster: Muster, *, incident_id: int | None = None, ref: str | None = None) -> Read:
    """Read what a review is written from, as it is now. Raises UnknownIncident or DatabaseUnavailable."""
    async with muster.database.transaction() as connection:
        if incident_id is not None:
            stored = await incidents.by_id(connection, incident_id)
        else:
            stored = await incidents.by_ref(connection, ref or "")
        if stored is None:
            raise UnknownIncident(typed=ref or str(incident_id))
        # What is recorded while this is read is for the next time.
        entries = _told(await log.entries_of(connection, stored.id, until=stored.head))
        [last] = await log.rows_of(connection, stored.id, seq=entries[-1].seq)
        reports = await evidence.reports(connection, stored.id)
        room = stored.incident.channel_id
        posted = await lanes.posted(connection, stored.id, room) if room else {}
        before = await earlier(connection, stored.id)
    return Read(stored, entries, last["hash"].hex(), reports, posted, before)


def _told(entries: Sequence[Entry]) -> Sequence[Entry]:
    """The entries up to the last that the review tells of: it would change by being written."""
    end = len(entries)
    while end > 1 and (entries[end - 1].event.quiet or isinstance(entries[end - 1].event, UNTOLD)):
        end -= 1
    return entries[:end]


def drafted(muster: Muster, found: Read, names: Mapping[str, str], workspace: str = "") -> Draft:
    """The review of what was read; with the workspace's address its entries lead to Slack."""
    return draft(
        found.stored.incident,
        found.entries,
        muster.policy,
        reports=found.reports,
        now=muster.now(),
        names=names,
        links=found.links(workspace),
        extra={"similar": found.earlier},
        head=found.head,
    )

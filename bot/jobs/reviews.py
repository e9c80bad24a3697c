"""Writing reviews in the background, with people's names where Slack gives them."""

from dataclasses import dataclass

from bot.application.ports import Refused, TryAgain, Unclear, calling_for
from bot.application.review import write_review
from bot.jobs.desk import Desk
from bot.store import incidents
from bot.store import timeline as log

#: Names are asked for at the pace that is left over.
_LEISURE = 0


@dataclass(slots=True)
class Reviews:
    """Writes reviews."""

    desk: Desk

    async def write(self, incident_id: int) -> None:
        """Draft an incident's review and record it; its upload follows from that."""
        names, workspace = await names_of(self.desk, incident_id), await self._workspace()
        await write_review(self.desk.muster, incident_id, names, workspace=workspace)

    async def _workspace(self) -> str:
        """The workspace's address, to which entries are linked; empty without Slack."""
        try:
            link = await self.desk.slack.permalink("C0", "0.0")
        except (TryAgain, Unclear, Refused):
            return ""
        return link.partition("archives/")[0]


async def names_of(desk: Desk, incident_id: int) -> dict[str, str]:
    """Display names of everybody who acted. Without Slack the review shows ids: it does not wait."""
    async with desk.muster.database.transaction() as connection:
        stored = await incidents.by_id(connection, incident_id)
        entries = await log.entries_of(connection, incident_id)
    users = {entry.by.user for entry in entries} | {getattr(entry.event, "user", None) for entry in entries}
    if stored:
        users |= {*stored.incident.participants, *stored.incident.roles.values()}
    names: dict[str, str] = {}
    with calling_for(_LEISURE):
        for user in sorted(user for user in users if user):
            try:
                name = await desk.slack.name_of(user)
            except (TryAgain, Unclear, Refused):
                break
            if name:
                names[user] = name
    return names

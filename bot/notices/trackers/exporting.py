"""Exports as the jobs ask for them: by the system's name, to whatever the settings have."""

import asyncio

from bot.application.exports import Filed, Paper, Remark, Ticket, no_tracker, no_wiki
from bot.notices.trackers.config import ExportSettings
from bot.notices.trackers.confluence import WikiPage
from bot.notices.trackers.systems import confluence, trackers
from bot.notices.web import Web
from bot.postmortem.confluence import to_confluence

#: Seconds for one call.
_PATIENCE_S = 10.0
CONFLUENCE = "confluence"


class Exporter:
    """Files tickets and papers. Every method raises TryAgain, Unclear or Refused, nothing else."""

    def __init__(self, settings: ExportSettings) -> None:
        """Nothing is called yet."""
        self._web = Web(_PATIENCE_S)
        self._trackers = trackers(settings, self._web)
        self._confluence = confluence(settings, self._web)

    async def file_ticket(self, system: str, ticket: Ticket) -> Filed:
        """File an action item, once."""
        tracker = self._trackers.get(system)
        return await tracker.file(ticket) if tracker else await no_tracker(system, ticket)

    async def close_ticket(self, system: str, key: str, remark: Remark, dropped: bool) -> None:  # noqa: FBT001 (a port)
        """Say why, and close it. A system that is not set up any more is left as it is."""
        tracker = self._trackers.get(system)
        if tracker is not None:
            await tracker.close(key, remark, dropped=dropped)

    async def file_paper(self, system: str, paper: Paper) -> Filed:
        """File a review, or bring what was filed up to date."""
        if system != CONFLUENCE or self._confluence is None:
            return await no_wiki(system, paper)
        # A long one takes a while to read, and others wait for answers.
        page = await asyncio.to_thread(to_confluence, paper.markdown)
        filing = WikiPage(title=paper.title, storage=page.body, marker=paper.marker, known=paper.known)
        return await self._confluence.publish(filing)

    async def close(self) -> None:
        """Close the connections."""
        await self._web.close()

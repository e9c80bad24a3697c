"""Writing the post-incident review: read the timeline, draft, keep the version, record it."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.application.execute import Muster
from bot.domain import commands as c
from bot.domain.actor import MUSTER, Actor
from bot.domain.errors import UnknownIncident
from bot.postmortem.draft import Draft, draft
from bot.store import evidence, incidents
from bot.store import timeline as log
from bot.store.evidence import Review
from bot.store.incidents import Stored


async def write_review(muster: Muster, incident_id: int, names: Mapping[str, str], *, by: Actor = MUSTER) -> Review:
    """Draft the review from the timeline as it is, keep it as a version, and record that in the timeline.

    Args:
        muster: the application.
        incident_id: the incident's row.
        names: display names of Slack users by id; those that are missing show as ids.
        by: on whose behalf.

    Raises:
        UnknownIncident: there is no such row.
    """
    async with muster.database.transaction() as connection:
        stored = await incidents.lock(connection, id=incident_id)
        if stored is None:
            raise UnknownIncident(typed=str(incident_id))
        drafted = await _draft(muster, connection, stored, names)
        review = await evidence.add_review(connection, incident_id, markdown=drafted.markdown, upto=drafted.upto)
    record = c.RecordReview(by=by, version=review.version, digest=review.digest, upto=review.upto)
    await muster.execute(record, incident_id=incident_id)
    return review


async def read_review(muster: Muster, ref: str, names: Mapping[str, str]) -> tuple[Stored, Draft]:
    """The review as it would be written now; nothing is kept. Raises UnknownIncident."""
    async with muster.database.transaction() as connection:
        stored = await incidents.by_ref(connection, ref)
        if stored is None:
            raise UnknownIncident(typed=ref)
        return stored, await _draft(muster, connection, stored, names)


async def _draft(muster: Muster, connection: AsyncConnection, stored: Stored, names: Mapping[str, str]) -> Draft:
    entries = await log.entries_of(connection, stored.id)
    reports = await evidence.reports(connection, stored.id)
    return draft(
        stored.incident,
        entries,
        muster.policy,
        reports=reports,
        now=muster.now(),
        names=names,
        head=stored.head.hex(),
    )

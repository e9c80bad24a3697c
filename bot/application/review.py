"""Writing the post-incident review: read the timeline, draft, keep people's words, record it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from bot.application.execute import Muster
from bot.application.review_reading import Read, drafted, read
from bot.domain import commands as c
from bot.domain.actor import MUSTER, Actor
from bot.domain.errors import UnknownIncident
from bot.postmortem.changes import between
from bot.postmortem.draft import Draft
from bot.postmortem.merging import merge
from bot.store import incidents, reviews
from bot.store.incidents import Stored
from bot.store.reviews import Review

#: How often a review is merged anew because somebody wrote in it meanwhile.
_TRIES = 5


@dataclass(frozen=True, slots=True)
class _Merged:
    """A text, the newest version that it was made from (None for the first), and what it changes in a sentence."""

    markdown: str
    generated: str
    last: Review | None
    changes: str = ""


async def write_review(
    muster: Muster, incident_id: int, names: Mapping[str, str], *, workspace: str = "", by: Actor = MUSTER
) -> Review:
    """Draft the review from the timeline as it is, keep it with people's words as a version, and record that.

    A published review is not written again. One that says nothing new is no new version; it is only recorded again for
    somebody who asked for it.

    Args:
        muster: the application.
        incident_id: the incident's row.
        names: display names of Slack users by id; those that are missing show as ids.
        workspace: the address of the Slack workspace, with a slash at its end; empty where it is not known.
        by: on whose behalf.

    Raises:
        UnknownIncident: there is no such row.
        DatabaseUnavailable: nothing was kept.
    """
    found = await read(muster, incident_id=incident_id)
    # It takes its time for a long timeline: nobody waits for it, and nothing is locked meanwhile.
    text = await asyncio.to_thread(drafted, muster, found, names, workspace)
    for _ in range(_TRIES):
        async with muster.database.transaction() as connection:
            last = await reviews.newest(connection, incident_id)
            words = await reviews.with_words(connection, incident_id) or last
        merged = await asyncio.to_thread(_with_words, text, last, words)
        kept = await _keep(muster, found, text, merged, by)
        if kept is not None:
            return kept
    raise RuntimeError(f"the review of {found.stored.incident.ref} is written in all the time")


def _with_words(text: Draft, last: Review | None, words: Review | None) -> _Merged:
    if last is None or words is None:
        return _Merged(text.markdown, text.markdown, None)
    merged = merge(words.generated, words.markdown, text.markdown).text
    return _Merged(merged, text.markdown, last, between(last.markdown, merged).summary)


async def _keep(muster: Muster, found: Read, text: Draft, merged: _Merged, by: Actor) -> Review | None:
    """Keep and record a version; None where somebody wrote another meanwhile."""
    incident_id = found.stored.id
    async with muster.database.transaction() as connection:
        stored = await incidents.lock(connection, id=incident_id)
        if stored is None:
            raise UnknownIncident(typed=found.stored.incident.ref)
        last = await reviews.newest(connection, incident_id)
        if (last and last.version) != (merged.last and merged.last.version):
            return None
        changes = ""
        if last is None or not _settled(stored, last, merged, text):
            changes = merged.changes
            last = await reviews.add(
                connection, incident_id, markdown=merged.markdown, generated=merged.generated, upto=text.upto
            )
        record = c.RecordReview(by=by, version=last.version, digest=last.digest, upto=last.upto, changes=changes)
        await muster.execute_in(connection, record, incident_id=incident_id)
    return last


def _settled(stored: Stored, last: Review, merged: _Merged, text: Draft) -> bool:
    """Whether the newest version stays: it is published, it says all this, or it tells of more than was read."""
    return bool(stored.incident.review.published) or last.markdown == merged.markdown or last.upto > text.upto

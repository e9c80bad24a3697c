"""People's words in a review: by section from Slack, or as a whole from a file. Nobody's words are lost."""

import asyncio
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.application.execute import Muster
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.errors import DomainError, MissingText, NoReview, TooLong, UnknownIncident
from bot.postmortem.changes import between, unified
from bot.postmortem.merging import Kept, Merged, merge
from bot.postmortem.parts import split, with_text
from bot.postmortem.text import clean
from bot.store import incidents, reviews
from bot.store.incidents import Stored
from bot.store.reviews import Review

#: Which version a file was made from, in its last line. Forges don't show it.
_STAMP: Final = re.compile(r"^<!-- muster (INC-[0-9-]+) version ([0-9]{1,9}) -->[ \t]*$\n?", re.MULTILINE)
#: Characters of a review that is read from a file, of a section, and of all that people add to what Muster wrote.
FILE_LIMIT: Final = 5_000_000
#: Titles of sections that a version keeps and the timeline names, and characters of each.
_TITLES, _TITLE = 50, 200
#: How often words are put into the review anew because somebody else wrote in it meanwhile.
_TRIES: Final = 8


class OtherReview(DomainError):
    """The file is the review of {theirs}, not of {ref}: nothing was taken over."""

    command = "review"


@dataclass(frozen=True, slots=True)
class Edited:
    """What came of somebody's words: the version that has them, and what stands twice, as others wrote there too."""

    review: Review
    kept: Sequence[Kept] = ()


async def edit_section(
    muster: Muster, ref: str, title: str, text: str, *, seen: int, by: Actor, key: str | None = None
) -> Edited:
    """Put somebody's words into a section.

    Args:
        muster: the application.
        ref: the incident.
        title: the section's heading, as `bot.postmortem.parts.find` takes it; one that is not there is added.
        text: what is to stand there, in Markdown.
        seen: the version that they saw: what was written there since stays as well.
        by: who.
        key: the id of what came in.

    Raises:
        UnknownIncident, NoReview: there is none.
        TooLong: it is more than a section takes.
        DatabaseUnavailable: nothing was kept.
    """
    if len(text) > FILE_LIMIT:
        raise TooLong(what="text", length=len(text), limit=FILE_LIMIT)
    return await _write(
        muster, ref, lambda base: with_text(base.markdown, title, text), seen=seen, by=by, via="slack", key=key
    )


async def import_file(muster: Muster, ref: str, markdown: str, *, by: Actor, seen: int | None = None) -> Edited:
    """Take over a review that somebody wrote in as a file.

    Its last line says which version it was made from. Characters that nobody can see are left out of it.

    Args:
        muster: the application.
        ref: the incident.
        markdown: the file.
        by: who.
        seen: the version that it was made from, where its last line does not say so; None takes the newest.

    Raises:
        UnknownIncident, NoReview, TooLong: it cannot be.
        MissingText: the file is empty.
        OtherReview: the file is another incident's review.
        DatabaseUnavailable: nothing was kept.
    """
    if len(markdown) > FILE_LIMIT:
        raise TooLong(what="file", length=len(markdown), limit=FILE_LIMIT)
    text = clean(markdown.removeprefix("\ufeff"))
    # Somebody may have written below it.
    found = next(reversed(list(_STAMP.finditer(text))), None)
    if found and found[1] != ref:
        raise OtherReview(theirs=found[1], ref=ref)
    mine = _STAMP.sub("", text).rstrip()
    if not mine.strip():
        raise MissingText(what="the file is empty, so nothing was taken over")
    made_from = int(found[2]) if found else seen
    return await _write(muster, ref, lambda _: f"{mine}\n", seen=made_from, by=by, via="file")


async def stamped(muster: Muster, ref: str, *, by: Actor) -> tuple[Review, str]:
    """The newest version as a file to write in. Raises UnknownIncident or NoReview."""
    async with muster.database.transaction() as connection:
        stored = _seen(await incidents.by_ref(connection, ref), ref, by)
        newest = await reviews.newest(connection, stored.id)
    if newest is None:
        raise NoReview(ref=ref)
    return newest, as_file(ref, newest)


def as_file(ref: str, review: Review) -> str:
    """A version as a file to write in: its last line says which one it is."""
    return f"{review.markdown}\n<!-- muster {ref} version {review.version} -->\n"


async def history(muster: Muster, ref: str, *, by: Actor) -> list[tuple[Review, str]]:
    """Every version with what it changed in a sentence, the oldest first. Raises UnknownIncident."""
    async with muster.database.transaction() as connection:
        stored = _seen(await incidents.by_ref(connection, ref), ref, by)
        found = await reviews.versions(connection, stored.id)
    # Long reviews take a while to compare, and others wait for answers.
    return await asyncio.to_thread(_told, found)


def _told(found: Sequence[Review]) -> list[tuple[Review, str]]:
    return [
        (review, between(last.markdown, review.markdown).summary if last else "")
        for last, review in zip([None, *found], found, strict=False)
    ]


async def difference(muster: Muster, ref: str, older: int, newer: int, *, by: Actor) -> str:
    """What differs between two versions, as a unified diff. Raises UnknownIncident or NoReview."""
    async with muster.database.transaction() as connection:
        stored = _seen(await incidents.by_ref(connection, ref), ref, by)
        both = [await reviews.version(connection, stored.id, number) for number in (older, newer)]
    if both[0] is None or both[1] is None:
        raise NoReview(ref=ref)
    return await asyncio.to_thread(unified, both[0].markdown, both[1].markdown)


def _seen(stored: Stored | None, ref: str, by: Actor) -> Stored:
    """A private incident answers strangers exactly like one that is not there."""
    if stored is None or not stored.incident.seen_by(by):
        raise UnknownIncident(typed=ref)
    return stored


async def _write(
    muster: Muster,
    ref: str,
    written: Callable[[Review], str],
    *,
    seen: int | None,
    by: Actor,
    via: str,
    key: str | None = None,
) -> Edited:
    """Put words into the newest version: `written` makes of the version that somebody saw what they want it to be.

    Merging long texts takes its time, so nothing is locked meanwhile; whoever was slower merges again.
    """
    for _ in range(_TRIES):
        async with muster.database.transaction() as connection:
            stored = _seen(await incidents.by_ref(connection, ref), ref, by)
            newest = await reviews.newest(connection, stored.id)
            base = await reviews.version(connection, stored.id, seen) if seen else None
        if newest is None:
            raise NoReview(ref=ref)
        base = base or newest
        merged, sections = await asyncio.to_thread(_merged, base, written, newest)
        if merged.text == newest.markdown:
            return Edited(newest, merged.kept)
        async with muster.database.transaction() as connection:
            stored = _seen(await incidents.lock(connection, ref=ref), ref, by)
            last = await reviews.newest(connection, stored.id)
            if last is None or last.version != newest.version:
                continue
            digest = hashlib.sha256(merged.text.encode()).hexdigest()
            record = c.RecordReviewEdit(by=by, version=last.version + 1, digest=digest, sections=sections, via=via)
            outcome = await muster.execute_in(connection, record, incident_id=stored.id, key=key)
            if outcome.duplicate:
                return Edited(last)
            review = await reviews.add(
                connection, stored.id, markdown=merged.text, generated=newest.generated, upto=newest.upto, by=by,
                via=via, sections=sections,
            )  # fmt: skip
        return Edited(review, merged.kept)
    raise RuntimeError(f"the review of {ref} is written in all the time")


def _merged(base: Review, written: Callable[[Review], str], newest: Review) -> tuple[Merged, tuple[str, ...]]:
    """The newest version with somebody's words, and the titles of the sections that they changed in it."""
    merged = merge(base.markdown, written(base), newest.markdown)
    if len(merged.text) > (limit := FILE_LIMIT + len(newest.generated)):
        raise TooLong(what="review", length=len(merged.text), limit=limit)
    before, after = _by_name(newest.markdown), _by_name(merged.text)
    changed = [name for name in (*after, *before) if before.get(name) != after.get(name)]
    return merged, tuple(name[:_TITLE] for name in dict.fromkeys(changed) if name)[:_TITLES]


def _by_name(markdown: str) -> dict[str, str]:
    return {part.name: part.text.strip() for part in split(markdown)}

"""The work of `muster review`: the review as it is kept, its versions, and what is done about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from bot.application import review_editing
from bot.application.review_reading import Read, drafted, read
from bot.cli.acting import application, me, reference
from bot.cli.outcome import stop
from bot.cli.records import as_json
from bot.cli.terminal import advise, legible, say, table
from bot.core import Core
from bot.domain.evolve import fold
from bot.domain.review_events import ReviewEvent
from bot.domain.rules import Policy
from bot.domain.timeline import Entry
from bot.postmortem import document, export
from bot.postmortem.drawing import to_svg
from bot.postmortem.markup import rows_shown
from bot.postmortem.metrics import measure
from bot.postmortem.picture import picture
from bot.postmortem.record import read as read_record
from bot.store import reviews
from bot.store.reviews import Review

_COLUMNS = ("Version", "When (UTC)", "By", "Where", "Entries", "What changed")
#: Where a version was written, by its `via`.
_WHERE = {"draft": "Muster", "slack": "Slack", "file": "a file"}


@dataclass(frozen=True, slots=True)
class _Text:
    """A review to show: its Markdown, what Muster wrote of it by itself, and how many entries it tells of."""

    markdown: str
    generated: str | None
    upto: int


async def review(
    typed: str, written_as: str, *, number: int | None = None, fresh: bool = False, as_file: bool = False
) -> str:
    """An incident's review as text: the newest version, with people's words, or as it would be written now.

    Args:
        typed: the incident.
        written_as: `md`, `html` or `json`.
        number: this version in place of the newest.
        fresh: as Muster would write it now, without people's words. So it is where there is no version yet.
        as_file: somebody may write in it and bring it back: Markdown says in its last line which version it is.

    Raises:
        UnknownIncident: there is no such incident.
        DatabaseUnavailable: it could not be read.
    """
    async with application() as built:
        found = await read(built.muster, ref=reference(typed))
        kept = None if fresh else await _kept(built, found, number)
        if kept is None:
            draft = drafted(built.muster, found, {})
            text = _Text(draft.markdown, None, draft.upto)
        elif as_file and written_as == "md":
            return review_editing.as_file(found.stored.incident.ref, kept)
        else:
            text = _Text(kept.markdown, kept.generated, kept.upto)
        return _written(built, found, text, written_as)


async def _kept(built: Core, found: Read, number: int | None) -> Review | None:
    """The version that is meant; None where there is none yet."""
    async with built.database.transaction() as connection:
        newest = await reviews.newest(connection, found.stored.id)
        one = newest if number is None else await reviews.version(connection, found.stored.id, number)
    ref = found.stored.incident.ref
    if number is not None and one is None:
        last = f"the newest is {newest.version}" if newest else "nobody has written one yet"
        stop(f"The review of {ref} has no version {number}: {last}.")
    if one is None:
        return None
    later = any(not isinstance(entry.event, ReviewEvent) for entry in found.entries[one.upto :])
    if number is None and later and not found.stored.incident.review.published:
        # Not among what is printed: that may be a file by now.
        advise(f"Version {one.version} does not tell of the latest entries yet. Add --fresh to see them.")
    return one


def as_page(
    markdown: str,
    entries: Sequence[Entry],
    policy: Policy,
    *,
    now: datetime,
    names: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """A review as a page of its own, with the picture of the incident's course.

    Args:
        markdown: the review.
        entries: those of the timeline that it tells of.
        policy: knows what the picture's section is called.
        now: until when the picture of an incident that runs goes.
        names: display names of Slack users by id, for the picture; those that are missing show as ids.
    """
    shown = picture(entries, policy, now=now, names=names)
    drawn = to_svg(shown, linked=rows_shown(markdown)) if shown else None
    title = next((part.title for part in document.parts(policy.review) if part.section == "picture"), None)
    return export.to_html(markdown, drawn, titled=title or document.SECTIONS["picture"])


def _written(built: Core, found: Read, text: _Text, written_as: str) -> str:
    policy, now = built.muster.policy, built.muster.now()
    entries = found.entries[: text.upto]
    match written_as:
        case "html":
            return as_page(text.markdown, entries, policy, now=now)
        case "json":
            incident = found.stored.incident if len(entries) == len(found.entries) else fold(entries)
            return as_json(
                export.to_json(
                    incident,
                    entries,
                    measure(read_record(entries), policy, now=now),
                    markdown=text.markdown,
                    generated=text.generated,
                    document=document.parts(policy.review),
                    reports=found.reports,
                )
            )
        case _:
            return text.markdown


async def history(typed: str) -> None:
    """Print every version: when, by whom, and what it changed. Raises UnknownIncident or DatabaseUnavailable."""
    ref = reference(typed)
    async with application() as built:
        found = await review_editing.history(built.muster, ref, by=me())
    if not found:
        say(f"{ref} has no review yet. muster review {ref} --write has one written.")
        return
    rows = (
        (one.version, f"{one.created_at:%Y-%m-%d %H:%M}", one.by.id, _WHERE.get(one.via, one.via), one.upto, changed)
        for one, changed in found
    )
    table(_COLUMNS, rows)


async def difference(typed: str, older: int, newer: int) -> None:
    """Print what differs between two versions. Raises UnknownIncident, NoReview or DatabaseUnavailable."""
    async with application() as built:
        found = await review_editing.difference(built.muster, reference(typed), older, newer, by=me())
    say(legible(found).rstrip("\n") if found else "Nothing is different.")

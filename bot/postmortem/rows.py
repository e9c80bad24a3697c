"""The timeline as a reader sees it: quiet entries left out, a message with its edits in one row, noise folded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.domain import events as e
from bot.domain.events import kind_of
from bot.domain.timeline import Entry
from bot.postmortem.lines import Lines
from bot.postmortem.record import Message, Record
from bot.postmortem.text import Md, People, cite, inline
from bot.postmortem.wording import clock, day

#: Characters of a person's words in a row; the whole text stays in the timeline.
ROW_LIMIT: Final = 600
#: The review does not tell of itself: it would change by being written.
_UNTOLD: Final = (e.ReviewRequested, e.ReviewDrafted, e.ReviewNudged)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the timeline: the entries it stands for, when, who and what."""

    seqs: tuple[int, ...]
    at: datetime
    who: Md
    what: Md

    @property
    def time(self) -> str:
        """The time of the day, UTC."""
        return clock(self.at)

    @property
    def cites(self) -> Md:
        """The entry numbers."""
        return cite(*self.seqs)


@dataclass(frozen=True, slots=True)
class Day:
    """The rows of one day, UTC."""

    date: str
    rows: Sequence[Row]


def days(record: Record, lines: Lines, people: People) -> list[Day]:
    """The timeline's rows by day, in the order in which things happened."""
    shown = (entry for entry in record.entries if _told(entry, record))
    found: dict[str, list[Row]] = {}
    for group in _folded(sorted(shown, key=lambda entry: (entry.at, entry.seq))):
        found.setdefault(day(group[0].at), []).append(_row(group, record, lines, people))
    return [Day(date, rows) for date, rows in found.items()]


def _told(entry: Entry, record: Record) -> bool:
    event = entry.event
    if isinstance(event, e.MessageEdited | e.MessageDeleted):
        return event.subject not in record.messages  # else its own row says so
    return not event.quiet and not isinstance(event, _UNTOLD)


def _folded(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Neighbours that say the same thing again, together."""
    group: list[Entry] = []
    for entry in entries:
        if group and (_sameness(entry) is None or _sameness(entry) != _sameness(group[-1])):
            yield group
            group = []
        group.append(entry)
    if group:
        yield group


def _sameness(entry: Entry) -> tuple[str, ...] | None:
    if entry.late:
        return None  # its own row says by how much
    match entry.event:
        case e.UpdateOverdue():
            return ("overdue",)
        case e.DeliveryFailed(reason=reason):
            return ("refused", reason)
        case e.Escalated(step=str(step)):
            return ("step", step)
        case _:
            return None


def _row(group: list[Entry], record: Record, lines: Lines, people: People) -> Row:
    first = group[0]
    if isinstance(first.event, e.MessageCaptured) and (message := record.messages.get(first.event.subject or "")):
        return _message(message, first.event, record, lines, people)
    sentence = getattr(lines, kind_of(type(first.event)))
    what = _more(sentence(first.event, entry=first, last=group[-1], times=len(group)), first.event, lines)
    return Row(tuple(entry.seq for entry in group), first.at, people.actor(first.by), _marked(what, first, lines))


def _more(what: Md, event: e.Event, lines: Lines) -> Md:
    """A row with what was filled in besides, and with why something was done before all that the policy asks for."""
    parts = [what, *(lines.filled_in(title, text) for title, text in getattr(event, "details", {}).items())]
    if getattr(event, "overrode", ()):
        parts.append(lines.all_the_same(event))
    return Md(" · ".join(parts))


def _message(message: Message, event: e.MessageCaptured, record: Record, lines: Lines, people: People) -> Row:
    pins = record.pins.get(event.subject or "", {})
    what = lines.message_captured(
        event,
        said=inline(people.words(message.text), ROW_LIMIT),
        edits=cite(*message.edits),
        deleted=message.deleted,
        pins=cite(*pins.values()),
    )
    gone = () if message.deleted is None else (message.deleted,)
    seqs = (message.captured.seq, *message.edits, *gone, *pins.values())
    return Row(seqs, message.captured.at, people.person(event.user), _marked(what, message.captured, lines))


def _marked(what: Md, entry: Entry, lines: Lines) -> Md:
    """A row says that it was read in Slack later than it was written."""
    return Md(f"{what} {lines.caught_up(entry)}") if entry.caught_up else what

"""The timeline as a reader sees it: quiet entries left out, a message with its edits in one row, noise folded.

Of a long timeline, what people said one after the other is one row that says how many messages there were and by
whom; whatever else happened stands for itself, and so does a message that somebody pinned.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta
from typing import Final, get_args

from bot.domain import events as e
from bot.domain.events import kind_of
from bot.domain.review_events import ReviewEvent
from bot.domain.timeline import Entry, as_it_happened
from bot.postmortem.corrections import ABOUT
from bot.postmortem.lines import Lines
from bot.postmortem.record import Message, Record
from bot.postmortem.tables import ROW_LIMIT
from bot.postmortem.text import Md, People, cite, inline
from bot.postmortem.wording import clock, day

#: From so many rows on, messages are folded.
FOLD_ABOVE: Final = 2_000
#: A row of messages ends where nobody wrote for so long, so that its time says when they were written.
_PAUSE: Final = timedelta(minutes=10)
#: People whom a row of messages names, and numbers and runs of entries that it shows.
_NAMED, _CITED = 5, 4
#: The review does not tell of itself, nor of reminders of what is in it: it would change by being written.
UNTOLD: Final = (*get_args(ReviewEvent), e.ActionItemDue)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the timeline: when, who and what, the entries that it stands for, and how many messages it folds."""

    time: Md
    who: Md
    what: Md
    cites: Md
    folded: int = 0


@dataclass(frozen=True, slots=True)
class Day:
    """The rows of one day, UTC."""

    date: str
    rows: Sequence[Row]


def days(record: Record, lines: Lines, people: People, links: Mapping[int, str]) -> list[Day]:
    """The timeline's rows by day, in the order in which things happened.

    Args:
        record: the timeline.
        lines: the sentences.
        people: how they are called.
        links: where the message of an entry is in Slack, by the entry's number.
    """
    teller = _Teller(record, lines, people, links)
    told = [entry for entry in record.entries if _told(entry, record)]
    if not record.of.keys().isdisjoint(ABOUT):
        shown = set(_shown(told, record))
        told = [entry for entry in told if not record.corrections.read_with_others(entry, shown)]
    groups = list(_folded(as_it_happened(told), record))
    if len(groups) > FOLD_ABOVE:
        groups = list(_drawn_together(groups, record))
    found: dict[date, list[Row]] = {}
    for group in groups:
        found.setdefault(_date(group[0]), []).append(teller.row(group))
    return [Day(day(date_), rows) for date_, rows in found.items()]


def _date(entry: Entry) -> date:
    return entry.at.astimezone(UTC).date()


def _told(entry: Entry, record: Record) -> bool:
    event = entry.event
    if isinstance(event, e.MessageEdited | e.MessageDeleted):
        return event.subject not in record.messages  # else its own row says so
    if isinstance(event, e.MessageCaptured):
        return record.messages[event.subject or ""].captured is entry
    return not event.quiet and not isinstance(event, UNTOLD)


def _shown(told: Iterable[Entry], record: Record) -> Iterator[int]:
    """The numbers of the entries that have a row, or are in that of a message."""
    for entry in told:
        yield entry.seq
        if isinstance(entry.event, e.MessageCaptured):
            yield from _of_message(record.messages[entry.event.subject or ""], record)


def _of_message(message: Message, record: Record) -> tuple[int, ...]:
    """The entries of a message, and those of the pins on it."""
    return (*_seqs(message), *record.pins.get(message.captured.event.subject or "", {}).values())


def _folded(entries: Sequence[Entry], record: Record) -> Iterator[list[Entry]]:
    """Neighbours that say the same thing again, together."""
    group: list[Entry] = []
    for entry in entries:
        if group and (_sameness(entry, record) is None or _sameness(entry, record) != _sameness(group[-1], record)):
            yield group
            group = []
        group.append(entry)
    if group:
        yield group


def _sameness(entry: Entry, record: Record) -> tuple[str, ...] | None:
    if entry.late or _spoken_of(entry.seq, record):
        return None  # its own row says by how much, or what was corrected
    match entry.event:
        case e.UpdateOverdue():
            return ("overdue",)
        case e.DeliveryFailed(reason=reason):
            return ("refused", reason)
        case e.Escalated(step=str(step)):
            return ("step", step)
        case _:
            return None


def _drawn_together(groups: Iterable[list[Entry]], record: Record) -> Iterator[list[Entry]]:
    """Messages that follow each other on the same day, without a long pause, together."""
    run: list[Entry] = []
    for group in groups:
        chatter = len(group) == 1 and _chatter(group[0], record)
        if run and not (chatter and group[0].at - run[-1].at < _PAUSE and _date(group[0]) == _date(run[-1])):
            yield run
            run = []
        if chatter:
            run.append(group[0])
        else:
            yield group
    if run:
        yield run


def _chatter(entry: Entry, record: Record) -> bool:
    """Whether it is a message that nobody pinned or corrected."""
    if not isinstance(entry.event, e.MessageCaptured) or record.pins.get(entry.event.subject or ""):
        return False
    return not any(_spoken_of(seq, record) for seq in _seqs(record.messages[entry.event.subject or ""]))


def _spoken_of(seq: int, record: Record) -> bool:
    """Whether an entry was moved, or has a word about it."""
    return seq in record.corrections.moved or seq in record.corrections.notes


@dataclass(frozen=True, slots=True)
class _Teller:
    """Says what a group of entries comes to."""

    record: Record
    lines: Lines
    people: People
    links: Mapping[int, str]

    def row(self, group: Sequence[Entry]) -> Row:
        """The row of one entry, or of several that are told together."""
        first = group[0]
        if isinstance(first.event, e.MessageCaptured):
            if len(group) > 1:
                return self._messages(group)
            return self._message(self.record.messages[first.event.subject or ""], first.event)
        what = self._more(self._sentence(group), first.event)
        return self._row(first, self.people.actor(first.by), what, cites=[entry.seq for entry in group])

    def _sentence(self, group: Sequence[Entry]) -> Md:
        """What happened; of a kind that a pack's own sentences do not have yet, its name."""
        first, kind = group[0], kind_of(type(group[0].event))
        sentence = getattr(self.lines, kind, None)
        if sentence is None:
            return inline(kind.replace("_", " ").capitalize())
        return Md(sentence(first.event, entry=first, last=group[-1], times=len(group)))

    def _row(self, first: Entry, who: Md, what: Md, *, cites: Iterable[int], most: int | None = None) -> Row:
        """A row; it says where its first entry was read in Slack later than it was written, and what was corrected."""
        seqs, moved = list(cites), self.record.corrections.moved
        if first.seq in moved:
            what = Md(f"{what} {self._moved(first)}")
        elif first.caught_up:
            what = Md(f"{what} {self.lines.caught_up(first)}")
        notes = [note for seq in seqs for note in self.record.corrections.notes.get(seq, ())]
        if notes:
            what = Md(" · ".join([what, *(self.lines.annotation(note, note.event) for note in notes)]))
        seqs += [*self.record.corrections.moves_of(*seqs), *(note.seq for note in notes)]
        return Row(Md(clock(first.at)), who, what, cite(*seqs, links=self.links, most=most))

    def _moved(self, entry: Entry) -> Md:
        """When an entry was recorded to have happened, and who put that right."""
        before, last = self.record.corrections.before(entry.seq), self.record.corrections.moved[entry.seq][-1]
        same_day = before is not None and before.astimezone(UTC).date() == _date(entry)
        return self.lines.moved(last, last.event, before, same_day=same_day)

    def _more(self, what: Md, event: e.Event) -> Md:
        """A row with what was filled in besides, and why something was done before all that the policy asks for."""
        details = getattr(event, "details", None) or {}
        parts = [what, *(self.lines.filled_in(title, text) for title, text in details.items())]
        if getattr(event, "overrode", ()):
            parts.append(self.lines.all_the_same(event))
        return Md(" · ".join(parts)) if len(parts) > 1 else what

    def _message(self, message: Message, event: e.MessageCaptured) -> Row:
        pins = self.record.pins.get(event.subject or "", {})
        what = self.lines.message_captured(
            event,
            said=inline(self.people.words(message.text), ROW_LIMIT),
            edits=cite(*message.edits),
            deleted=message.deleted,
            pins=cite(*pins.values()),
        )
        who = self.people.person(event.user)
        return self._row(message.captured, who, what, cites=(*_seqs(message), *pins.values()))

    def _messages(self, run: Sequence[Entry]) -> Row:
        """What several people, or one, said one after the other."""
        said = [entry.event for entry in run if isinstance(entry.event, e.MessageCaptured)]
        by = Counter(event.user for event in said).most_common()
        named = [self.people.person(user) for user, _ in by[:_NAMED]]
        if len(by) > 1:
            named = [Md(f"{person} ({count})") for person, (_, count) in zip(named, by, strict=False)]
        others = len(by) - len(named)
        who = Md(f"{', '.join(named)} and {others} more" if others else ", ".join(named))
        what = self.lines.messages_captured(len(run), run[-1])
        cites = [seq for event in said for seq in _seqs(self.record.messages[event.subject or ""])]
        return replace(self._row(run[0], who, what, cites=cites, most=_CITED), folded=len(run))


def _seqs(message: Message) -> tuple[int, ...]:
    """The entries of a message: its words, its edits, and its end."""
    gone = () if message.deleted is None else (message.deleted,)
    return (message.captured.seq, *message.edits, *gone)

"""The timeline as people corrected it: what was moved, left out, added afterwards, and what was said about entries.

The chain keeps every entry as it was recorded; whoever reads the record reads it through `corrected`.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from bot.domain import events as e
from bot.domain.timeline import Entry

#: What speaks of another entry, and is read with it.
ABOUT: Final = (e.EntryMoved, e.EntryHidden, e.EntryShown, e.EntryAnnotated)


@dataclass(frozen=True, slots=True)
class Corrected:
    """A timeline as it is to be read.

    Attributes:
        entries: by number, at their corrected times, without those that are hidden. The corrections are among them.
        hidden: by the number of what is left out, the entry that hid it. What became of a hidden message goes with
            it, and so does what was said about a hidden entry.
        moved: by the number of what happened at another time, the entries that moved it, in order.
        notes: by the number of an entry, what was said about it, in order.
        about: by the number of what was said, the number of the entry that it is about.
        upto: the number of the last entry, hidden or not; 0 for none.
    """

    entries: tuple[Entry, ...] = ()
    hidden: Mapping[int, Entry] = field(default_factory=dict)
    moved: Mapping[int, tuple[Entry, ...]] = field(default_factory=dict)
    notes: Mapping[int, tuple[Entry, ...]] = field(default_factory=dict)
    about: Mapping[int, int] = field(default_factory=dict)
    upto: int = 0

    @property
    def added(self) -> tuple[Entry, ...]:
        """What was added afterwards."""
        return tuple(entry for entry in self.entries if isinstance(entry.event, e.EntryAdded))

    @property
    def hides(self) -> dict[int, Entry]:
        """What people hid, by its number, without what went with it."""
        return {
            seq: by for seq, by in self.hidden.items() if isinstance(by.event, e.EntryHidden) and by.event.about == seq
        }

    @property
    def any(self) -> bool:
        """Whether anything was corrected."""
        return bool(self.hidden or self.moved or self.notes or self.added)

    @property
    def told(self) -> list[str]:
        """How many entries were corrected, and how, in words."""
        counts = {
            "moved": len(self.moved),
            "left out": len(self.hides),
            "added afterwards": len(self.added),
            "with a word about them": len(self.notes),
        }
        return [f"{count} {how}" for how, count in counts.items() if count]

    def before(self, seq: int) -> datetime | None:
        """When an entry was recorded to have happened, where it was moved since."""
        first = self.moved[seq][0].event if seq in self.moved else None
        return first.before if isinstance(first, e.EntryMoved) else None

    def moves_of(self, *seqs: int) -> tuple[int, ...]:
        """The numbers of the entries that moved some."""
        return tuple(entry.seq for seq in seqs for entry in self.moved.get(seq, ()))

    def citing(self, *seqs: int) -> tuple[int, ...]:
        """The numbers of entries, and of those that moved them."""
        return (*seqs, *self.moves_of(*seqs))

    def read_with_others(self, entry: Entry, shown: Container[int]) -> bool:
        """Whether an entry is a correction that the reader sees at what it corrects, given the numbers shown."""
        match entry.event:
            case e.EntryHidden() | e.EntryShown():
                return True
            case e.EntryMoved(about=about):
                return about in shown or about not in self.moved
            case e.EntryAnnotated():
                return self.about.get(entry.seq) in shown
            case _:
                return False


def corrected(entries: Iterable[Entry]) -> Corrected:
    """Read a timeline with the corrections in it; the last word about an entry counts.

    Args:
        entries: the whole timeline, by number. It is gone through a fixed number of times.
    """
    timeline = tuple(entries)
    corrections = [entry for entry in timeline if isinstance(entry.event, (*ABOUT, e.EntryAdded))]
    if not corrections:
        return Corrected(timeline, upto=timeline[-1].seq if timeline else 0)
    by_seq = {entry.seq: entry for entry in timeline}
    roots = _roots(corrections)
    hidden = _hidden(timeline, by_seq, corrections, roots)
    moved = _moved(by_seq, corrections)
    notes: dict[int, list[Entry]] = {}
    for entry in corrections:
        if isinstance(entry.event, e.EntryAnnotated) and entry.seq not in hidden:
            notes.setdefault(roots[entry.seq], []).append(entry)
    return Corrected(
        entries=tuple(_at(entry, moved) for entry in timeline if entry.seq not in hidden),
        hidden=hidden,
        moved={seq: its for seq, its in moved.items() if seq not in hidden},
        notes={seq: tuple(its) for seq, its in notes.items()},
        about={note.seq: seq for seq, its in notes.items() for note in its},
        upto=timeline[-1].seq,
    )


def _roots(corrections: Iterable[Entry]) -> dict[int, int]:
    """By the number of a correction, the entry that it is about in the end: there may be a word about a word."""
    roots: dict[int, int] = {}
    for entry in corrections:
        if isinstance(entry.event, ABOUT):
            roots[entry.seq] = roots.get(entry.event.about, entry.event.about)
    return roots


def _hidden(
    timeline: Iterable[Entry], by_seq: Mapping[int, Entry], corrections: Iterable[Entry], roots: Mapping[int, int]
) -> dict[int, Entry]:
    """What is left out by now, and the entry that hid it."""
    hidden: dict[int, Entry] = {}
    for entry in corrections:
        if isinstance(entry.event, e.EntryHidden) and entry.event.about in by_seq:
            hidden[entry.event.about] = entry
        elif isinstance(entry.event, e.EntryShown):
            hidden.pop(entry.event.about, None)
    # What a message was changed to, and who pinned it, is nothing without it.
    gone = {
        subject: by
        for seq, by in hidden.items()
        if isinstance(event := by_seq[seq].event, e.MessageCaptured) and (subject := event.subject)
    }
    for entry in timeline if gone else ():
        if entry.event.subject in gone:
            hidden.setdefault(entry.seq, gone[entry.event.subject])
    for entry in corrections:
        if isinstance(event := entry.event, e.EntryAnnotated):
            by = hidden.get(event.about) or hidden.get(roots[entry.seq])
            if by is not None:
                hidden.setdefault(entry.seq, by)
    return hidden


def _moved(by_seq: Mapping[int, Entry], corrections: Iterable[Entry]) -> dict[int, tuple[Entry, ...]]:
    """What happened at another time than was recorded; not what was moved back."""
    moves: dict[int, list[Entry]] = {}
    for entry in corrections:
        if isinstance(entry.event, e.EntryMoved) and entry.event.about in by_seq:
            moves.setdefault(entry.event.about, []).append(entry)
    return {seq: tuple(its) for seq, its in moves.items() if _last(its) != _own(by_seq[seq])}


def _last(moves: Iterable[Entry]) -> datetime | None:
    return next(
        (move.event.happened_at for move in reversed(list(moves)) if isinstance(move.event, e.EntryMoved)), None
    )


def _own(entry: Entry) -> datetime:
    """When an entry happened by itself: what was added afterwards says when."""
    return entry.event.happened_at if isinstance(entry.event, e.EntryAdded) else entry.at


def _at(entry: Entry, moved: Mapping[int, tuple[Entry, ...]]) -> Entry:
    at = _last(moved[entry.seq]) if entry.seq in moved else _own(entry)
    return entry if at is None or at == entry.at else replace(entry, at=at)

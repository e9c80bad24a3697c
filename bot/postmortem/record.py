"""The timeline read once, in order: which entry began or ended what, and what became of each message."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from bot.domain import events as e
from bot.domain.item_events import ItemEvent
from bot.domain.rules import Category
from bot.domain.timeline import Entry
from bot.postmortem.corrections import Corrected, corrected

_Kind = TypeVar("_Kind", bound=e.Event)


@dataclass(slots=True)
class Message:
    """What became of a captured Slack message: its last text, and the entries that changed it."""

    captured: Entry
    text: str
    edits: list[int] = field(default_factory=list)
    deleted: int | None = None


@dataclass(slots=True)
class Item:
    """An action item: what it says by now, the entry that added it, those that changed it, and that which ended it."""

    added: Entry
    event: e.ActionItemAdded | e.ActionItemChanged
    changed: list[Entry] = field(default_factory=list)
    done: Entry | None = None
    filed: Entry | None = None

    @property
    def cites(self) -> tuple[int, ...]:
        """The entries that it was read from, without those that were undone."""
        later = (*self.changed, self.filed, self.done)
        return (self.added.seq, *(entry.seq for entry in later if entry is not None))


@dataclass(slots=True)
class Record:
    """Everything about an incident that some sentence of its review points at.

    Attributes:
        entries: The whole timeline, by number, as it was corrected.
        declared: Entry 1.
        severities: Each severity it had with the entry that gave it, in order.
        status: The entry that gave it its present status.
        acknowledged: The first acknowledgement.
        mitigated: Where it was first watched or over, since it was last reopened.
        resolved: Where it was over, since it was last reopened.
        holders: Who had each role, with the entry that gave it, in order.
        messages: What was captured, by its subject.
        pins: The entries of the pins that still hold, by subject and person.
        items: The action items by number.
        asked: Who asked for each diagnostic run.
        of: The entries of each kind of event.
        corrections: What was moved, left out, and said about entries.
    """

    entries: tuple[Entry, ...]
    declared: Entry
    opening: e.Declared
    severities: list[tuple[str, int]]
    status: Entry
    acknowledged: Entry | None = None
    mitigated: Entry | None = None
    resolved: Entry | None = None
    holders: dict[str, list[tuple[str, Entry]]] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    pins: dict[str, dict[str, int]] = field(default_factory=dict)
    items: dict[int, Item] = field(default_factory=dict)
    asked: dict[str, Entry] = field(default_factory=dict)
    of: dict[type, list[Entry]] = field(default_factory=dict)
    corrections: Corrected = field(default_factory=Corrected)

    def each(self, kind: type[_Kind]) -> list[tuple[Entry, _Kind]]:
        """The entries of a kind of event, with their events."""
        return [(entry, entry.event) for entry in self.of.get(kind, []) if isinstance(entry.event, kind)]

    def some(self, *kinds: type) -> list[Entry]:
        """The entries of several kinds of events, by number, without a look at all the others."""
        return sorted((entry for kind in kinds for entry in self.of.get(kind, [])), key=lambda entry: entry.seq)

    @property
    def upto(self) -> int:
        """The number of the last entry, whether it is read or left out."""
        return max(self.entries[-1].seq, self.corrections.upto)

    @property
    def over(self) -> bool:
        """Whether it is resolved or closed."""
        return self.resolved is not None


def read(entries: Iterable[Entry]) -> Record:
    """Read a timeline with its corrections. Raises ValueError when it does not begin with a declaration."""
    corrections = corrected(entries)
    timeline = corrections.entries
    if not timeline or not isinstance(opening := timeline[0].event, e.Declared):
        raise ValueError("a timeline begins with a declaration")
    first = timeline[0]
    record = Record(
        entries=timeline,
        declared=first,
        opening=opening,
        severities=[(opening.severity, first.seq)],
        status=first,
        corrections=corrections,
    )
    for entry in timeline:
        record.of.setdefault(type(entry.event), []).append(entry)
        if entry.event.subject is None:
            _take(record, entry)
        else:
            _message(record, entry, entry.event.subject)
    return record


def _take(record: Record, entry: Entry) -> None:  # noqa: C901 (a table, a line or two an event)
    match entry.event:
        case e.Acknowledged(role=role):
            record.acknowledged = record.acknowledged or entry
            if role:
                record.holders.setdefault(role, []).append((entry.by.id, entry))
        case e.SeverityChanged(after=severity):
            record.severities.append((severity, entry.seq))
        case e.StatusChanged(category=category):
            _status(record, entry, category)
        case e.Resolved():
            _status(record, entry, Category.RESOLVED)
        case e.Closed():
            _status(record, entry, Category.CLOSED)
        case e.Reopened():
            record.mitigated = record.resolved = None
            record.status = entry
        case e.RoleAssigned(role=role, user=user):
            record.holders.setdefault(role, []).append((user, entry))
        case event if isinstance(event, ItemEvent):
            _item(record, entry, event)
        case e.DiagnosticRequested(run=run):
            record.asked[run] = entry
        case _:
            pass


def _item(record: Record, entry: Entry, event: ItemEvent) -> None:
    if isinstance(event, e.ActionItemAdded):
        record.items[event.number] = Item(entry, event)
    item = record.items.get(event.number)
    if item is None:
        return
    match event:
        case e.ActionItemChanged():
            item.event = event
            item.changed.append(entry)
        case e.ActionItemOrphaned():
            item.event = replace(item.event, owner=None)
            item.changed.append(entry)
        case e.ActionItemDone() | e.ActionItemDropped():
            item.done = entry
        case e.ActionItemReopened():
            item.done = None
            item.changed.append(entry)
        case e.ActionItemFiled():
            item.filed = entry
        case _:
            pass


def _status(record: Record, entry: Entry, category: Category) -> None:
    """Mirrors what `evolve` keeps as times, with the entry instead."""
    record.status = entry
    if category is Category.MONITORING or category.over:
        record.mitigated = record.mitigated or entry
    record.resolved = record.resolved or entry if category.over else None


def _message(record: Record, entry: Entry, subject: str) -> None:
    known = record.messages.get(subject)
    match entry.event:
        case e.MessageCaptured(text=text) if known:
            # It was gone, and was read again: one message all the same.
            known.text, known.deleted = text, None
            known.edits.append(entry.seq)
        case e.MessageCaptured(text=text):
            record.messages[subject] = Message(entry, text)
        case e.MessageEdited(text=text) if known:
            known.text = text
            known.edits.append(entry.seq)
        case e.MessageDeleted() if known:
            known.deleted = entry.seq
        case e.MessagePinned(user=user):
            record.pins.setdefault(subject, {})[user] = entry.seq
        case e.MessageUnpinned(user=user):
            record.pins.get(subject, {}).pop(user, None)
        case _:
            pass

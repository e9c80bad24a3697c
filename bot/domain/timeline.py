"""A timeline entry: one event, when it happened, when it was recorded, and who did it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.actor import Actor
from bot.domain.events import (
    ActionItemDue,
    ClockMissed,
    Declared,
    EffectivenessAsked,
    EntryAdded,
    EntryHidden,
    EntryMoved,
    EntryShown,
    Escalated,
    Event,
    FollowUpDue,
    MessageCaptured,
    MessageDeleted,
    MessageEdited,
    MessagePinned,
    MessageUnpinned,
    PersonJoined,
    PersonLeft,
    ReviewNudged,
    RoleAssigned,
    TextDue,
    UpdateOverdue,
    WatchEnded,
)

#: What comes later than this says that it is late.
LATE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The `seq`-th entry (from 1, without gaps) of an incident's timeline.

    `at` is when it happened, `recorded_at` when Muster committed it: they differ for what was caught up.
    """

    seq: int
    at: datetime
    recorded_at: datetime
    by: Actor
    event: Event

    @property
    def late(self) -> timedelta | None:
        """By how much the clock that this follows from rang late; None where it rang in time, or there was none."""
        match self.event:
            case (
                Escalated(due_at=datetime() as due_at)
                | UpdateOverdue(due_at=due_at)
                # Later ones are meant to come later.
                | ReviewNudged(due_at=due_at, before=0)
                | EffectivenessAsked(due_at=due_at)
                | ActionItemDue(due_at=due_at)
                | ClockMissed(due_at=due_at)
                | WatchEnded(due_at=due_at)
                | TextDue(due_at=due_at)
                | FollowUpDue(due_at=due_at)
            ):
                by = self.recorded_at - due_at
                return by if by > LATE else None
            case _:
                return None

    @property
    def caught_up(self) -> bool:
        """Whether people did it in Slack while nobody listened, and it was read there later."""
        return isinstance(self.event, _SAID_IN_SLACK) and self.recorded_at - self.at >= LATE


#: What Slack tells us of, and still shows when it could not.
_SAID_IN_SLACK = (
    MessageCaptured,
    MessageEdited,
    MessageDeleted,
    MessagePinned,
    MessageUnpinned,
    PersonJoined,
    PersonLeft,
)


def as_it_happened(entries: Iterable[Entry]) -> list[Entry]:
    """Entries in the order in which people read them: what was caught up stands where it happened."""
    return sorted(entries, key=lambda entry: (entry.at, entry.seq))


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFacts:
    """What is known of one Slack message.

    Attributes:
        captured: whether its words are in the timeline.
        deleted: whether its deletion is.
        text: its words as they were last recorded.
        edited_at: when they were last changed.
        pinned_by: whose :pushpin: is on it.
        marked_at: when each person last put theirs on, or took it off.
        gone_at: when it was deleted, if that was told before the message itself.
    """

    captured: bool = False
    deleted: bool = False
    text: str | None = None
    edited_at: datetime | None = None
    pinned_by: frozenset[str] = frozenset()
    marked_at: Mapping[str, datetime] = field(default_factory=dict)
    gone_at: datetime | None = None


#: Of a message that the timeline has never heard of.
NOTHING_KNOWN = MessageFacts()


def message_facts(entries: Iterable[Entry]) -> MessageFacts:
    """Fold the entries that concern one message, in order, into what is known of it."""
    captured = deleted = False
    text: str | None = None
    edited_at: datetime | None = None
    pinned: frozenset[str] = frozenset()
    marked: dict[str, datetime] = {}
    for entry in entries:
        match entry.event:
            case MessageCaptured(text=said):
                captured, deleted, text = True, False, said
            case MessageEdited(text=said):
                text, edited_at = said, entry.at
            case MessageDeleted():
                deleted = True
            case MessagePinned(user=user):
                pinned |= {user}
                marked[user] = entry.at
            case MessageUnpinned(user=user):
                pinned -= {user}
                marked[user] = entry.at
            case _:
                pass
    return MessageFacts(
        captured=captured, deleted=deleted, text=text, edited_at=edited_at, pinned_by=pinned, marked_at=marked
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFacts:
    """When somebody last came into an incident's channel, was last called to it, and last left it."""

    joined_at: datetime | None = None
    called_at: datetime | None = None
    left_at: datetime | None = None

    @property
    def came_at(self) -> datetime | None:
        """The last reason to think that they take part."""
        return max((at for at in (self.joined_at, self.called_at) if at), default=None)

    @property
    def inside(self) -> bool:
        """Whether they were seen to come in, and not to leave since."""
        return self.joined_at is not None and (self.left_at is None or self.left_at < self.joined_at)


#: Of somebody whom the timeline has never heard of.
NEVER_SEEN = PersonFacts()


def people_facts(entries: Iterable[Entry]) -> dict[str, PersonFacts]:
    """What a timeline knows of who came, was called and left, by Slack id."""
    joined: dict[str, datetime] = {}
    called: dict[str, datetime] = {}
    left: dict[str, datetime] = {}
    for entry in entries:
        match entry.event:
            case PersonJoined(user=user):
                _later(joined, user, entry.at)
            case PersonLeft(user=user):
                _later(left, user, entry.at)
            case RoleAssigned(user=user):
                _later(called, user, entry.at)
            case Escalated(people=people) | Declared(responders=people) | FollowUpDue(people=people):
                for user in people:
                    _later(called, user, entry.at)
            case _:
                pass
    return {
        user: PersonFacts(joined_at=joined.get(user), called_at=called.get(user), left_at=left.get(user))
        for user in joined.keys() | called.keys() | left.keys()
    }


def _later(times: dict[str, datetime], user: str, at: datetime) -> None:
    times[user] = max(at, times.get(user, at))


def correction_facts(entries: Iterable[Entry], about: int) -> tuple[Entry | None, datetime | None, bool]:
    """An entry by its number, when it happened by the last correction of its time, and whether it is hidden."""
    found: Entry | None = None
    at: datetime | None = None
    hidden = False
    for entry in entries:
        if entry.seq == about:
            found = entry
            at = entry.event.happened_at if isinstance(entry.event, EntryAdded) else at
        match entry.event:
            case EntryMoved(about=seq, happened_at=happened_at) if seq == about:
                at = happened_at
            case EntryHidden(about=seq) | EntryShown(about=seq) if seq == about:
                hidden = isinstance(entry.event, EntryHidden)
            case _:
                pass
    return found, at, hidden

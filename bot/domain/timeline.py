"""A timeline entry: one event, when it happened, when it was recorded, and who did it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.actor import Actor
from bot.domain.events import (
    Escalated,
    Event,
    MessageCaptured,
    MessageDeleted,
    MessageEdited,
    MessagePinned,
    MessageUnpinned,
    ReviewNudged,
    UpdateOverdue,
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
            case Escalated(due_at=datetime() as due_at) | UpdateOverdue(due_at=due_at) | ReviewNudged(due_at=due_at):
                by = self.recorded_at - due_at
                return by if by > LATE else None
            case _:
                return None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFacts:
    """What the timeline knows of one Slack message."""

    captured: bool = False
    deleted: bool = False
    text: str | None = None
    pinned_by: frozenset[str] = frozenset()


#: Of a message that the timeline has never heard of.
NOTHING_KNOWN = MessageFacts()


def message_facts(entries: Iterable[Entry]) -> MessageFacts:
    """Fold the entries that concern one message, in order, into what is known of it."""
    captured = deleted = False
    text: str | None = None
    pinned: frozenset[str] = frozenset()
    for entry in entries:
        match entry.event:
            case MessageCaptured(text=said):
                captured, deleted, text = True, False, said
            case MessageEdited(text=said):
                text = said
            case MessageDeleted():
                deleted = True
            case MessagePinned(user=user):
                pinned |= {user}
            case MessageUnpinned(user=user):
                pinned -= {user}
            case _:
                pass
    return MessageFacts(captured=captured, deleted=deleted, text=text, pinned_by=pinned)

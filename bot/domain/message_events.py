"""What happens to Slack messages that are part of the record."""

from dataclasses import dataclass

from bot.domain.event import BaseEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class _MessageEvent(BaseEvent):
    channel: str
    ts: str

    @property
    def subject(self) -> str | None:
        """The Slack message that the event is about, as `channel|ts`."""
        return f"{self.channel}|{self.ts}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageCaptured(_MessageEvent):
    """A Slack message became part of the record: a thread reply, or a pinned one."""

    user: str
    text: str
    via: str  # "thread" or "pin"
    thread_ts: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEdited(_MessageEvent):
    """The author changed a captured message; `before` is what it said until then."""

    before: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDeleted(_MessageEvent):
    """A captured message was deleted in Slack; the record keeps what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePinned(_MessageEvent):
    """Somebody marked a message with :pushpin:. `first` is true for the first of them."""

    quiet = True
    user: str
    first: bool
    captured: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageUnpinned(_MessageEvent):
    """Somebody took their :pushpin: off. `last` is true when none is left."""

    quiet = True
    user: str
    last: bool

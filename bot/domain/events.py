"""What happened, in the past tense. Each is one timeline entry; `kind` is its stable name in the database.

An event says everything that a reader needs to know of that moment, so that a message about it can be
written later without the incident as it was then.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar, get_args

from bot.domain.rules import Category


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """What every event has. `quiet` events are kept and hashed, and left out of what people read."""

    quiet: ClassVar[bool] = False

    @property
    def subject(self) -> str | None:
        """The Slack message that the event is about, as `channel|ts`, or None."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _MessageEvent(_Event):
    channel: str
    ts: str

    @property
    def subject(self) -> str | None:
        """The Slack message that the event is about, as `channel|ts`."""
        return f"{self.channel}|{self.ts}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared(_Event):
    """Somebody, or a monitor, said that this is an incident."""

    ref: str
    title: str
    severity: str
    status: str
    channel_name: str
    service: str | None = None
    private: bool = False
    drill: bool = False
    description: str = ""
    responders: tuple[str, ...] = ()
    next_update_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelOpened(_Event):
    """The incident's Slack channel is there."""

    quiet = True
    channel: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonJoined(_Event):
    """Somebody came into the incident's channel."""

    quiet = True
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLeft(_Event):
    """Somebody left the incident's channel."""

    quiet = True
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged(_Event):
    """Somebody took responsibility, and with it the role `role` where nobody had it."""

    severity: str
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatePosted(_Event):
    """People were told how things stand; updates are numbered from 1."""

    number: int
    text: str
    severity: str
    status: str
    next_update_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChanged(_Event):
    """The incident went from one status to another."""

    before: str
    after: str
    category: Category
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityChanged(_Event):
    """It turned out worse, or less bad, than thought."""

    before: str
    after: str
    why: str = ""
    next_update_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleAssigned(_Event):
    """Somebody took a role, perhaps over from `before`."""

    role: str
    user: str
    before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated(_Event):
    """More people were called. `step` names the policy's step and `due_at` its time; None when a person asked.

    `emails` has contacts that were also written to, and `webhooks` what else was told, all by the policy's names.
    """

    level: int
    why: str
    names: tuple[str, ...]
    people: tuple[str, ...]
    severity: str
    step: str | None = None
    round: int = 1
    due_at: datetime | None = None
    emails: tuple[str, ...] = ()
    webhooks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateOverdue(_Event):
    """The time for an update passed in silence."""

    due_at: datetime
    next_update_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAdded(_Event):
    """Somebody wrote something down."""

    text: str


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItemAdded(_Event):
    """Something is to be done, by somebody, by a day."""

    number: int
    text: str
    owner: str | None = None
    due: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItemDone(_Event):
    """An action item was done."""

    number: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosticRequested(_Event):
    """Somebody asked for a diagnostic; `run` names it until its result is recorded."""

    quiet = True
    target: str
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosticRecorded(_Event):
    """A diagnostic ran. `evidence` is its id, `digest` the SHA-256 of what is kept there."""

    target: str
    run: str
    evidence: int
    digest: str
    verdict: str
    findings: tuple[str, ...]
    took_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookOpened(_Event):
    """A runbook was shown; `digest` says which version of its text."""

    name: str
    title: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved(_Event):
    """It is over, for now."""

    before: str
    status: str
    summary: str
    root_cause: str = ""
    contributing_factors: str = ""
    impact: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened(_Event):
    """It was not over."""

    before: str
    status: str
    category: Category
    why: str
    next_update_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(_Event):
    """The last word was said."""

    before: str
    status: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRequested(_Event):
    """Somebody asked for the post-incident review."""

    quiet = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDrafted(_Event):
    """A version (from 1) of the review was written from the timeline's first `upto` entries."""

    version: int
    digest: str
    upto: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewNudged(_Event):
    """The review is due and not closed."""

    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFailed(_Event):
    """Slack refused something for good. `what` says what did not happen, `reason` is Slack's word.

    Not `final` is what is still being tried, after so long that somebody has to know.
    """

    outbox: int
    what: str
    reason: str
    remedy: str = ""
    final: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRetried(_Event):
    """Somebody had Slack asked again for what it had refused.

    `behind` more deliveries came back with it; `trouble` is true when it had counted as one.
    """

    outbox: int
    what: str
    behind: int = 0
    trouble: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryDropped(_Event):
    """Somebody gave a delivery up for good, and `behind` more with it; `trouble` is as for DeliveryRetried."""

    outbox: int
    what: str
    why: str = ""
    behind: int = 0
    trouble: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(_Event):
    """Something that a newer version of Muster recorded. It is kept as it is, and passed over."""

    quiet = True
    kind: str
    payload: Mapping[str, Any] = field(default_factory=dict)


Event = (
    Declared
    | ChannelOpened
    | PersonJoined
    | PersonLeft
    | Acknowledged
    | UpdatePosted
    | StatusChanged
    | SeverityChanged
    | RoleAssigned
    | Escalated
    | UpdateOverdue
    | NoteAdded
    | MessageCaptured
    | MessageEdited
    | MessageDeleted
    | MessagePinned
    | MessageUnpinned
    | ActionItemAdded
    | ActionItemDone
    | DiagnosticRequested
    | DiagnosticRecorded
    | RunbookOpened
    | Resolved
    | Reopened
    | Closed
    | ReviewRequested
    | ReviewDrafted
    | ReviewNudged
    | DeliveryFailed
    | DeliveryRetried
    | DeliveryDropped
    | Unknown
)


def kind_of(event_type: type[Event]) -> str:
    """The stable name of an event's type: `UpdatePosted` is `update_posted`."""
    return "".join(f"_{ch.lower()}" if ch.isupper() else ch for ch in event_type.__name__).lstrip("_")


#: Every event's type by its stable name; all but the one for those that have none here.
KINDS: dict[str, type[Event]] = {kind_of(t): t for t in get_args(Event) if t is not Unknown}

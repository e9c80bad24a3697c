"""What happened, in the past tense. Each is one timeline entry; `kind` is its stable name in the database.

An event says everything that a reader needs to know of that moment, so that a message about it can be
written later without the incident as it was then.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, get_args

from bot.domain.action_events import (
    ActionApproved,
    ActionDeclined,
    ActionExpired,
    ActionFinished,
    ActionImpossible,
    ActionProposed,
    ActionRequested,
    ActionStarted,
)
from bot.domain.alert_events import AlertEvent, AlertsCleared, AlertsCounted, AlertsJoined
from bot.domain.clock_events import (
    ClockExtended,
    ClockMissed,
    ClockSnoozed,
    FollowUpDue,
    Replanned,
    TextDue,
    WatchEnded,
)
from bot.domain.correction_events import (
    CorrectionEvent,
    EntryAdded,
    EntryAnnotated,
    EntryHidden,
    EntryMoved,
    EntryShown,
)
from bot.domain.delivery_events import DeliveryDropped, DeliveryFailed, DeliveryRetried
from bot.domain.duty_events import (
    CauseFound,
    ChecklistShown,
    ConditionCleared,
    ConditionSet,
    ItemTicked,
    ItemUnticked,
    TextSent,
)
from bot.domain.ending_events import Closed, Reopened, Resolved
from bot.domain.event import BaseEvent
from bot.domain.evidence_events import (
    DiagnosticRecorded,
    DiagnosticRepeated,
    DiagnosticRequested,
    DiagnosticUnwatched,
    DiagnosticWatched,
    RunbookOpened,
)
from bot.domain.item_events import (
    ActionItemAdded,
    ActionItemChanged,
    ActionItemDone,
    ActionItemDropped,
    ActionItemDue,
    ActionItemFiled,
    ActionItemFiling,
    ActionItemOrphaned,
    ActionItemReopened,
    ItemEvent,
)
from bot.domain.message_events import (
    MessageCaptured,
    MessageDeleted,
    MessageEdited,
    MessagePinned,
    MessageUnpinned,
)
from bot.domain.review_events import (
    EffectivenessAsked,
    EffectivenessJudged,
    ReviewApproved,
    ReviewDrafted,
    ReviewEdited,
    ReviewEvent,
    ReviewFiled,
    ReviewFiling,
    ReviewNudged,
    ReviewOutdated,
    ReviewPublished,
    ReviewRequested,
    ReviewScheduled,
)
from bot.domain.rules import Category, Via
from bot.domain.runbook_events import (
    RunbookEvent,
    RunbookFinished,
    RunbookHandedOver,
    RunbookPaused,
    RunbookResumed,
    RunbookStarted,
    RunbookStopped,
    StepMarked,
    WentBack,
)

__all__ = [
    "KINDS",
    "Acknowledged",
    "ActionApproved",
    "ActionDeclined",
    "ActionExpired",
    "ActionFinished",
    "ActionImpossible",
    "ActionItemAdded",
    "ActionItemChanged",
    "ActionItemDone",
    "ActionItemDropped",
    "ActionItemDue",
    "ActionItemFiled",
    "ActionItemFiling",
    "ActionItemOrphaned",
    "ActionItemReopened",
    "ActionProposed",
    "ActionRequested",
    "ActionStarted",
    "AlertEvent",
    "AlertsCleared",
    "AlertsCounted",
    "AlertsJoined",
    "CauseFound",
    "ChannelOpened",
    "ChecklistShown",
    "ClockExtended",
    "ClockMissed",
    "ClockSnoozed",
    "Closed",
    "ConditionCleared",
    "ConditionSet",
    "Declared",
    "DeliveryDropped",
    "DeliveryFailed",
    "DeliveryRetried",
    "DiagnosticRecorded",
    "DiagnosticRepeated",
    "DiagnosticRequested",
    "DiagnosticUnwatched",
    "DiagnosticWatched",
    "EffectivenessAsked",
    "EffectivenessJudged",
    "EntryAdded",
    "EntryAnnotated",
    "EntryHidden",
    "EntryMoved",
    "EntryShown",
    "Escalated",
    "Event",
    "FollowUpDue",
    "ItemTicked",
    "ItemUnticked",
    "MessageCaptured",
    "MessageDeleted",
    "MessageEdited",
    "MessagePinned",
    "MessageUnpinned",
    "NoteAdded",
    "PersonJoined",
    "PersonLeft",
    "Reopened",
    "Replanned",
    "Resolved",
    "ReviewApproved",
    "ReviewDrafted",
    "ReviewEdited",
    "ReviewFiled",
    "ReviewFiling",
    "ReviewNudged",
    "ReviewOutdated",
    "ReviewPublished",
    "ReviewRequested",
    "ReviewScheduled",
    "RoleAssigned",
    "RunbookFinished",
    "RunbookHandedOver",
    "RunbookOpened",
    "RunbookPaused",
    "RunbookResumed",
    "RunbookStarted",
    "RunbookStopped",
    "SeverityChanged",
    "StatusChanged",
    "StepMarked",
    "TextDue",
    "TextSent",
    "Unknown",
    "UpdateOverdue",
    "UpdatePosted",
    "WatchEnded",
    "WentBack",
    "kind_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared(BaseEvent):
    """Somebody, or a monitor, said that this is an incident.

    `conditions` has what is known to be so, by the policy's names. `details` has further fields by their titles, here
    and in other events.
    """

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
    conditions: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelOpened(BaseEvent):
    """The incident's Slack channel is there."""

    quiet = True
    channel: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonJoined(BaseEvent):
    """Somebody came into the incident's channel."""

    quiet = True
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLeft(BaseEvent):
    """Somebody left the incident's channel."""

    quiet = True
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged(BaseEvent):
    """Somebody took responsibility, and with it the role `role` where nobody had it."""

    severity: str
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatePosted(BaseEvent):
    """People were told how things stand; updates are numbered from 1."""

    number: int
    text: str
    severity: str
    status: str
    next_update_at: datetime | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChanged(BaseEvent):
    """The incident went from one status to another.

    `cause_known`: with it the cause is. `overrode` has what the policy asks for and was not so, and `because` why it
    was entered all the same.
    """

    before: str
    after: str
    category: Category
    note: str = ""
    cause_known: bool = False
    overrode: tuple[str, ...] = ()
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityChanged(BaseEvent):
    """It turned out worse, or less bad, than thought."""

    before: str
    after: str
    why: str = ""
    next_update_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleAssigned(BaseEvent):
    """Somebody took a role, perhaps over from `before`; `note` is what they were told with it."""

    role: str
    user: str
    before: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated(BaseEvent):
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
    via: tuple[Via, ...] = tuple(Via)
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateOverdue(BaseEvent):
    """The time for an update passed in silence."""

    due_at: datetime
    next_update_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAdded(BaseEvent):
    """Somebody wrote something down."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(BaseEvent):
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
    | ItemEvent
    | CorrectionEvent
    | DiagnosticRequested
    | DiagnosticRecorded
    | DiagnosticRepeated
    | DiagnosticWatched
    | DiagnosticUnwatched
    | ActionRequested
    | ActionProposed
    | ActionImpossible
    | ActionApproved
    | ActionDeclined
    | ActionExpired
    | ActionStarted
    | ActionFinished
    | RunbookOpened
    | RunbookEvent
    | Resolved
    | Reopened
    | Closed
    | ReviewEvent
    | DeliveryFailed
    | DeliveryRetried
    | DeliveryDropped
    | ClockMissed
    | ClockSnoozed
    | ClockExtended
    | WatchEnded
    | TextDue
    | FollowUpDue
    | Replanned
    | ConditionSet
    | ConditionCleared
    | CauseFound
    | ChecklistShown
    | ItemTicked
    | ItemUnticked
    | TextSent
    | AlertEvent
    | Unknown
)


def kind_of(event_type: type[Event]) -> str:
    """The stable name of an event's type: `UpdatePosted` is `update_posted`."""
    return "".join(f"_{ch.lower()}" if ch.isupper() else ch for ch in event_type.__name__).lstrip("_")


#: Every event's type by its stable name; all but the one for those that have none here.
KINDS: dict[str, type[Event]] = {kind_of(t): t for t in get_args(Event) if t is not Unknown}

"""What somebody wants, in the imperative. `by` is who; `at` is when it happened, where that is not now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.action_commands import (
    ApproveAction,
    DeclineAction,
    RecordAction,
    RecordRehearsal,
    RequestAction,
    StartAction,
)
from bot.domain.alert_commands import RecordAlerts
from bot.domain.attendance_commands import RecordChannel, RecordJoin, RecordLeave
from bot.domain.command import BaseCommand
from bot.domain.correction_commands import (
    AddEntry,
    AnnotateEntry,
    CorrectionCommand,
    CorrectionFacts,
    HideEntry,
    MoveEntry,
    ShowEntry,
)
from bot.domain.duty_commands import (
    ClearCondition,
    ExtendClock,
    RecordCause,
    RecordText,
    Replan,
    SetCondition,
    ShowChecklist,
    SnoozeClock,
    TickItems,
)
from bot.domain.evidence_commands import RecordDiagnostic, RequestDiagnostic, StopWatching, WatchDiagnostic
from bot.domain.item_commands import (
    AddActionItem,
    ChangeActionItem,
    DropActionItem,
    FileActionItem,
    FinishActionItem,
    RecordFiled,
    RecordOwnerLeft,
    ReopenActionItem,
)
from bot.domain.review_commands import (
    ApproveReview,
    FileReview,
    JudgeEffectiveness,
    PublishReview,
    RecordReview,
    RecordReviewEdit,
    RecordReviewFiled,
    RequestReview,
    ScheduleReview,
)
from bot.domain.runbook_commands import (
    GoBack,
    HandOverRunbook,
    MarkStep,
    OpenRunbook,
    PauseRunbook,
    ResumeRunbook,
    RunStep,
    StartRunbook,
    StopRunbook,
)
from bot.domain.standing import DeliveryFacts
from bot.domain.timeline import NOTHING_KNOWN, MessageFacts

__all__ = [
    "Acknowledge",
    "AddActionItem",
    "AddEntry",
    "AddNote",
    "AnnotateEntry",
    "ApproveAction",
    "ApproveReview",
    "AssignRole",
    "CaptureMessage",
    "ChangeActionItem",
    "ChangeSeverity",
    "ChangeStatus",
    "ClearCondition",
    "Close",
    "Command",
    "CorrectionCommand",
    "CorrectionFacts",
    "Declare",
    "DeclineAction",
    "DeleteMessage",
    "DeliveryCommand",
    "DropActionItem",
    "DropDelivery",
    "EditMessage",
    "Escalate",
    "ExtendClock",
    "FileActionItem",
    "FileReview",
    "FinishActionItem",
    "FireTimer",
    "GoBack",
    "HandOverRunbook",
    "HideEntry",
    "JudgeEffectiveness",
    "MarkStep",
    "MessageCommand",
    "MoveEntry",
    "OpenRunbook",
    "PauseRunbook",
    "PersonCommand",
    "PinMessage",
    "PostUpdate",
    "PublishReview",
    "RecordAction",
    "RecordAlerts",
    "RecordCause",
    "RecordChannel",
    "RecordDiagnostic",
    "RecordFailure",
    "RecordFiled",
    "RecordJoin",
    "RecordLeave",
    "RecordOwnerLeft",
    "RecordRehearsal",
    "RecordReview",
    "RecordReviewEdit",
    "RecordReviewFiled",
    "RecordText",
    "Reopen",
    "ReopenActionItem",
    "Replan",
    "RequestAction",
    "RequestDiagnostic",
    "RequestReview",
    "Resolve",
    "ResumeRunbook",
    "RetryDelivery",
    "RunStep",
    "ScheduleReview",
    "SetCondition",
    "ShowChecklist",
    "ShowEntry",
    "SnoozeClock",
    "StartAction",
    "StartRunbook",
    "StopRunbook",
    "StopWatching",
    "TickItems",
    "UnpinMessage",
    "WatchDiagnostic",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declare(BaseCommand):
    """Open an incident. `ref` is given by the store, inside the transaction.

    `details` has further fields by the policy's names, here and in other commands. An `override` says why something is
    done before all that the policy asks for is so.
    """

    title: str
    severity: str | None = None
    service: str | None = None
    private: bool = False
    drill: bool = False
    description: str = ""
    conditions: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)
    ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge(BaseCommand):
    """Take responsibility."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostUpdate(BaseCommand):
    """Tell people how things stand, optionally with a new status."""

    text: str
    status: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeStatus(BaseCommand):
    """Move to another status."""

    status: str
    note: str = ""
    override: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSeverity(BaseCommand):
    """Raise or lower the severity."""

    severity: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignRole(BaseCommand):
    """Give a role to somebody, with a word for them."""

    role: str
    user: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate(BaseCommand):
    """Call more people: those mentioned, those of the policy's step, or else whom the policy names next."""

    why: str = ""
    people: tuple[str, ...] = ()
    step: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNote(BaseCommand):
    """Write something down, in the timeline only."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _MessageCommand(BaseCommand):
    """About a Slack message; `facts` is what the timeline knows of it, given by the store under the lock."""

    channel: str
    ts: str
    facts: MessageFacts = NOTHING_KNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureMessage(_MessageCommand):
    """Make a message part of the record."""

    user: str
    text: str
    via: str = "thread"
    thread_ts: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditMessage(_MessageCommand):
    """Record that a captured message was changed."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteMessage(_MessageCommand):
    """Record that a captured message was deleted.

    `ours`: it hangs in one of our threads, so its words may still be on their way.
    """

    ours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PinMessage(_MessageCommand):
    """Record that somebody marked a message with :pushpin:."""

    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpinMessage(_MessageCommand):
    """Record that somebody took their :pushpin: off."""

    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve(BaseCommand):
    """It is over."""

    summary: str
    root_cause: str = ""
    contributing_factors: str = ""
    impact: str = ""
    status: str | None = None
    override: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen(BaseCommand):
    """It is not over."""

    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(BaseCommand):
    """There is nothing left to say."""

    note: str = ""
    status: str | None = None
    override: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FireTimer(BaseCommand):
    """A timer came due. The store makes sure that its generation is current, and fills in when it was due."""

    name: str
    generation: int
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFailure(BaseCommand):
    """Slack refused something for good, or, not `final`, it takes so long that somebody has to know."""

    outbox: int
    what: str
    reason: str
    remedy: str = ""
    final: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _DeliveryCommand(BaseCommand):
    """About a row of the outbox; `facts` is what the store knows of it, given under the lock."""

    outbox: int
    facts: DeliveryFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryDelivery(_DeliveryCommand):
    """Ask Slack again for what it refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DropDelivery(_DeliveryCommand):
    """Give up for good what waits or was refused."""

    why: str = ""


DeliveryCommand = RetryDelivery | DropDelivery

PersonCommand = RecordJoin | RecordLeave

MessageCommand = CaptureMessage | EditMessage | DeleteMessage | PinMessage | UnpinMessage

Command = (
    Declare
    | RecordChannel
    | RecordJoin
    | RecordLeave
    | Acknowledge
    | PostUpdate
    | ChangeStatus
    | ChangeSeverity
    | AssignRole
    | Escalate
    | AddNote
    | CaptureMessage
    | EditMessage
    | DeleteMessage
    | PinMessage
    | UnpinMessage
    | AddActionItem
    | ChangeActionItem
    | FinishActionItem
    | DropActionItem
    | ReopenActionItem
    | FileActionItem
    | RecordFiled
    | RecordOwnerLeft
    | AddEntry
    | CorrectionCommand
    | RequestDiagnostic
    | RecordDiagnostic
    | WatchDiagnostic
    | StopWatching
    | RequestAction
    | RecordRehearsal
    | ApproveAction
    | DeclineAction
    | StartAction
    | RecordAction
    | OpenRunbook
    | StartRunbook
    | MarkStep
    | RunStep
    | GoBack
    | PauseRunbook
    | ResumeRunbook
    | HandOverRunbook
    | StopRunbook
    | Resolve
    | Reopen
    | Close
    | RequestReview
    | RecordReview
    | RecordReviewEdit
    | ApproveReview
    | PublishReview
    | ScheduleReview
    | FileReview
    | RecordReviewFiled
    | JudgeEffectiveness
    | FireTimer
    | RecordFailure
    | RetryDelivery
    | DropDelivery
    | SetCondition
    | ClearCondition
    | RecordCause
    | ShowChecklist
    | TickItems
    | RecordText
    | SnoozeClock
    | ExtendClock
    | Replan
    | RecordAlerts
)

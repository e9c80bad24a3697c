"""What somebody wants, in the imperative. `by` is who; `at` is when it happened, where that is not now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bot.domain.actor import Actor
from bot.domain.standing import DeliveryFacts
from bot.domain.timeline import NEVER_SEEN, NOTHING_KNOWN, MessageFacts, PersonFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Command:
    by: Actor
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declare(_Command):
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
class RecordChannel(_Command):
    """The channel was opened, or an adopted one was found."""

    channel: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _PersonCommand(_Command):
    """Who is in the channel; `facts` is what the timeline knows of them, given by the store under the lock.

    `noticed`: it was seen by who is there, and `at` is when that was; nobody told of the coming or going itself.
    """

    user: str
    facts: PersonFacts = NEVER_SEEN
    noticed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordJoin(_PersonCommand):
    """Somebody came into the channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLeave(_PersonCommand):
    """Somebody left the channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge(_Command):
    """Take responsibility."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostUpdate(_Command):
    """Tell people how things stand, optionally with a new status."""

    text: str
    status: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeStatus(_Command):
    """Move to another status."""

    status: str
    note: str = ""
    override: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSeverity(_Command):
    """Raise or lower the severity."""

    severity: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignRole(_Command):
    """Give a role to somebody, with a word for them."""

    role: str
    user: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate(_Command):
    """Call more people: those mentioned, those of the policy's step, or else whom the policy names next."""

    why: str = ""
    people: tuple[str, ...] = ()
    step: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNote(_Command):
    """Write something down, in the timeline only."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _MessageCommand(_Command):
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
class AddActionItem(_Command):
    """Something is to be done."""

    text: str
    owner: str | None = None
    due: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishActionItem(_Command):
    """An action item is done."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDiagnostic(_Command):
    """Run a diagnostic on a target of the pack; `run` is a fresh name for it."""

    target: str
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDiagnostic(_Command):
    """A diagnostic has run and its evidence is kept."""

    target: str
    run: str
    evidence: int
    digest: str
    verdict: str
    findings: tuple[str, ...]
    took_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRunbook(_Command):
    """Show a runbook in the incident's channel."""

    name: str
    title: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve(_Command):
    """It is over."""

    summary: str
    root_cause: str = ""
    contributing_factors: str = ""
    impact: str = ""
    status: str | None = None
    override: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen(_Command):
    """It is not over."""

    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(_Command):
    """There is nothing left to say."""

    note: str = ""
    status: str | None = None
    override: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCondition(_Command):
    """Something turned out to be so."""

    condition: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearCondition(_Command):
    """It turned out not to be so."""

    condition: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCause(_Command):
    """The cause is known."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowChecklist(_Command):
    """Bring one of the policy's checklists into the channel."""

    checklist: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TickItems(_Command):
    """Items (from 1) of a checklist are done, or were not after all."""

    checklist: str
    done: tuple[int, ...] = ()
    undone: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordText(_Command):
    """One of the policy's texts went out, as it stands here."""

    text: str
    body: str
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnoozeClock(_Command):
    """A clock is to be silent for a while."""

    clock: str
    span: timedelta
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendClock(_Command):
    """There is to be more time for something."""

    clock: str
    span: timedelta
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replan(_Command):
    """The policy changed: the clocks are set anew. `rules` says in short by which, so that it is done once."""

    rules: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReview(_Command):
    """Write the review and bring it to the channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReview(_Command):
    """A version of the review is written and kept."""

    version: int
    digest: str
    upto: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FireTimer(_Command):
    """A timer came due. The store makes sure that its generation is current, and fills in when it was due."""

    name: str
    generation: int
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFailure(_Command):
    """Slack refused something for good, or, not `final`, it takes so long that somebody has to know."""

    outbox: int
    what: str
    reason: str
    remedy: str = ""
    final: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _DeliveryCommand(_Command):
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
    | FinishActionItem
    | RequestDiagnostic
    | RecordDiagnostic
    | OpenRunbook
    | Resolve
    | Reopen
    | Close
    | RequestReview
    | RecordReview
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
)

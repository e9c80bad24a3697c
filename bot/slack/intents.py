"""What a typed command comes to: a change, a form to fill in, or something to read."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from bot.domain import commands as c
from bot.domain.alert_rules import Matcher
from bot.domain.errors import DomainError
from bot.slack.task_intents import FillTask, ListTasks, ShowTask
from bot.slack.usage import Usage
from bot.slack.when import Correct


class Look(StrEnum):
    """Answers about incidents, by their template's name."""

    SHOW = "show"
    TIMELINE = "timeline"
    CATCHUP = "catchup"
    TASKS = "tasks"
    LIST = "list"
    CONDITIONS = "conditions"
    CHECKLISTS = "checklists"
    TEXTS = "texts"
    CLOCKS = "clocks"
    HIDDEN = "timeline_hidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class FillDeclaration:
    """Ask for what a declaration lacks. `severity` is a name of the policy's, `conditions` are as they were typed."""

    severity: str | None = None
    service: str | None = None
    private: bool = False
    drill: bool = False
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FillUpdate:
    """Ask for an update's text."""


@dataclass(frozen=True, slots=True)
class FillResolution:
    """Ask how it was resolved; with an `override`, before all that the policy asks for is so."""

    override: str = ""


@dataclass(frozen=True, slots=True)
class FillEscalation:
    """Show who would be told, how and why, before they are."""

    command: c.Escalate


@dataclass(frozen=True, slots=True)
class FillText:
    """Ask for the words of one of the policy's texts, as it was typed, with what is known filled in."""

    text: str


@dataclass(frozen=True, slots=True)
class FillCondition:
    """Ask what turned out to be so."""


@dataclass(frozen=True, slots=True)
class ReadChecklist:
    """Bring a checklist, as it was typed, into the channel; show how it stands where it is there already."""

    name: str


@dataclass(frozen=True, slots=True)
class ReadPolicy:
    """Read the rules: all in short, or everything about one severity, as it was typed."""

    severity: str | None = None


@dataclass(frozen=True, slots=True)
class Diagnose:
    """Run a diagnostic of the pack, or list them where `target` is empty.

    Attributes:
        target: what, as it was typed.
        healthy: whether what is well now is remembered as what is usual.
        every: how often it is to be looked at again; None where it is not.
        stop: whether it is to be looked at no more.
    """

    target: str = ""
    healthy: bool = False
    every: timedelta | None = None
    stop: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """Ask for an action of the policy, or list them where `name` is empty; `said` is for its parameters."""

    name: str = ""
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadRunbook:
    """Begin to walk a runbook, or suggest some where `name` is empty; `again`: although somebody walks it already."""

    name: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True)
class Walk:
    """Something about the step of a runbook that is next.

    Attributes:
        what: `done`, `skip`, `failed`, `pick`, `run`, `back`, `pause`, `resume`, `handoff`, `help` or `stop`.
        number: which run, where several are going on.
        place: which block (from 0) is to be run, or which step is gone back to (0: the last).
        text: why, or which branch.
        user: to whom it is handed over.
    """

    what: str
    number: int | None = None
    place: int = 0
    text: str = ""
    user: str | None = None


@dataclass(frozen=True, slots=True)
class ReadAlerts:
    """Read alerts: one group whole, by its `number`; else an incident's, or with `everywhere` all that are open."""

    number: int | None = None
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class MuteAlerts:
    """Keep alerts quiet: those that fit, or where there is a `number`, those of that group."""

    lasts: timedelta
    matcher: Matcher = field(default_factory=Matcher)
    number: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class ReadMutes:
    """Read what is quiet."""


@dataclass(frozen=True, slots=True)
class Unmute:
    """End the mute of a number."""

    number: int


@dataclass(frozen=True, slots=True)
class WriteReview:
    """Write in the review: in a section, as it was typed, or in what is open where `section` is empty."""

    section: str = ""


@dataclass(frozen=True, slots=True)
class FillMeeting:
    """Ask when people meet about the review."""


@dataclass(frozen=True, slots=True)
class ReadReview:
    """Read the versions of the review, or what differs between two: the older and the newer."""

    versions: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class FileElsewhere:
    """Bring action items into a system, by its name as it was typed; or the review.

    Without `numbers`, all open items that are not there yet are meant.
    """

    system: str
    numbers: tuple[int, ...] = ()
    review: bool = False


@dataclass(frozen=True, slots=True)
class Help:
    """Explain one command, or all of them."""

    usage: Usage | None = None


Intent = (
    c.Command
    | FillDeclaration
    | FillUpdate
    | FillResolution
    | FillEscalation
    | FillText
    | FillCondition
    | Diagnose
    | Act
    | ReadRunbook
    | Walk
    | ReadChecklist
    | ReadPolicy
    | ReadAlerts
    | MuteAlerts
    | ReadMutes
    | Unmute
    | FillTask
    | ShowTask
    | ListTasks
    | WriteReview
    | FillMeeting
    | ReadReview
    | FileElsewhere
    | Correct
    | Help
    | Look
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A command as somebody typed it.

    Attributes:
        intent: what they want.
        usage: the command's row in the table.
        ref: the incident that they named.
        channel: or the incident's channel, by id.
    """

    intent: Intent
    usage: Usage
    ref: str | None = None
    channel: str | None = None


class UsageProblem(DomainError):
    """That was not understood."""

    def __init__(self, usage: Usage | None = None, **details: object) -> None:
        super().__init__(**details)
        self.usage = usage


class UnknownCommand(UsageProblem):
    """There is no command “{typed}”."""


class ArgumentMissing(UsageProblem):
    """Say {what}."""


class NobodyMentioned(UsageProblem):
    """Say who: pick the name from the list that Slack shows when you type @."""


class TooManyMentioned(UsageProblem):
    """Mention one person: a role has one holder."""


class NoSuchOption(UsageProblem):
    """There is no option “{typed}”."""


class OptionWithoutValue(UsageProblem):
    """The option “{typed}” needs a value after it."""


class NotADate(UsageProblem):
    """“{typed}” is not a date that I know. Write it as 2026-02-14, tomorrow, friday or in 3 days."""


class WhichRun(UsageProblem):
    """Several runbooks are being walked here: say which by its number."""


class NotATaskNumber(UsageProblem):
    """Say which task is done by its number, as in `task done 3`."""


class NotASpan(UsageProblem):
    """“{typed}” is not a length of time that I know. Write it as 10m, 2h or 1d."""

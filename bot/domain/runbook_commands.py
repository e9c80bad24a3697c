"""What is wanted of runbooks. `number` is a run's within its incident; `step` counts from 1."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain.command import BaseCommand
from bot.domain.runbook_run import Outcome, StepRule


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRunbook(BaseCommand):
    """Show a runbook's text; `digest` is that of the version."""

    name: str
    title: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRunbook(BaseCommand):
    """Begin to walk a runbook; `again`: although somebody walks it already."""

    name: str
    title: str
    digest: str
    phases: tuple[str, ...]
    steps: tuple[StepRule, ...]
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkStep(BaseCommand):
    """Say what became of the step that is next.

    Attributes:
        picked: which of its branches it is, by its words.
        branch: the same by its place (from 0), for a button: two branches may sound alike.
    """

    number: int
    step: int
    outcome: Outcome
    why: str = ""
    picked: str = ""
    branch: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStep(BaseCommand):
    """Run a block (by its place, from 0) of the step that is next.

    Attributes:
        run: a fresh name for a diagnostic.
        said: what was given for an action's parameters besides what the runbook says.
        groups: Slack's user groups that whoever wants it is in.
    """

    number: int
    step: int
    place: int
    run: str
    said: Mapping[str, object] = field(default_factory=dict)
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class GoBack(BaseCommand):
    """Go back to a step that was there before."""

    number: int
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseRunbook(BaseCommand):
    """Let a run rest."""

    number: int
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeRunbook(BaseCommand):
    """Go on with a run that rests."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverRunbook(BaseCommand):
    """Give a run to somebody else, by their Slack id."""

    number: int
    user: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRunbook(BaseCommand):
    """Give a run up."""

    number: int
    why: str = ""

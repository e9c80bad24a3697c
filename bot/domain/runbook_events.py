"""What happens as people walk a runbook. Each says enough to be read, and counted, without the run as it was then."""

from dataclasses import dataclass

from bot.domain.event import BaseEvent
from bot.domain.runbook_run import Outcome, StepRule


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookStarted(BaseEvent):
    """Somebody began to walk a runbook, in the version of `digest` (SHA-256 of its file, in hex).

    `number` counts the incident's runs from 1; `phases` and `steps` are what is walked, the first step first.
    """

    number: int
    name: str
    title: str
    digest: str
    phases: tuple[str, ...]
    steps: tuple[StepRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepMarked(BaseEvent):
    """Somebody said what became of a step (from 1).

    Attributes:
        number: the run's. runbook: its name.
        item, phase: the titles of the step and of its chapter.
        why: why it was skipped, or what went wrong; of one that is done, what there is to say.
        picked: the branch that was taken, by its words; empty where there was none.
        then: the step that is next, or 0; `next_item` its title.
        took_ms: milliseconds since the step came up, without the time for which the run was paused.
    """

    number: int
    runbook: str
    step: int
    item: str
    phase: str
    outcome: Outcome
    why: str = ""
    picked: str = ""
    then: int
    next_item: str = ""
    took_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WentBack(BaseEvent):
    """Somebody went back to a step: what was said of it and of those after it (all are `undone`) counts no more."""

    number: int
    runbook: str
    step: int
    item: str
    undone: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookPaused(BaseEvent):
    """A run rests."""

    number: int
    runbook: str
    title: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookResumed(BaseEvent):
    """A run goes on."""

    number: int
    runbook: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookHandedOver(BaseEvent):
    """Somebody else leads a run now: `user`, by their Slack id; `before` is the id of who did."""

    number: int
    runbook: str
    title: str
    user: str
    before: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookFinished(BaseEvent):
    """A run is through. `done`, `skipped` and `failed` count its steps; those that nothing led to are in none."""

    number: int
    runbook: str
    title: str
    digest: str
    done: int
    skipped: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookStopped(BaseEvent):
    """Somebody gave a run up at a step."""

    number: int
    runbook: str
    title: str
    step: int
    item: str
    why: str = ""


RunbookEvent = (
    RunbookStarted
    | StepMarked
    | WentBack
    | RunbookPaused
    | RunbookResumed
    | RunbookHandedOver
    | RunbookFinished
    | RunbookStopped
)

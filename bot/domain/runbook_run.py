"""A run of a runbook within an incident: its steps as they were when it began, and how far it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.actor import Actor

#: Where a step leads that is the last.
END = 0


class RunKind(StrEnum):
    """What a block of a step runs."""

    CHECK = "check"
    ACTION = "action"


class Outcome(StrEnum):
    """What became of a step, as somebody said."""

    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


class Course(StrEnum):
    """How a run stands."""

    GOING = "going"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """From where something was run: a run of a runbook, a step of it (0: what follows from one) and its block."""

    run: int
    step: int = 0
    place: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Runnable:
    """What a button of a step runs.

    Attributes:
        does: for a check, what stands after `diag`; for an action, its name.
        given: an action's parameters, as they stand in the runbook.
    """

    kind: RunKind
    does: str
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """Where a step leads: `on` a verdict (`CRITICAL`), or on words that people pick (`Yes`); `to` a step, or END."""

    on: str
    to: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRule:
    """One step (from 1), as the runbook had it when the run began.

    Attributes:
        phase: the place of its chapter in the run's `phases`.
        first, last: its lines in the runbook's file, from 1, both included; 0 where it has none of its own.
        then: the step after it, where no branch leads elsewhere; END after the last.
        takes: how long it is said to take, in the runbook's words.
        pick: whether it is nothing but a question, which of its branches it is.
        says: what is read instead of its lines: what to do, of a row of a table.
    """

    title: str
    phase: int
    first: int = 0
    last: int = 0
    says: str = ""
    runs: tuple[Runnable, ...] = ()
    branches: tuple[Branch, ...] = ()
    then: int = END
    takes: str = ""
    pick: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What somebody said of a step; `since` is when the step came up."""

    step: int
    outcome: Outcome
    by: Actor
    at: datetime
    since: datetime
    why: str = ""
    picked: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a block of a step (its place from 0) came to.

    Attributes:
        step: 0 of a check that was still at work when its step was gone back from, or was asked again.
        run: of a check: the name of its diagnostic's run; `verdict` is what came of that, or empty while it is at work.
        number: of an action: its number. How it stands, the incident's action says.
    """

    step: int
    place: int
    by: Actor
    at: datetime
    run: str = ""
    verdict: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookRun:
    """The `number`-th run (from 1) of a runbook within an incident.

    Attributes:
        name, title, digest: the runbook, and the version of it that is followed.
        phases: the titles of its chapters that are walked.
        holder: who leads it.
        current: the step that is next; END when it is through.
        since: when that step came up; moved on by the time for which the run was paused.
        paused_at: since when it rests.
    """

    number: int
    name: str
    title: str
    digest: str
    phases: tuple[str, ...]
    steps: tuple[StepRule, ...]
    by: Actor
    at: datetime
    holder: Actor
    current: int
    since: datetime
    course: Course = Course.GOING
    paused_at: datetime | None = None
    marks: tuple[Mark, ...] = ()
    tried: tuple[Tried, ...] = ()

    @property
    def over(self) -> bool:
        """Whether nobody walks it any more."""
        return self.course in (Course.FINISHED, Course.STOPPED)

    def step(self, number: int) -> StepRule | None:
        """A step, by its number from 1; None where there is none."""
        return self.steps[number - 1] if 1 <= number <= len(self.steps) else None

    def mark(self, step: int) -> Mark | None:
        """What was said of a step last; None where nothing was."""
        return next((mark for mark in self.marks if mark.step == step), None)

    @property
    def marked(self) -> frozenset[int]:
        """The steps of which something was said."""
        return frozenset(mark.step for mark in self.marks)

    def tries(self, step: int) -> tuple[Tried, ...]:
        """What the blocks of a step came to, each block's last try."""
        return tuple(tried for tried in self.tried if tried.step == step)

"""What was looked at: diagnostics, and runbooks that were read."""

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.event import BaseEvent
from bot.domain.runbook_run import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosticRequested(BaseEvent):
    """Somebody asked for a diagnostic; `run` names it until its result is recorded.

    `watch`: nobody did just now; it is looked at again because it is being watched. `at_step`: it was asked for from a
    step of a runbook.
    """

    quiet = True
    target: str
    run: str
    watch: bool = False
    at_step: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosticRecorded(BaseEvent):
    """A diagnostic ran. `evidence` is its id, `digest` the SHA-256 of what is kept there.

    `changes` says what came out otherwise than the time before, where it is being watched. `charts` has the places of
    those of its results that have one to show. `before` is the run of the same that people were told of last.
    `at_step`: it was asked for from a step of a runbook.
    """

    target: str
    run: str
    evidence: int
    digest: str
    verdict: str
    findings: tuple[str, ...]
    took_ms: int
    changes: tuple[str, ...] = ()
    charts: tuple[int, ...] = ()
    before: str = ""
    at_step: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosticRepeated(BaseEvent):
    """What is being watched was looked at again and is as it was."""

    quiet = True
    target: str
    run: str
    evidence: int
    digest: str
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosticWatched(BaseEvent):
    """Somebody asked for a diagnostic to be run again and again, until it is well or the incident is over."""

    target: str
    every: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosticUnwatched(BaseEvent):
    """It is not watched any more: it is `well`, or somebody asked for that."""

    target: str
    well: bool = False


DiagnosticEvent = (
    DiagnosticRequested | DiagnosticRecorded | DiagnosticRepeated | DiagnosticWatched | DiagnosticUnwatched
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookOpened(BaseEvent):
    """A runbook was shown; `digest` says which version of its text."""

    name: str
    title: str
    digest: str

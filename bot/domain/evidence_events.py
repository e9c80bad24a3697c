"""What was looked at, and what is written from it: diagnostics, runbooks, reviews."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.event import BaseEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosticRequested(BaseEvent):
    """Somebody asked for a diagnostic; `run` names it until its result is recorded."""

    quiet = True
    target: str
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosticRecorded(BaseEvent):
    """A diagnostic ran. `evidence` is its id, `digest` the SHA-256 of what is kept there."""

    target: str
    run: str
    evidence: int
    digest: str
    verdict: str
    findings: tuple[str, ...]
    took_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookOpened(BaseEvent):
    """A runbook was shown; `digest` says which version of its text."""

    name: str
    title: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRequested(BaseEvent):
    """Somebody asked for the post-incident review."""

    quiet = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDrafted(BaseEvent):
    """A version (from 1) of the review was written from the timeline's first `upto` entries."""

    version: int
    digest: str
    upto: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewNudged(BaseEvent):
    """The review is due and not closed."""

    due_at: datetime

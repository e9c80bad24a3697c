"""What is wanted of diagnostics, and what they found. `groups` are Slack's user groups that whoever wants it is in."""

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.command import BaseCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDiagnostic(BaseCommand):
    """Run a diagnostic of what `bot.domain.scopes` knows; `run` is a fresh name for it."""

    target: str
    run: str
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDiagnostic(BaseCommand):
    """A diagnostic has run and its evidence is kept.

    `watch`: it ran because it is being watched, and `changes` says what came out otherwise than the time before.
    `charts` has the places of those results that have one.
    """

    target: str
    run: str
    evidence: int
    digest: str
    verdict: str
    findings: tuple[str, ...]
    took_ms: int
    watch: bool = False
    changes: tuple[str, ...] = ()
    charts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchDiagnostic(BaseCommand):
    """Run a diagnostic every so often, and speak only when something changes. `run` begins with one at once."""

    target: str
    every: timedelta
    run: str | None = None
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class StopWatching(BaseCommand):
    """Run it no more."""

    target: str

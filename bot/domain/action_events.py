"""What is done to systems from within an incident: asked for, rehearsed, approved, run once, told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.event import BaseEvent
from bot.domain.runbook_run import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRequested(BaseEvent):
    """Somebody wants an action of the policy; what it would do is being found out. `number` counts from 1.

    `at_step`: it was asked for from a step of a runbook.
    """

    quiet = True
    number: int
    action: str
    title: str
    given: Mapping[str, str] = field(default_factory=dict)
    at_step: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionProposed(BaseEvent):
    """It was rehearsed: `would` says exactly what it would do. Nothing was changed.

    Attributes:
        ran: exactly what is run; against: where, without credentials.
        seen: what it would touch, as a table in text.
        bound: what was found, and must be found again for it to be run.
        needed: how many must approve.
        expires_at: until when it may be run.
    """

    number: int
    action: str
    title: str
    given: Mapping[str, str] = field(default_factory=dict)
    would: tuple[str, ...] = ()
    ran: str = ""
    against: str = ""
    seen: str = ""
    bound: Mapping[str, str] = field(default_factory=dict)
    needed: int = 0
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionImpossible(BaseEvent):
    """It was rehearsed, and cannot be run: `why` says so."""

    number: int
    action: str
    title: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionApproved(BaseEvent):
    """Somebody approved of it; `left` more have to. It may be run until `expires_at`."""

    number: int
    title: str
    left: int
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDeclined(BaseEvent):
    """Somebody said no, or took it back."""

    number: int
    title: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionExpired(BaseEvent):
    """Nobody ran it in time."""

    number: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionStarted(BaseEvent):
    """Somebody had it run. `emergency` says why the approvals that were missing were not waited for."""

    number: int
    title: str
    emergency: str = ""
    missing: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionFinished(BaseEvent):
    """How it went: `done`, `refused` (nothing was done), `failed`, or `unknown` (nobody can say)."""

    number: int
    action: str
    title: str
    verdict: str
    said: str
    ran: str = ""
    against: str = ""
    output: str = ""
    took_ms: int = 0

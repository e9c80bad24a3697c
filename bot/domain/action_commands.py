"""What is wanted of actions, and what became of them. `groups` are Slack's user groups that whoever wants it is in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.command import BaseCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAction(BaseCommand):
    """Find out what an action of the policy would do; `said` is what was given for its parameters."""

    action: str
    said: Sequence[str] | Mapping[str, object] = ()
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRehearsal(BaseCommand):
    """It was found out: it can be run, or `why` not."""

    number: int
    ready: bool
    why: str = ""
    would: tuple[str, ...] = ()
    ran: str = ""
    against: str = ""
    seen: str = ""
    bound: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveAction(BaseCommand):
    """Agree to it."""

    number: int
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineAction(BaseCommand):
    """Say no to it, or take it back."""

    number: int
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartAction(BaseCommand):
    """Run it; `emergency` says why the approvals that are missing cannot be waited for."""

    number: int
    emergency: str = ""
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAction(BaseCommand):
    """How it went: `verdict` is `done`, `refused`, `failed` or `unknown`."""

    number: int
    verdict: str
    said: str
    ran: str = ""
    against: str = ""
    output: str = ""
    took_ms: int = 0

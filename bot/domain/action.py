"""One thing that somebody wants done to a system: how it stands. What may be done is `bot.domain.action_rules`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.actor import Actor
from bot.domain.runbook_run import Place

#: What the runs of the diagnostics that look at what came of an action begin with, before its number.
VERIFY = "verify-"


class Stage(StrEnum):
    """Where an action stands."""

    REHEARSING = "rehearsing"
    PROPOSED = "proposed"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"
    IMPOSSIBLE = "impossible"
    DECLINED = "declined"
    EXPIRED = "expired"

    @property
    def open(self) -> bool:
        """Whether somebody or something is still to do something."""
        return self in (Stage.REHEARSING, Stage.PROPOSED, Stage.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action as it stands.

    Attributes:
        number: counts from 1 within its incident.
        name: the policy's.
        given: the values of its parameters, as text.
        would: what it would do, one line each; `seen`: what it would touch; `bound`: what has to be found again.
        needed: how many must approve; `approved_by`: who has, and they are different people.
        expires_at: until when it may be run.
        started_by, started_at: who had it run, and `emergency` why the approvals that were missing were not waited for.
        said: how it went; `output` what it wrote.
        at_step: the step of a runbook from which it was asked for.
    """

    number: int
    name: str
    title: str
    by: Actor
    at: datetime
    stage: Stage = Stage.REHEARSING
    given: Mapping[str, str] = field(default_factory=dict)
    would: tuple[str, ...] = ()
    against: str = ""
    seen: str = ""
    bound: Mapping[str, str] = field(default_factory=dict)
    needed: int = 0
    approved_by: tuple[Actor, ...] = ()
    expires_at: datetime | None = None
    started_by: Actor | None = None
    started_at: datetime | None = None
    emergency: str = ""
    ended_by: Actor | None = None
    ended_at: datetime | None = None
    said: str = ""
    ran: str = ""
    output: str = ""
    at_step: Place | None = None

    @property
    def left(self) -> int:
        """How many must still approve."""
        return max(self.needed - len(self.approved_by), 0)

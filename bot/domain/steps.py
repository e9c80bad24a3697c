"""The steps of a policy's escalation: what each waits for, whom it calls, and how."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bot.domain.calendar import Clock


class Trigger(StrEnum):
    """What an escalation step waits for."""

    DECLARED = "declared"
    UNACKNOWLEDGED = "unacknowledged"
    UNRESOLVED = "unresolved"
    UNIDENTIFIED = "unidentified"
    CONDITION = "condition"
    REQUEST = "request"


class Since(StrEnum):
    """From when an escalation step counts."""

    DECLARED = "declared"
    ACKNOWLEDGED = "acknowledged"


class Via(StrEnum):
    """How people are reached in Slack."""

    MENTION = "mention"
    INVITE = "invite"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationStep:
    """Who is told, and how long after the beginning, while its trigger still holds.

    Attributes:
        after: how long after `since`, or after the condition was set; None: as long as the severity gives for what the
            trigger waits for, or at once.
        severities, services: for which incidents; none: for any.
        conditions: what must be so, for the trigger `condition`.
        why: what it is called for, in words; the trigger and the time where it has none.
        business_hours: it waits until the office opens.
    """

    name: str
    trigger: Trigger
    severities: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    after: Clock | None = None
    since: Since = Since.DECLARED
    notify: tuple[str, ...] = ()
    via: tuple[Via, ...] = tuple(Via)
    email: tuple[str, ...] = ()
    webhooks: tuple[str, ...] = ()
    why: str = ""
    repeat_every: timedelta | None = None
    repeats: int = 0
    business_hours: bool = False

    def meant_for(self, severity: str, service: str | None) -> bool:
        """Whether it is for incidents of that severity and service."""
        here = not self.services or service in self.services
        return here and (not self.severities or severity in self.severities)

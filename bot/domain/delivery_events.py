"""What becomes of messages that Slack would not take."""

from dataclasses import dataclass

from bot.domain.event import BaseEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFailed(BaseEvent):
    """Slack refused something for good. `what` says what did not happen, `reason` is Slack's word.

    Not `final` is what is still being tried, after so long that somebody has to know.
    """

    outbox: int
    what: str
    reason: str
    remedy: str = ""
    final: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRetried(BaseEvent):
    """Somebody had Slack asked again for what it had refused.

    `behind` more deliveries came back with it; `trouble` is true when it had counted as one.
    """

    outbox: int
    what: str
    behind: int = 0
    trouble: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryDropped(BaseEvent):
    """Somebody gave a delivery up for good, and `behind` more with it; `trouble` is as for DeliveryRetried."""

    outbox: int
    what: str
    why: str = ""
    behind: int = 0
    trouble: bool = False

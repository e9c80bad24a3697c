"""Where a row of the outbox stands, as far as people can do something about it."""

from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """What became of a row so far."""

    WAITING = "waiting"
    SENDING = "being sent"
    PUT_OFF = "put off"
    REFUSED = "refused"
    SENT = "sent"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFacts:
    """What the store knows of one row, under the locks of its incident and of the row itself.

    Attributes:
        what: what it brings, in words.
        standing: where it stands.
        trouble: whether its refusal was told and counts among the incident's troubles.
        opening: the row that opens the channel, when this one was refused for the want of it.
        behind: how many more rows share its fate: those that need the channel which this one opens.
    """

    what: str
    standing: Standing
    trouble: bool = False
    opening: int | None = None
    behind: int = 0

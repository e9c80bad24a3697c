"""What every event has. `bot.domain.events` has them all."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseEvent:
    """Something that happened. `quiet` events are kept and hashed, and left out of what people read."""

    quiet: ClassVar[bool] = False

    @property
    def subject(self) -> str | None:
        """The Slack message that the event is about, as `channel|ts`, or None."""
        return None

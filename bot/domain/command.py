"""What every command has. `bot.domain.commands` has them all."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseCommand:
    """Something that somebody wants. `by` is who; `at` is when it happened, where that is not now."""

    by: Actor
    at: datetime | None = None

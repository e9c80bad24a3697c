"""How an incident ends, and that it did not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.event import BaseEvent
from bot.domain.rules import Category


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved(BaseEvent):
    """It is over, for now. `overrode` and `because` are as for StatusChanged."""

    before: str
    status: str
    summary: str
    root_cause: str = ""
    contributing_factors: str = ""
    impact: str = ""
    overrode: tuple[str, ...] = ()
    because: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened(BaseEvent):
    """It was not over."""

    before: str
    status: str
    category: Category
    why: str
    next_update_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(BaseEvent):
    """The last word was said. `overrode` and `because` are as for StatusChanged."""

    before: str
    status: str
    note: str = ""
    overrode: tuple[str, ...] = ()
    because: str = ""

"""The incident: a value, folded from its timeline."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from unicodedata import normalize

from bot.domain.actor import Actor
from bot.domain.rules import Category

#: Slack's limit for a channel's name.
CHANNEL_NAME_LIMIT = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItem:
    """Something to be done because of an incident; `number` counts from 1 within it."""

    number: int
    text: str
    owner: str | None = None
    due: date | None = None
    done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident as it stands after its `seq`-th timeline entry. Times are UTC."""

    ref: str
    seq: int
    title: str
    severity: str
    status: str
    category: Category
    declared_by: Actor
    declared_at: datetime
    service: str | None = None
    private: bool = False
    drill: bool = False
    channel_id: str | None = None
    channel_name: str | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: Actor | None = None
    mitigated_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    reopened_at: datetime | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    participants: frozenset[str] = frozenset()
    updates: int = 0
    last_update: str | None = None
    last_update_at: datetime | None = None
    next_update_at: datetime | None = None
    escalations: int = 0
    escalated_steps: Mapping[str, int] = field(default_factory=dict)
    action_items: tuple[ActionItem, ...] = ()
    diagnostics: int = 0
    last_verdict: str | None = None
    summary: str | None = None
    root_cause: str | None = None
    contributing_factors: str | None = None
    impact: str | None = None
    review_version: int = 0
    troubles: int = 0

    @property
    def over(self) -> bool:
        """Whether it is resolved or closed."""
        return self.category.over

    @property
    def waiting_since(self) -> datetime:
        """Since when its escalation clocks run: the declaration, or the last time that it turned out not to be over."""
        return self.reopened_at or self.declared_at

    def open_items(self) -> tuple[ActionItem, ...]:
        """The action items that are not done."""
        return tuple(item for item in self.action_items if not item.done)

    def seen_by(self, actor: Actor) -> bool:
        """Whether an actor may know of it: everybody of a public one, those who take part of a private one.

        Somebody at a terminal has the database's password, and the bot has to do its work.
        """
        return not self.private or actor.user is None or actor.user in self.participants


def reference(day: date, number: int) -> str:
    """The reference of the `number`-th incident (from 1) declared on a UTC day."""
    return f"INC-{day:%Y-%m-%d}-{number:03d}"


def slug(text: str) -> str:
    """Text as a channel's name may hold it: lower case letters, digits and single hyphens."""
    plain = normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "-".join("".join(c if c.isalnum() else " " for c in plain).split())


def channel_name(ref: str, title: str, suffix: int = 0) -> str:
    """The channel's name for an incident, at most 80 characters, cut between words where that can be.

    `suffix` (from 2) makes another name when somebody else's channel has the first one.
    """
    end = f"-{suffix}" if suffix else ""
    name = f"{ref.lower()}-{slug(title)}".rstrip("-")
    room = CHANNEL_NAME_LIMIT - len(end)
    if len(name) > room:
        cut = name[: room + 1].rfind("-")
        name = name[: cut if cut > len(ref) else room].rstrip("-")
    return name + end

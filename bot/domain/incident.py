"""The incident: a value, folded from its timeline."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from unicodedata import normalize

from bot.domain.action import Action
from bot.domain.action_item import ActionItem
from bot.domain.actor import Actor
from bot.domain.alert_tally import AlertTally
from bot.domain.review_state import ReviewState
from bot.domain.rules import Category
from bot.domain.runbook_run import RunbookRun

#: Slack's limit for a channel's name.
CHANNEL_NAME_LIMIT = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """An item (from 1) of a checklist that is done."""

    number: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A checklist as it stands in an incident: its items, whose they are (or an empty text), and what is done."""

    name: str
    title: str
    items: tuple[str, ...]
    roles: tuple[str, ...] = ()
    ticks: tuple[Tick, ...] = ()

    @property
    def done(self) -> frozenset[int]:
        """The numbers of the items that are done."""
        return frozenset(tick.number for tick in self.ticks)

    @property
    def complete(self) -> bool:
        """Whether nothing is left."""
        return len(self.done) == len(self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A diagnostic that is run again `every` so often; `looked_at` is when that was begun last."""

    target: str
    every: timedelta
    looked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident as it stands after its `seq`-th timeline entry. Times are UTC.

    Attributes:
        status_at: since when it is in its status; `watched_since` since when it is being watched.
        details: what further fields of forms last said, by their titles.
        conditions: what is so, by the policy's names, and since when.
        texts: when each of the policy's texts last went out; `status_page_at`, when any did for a status page.
        rang: when each clock that rang was due; `snoozed`, until when it is silent; `extended`, the time it was given.
        diagnosed: the last run of each diagnostic whose result people were told.
        watches: the diagnostics that are run again and again.
        actions: what was asked to be done to systems, by number.
        runbooks: the runs of runbooks, by number.
        alerts: how the alerts stand that it has.
        review: how its review stands.
    """

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
    escalated_at: Mapping[str, datetime] = field(default_factory=dict)
    action_items: tuple[ActionItem, ...] = ()
    diagnostics: int = 0
    last_verdict: str | None = None
    summary: str | None = None
    root_cause: str | None = None
    contributing_factors: str | None = None
    impact: str | None = None
    review: ReviewState = field(default_factory=ReviewState)
    troubles: int = 0
    status_at: datetime | None = None
    watched_since: datetime | None = None
    identified_at: datetime | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    conditions: Mapping[str, datetime] = field(default_factory=dict)
    checklists: tuple[Tally, ...] = ()
    texts: Mapping[str, datetime] = field(default_factory=dict)
    status_page_at: datetime | None = None
    rang: Mapping[str, datetime] = field(default_factory=dict)
    snoozed: Mapping[str, datetime] = field(default_factory=dict)
    extended: Mapping[str, datetime] = field(default_factory=dict)
    diagnosed: Mapping[str, str] = field(default_factory=dict)
    watches: tuple[Watched, ...] = ()
    actions: tuple[Action, ...] = ()
    runbooks: tuple[RunbookRun, ...] = ()
    alerts: AlertTally = field(default_factory=AlertTally)

    @property
    def over(self) -> bool:
        """Whether it is resolved or closed."""
        return self.category.over

    @property
    def waiting_since(self) -> datetime:
        """Since when its escalation clocks run: the declaration, or the last time that it turned out not to be over."""
        return self.reopened_at or self.declared_at

    def tally(self, name: str) -> Tally | None:
        """How a checklist stands; None where it was not shown."""
        return next((tally for tally in self.checklists if tally.name == name), None)

    def watched(self, target: str) -> Watched | None:
        """How a diagnostic is being watched; None where it is not."""
        return next((watched for watched in self.watches if watched.target == target), None)

    def action(self, number: int) -> Action | None:
        """What was asked to be done, by its number; None where nothing was."""
        return next((action for action in self.actions if action.number == number), None)

    def runbook(self, number: int) -> RunbookRun | None:
        """A run of a runbook, by its number; None where there is none."""
        return next((run for run in self.runbooks if run.number == number), None)

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

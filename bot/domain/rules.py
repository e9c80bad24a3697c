"""The rules an incident runs by, as the core sees them. `bot/policy` reads them from a pack's YAML."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from bot.domain.action_rules import ActionRule, Allowed
from bot.domain.alert_rules import AlertRules
from bot.domain.calendar import Calendar, Clock
from bot.domain.errors import (
    UnknownChecklist,
    UnknownCondition,
    UnknownRole,
    UnknownSeverity,
    UnknownStatus,
    UnknownText,
)
from bot.domain.naming import nearest, spoken
from bot.domain.procedures import (
    Checklist,
    Condition,
    Detail,
    DirectoryEntry,
    FirstLook,
    FollowUp,
    Form,
    Letter,
    Link,
    Measure,
    ProviderRule,
    Requirement,
    ReviewRule,
    Rotation,
)
from bot.domain.steps import EscalationStep, Since, Trigger, Via

__all__ = [
    "SERVICE_OWNERS",
    "Category",
    "EscalationStep",
    "Policy",
    "Role",
    "Service",
    "Severity",
    "Since",
    "Status",
    "StatusPage",
    "TargetRule",
    "Trigger",
    "Via",
    "WebhookRule",
    "nearest",
    "spoken",
]

#: A name that stands for the people who own the incident's service.
SERVICE_OWNERS = "service-owners"


class Category(StrEnum):
    """What a status means, whatever a team calls it."""

    TRIAGE = "triage"
    ACTIVE = "active"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def over(self) -> bool:
        """Whether the incident no longer needs anybody at three in the morning."""
        return self in (Category.RESOLVED, Category.CLOSED)


class StatusPage(StrEnum):
    """Where an incident's state is published, besides its own channel."""

    NONE = "none"
    INTERNAL = "internal"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class Severity:
    """One severity: how it is called, and the clocks that it starts. `rank` 0 is the worst.

    Attributes:
        detect_within: how soon such an incident should be noticed; the review says whether it was.
        announce: the channels that hear of it besides the announce channel.
        announced: whether the announce channel hears of it.
        status_page: whether a status page says it, and `status_page_within` by when.
    """

    name: str
    rank: int
    title: str = ""
    definition: str = ""
    examples: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    emoji: str = "red_circle"
    detect_within: timedelta | None = None
    acknowledge_within: Clock | None = None
    mitigate_within: timedelta | None = None
    resolve_within: Clock | None = None
    update_every: timedelta | None = None
    review_within: Clock | None = None
    responders: tuple[str, ...] = ()
    announce: tuple[str, ...] = ()
    announced: bool = True
    status_page: StatusPage = StatusPage.NONE
    status_page_within: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One status and its category; the phase that it belongs to, and what must be so before it is entered.

    `cause_known`: whoever enters it knows the cause. Once it is being watched, or over, that is so anyway.
    """

    name: str
    category: Category
    aliases: tuple[str, ...] = ()
    phase: str | None = None
    cause_known: bool = False
    requires: Requirement = field(default_factory=Requirement)


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role somebody takes in an incident, with what the bot tells them privately when they do."""

    name: str
    title: str
    aliases: tuple[str, ...] = ()
    instructions: str = ""
    contacts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Something that breaks, who owns it, where its health shows, and what to diagnose it with."""

    name: str
    aliases: tuple[str, ...] = ()
    title: str = ""
    owners: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    health: tuple[str, ...] = ()
    dashboards: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRule:
    """A diagnostics target as the pack declares it.

    Attributes:
        options: what only its kind has: where it is, what it is asked. `bot/diagnostics` understands it.
        check_timeout: for each of its checks; `timeout` is for all together.
        allowed: who may have it diagnosed.
        runbook: the one that helps where it is not well; `runbooks` by the check that is not.
    """

    name: str
    kind: str
    options: object = None
    title: str = ""
    aliases: tuple[str, ...] = ()
    timeout: timedelta = timedelta(seconds=10)
    check_timeout: timedelta = timedelta(seconds=5)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    allowed: Allowed = field(default_factory=Allowed)
    runbook: str | None = None
    runbooks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRule:
    """Something outside of Slack that is told of escalations; two settings hold its address and its secret."""

    name: str
    url_from: str
    secret_from: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One organisation's incident rules."""

    name: str
    severities: tuple[Severity, ...]
    statuses: tuple[Status, ...]
    roles: tuple[Role, ...]
    commander: str
    default_severity: str
    escalation: tuple[EscalationStep, ...] = ()
    manual_escalation: tuple[str, ...] = ()
    manual_email: tuple[str, ...] = ()
    manual_webhooks: tuple[str, ...] = ()
    contacts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    emails: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    webhooks: tuple[WebhookRule, ...] = ()
    services: tuple[Service, ...] = ()
    targets: tuple[TargetRule, ...] = ()
    first_looks: tuple[FirstLook, ...] = ()
    actions: tuple[ActionRule, ...] = ()
    calendar: Calendar = field(default_factory=Calendar)
    phases: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    details: tuple[Detail, ...] = ()
    checklists: tuple[Checklist, ...] = ()
    letters: tuple[Letter, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    review: ReviewRule = field(default_factory=ReviewRule)
    directory: tuple[DirectoryEntry, ...] = ()
    measures: tuple[Measure, ...] = ()
    links: tuple[Link, ...] = ()
    runbooks_url: str = ""
    rotations: tuple[Rotation, ...] = ()
    providers: tuple[ProviderRule, ...] = ()
    alerts: AlertRules = field(default_factory=AlertRules)

    def severity(self, typed: str) -> Severity:
        """The severity a person means by `typed`: `p1`, `P-1`, `sev 1`. Raises `UnknownSeverity`."""
        found = self.find_severity(typed)
        if found is None:
            names = [s.name for s in self.severities]
            raise UnknownSeverity(typed=typed, known=names, nearest=nearest(typed, _spoken(self.severities)))
        return found

    def find_severity(self, typed: str) -> Severity | None:
        """Like `severity`, but None where nothing answers to the word."""
        return _named(self.severities, typed)

    def status(self, typed: str) -> Status:
        """The status a person means. Raises `UnknownStatus`."""
        found = _named(self.statuses, typed)
        if found is None:
            names = [s.name for s in self.statuses]
            raise UnknownStatus(typed=typed, known=names, nearest=nearest(typed, _spoken(self.statuses)))
        return found

    def role(self, typed: str) -> Role:
        """The role a person means. Raises `UnknownRole`."""
        found = _named(self.roles, typed)
        if found is None:
            names = [r.name for r in self.roles]
            raise UnknownRole(typed=typed, known=names, nearest=nearest(typed, _spoken(self.roles)))
        return found

    def condition(self, typed: str) -> Condition:
        """The condition a person means. Raises `UnknownCondition`."""
        found = _named(self.conditions, typed)
        if found is None:
            names = [c.name for c in self.conditions]
            raise UnknownCondition(typed=typed, known=names, nearest=nearest(typed, _spoken(self.conditions)))
        return found

    def checklist(self, typed: str) -> Checklist:
        """The checklist a person means. Raises `UnknownChecklist`."""
        found = _named(self.checklists, typed)
        if found is None:
            names = [c.name for c in self.checklists]
            raise UnknownChecklist(typed=typed, known=names, nearest=nearest(typed, _spoken(self.checklists)))
        return found

    def letter(self, typed: str) -> Letter:
        """The text a person means. Raises `UnknownText`."""
        found = _named(self.letters, typed)
        if found is None:
            names = [t.name for t in self.letters]
            raise UnknownText(typed=typed, known=names, nearest=nearest(typed, _spoken(self.letters)))
        return found

    def find_status(self, name: str) -> Status | None:
        """The status of that very name, or None: the pack may have dropped it."""
        return next((s for s in self.statuses if s.name == name), None)

    def step(self, name: str) -> EscalationStep | None:
        """The escalation step of that very name, or None."""
        return next((s for s in self.escalation if s.name == name), None)

    def asked(self, form: Form) -> tuple[Detail, ...]:
        """The further fields of a form."""
        return tuple(d for d in self.details if form in d.forms)

    def service(self, typed: str) -> Service | None:
        """The service that answers to the word, or None: an incident may be about something undeclared."""
        return _named(self.services, typed)

    def target(self, typed: str) -> TargetRule | None:
        """The diagnostics target that answers to the word, or None."""
        return _named(self.targets, typed)

    def action(self, typed: str) -> ActionRule | None:
        """The action that answers to the word, or None."""
        return _named(self.actions, typed)

    def first_status(self, category: Category) -> Status:
        """The first status of a category, in the pack's order; the reader makes sure that each has one."""
        return next(s for s in self.statuses if s.category is category)

    def people(
        self, names: Iterable[str], roles: Mapping[str, str], *, service: str | None = None, at: datetime | None = None
    ) -> tuple[str, ...]:
        """Slack ids for contact names, role names and ids, in order and once each; unknown names give nobody.

        Args:
            names: what the policy says; a role that nobody has taken stands for its own contacts.
            roles: who has taken which role.
            service: the incident's service, for `service-owners`.
            at: the time in UTC at which somebody has to be on call; without it, rotations give nobody.
        """
        found: dict[str, None] = {}
        for name in names:
            found.update(dict.fromkeys(self._behind(name, roles, service, at)))
        return tuple(found)

    def _behind(self, name: str, roles: Mapping[str, str], service: str | None, at: datetime | None) -> tuple[str, ...]:
        if name == SERVICE_OWNERS:
            owned = self.service(service) if service else None
            return self.people(owned.owners, roles, at=at) if owned else ()
        on_call = self._on_call(name, at)
        if on_call or self.contacts.get(name):
            return on_call or self.contacts[name]
        if name in roles:
            return (roles[name],)
        role = next((r for r in self.roles if r.name == name), None)
        return self.people(role.contacts, roles, at=at) if role else _ids(name)

    def _on_call(self, contact: str, at: datetime | None) -> tuple[str, ...]:
        rotation = next((r for r in self.rotations if r.contact == contact), None)
        if rotation is None or at is None:
            return ()
        return (rotation.on_call(at.astimezone(ZoneInfo(self.calendar.zone)).replace(tzinfo=None)),)

    def addresses(self, names: Iterable[str]) -> tuple[str, ...]:
        """The e-mail addresses behind names, in order and once each; unknown names give none."""
        found = {address.casefold(): address for name in names for address in self.emails.get(name, ())}
        return tuple(found.values())

    def webhook(self, name: str) -> WebhookRule | None:
        """The webhook of that name, or None: the pack may have dropped it."""
        return next((rule for rule in self.webhooks if rule.name == name), None)

    @property
    def mails(self) -> bool:
        """Whether anything goes by e-mail."""
        names = [*self.manual_email, *(name for step in self.escalation for name in step.email)]
        return bool(self.addresses(names))

    def with_contacts(self, contacts: Mapping[str, tuple[str, ...]]) -> "Policy":
        """The same rules with more people in them."""
        return replace(self, contacts={**self.contacts, **contacts})


class _Speakable(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def aliases(self) -> tuple[str, ...]: ...


_Named = TypeVar("_Named", bound=_Speakable)


def _named(things: Iterable[_Named], typed: str) -> _Named | None:
    said = spoken(typed)
    for thing in things:
        if said and said in {spoken(word) for word in (thing.name, *thing.aliases)}:
            return thing
    return None


def _spoken(things: Iterable[_Speakable]) -> list[str]:
    return [word for thing in things for word in (thing.name, *thing.aliases)]


def _ids(name: str) -> tuple[str, ...]:
    """A Slack id stands for itself. Each has a digit somewhere; a contact called `SRE` has none."""
    looks = name[:1] in ("U", "W", "S") and name.isalnum() and name.isupper() and any(c.isdigit() for c in name)
    return (name,) if looks else ()

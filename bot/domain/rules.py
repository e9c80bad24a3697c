"""The rules an incident runs by, as the core sees them. `bot/policy` reads them from a pack's YAML."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from difflib import get_close_matches
from enum import StrEnum
from typing import Protocol, TypeVar

from bot.domain.errors import UnknownRole, UnknownSeverity, UnknownStatus


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Severity:
    """One severity: how it is called, and the clocks that it starts. `rank` 0 is the worst."""

    name: str
    rank: int
    title: str = ""
    definition: str = ""
    aliases: tuple[str, ...] = ()
    emoji: str = "red_circle"
    acknowledge_within: timedelta | None = None
    mitigate_within: timedelta | None = None
    resolve_within: timedelta | None = None
    update_every: timedelta | None = None
    review_within: timedelta | None = None
    responders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One status and its category."""

    name: str
    category: Category
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role somebody takes in an incident, with what the bot tells them privately when they do."""

    name: str
    title: str
    aliases: tuple[str, ...] = ()
    instructions: str = ""


class Trigger(StrEnum):
    """What an escalation step waits for."""

    UNACKNOWLEDGED = "unacknowledged"
    UNRESOLVED = "unresolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationStep:
    """Who is told, and how long after the declaration or the last reopening, while its trigger still holds."""

    name: str
    trigger: Trigger
    severities: tuple[str, ...]
    after: timedelta
    notify: tuple[str, ...]
    email: tuple[str, ...] = ()
    webhooks: tuple[str, ...] = ()
    repeat_every: timedelta | None = None
    repeats: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Something that breaks, who owns it, and what to diagnose it with."""

    name: str
    aliases: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRule:
    """A diagnostics target as the pack declares it; `url_from` names the setting that holds the address."""

    name: str
    kind: str
    url_from: str
    title: str = ""
    aliases: tuple[str, ...] = ()
    timeout: timedelta = timedelta(seconds=10)
    thresholds: Mapping[str, float] = field(default_factory=dict)


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

    def service(self, typed: str) -> Service | None:
        """The service that answers to the word, or None: an incident may be about something undeclared."""
        return _named(self.services, typed)

    def target(self, typed: str) -> TargetRule | None:
        """The diagnostics target that answers to the word, or None."""
        return _named(self.targets, typed)

    def nearest_target(self, typed: str) -> str | None:
        """The name of the target most like what was typed."""
        return nearest(typed, [word for t in self.targets for word in (t.name, *t.aliases)])

    def first_status(self, category: Category) -> Status:
        """The first status of a category, in the pack's order; the reader makes sure that each has one."""
        return next(s for s in self.statuses if s.category is category)

    def people(self, names: Iterable[str], roles: Mapping[str, str]) -> tuple[str, ...]:
        """Slack ids for contact names, role names and ids, in order and once each; unknown names give nobody."""
        found: dict[str, None] = {}
        for name in names:
            for user in self.contacts.get(name) or ((roles[name],) if name in roles else ()) or _ids(name):
                found[user] = None
        return tuple(found)

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


def spoken(word: str) -> str:
    """A name as people say it, for comparing: `SEV-1`, `sev 1` and `Sev_1` are one."""
    return "".join(c for c in word.casefold() if c.isalnum())


def nearest(typed: str, known: Iterable[str]) -> str | None:
    """The known name most like what was typed, or None where nothing comes close."""
    by_spoken = {spoken(name): name for name in known}
    match = get_close_matches(spoken(typed), by_spoken, n=1, cutoff=0.5)
    return by_spoken[match[0]] if match else None


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

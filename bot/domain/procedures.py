"""What a policy has people do, ask, write and tick off, beside the severities and clocks of `bot.domain.rules`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.calendar import Clock

#: The sections of a review that Muster writes, in their usual order; what the pack asks besides is `asked`.
SECTIONS: Final = (
    "glance",
    "summary",
    "seen",
    "impact",
    "metrics",
    "promises",
    "conditions",
    "picture",
    "alerts",
    "timeline",
    "roles",
    "escalations",
    "cause",
    "factors",
    "whys",
    "detection",
    "diagnostics",
    "actions",
    "runbooks",
    "checklists",
    "texts",
    "items",
    "well",
    "lucky",
    "improve",
    "lessons",
    "prevention",
    "similar",
    "asked",
    "meeting",
    "reading",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A dashboard, a document, a status page."""

    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Something that may be so of an incident, such as lost data, and what follows if it is.

    Attributes:
        ask: the question in the form of a declaration; none where it is not asked.
        suggests: the severity that it means.
        advice: what to consider then.
        runbook: the runbook to open then.
    """

    name: str
    title: str
    aliases: tuple[str, ...] = ()
    ask: str = ""
    suggests: str | None = None
    advice: str = ""
    runbook: str | None = None


class Form(StrEnum):
    """What a field is asked in."""

    DECLARE = "declare"
    UPDATE = "update"
    ESCALATE = "escalate"
    RESOLVE = "resolve"


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """A further field of a form, such as an update's next step; what is filled in stands in the message."""

    name: str
    title: str
    forms: tuple[Form, ...]
    hint: str = ""
    long: bool = False
    required: bool = False
    choices: tuple[str, ...] = ()


class Moment(StrEnum):
    """When a checklist is shown."""

    DECLARED = "declared"
    STATUS = "status"
    CONDITION = "condition"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to tick off, and whose it is."""

    text: str
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _ForSome:
    """What is for incidents of these severities only; none: of any."""

    severities: tuple[str, ...] = ()

    def meant_for(self, severity: str) -> bool:
        """Whether it is for incidents of that severity."""
        return not self.severities or severity in self.severities


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist(_ForSome):
    """Things to tick off, shown when an incident of one of these severities (none: any) comes to `at`."""

    name: str
    title: str
    at: Moment
    items: tuple[Item, ...]
    aliases: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLook(_ForSome):
    """Diagnostics that run by themselves when an incident of these severities (none: any) is declared.

    Attributes:
        run: targets, services or `all`.
        services: only for incidents of these services.
        alerts: only where one of these stands in the title, as the names of alerts do.
    """

    run: tuple[str, ...]
    services: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()


class Audience(StrEnum):
    """Who reads a text."""

    INTERNAL = "internal"
    STAKEHOLDERS = "stakeholders"
    CUSTOMERS = "customers"
    STATUS_PAGE = "status-page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter(_ForSome):
    """A text that somebody sends or says outside of Slack: a letter to customers, a call, a status page's entry.

    Attributes:
        subject, body: templates; what is known of the incident is filled in, and people change the rest.
        statuses: the statuses in which it is the one to use; none where it always may be.
        conditions: the same for conditions.
        within: how soon the first is due, in incidents of `severities`.
        every: how often it is due again while the incident lasts; True: as often as updates are.
        channel: the Slack channel to which it goes as well.
        to: whom it is for, in words.
    """

    name: str
    title: str
    audience: Audience
    body: str
    subject: str = ""
    aliases: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    within: timedelta | None = None
    every: timedelta | None = None
    with_updates: bool = False
    channel: str | None = None
    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp(_ForSome):
    """Something that is looked at so long after the resolution. With a checklist, no more once that is complete."""

    name: str
    title: str
    after: Clock
    notify: tuple[str, ...] = ()
    checklist: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaItem:
    """One point of the review's meeting."""

    title: str
    minutes: int
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSection:
    """A section of the review that people write, and the question that it answers."""

    title: str
    prompt: str
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPart:
    """One part of the review's document.

    Attributes:
        section: a section that Muster writes, by its name; empty where people are asked.
        title: its heading; empty for the usual one.
        ask: a question that people answer there; empty for a section that Muster writes.
        role: whom the question is for, by a role's name; None for the commander.
    """

    section: str = ""
    title: str = ""
    ask: str = ""
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRule:
    """How incidents are reviewed: who comes, what is talked about, what is written, and what becomes of it.

    Attributes:
        attendees: who comes, by contacts, roles or Slack ids.
        agenda: the meeting's points.
        sections: what people are asked besides what every review has.
        title: what the document is called; empty for “Post-incident review”.
        document: its parts in their order; empty for the usual ones.
        approvals: how many have to approve it before it is published.
        approvers: whose approval counts, by roles, contacts or Slack ids; empty for anybody's.
        publish_to: the Slack channels to which it is published.
        priorities: what an action item's priority may be, the most urgent first.
        effective_after: how long after it was published it is asked whether what was done has helped.
    """

    attendees: tuple[str, ...] = ()
    agenda: tuple[AgendaItem, ...] = ()
    sections: tuple[ReviewSection, ...] = ()
    title: str = ""
    document: tuple[DocumentPart, ...] = ()
    approvals: int = 0
    approvers: tuple[str, ...] = ()
    publish_to: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ("high", "medium", "low")
    effective_after: Clock | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What must be so before a status is entered.

    Attributes:
        fields: what must be filled in: summary, root_cause, impact, contributing_factors.
        watched: how long it must have been watched.
        watched_if: the same where a condition holds, by its name; the longest counts.
        checklists: those that must be complete.
    """

    fields: tuple[str, ...] = ()
    watched: timedelta | None = None
    watched_if: Mapping[str, timedelta] = field(default_factory=dict)
    checklists: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryEntry:
    """Somebody to turn to: a person, a team, a provider's support; how to reach them, and about what."""

    name: str
    title: str
    about: str = ""
    reach: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What a number should be, and when it is a reason to worry; in the words of the organisation."""

    title: str
    normal: str = ""
    warning: str = ""
    critical: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """Who is on call in turn: each for `weeks` weeks, the first from a local time on (in the calendar's zone)."""

    contact: str
    people: tuple[str, ...]
    starting: date
    at: time
    weeks: int = 1

    def on_call(self, local: datetime) -> str:
        """Whose turn it is at a local time without a zone; the first's before it has begun."""
        turn = (local - datetime.combine(self.starting, self.at)) // timedelta(weeks=self.weeks)
        return self.people[max(turn, 0) % len(self.people)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRule:
    """An on-call provider that is asked over HTTP who is on call.

    Attributes:
        contact: whose place the answer takes; while nobody answers, the contact's own people are called.
        url_from, token_from: the names of the settings with the address, and with the token if there is one.
        people: a JSONPath to Slack ids or e-mail addresses in the answer.
        header: the header that carries the token, and what stands before the token in it.
    """

    contact: str
    url_from: str
    people: str
    token_from: str | None = None
    header: str = "Authorization"
    prefix: str = "Bearer "

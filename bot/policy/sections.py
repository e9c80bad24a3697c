"""The sections of `policy.yaml` about what people do, ask, write and tick off. `bot.policy.schema` has the others.

The names are those of `bot.domain.procedures`, which is what a valid file becomes.
"""

from datetime import date, time
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from bot.domain.calendar import Calendar, Meeting
from bot.domain.procedures import Audience, Form, Moment
from bot.policy.types import (
    Alias,
    Channel,
    Day,
    Duration,
    Header,
    Line,
    Name,
    Prefix,
    Prose,
    Section,
    Setting,
    SlackId,
    Text,
    TimeOfDay,
    Url,
    Weekday,
    When,
    Zone,
)


class LinkRule(Section):
    """A dashboard, a document, a status page."""

    title: Line
    url: Url


class HoursRule(Section):
    """When the office is open."""

    days: tuple[Weekday, ...] = Field((0, 1, 2, 3, 4), min_length=1)
    opens: TimeOfDay = time(9)
    closes: TimeOfDay = time(17)


class MeetingRule(Section):
    """Something that comes again, such as the daily standup, so that a clock can wait for it by name."""

    name: Name
    title: Line
    days: tuple[Weekday, ...] = Field(min_length=1)
    at: TimeOfDay
    every_weeks: int = Field(1, ge=1, le=52, strict=True)
    starting: Day = Field(date(2024, 1, 1), description="A day in the first of those weeks.")


class CalendarRule(Section):
    """The zone, office hours, holidays and meetings. `next-business-day` needs no entry."""

    zone: Zone = "UTC"
    business_hours: HoursRule = HoursRule()
    holidays: tuple[Day, ...] = Field((), max_length=1000)
    meetings: tuple[MeetingRule, ...] = ()

    def calendar(self) -> Calendar:
        """The calendar as the core sees it."""
        return Calendar(
            zone=self.zone,
            days=frozenset(self.business_hours.days),
            opens=self.business_hours.opens,
            closes=self.business_hours.closes,
            holidays=frozenset(self.holidays),
            meetings={rule.name: Meeting(**dict(rule)) for rule in self.meetings},
        )


class ConditionRule(Section):
    """Something that may be so, such as lost data, and what follows. `ask` puts it into the form of a declaration."""

    name: Name
    title: Line
    aliases: tuple[Alias, ...] = ()
    ask: Line = ""
    suggests: Name | None = Field(None, description="The severity that it means.")
    advice: Prose = ""
    runbook: Name | None = Field(None, description="The runbook to open then.")


class DetailRule(Section):
    """A further field of a form; what is filled in stands in the message."""

    name: Name
    title: Line
    forms: tuple[Form, ...] = Field(min_length=1)
    hint: Line = ""
    long: bool = Field(False, description="Several lines.", strict=True)
    required: bool = Field(False, strict=True)
    choices: tuple[Line, ...] = Field((), max_length=50)


class ItemRule(Section):
    """One thing to tick off, and whose it is."""

    text: Line
    role: Name | None = None


def _item(value: Any) -> Any:
    if isinstance(value, str):
        return {"text": value}
    if not isinstance(value, dict | ItemRule):
        raise ValueError("should be text in quotes, or hold `text` and `role`")  # noqa: TRY004 (pydantic collects ValueErrors)
    return value


ItemOrText = Annotated[ItemRule, BeforeValidator(_item, json_schema_input_type=str | ItemRule)]


class ChecklistRule(Section):
    """Things to tick off, shown when an incident comes to `at`."""

    name: Name
    title: Line
    at: Moment
    items: tuple[ItemOrText, ...] = Field(min_length=1, max_length=30)
    aliases: tuple[Alias, ...] = ()
    severities: tuple[Name, ...] = ()
    statuses: tuple[Name, ...] = Field((), description="With `at: status`: entering which of them shows it.")
    conditions: tuple[Name, ...] = Field((), description="With `at: condition`: setting which of them shows it.")


class TextRule(Section):
    """A text that people send or say outside of Slack. Subject and body are templates, as in docs/packs.md."""

    name: Name
    title: Line
    audience: Audience
    body: Prose
    subject: Line = ""
    aliases: tuple[Alias, ...] = ()
    severities: tuple[Name, ...] = ()
    statuses: tuple[Name, ...] = Field((), description="In which statuses it is the one to use.")
    conditions: tuple[Name, ...] = Field((), description="Under which conditions it is the one to use.")
    within: Duration | None = Field(None, description="How soon the first is due.")
    every: Duration | None = Field(None, description="How often it is due again while the incident lasts.")
    with_updates: bool = Field(False, description="It is due as often as updates are.", strict=True)
    channel: Channel | None = Field(None, description="The Slack channel to which it goes as well.")
    to: Line = ""


class FollowUpRule(Section):
    """Something that is looked at so long after the resolution."""

    name: Name
    title: Line
    after: When
    severities: tuple[Name, ...] = ()
    notify: tuple[Name, ...] = Field((), description="Contacts, roles or Slack ids.")
    checklist: Name | None = Field(None, description="It is not asked about once this is complete.")


class AgendaRule(Section):
    """One point of the review's meeting."""

    title: Line
    minutes: int = Field(ge=1, le=240, strict=True)
    questions: tuple[Line, ...] = ()


class ReviewSectionRule(Section):
    """A section of the review that people write, and the question that it answers."""

    title: Line
    prompt: Prose
    role: Name | None = None


class DocumentRule(Section):
    """One part of the review's document: a section that Muster writes, or a question that people answer."""

    section: Name | None = Field(None, description="A section that Muster writes, such as timeline; docs/review.md.")
    title: Line = Field("", description="Its heading, where that is not to be the usual one.")
    ask: Prose = Field("", description="A question that people answer there.")
    role: Name | None = Field(None, description="Whom it is for; the commander where not said.")


class ReviewFile(Section):
    """Who comes to the review, what is talked about, what is written, and what becomes of it."""

    attendees: tuple[Name, ...] = Field((), description="Contacts, roles or Slack ids.")
    agenda: tuple[AgendaRule, ...] = ()
    sections: tuple[ReviewSectionRule, ...] = ()
    title: Line = Field("", description="What the document is called, such as Post-mortem.")
    document: tuple[DocumentRule, ...] = Field((), description="Its parts in their order; the usual ones where empty.")
    approvals: int = Field(0, ge=0, le=20, description="How many approve it before it is published.", strict=True)
    approvers: tuple[Name, ...] = Field((), description="Whose approval counts: contacts, roles or Slack ids.")
    publish_to: tuple[Channel, ...] = Field((), description="The Slack channels that are told when it is published.")
    priorities: tuple[Line, ...] = Field(
        ("high", "medium", "low"), min_length=1, description="Of action items, the most urgent first."
    )
    effective_after: When | None = Field(None, description="When it is asked whether what was done has helped.")


class RequirementRule(Section):
    """What must be so before a status is entered."""

    fields: tuple[Text, ...] = Field((), description="summary, root_cause, impact, contributing_factors")
    watched: Duration | None = Field(None, description="How long it must have been watched.")
    watched_if: dict[Name, Duration] = Field(default_factory=dict, description="The same where a condition holds.")
    checklists: tuple[Name, ...] = ()


class DirectoryRule(Section):
    """Somebody to turn to, how to reach them, and about what."""

    name: Name
    title: Line
    about: Line = ""
    reach: Prose = ""


class MeasureRule(Section):
    """What a number should be, and when it is a reason to worry."""

    title: Line
    normal: Line = ""
    warning: Line = ""
    critical: Line = ""


class RotationRule(Section):
    """Who is on call in turn, each for `weeks` weeks; they take the place of a contact's people."""

    contact: Name
    people: tuple[SlackId, ...] = Field(min_length=1)
    starting: Day
    at: TimeOfDay = time(9)
    weeks: int = Field(1, ge=1, le=52, strict=True)


class ProviderSection(Section):
    """An on-call provider that is asked over HTTP; its answer takes the place of a contact's people."""

    contact: Name
    url_from: Setting
    people: Text = Field(description="A JSONPath to Slack ids or e-mail addresses in the answer.")
    token_from: Setting | None = None
    header: Header = "Authorization"
    prefix: Prefix = "Bearer "


class OnCallRule(Section):
    """Whose turn it is: weekly rotations written here, and providers that know."""

    rotations: tuple[RotationRule, ...] = ()
    providers: tuple[ProviderSection, ...] = ()

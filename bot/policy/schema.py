"""The shape of `policy.yaml`, as pydantic models. Unknown keys are refused; what a field means is in its text.

The names are those of `bot.domain.rules`, which is what a valid file becomes.
"""

from typing import Any

from pydantic import Field

from bot.domain.rules import Category, Since, StatusPage, Trigger, Via
from bot.policy.actions import ActionSectionRule
from bot.policy.alerts import AlertsSection
from bot.policy.sections import (
    CalendarRule,
    ChecklistRule,
    ConditionRule,
    DetailRule,
    DirectoryRule,
    FollowUpRule,
    LinkRule,
    MeasureRule,
    OnCallRule,
    RequirementRule,
    ReviewFile,
    TextRule,
)
from bot.policy.targets import TargetRule
from bot.policy.types import (
    Address,
    Alias,
    Channel,
    Duration,
    Emoji,
    Line,
    Name,
    Prose,
    RunbookUrl,
    Secret,
    Section,
    Setting,
    SlackId,
    Url,
    When,
)


class SeverityRule(Section):
    """One severity. The first in the list is the worst."""

    name: Name
    title: Line = ""
    definition: Prose = ""
    examples: tuple[Line, ...] = ()
    aliases: tuple[Alias, ...] = ()
    emoji: Emoji = "red_circle"
    detect_within: Duration | None = None
    acknowledge_within: When | None = None
    mitigate_within: Duration | None = None
    resolve_within: When | None = None
    update_every: Duration | None = None
    review_within: When | None = None
    responders: tuple[Name, ...] = Field((), description="Contacts or Slack ids that are invited at once.")
    announce: tuple[Channel, ...] = Field((), description="Channels that hear of it besides the announce channel.")
    announced: bool = Field(True, description="Whether the announce channel hears of it.", strict=True)
    status_page: StatusPage = StatusPage.NONE
    status_page_within: Duration | None = None


class StatusRule(Section):
    """One status and the category that says what it means."""

    name: Name
    category: Category
    aliases: tuple[Alias, ...] = ()
    phase: Line | None = Field(None, description="One of `phases`.")
    cause_known: bool = Field(False, description="Whoever enters it knows the cause.", strict=True)
    requires: RequirementRule = RequirementRule()


class RoleRule(Section):
    """One role; the instructions go privately to whoever takes it."""

    name: Name
    title: Line
    aliases: tuple[Alias, ...] = ()
    instructions: Prose = ""
    contacts: tuple[Name, ...] = Field((), description="Who is called for it while nobody has taken it.")


class StepRule(Section):
    """One escalation step: who is told, and when, while its trigger holds."""

    name: Name
    trigger: Trigger
    severities: tuple[Name, ...] = ()
    services: tuple[Name, ...] = ()
    conditions: tuple[Name, ...] = Field((), description="With `trigger: condition`: any of them.")
    aliases: tuple[Alias, ...] = Field((), description="With `trigger: request`: what people say for it.")
    after: When | None = Field(None, description="Left out: as long as the severity gives, or at once.")
    since: Since = Since.DECLARED
    notify: tuple[Name, ...] = Field(min_length=1, description="Contacts, roles, `service-owners` or Slack ids.")
    via: tuple[Via, ...] = Field(tuple(Via), min_length=1, description="How people are reached in Slack.")
    email: tuple[Name, ...] = Field((), description="Contacts that are also written to, at their `emails`.")
    webhooks: tuple[Name, ...] = Field((), description="Webhooks that are also called.")
    why: Line = Field("", description="What they are called for, in words.")
    repeat_every: Duration | None = None
    repeats: int = Field(0, ge=0, le=100, strict=True, description="How often it rings again after the first time.")
    business_hours: bool = Field(False, description="It waits until the office opens.", strict=True)


class ServiceRule(Section):
    """Something that breaks, who owns it, where its health shows, and what to diagnose it with."""

    name: Name
    aliases: tuple[Alias, ...] = ()
    title: Line = ""
    owners: tuple[Name, ...] = Field((), description="Contacts or Slack ids that are invited at once.")
    targets: tuple[Name, ...] = ()
    health: tuple[Url, ...] = ()
    dashboards: tuple[LinkRule, ...] = ()


class FirstLookRule(Section):
    """Diagnostics that run by themselves when an incident is declared."""

    run: tuple[Name, ...] = Field(min_length=1, description="Targets, services, or `all`.")
    severities: tuple[Name, ...] = ()
    services: tuple[Name, ...] = Field((), description="Only for incidents of these services.")
    alerts: tuple[Line, ...] = Field((), description="Only where one of these stands in the title.")


class WebhookSection(Section):
    """Something outside of Slack that is told of escalations. Two settings hold its address and its secret."""

    name: Name
    url_from: Setting
    secret_from: Secret


class PolicyFile(Section):
    """`policy.yaml`: one organisation's incident rules."""

    default_severity: Name
    severities: tuple[SeverityRule, ...] = Field(min_length=1)
    phases: tuple[Line, ...] = ()
    statuses: tuple[StatusRule, ...] = Field(min_length=1)
    commander: Name
    roles: tuple[RoleRule, ...] = Field(min_length=1)
    contacts: dict[Name, tuple[SlackId, ...]] = Field(default_factory=dict)
    emails: dict[Name, tuple[Address, ...]] = Field(default_factory=dict, description="Contacts' e-mail addresses.")
    on_call: OnCallRule = OnCallRule()
    directory: tuple[DirectoryRule, ...] = ()
    calendar: CalendarRule = CalendarRule()
    webhooks: tuple[WebhookSection, ...] = ()
    escalation: tuple[StepRule, ...] = ()
    manual_escalation: tuple[Name, ...] = Field((), description="Contacts, roles or Slack ids told by `escalate`.")
    manual_email: tuple[Name, ...] = Field((), description="Contacts that `escalate` also writes to.")
    manual_webhooks: tuple[Name, ...] = Field((), description="Webhooks that `escalate` also calls.")
    conditions: tuple[ConditionRule, ...] = ()
    fields: tuple[DetailRule, ...] = ()
    checklists: tuple[ChecklistRule, ...] = ()
    texts: tuple[TextRule, ...] = ()
    follow_ups: tuple[FollowUpRule, ...] = ()
    review: ReviewFile = ReviewFile()
    services: tuple[ServiceRule, ...] = ()
    targets: tuple[TargetRule, ...] = ()
    first_looks: tuple[FirstLookRule, ...] = Field((), description="What is diagnosed when an incident is declared.")
    actions: tuple[ActionSectionRule, ...] = Field((), description="What may be done from within an incident.")
    alerts: AlertsSection = Field(AlertsSection(), description="What is done about what monitors tell.")
    measures: tuple[MeasureRule, ...] = ()
    links: tuple[LinkRule, ...] = ()
    runbooks_url: RunbookUrl | None = Field(
        None, description="Where a runbook can be read, with {name} for its name and, if you like, {line}."
    )


def schema_json() -> dict[str, Any]:
    """The JSON Schema of `policy.yaml`, for editors to complete and check it as it is typed."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **PolicyFile.model_json_schema()}

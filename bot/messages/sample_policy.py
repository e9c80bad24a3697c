"""A policy with everything in it, by which `bot.messages.samples` renders every template.

Its words are a policy's: they are as long as people write them, and are trusted to be no attack.
"""

from datetime import date, time, timedelta
from typing import Final

from bot.domain.calendar import NEXT_BUSINESS_DAY, Appointment, Calendar, Meeting
from bot.domain.procedures import (
    AgendaItem,
    Audience,
    Checklist,
    Condition,
    Detail,
    DirectoryEntry,
    FollowUp,
    Form,
    Item,
    Letter,
    Link,
    Measure,
    Moment,
    Requirement,
    ReviewRule,
    ReviewSection,
)
from bot.domain.rules import (
    Category,
    EscalationStep,
    Policy,
    Role,
    Service,
    Severity,
    Status,
    StatusPage,
    TargetRule,
    Trigger,
    Via,
)


def _minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


_SEVERITIES: Final = (
    Severity(
        name="P1", rank=0, title="Critical", definition="Down for everyone.", aliases=("SEV1", "sev-1"),
        examples=("No booking can be made", "Customers see each other's data"), detect_within=_minutes(5),
        acknowledge_within=_minutes(15), mitigate_within=timedelta(hours=1), resolve_within=timedelta(hours=4),
        update_every=_minutes(15), review_within=timedelta(hours=48), responders=("on-call",),
        announce=("leadership", "customer-care"), status_page=StatusPage.PUBLIC, status_page_within=_minutes(20),
    ),
    Severity(
        name="P2", rank=1, title="High", definition="A part of it is down.", emoji="large_orange_circle",
        acknowledge_within=_minutes(30), resolve_within=timedelta(hours=8), update_every=_minutes(30),
        review_within=Appointment("next-sprint"), status_page=StatusPage.INTERNAL,
    ),
    Severity(
        name="P3", rank=2, title="Low", emoji="large_yellow_circle", announced=False,
        acknowledge_within=Appointment(NEXT_BUSINESS_DAY),
    ),
)  # fmt: skip

_STATUSES: Final = (
    Status(name="investigating", category=Category.TRIAGE, phase="Assess"),
    Status(name="identified", category=Category.ACTIVE, phase="Respond", cause_known=True),
    Status(name="monitoring", category=Category.MONITORING, phase="Respond"),
    Status(
        name="resolved", category=Category.RESOLVED, phase="Resolve",
        requires=Requirement(
            fields=("summary",), watched=_minutes(15), watched_if={"rollback": _minutes(30)}, checklists=("before",)
        ),
    ),
    Status(name="closed", category=Category.CLOSED, phase="Review"),
)  # fmt: skip

_ROLES: Final = (
    Role(
        name="commander", title="Incident commander", instructions="## First\n\n- Read **everything**\n- Breathe",
        contacts=("on-call",),
    ),
    Role(name="scribe", title="Scribe"),
)  # fmt: skip

_STEPS: Final = (
    EscalationStep(name="on-call", trigger=Trigger.DECLARED, notify=("on-call",), why="the first responder"),
    EscalationStep(
        name="cto", trigger=Trigger.UNACKNOWLEDGED, severities=("P1",), notify=("cto", "lead"), aliases=("boss",),
        repeat_every=_minutes(10), repeats=2, email=("cto",), webhooks=("pager",),
    ),
    EscalationStep(name="lead", trigger=Trigger.UNRESOLVED, after=timedelta(hours=2), notify=("lead",)),
    EscalationStep(name="experts", trigger=Trigger.UNIDENTIFIED, after=_minutes(45), notify=("service-owners",)),
    EscalationStep(
        name="legal", trigger=Trigger.CONDITION, conditions=("data-loss",), notify=("legal",), via=(Via.DIRECT,),
        business_hours=True, why="Personal data may be lost",
    ),
    EscalationStep(name="vendor", trigger=Trigger.REQUEST, notify=("vendor",), aliases=("provider",)),
)  # fmt: skip

_CONDITIONS: Final = (
    Condition(
        name="data-loss", title="Data is lost", aliases=("loss",), ask="Is data lost or wrong?", suggests="P1",
        advice="Stop what writes. Do not restore before somebody has looked.", runbook="data-corruption",
    ),
    Condition(name="rollback", title="A release was rolled back", advice="Watch it for half an hour."),
    Condition(name="vendor", title="A provider is down", ask="Is it a provider's fault?"),
)  # fmt: skip

_CHECKLISTS: Final = (
    Checklist(
        name="first", title="The first ten minutes", at=Moment.DECLARED,
        items=(
            Item(text="Say that you are on it", role="commander"),
            Item(text="Look at the dashboards"),
            Item(text="Tell customer care", role="scribe"),
        ),
    ),
    Checklist(
        name="before", title="Before it is resolved", at=Moment.STATUS, statuses=("monitoring",),
        items=(Item(text="Bookings go through"), Item(text="The error rate is back to normal")),
    ),
    Checklist(
        name="restore", title="After data was lost", at=Moment.CONDITION, conditions=("data-loss",),
        aliases=("data",), items=(Item(text="Say which data, and since when"), Item(text="Ask", role="commander")),
    ),
)  # fmt: skip

_LETTERS: Final = (
    Letter(
        name="page-first", title="Status page: we know of it", audience=Audience.STATUS_PAGE, within=_minutes(20),
        with_updates=True, statuses=("investigating",), aliases=("page",), to="everybody who looks",
        body="We are looking into {{ title }}.",
    ),
    Letter(
        name="customers", title="Letter to customers whose booking is lost", audience=Audience.CUSTOMERS,
        conditions=("data-loss",), within=timedelta(hours=2), subject="Your booking", to="those concerned",
        body="Dear customer,\n\nyour booking was lost.",
    ),
    Letter(
        name="stakeholders", title="For the leadership", audience=Audience.STAKEHOLDERS, with_updates=True,
        channel="leadership", subject="{{ ref }}", body="{{ title }}", severities=("P1",),
    ),
)  # fmt: skip

POLICY: Final = Policy(
    name="sample",
    severities=_SEVERITIES,
    statuses=_STATUSES,
    roles=_ROLES,
    commander="commander",
    default_severity="P2",
    escalation=_STEPS,
    manual_escalation=("on-call", "lead"),
    contacts={"on-call": ("U0BEA",), "lead": ("S0ONCALL1",), "cto": ("U0CTO",), "legal": ("U0LEX",)},
    emails={"cto": ("cto@example.com",)},
    services=(
        Service(
            name="checkout", title="Checkout", owners=("on-call",), targets=("db",),
            health=("https://checkout.example/healthz",),
            dashboards=(Link(title="Checkout's dashboard", url="https://graphs.example/checkout"),),
        ),
    ),
    targets=(TargetRule(name="db", kind="postgres", title="The database"),),
    calendar=Calendar(
        zone="Europe/Rome", holidays=frozenset({date(2026, 12, 25)}),
        meetings={"next-sprint": Meeting(name="next-sprint", title="The next sprint", days=(0,), at=time(10))},
    ),
    phases=("Detect", "Assess", "Respond", "Resolve", "Review"),
    conditions=_CONDITIONS,
    details=(
        Detail(name="next", title="Next step", forms=(Form.UPDATE,)),
        Detail(name="impact", title="Customers affected", forms=(Form.DECLARE, Form.RESOLVE), required=True),
    ),
    checklists=_CHECKLISTS,
    letters=_LETTERS,
    follow_ups=(
        FollowUp(name="hour", title="Is it still well?", after=timedelta(hours=1), notify=("lead",)),
        FollowUp(name="week", title="Are the tasks done?", after=timedelta(weeks=1), checklist="before"),
    ),
    review=ReviewRule(
        attendees=("commander", "lead", "on-call"),
        agenda=(
            AgendaItem(title="What happened", minutes=10, questions=("What did we see first?",)),
            AgendaItem(title="What we change", minutes=20),
        ),
        sections=(ReviewSection(title="Customers", prompt="Who was affected?", role="commander"),),
    ),
    directory=(
        DirectoryEntry(name="hosting", title="The hosting provider", about="machines", reach="+39 000 000, 24 hours"),
    ),
    measures=(Measure(title="Error rate", normal="below 1 %", warning="1 % to 5 %", critical="above 5 %"),),
    links=(Link(title="Status page", url="https://status.example"),),
)  # fmt: skip

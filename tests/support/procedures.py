"""The default pack with something of everything that a policy can ask of people: small enough to know by heart."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.procedures import Audience, Checklist, Condition, Item, Letter, Moment, Requirement
from bot.domain.rules import Category, EscalationStep, Policy, Trigger

CONDITIONS = (
    Condition(
        name="data-loss",
        title="Data was lost",
        aliases=("lost data", "data is gone"),
        ask="Is any data gone?",
        suggests="P1",
        advice="Stop whatever writes.",
    ),
    Condition(name="security", title="Somebody got in", aliases=("breach",), suggests="P2"),
    Condition(name="rollback", title="A release was rolled back"),
)
CHECKLISTS = (
    Checklist(
        name="first-steps",
        title="The first five minutes",
        at=Moment.DECLARED,
        items=(Item(text="Look at the dashboards"), Item(text="Name a commander", role="commander")),
        severities=("P1",),
    ),
    Checklist(
        name="before-resolving",
        title="Before it is resolved",
        at=Moment.STATUS,
        items=(Item(text="Errors are gone"), Item(text="The queue is empty"), Item(text="Support knows")),
        aliases=("resolving", "all clear"),
        statuses=("monitoring",),
    ),
)
LETTERS = (
    Letter(
        name="customer-notice",
        title="A notice to customers",
        audience=Audience.CUSTOMERS,
        subject="{{ title }}",
        body="We are looking into {{ title }} since {{ started }}. [your name]",
        aliases=("customers", "letter to customers"),
        within=timedelta(minutes=30),
        severities=("P1", "P2"),
    ),
    Letter(
        name="all-clear-notice",
        title="The all-clear",
        audience=Audience.STATUS_PAGE,
        body="It works again.",
        statuses=("resolved",),
    ),
)
STEPS = (
    EscalationStep(
        name="database-team",
        trigger=Trigger.REQUEST,
        aliases=("dba", "data base people"),
        notify=("on-call",),
        why="The database needs its owners",
    ),
    EscalationStep(name="board", trigger=Trigger.REQUEST, notify=("engineering-lead",)),
)


def with_procedures(policy: Policy) -> Policy:
    """A policy with conditions, checklists, texts and steps by request."""
    return replace(
        policy, conditions=CONDITIONS, checklists=CHECKLISTS, letters=LETTERS, escalation=(*policy.escalation, *STEPS)
    )


def watching(policy: Policy, minutes: int) -> Policy:
    """The same, where it is watched for so long before it is resolved."""
    wanted = Requirement(watched=timedelta(minutes=minutes))
    statuses = (replace(s, requires=wanted) if s.category is Category.RESOLVED else s for s in policy.statuses)
    return replace(policy, statuses=tuple(statuses))

"""A small organisation's rules, for tests that need some and don't read them from a pack."""

from datetime import timedelta

from bot.domain.rules import (
    Category,
    EscalationStep,
    Policy,
    Role,
    Service,
    Severity,
    Status,
    TargetRule,
    Trigger,
)
from bot.policy.targets.postgres import PostgresTarget

#: The section of a database whose address the tests' settings have.
DATABASE = PostgresTarget(kind="postgres", name="db", url_from="MUSTER_DIAG_DB_URL")


def minutes(count: float) -> timedelta:
    """That many minutes."""
    return timedelta(minutes=count)


def a_policy(name: str = "small") -> Policy:
    """P1 to P3, five statuses, three roles, one escalation step, one service and one diagnostics target."""
    return Policy(
        name=name,
        severities=(
            Severity(
                name="P1",
                rank=0,
                title="Critical",
                aliases=("sev1",),
                acknowledge_within=minutes(5),
                mitigate_within=minutes(30),
                resolve_within=minutes(60),
                update_every=minutes(15),
                review_within=timedelta(hours=48),
                responders=("on-call",),
            ),
            Severity(
                name="P2",
                rank=1,
                title="High",
                aliases=("sev2",),
                acknowledge_within=minutes(15),
                mitigate_within=minutes(120),
                resolve_within=minutes(240),
                update_every=minutes(30),
            ),
            Severity(name="P3", rank=2, title="Low", aliases=("sev3",)),
        ),
        statuses=(
            Status(name="investigating", category=Category.TRIAGE),
            Status(name="fixing", category=Category.ACTIVE),
            Status(name="monitoring", category=Category.MONITORING),
            Status(name="resolved", category=Category.RESOLVED),
            Status(name="closed", category=Category.CLOSED),
        ),
        roles=(
            Role(name="commander", title="Incident commander", aliases=("ic", "lead")),
            Role(name="communications", title="Communications lead", aliases=("comms",)),
            Role(name="scribe", title="Scribe"),
        ),
        commander="commander",
        default_severity="P2",
        escalation=(
            EscalationStep(
                name="on-call",
                trigger=Trigger.UNACKNOWLEDGED,
                severities=("P1",),
                after=minutes(5),
                notify=("on-call",),
                repeat_every=minutes(5),
                repeats=3,
            ),
        ),
        manual_escalation=("engineering-lead",),
        contacts={"on-call": ("U0ONCALL",), "engineering-lead": ("U0LEAD",)},
        services=(Service(name="checkout", aliases=("shop",), owners=("U0OWNER",), targets=("db",)),),
        targets=(TargetRule(name="db", kind="postgres", title="Orders database", options=DATABASE),),
    )

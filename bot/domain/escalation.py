"""The escalation: whether a step's reason holds, when it rings, and what is asked for by hand. Pure: times come in."""

from datetime import datetime, timedelta
from typing import assert_never

from bot.domain.calendar import Clock
from bot.domain.incident import Incident
from bot.domain.rules import EscalationStep, Policy, Severity, Since, Trigger
from bot.domain.text import in_words

#: What the timers of steps begin with.
STEP = "escalate:"


def timer_name(step: EscalationStep) -> str:
    """The timer that fires a policy's step."""
    return f"{STEP}{step.name}"


def step_of(timer: str, policy: Policy) -> EscalationStep | None:
    """The policy's step behind a timer's name; None for other timers, or when the policy dropped the step."""
    return policy.step(timer.removeprefix(STEP)) if timer.startswith(STEP) else None


def waits(incident: Incident, step: EscalationStep) -> bool:
    """Whether what the step waits for is still so."""
    if incident.over or not step.meant_for(incident.severity, incident.service):
        return False
    if step.since is Since.ACKNOWLEDGED and incident.acknowledged_at is None:
        return False
    match step.trigger:
        case Trigger.UNACKNOWLEDGED:
            return incident.acknowledged_at is None
        case Trigger.UNIDENTIFIED:
            return incident.identified_at is None
        case Trigger.CONDITION:
            return any(name in incident.conditions for name in step.conditions)
        case Trigger.DECLARED | Trigger.UNRESOLVED:
            return True
        case Trigger.REQUEST:
            return False
        case _:
            assert_never(step.trigger)


def rings_next(incident: Incident, step: EscalationStep, policy: Policy) -> datetime | None:
    """When a step rings for the first time or again, in UTC; None where it does not."""
    if not waits(incident, step):
        return None
    rung, last = incident.escalated_steps.get(step.name, 0), incident.escalated_at.get(step.name)
    if rung and last is not None:
        if step.repeat_every is None or rung > step.repeats:
            return None
        due = last + step.repeat_every
    else:
        due = policy.calendar.due(delay(step, policy.find_severity(incident.severity)), _begin(incident, step))
    return policy.calendar.open_from(due) if step.business_hours else due


def asked_for(incident: Incident, policy: Policy) -> EscalationStep | None:
    """The step that is taken when somebody calls for help and names nobody: the first that was not taken yet.

    When all were, it is None where the policy has a `manual_escalation` besides, and else the last of them again.
    """
    asked = [s for s in policy.escalation if s.trigger is Trigger.REQUEST]
    here = [s for s in asked if s.meant_for(incident.severity, incident.service)]
    last = here[-1] if here and not policy.manual_escalation else None
    return next((s for s in here if s.name not in incident.escalated_steps), last)


def reason(step: EscalationStep, severity: Severity | None) -> str:
    """Why a step is taken: in the policy's words, or what it waited for and how long."""
    if step.why:
        return step.why
    after = delay(step, severity)
    if not isinstance(after, timedelta):
        return f"{step.trigger} until the {str(after).replace('-', ' ')}"
    return f"{step.trigger} after {in_words(after)}" if after else str(step.trigger)


def delay(step: EscalationStep, severity: Severity | None) -> Clock:
    """How long a step waits: by itself, or by what the severity gives for what it waits for."""
    if step.after is not None:
        return step.after
    if severity and step.trigger is Trigger.UNACKNOWLEDGED and severity.acknowledge_within:
        return severity.acknowledge_within
    if severity and step.trigger is Trigger.UNRESOLVED and severity.resolve_within:
        return severity.resolve_within
    return timedelta()


def _begin(incident: Incident, step: EscalationStep) -> datetime:
    """From when a step counts. What was so before an incident was reopened counts from then."""
    begin = incident.waiting_since
    if step.since is Since.ACKNOWLEDGED and incident.acknowledged_at is not None:
        begin = max(begin, incident.acknowledged_at)
    if step.trigger is Trigger.CONDITION:
        begin = max(begin, min(at for name, at in incident.conditions.items() if name in step.conditions))
    return begin

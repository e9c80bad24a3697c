"""The clocks of an incident: who is called when, and when the next update is due. Pure: times come in."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import assert_never

from bot.domain.effects import CancelTimer, SetTimer
from bot.domain.incident import Incident
from bot.domain.rules import EscalationStep, Policy, Trigger

UPDATE = "update"
REVIEW = "review"
_STEP = "escalate:"


def timer_name(step: EscalationStep) -> str:
    """The timer that fires a policy's step."""
    return f"{_STEP}{step.name}"


def step_of(timer: str, policy: Policy) -> EscalationStep | None:
    """The policy's step behind a timer's name; None for other timers, or when the policy dropped the step."""
    name = timer.removeprefix(_STEP)
    return next((s for s in policy.escalation if timer.startswith(_STEP) and s.name == name), None)


def waits(incident: Incident, step: EscalationStep) -> bool:
    """Whether what the step waits for is still so."""
    if incident.over or incident.severity not in step.severities:
        return False
    match step.trigger:
        case Trigger.UNACKNOWLEDGED:
            return incident.acknowledged_at is None
        case Trigger.UNRESOLVED:
            return True
        case _:
            assert_never(step.trigger)


def plan(
    incident: Incident,
    policy: Policy,
    now: datetime,
    *,
    slept: Callable[[EscalationStep], bool] = lambda _: False,
) -> Iterator[SetTimer | CancelTimer]:
    """Set every clock that still matters and forget the others; one that should have rung by now rings now.

    A step that has rung keeps its own repetition, and is not rung again by a new plan; one that `slept` until now
    had lost its repetition, and takes it up again.
    """
    for step in policy.escalation:
        if not waits(incident, step):
            yield CancelTimer(name=timer_name(step))
        elif step.name not in incident.escalated_steps:
            yield SetTimer(name=timer_name(step), due_at=max(incident.waiting_since + step.after, now))
        elif slept(step):
            yield from repetition(incident, step, now)
    if incident.next_update_at is not None and not incident.over:
        yield SetTimer(name=UPDATE, due_at=incident.next_update_at)
    else:
        yield CancelTimer(name=UPDATE)


def repetition(incident: Incident, step: EscalationStep, now: datetime) -> Iterator[SetTimer]:
    """The next ring of a step that has rung, as long as the policy has one left and somebody is waited for."""
    rung = incident.escalated_steps.get(step.name, 0)
    if step.repeat_every and rung <= step.repeats and waits(incident, step):
        yield SetTimer(name=timer_name(step), due_at=now + step.repeat_every)


def next_update(policy: Policy, severity: str, now: datetime) -> datetime | None:
    """When people are to hear something again, counted from now; None where the policy does not say."""
    known = policy.find_severity(severity)
    return now + known.update_every if known and known.update_every else None

"""What lies ahead of an incident by its policy, as templates are given it: clocks, calls, and what may be done.

All of it is pure: of the same incident and policy comes the same, so that a card changes only when they do.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.domain.alert_events import AlertsJoined
from bot.domain.clocks import deadlines, running, watched_until
from bot.domain.duties import suggested
from bot.domain.escalation import reason, step_of
from bot.domain.events import ConditionSet, Declared, Event, FollowUpDue, SeverityChanged, TextDue, TextSent, WatchEnded
from bot.domain.incident import Incident
from bot.domain.procedures import Condition
from bot.domain.rules import Category, EscalationStep, Policy, Severity
from bot.messages.alert_words import looks
from bot.messages.changes import changes
from bot.messages.whom import named


@dataclass(frozen=True, slots=True)
class Call:
    """An escalation to come: the policy's step, when, whom it names in words, and why."""

    step: EscalationStep
    at: datetime
    names: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Something that is so: the policy's condition, or None where it was dropped; its name, and since when."""

    condition: Condition | None
    name: str
    since: datetime

    @property
    def title(self) -> str:
        """How it is called."""
        return self.condition.title if self.condition else self.name


def outlook(incident: Incident, policy: Policy) -> dict[str, Any]:
    """What every template has of the policy's clocks and duties.

    `clocks` (Deadline, the earliest first), `calls` (Call, the earliest first), `next_call` (the first or None),
    `watched_until` (or None), `phase` (or None), `conditions` (Standing, the oldest first), `worse` (the Severity that
    they suggest, where it is worse than the incident's, or None), `serving` (the Service, or None).
    """
    coming = calls(incident, policy)
    status = policy.find_status(incident.status)
    return {
        "clocks": deadlines(incident, policy),
        "calls": coming,
        "next_call": coming[0] if coming else None,
        "watched_until": watched_until(incident, policy),
        "phase": status.phase if status else None,
        "conditions": standing(incident, policy),
        "worse": worse(incident, policy),
        "serving": policy.service(incident.service) if incident.service else None,
    }


def calls(incident: Incident, policy: Policy) -> tuple[Call, ...]:
    """The escalation steps that will ring, the earliest first."""
    severity = policy.find_severity(incident.severity)
    found = ((step_of(clock, policy), at) for clock, at in running(incident, policy).items())
    steps = [Call(step, at, named(step.notify, policy), reason(step, severity)) for step, at in found if step]
    return tuple(sorted(steps, key=lambda call: (call.at, call.step.name)))


def standing(incident: Incident, policy: Policy) -> tuple[Standing, ...]:
    """What is so of an incident, the oldest first."""
    known = {condition.name: condition for condition in policy.conditions}
    found = sorted(incident.conditions.items(), key=lambda so: so[1])
    return tuple(Standing(known.get(name), name, since) for name, since in found)


def worse(incident: Incident, policy: Policy) -> Severity | None:
    """The severity that is suggested by what is so, where it is worse than the incident's; else None."""
    severity, now = suggested(policy, incident.conditions), policy.find_severity(incident.severity)
    return severity if severity and now and severity.rank < now.rank else None


def more_of(incident: Incident, policy: Policy, event: Event | None) -> dict[str, Any]:
    """What a template about one event has besides.

    `changes` (Changes) where a severity changed; `flagged` (Standing) of what was so at a declaration, or is since the
    event; `letter` (or None) of a text, and `follow_up` (or None) of a follow-up, as the policy has them; `looks`, what
    is diagnosed by itself, where alerts joined.
    """
    match event:
        case SeverityChanged():
            return {"changes": changes(incident, policy, event)}
        case Declared():
            return {"flagged": _flagged(event.conditions, policy, incident.declared_at)}
        case ConditionSet():
            since = incident.conditions.get(event.condition, incident.declared_at)
            return {"flagged": _flagged([event.condition], policy, since)}
        case TextDue() | TextSent():
            return {"letter": next((letter for letter in policy.letters if letter.name == event.text), None)}
        case AlertsJoined():
            return {"looks": looks(event, incident, policy)}
        case WatchEnded():
            return {"watched_for": _watched_for(event, incident, policy)}
        case FollowUpDue():
            return {"follow_up": next((one for one in policy.follow_ups if one.name == event.follow_up), None)}
        case _:
            return {}


def _flagged(names: Iterable[str], policy: Policy, since: datetime) -> tuple[Standing, ...]:
    known = {condition.name: condition for condition in policy.conditions}
    return tuple(Standing(known.get(name), name, since) for name in names)


def _watched_for(event: WatchEnded, incident: Incident, policy: Policy) -> timedelta:
    """How long it had to be watched: a rollback while it was being watched makes that begin anew."""
    for condition, span in policy.first_status(Category.RESOLVED).requires.watched_if.items():
        since = incident.conditions.get(condition)
        if since is not None and max(since, event.since) + span == event.due_at:
            return span
    return event.due_at - event.since

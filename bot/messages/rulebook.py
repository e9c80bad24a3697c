"""A policy's rules of one severity, for people who read them: which calls come when, and who is called."""

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.calendar import Appointment, Calendar, Clock
from bot.domain.escalation import delay
from bot.domain.rules import EscalationStep, Policy, Severity, Trigger
from bot.domain.text import in_words
from bot.messages.whom import named


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of the escalation: how long it waits, or for what by its title, and whom it names, in words."""

    step: EscalationStep
    waits: timedelta | str
    names: tuple[str, ...]


def stages(severity: Severity, policy: Policy) -> tuple[Stage, ...]:
    """The steps for incidents of a severity, in the policy's order; those that are asked for come last."""
    found = [step for step in policy.escalation if not step.severities or severity.name in step.severities]
    found.sort(key=lambda step: step.trigger is Trigger.REQUEST)
    return tuple(Stage(step, _waits(step, severity, policy), named(step.notify, policy)) for step in found)


def within(clock: Clock, policy: Policy) -> str:
    """How soon something is to be done: `within 15 min`, `by the next business day`."""
    return f"by {occasion(clock, policy.calendar)}" if isinstance(clock, Appointment) else f"within {in_words(clock)}"


def occasion(appointment: Appointment, calendar: Calendar) -> str:
    """A time that the calendar knows, within a sentence: `the daily standup`."""
    title = calendar.title(appointment)
    return f"the {title[4:]}" if title[:4].casefold() == "the " else f"the {title}"


def _waits(step: EscalationStep, severity: Severity, policy: Policy) -> timedelta | str:
    clock = delay(step, severity)
    return occasion(clock, policy.calendar) if isinstance(clock, Appointment) else clock

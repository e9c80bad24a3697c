"""Escalation steps that can never ring, or that ring when nobody would expect it."""

from collections.abc import Iterator

from bot.domain.rules import Since, Trigger
from bot.policy.faults import quoted
from bot.policy.schema import PolicyFile, StepRule
from bot.policy.sense.finding import Finding, Place, each_known, names

#: Where `after` is left out, how long these wait is the severity's to say.
_TARGETS = {Trigger.UNACKNOWLEDGED: "acknowledge_within", Trigger.UNRESOLVED: "resolve_within"}


def steps(file: PolicyFile) -> Iterator[Finding]:
    """What is wrong with each step by itself, besides whom it tells."""
    for index, step in enumerate(file.escalation):
        place: Place = ("escalation", index)
        yield from each_known((*place, "severities"), "severity", step.severities, names(file.severities))
        yield from each_known((*place, "services"), "service", step.services, names(file.services))
        yield from each_known((*place, "conditions"), "condition", step.conditions, names(file.conditions))
        yield from _trigger(place, step)
        yield from _wait(place, step, file)
        yield from _repetition(place, step)


def _trigger(place: Place, step: StepRule) -> Iterator[Finding]:
    """What belongs to one trigger does nothing with another."""
    if step.trigger is Trigger.CONDITION and not step.conditions:
        yield (*place, "trigger"), "It never rings: add `conditions`, those for which it is meant."
    if step.conditions and step.trigger is not Trigger.CONDITION:
        message = f"They do nothing with `trigger: {step.trigger}`. Write `trigger: condition`, or drop them."
        yield (*place, "conditions"), message
    if step.aliases and step.trigger is not Trigger.REQUEST:
        message = f"Nobody asks for a step with `trigger: {step.trigger}`. Write `trigger: request`, or drop them."
        yield (*place, "aliases"), message
    if step.since is Since.ACKNOWLEDGED and step.trigger is Trigger.UNACKNOWLEDGED:
        message = "It never rings: it waits for an acknowledgement and for none. Drop `since`."
        yield (*place, "since"), message
    if step.trigger is Trigger.REQUEST:
        for key in ("after", "since", "repeat_every", "business_hours"):
            if key in step.model_fields_set:
                yield (*place, key), "It is told at once when somebody asks for it, and once. Drop this."


def _wait(place: Place, step: StepRule, file: PolicyFile) -> Iterator[Finding]:
    if step.after is not None:
        return
    if step.trigger is Trigger.UNIDENTIFIED and step.since is Since.DECLARED:
        yield (*place, "trigger"), "Nobody knows the cause at once: add `after`, such as 1h."
    if target := _TARGETS.get(step.trigger):
        meant = [one for one in file.severities if not step.severities or one.name in step.severities]
        if without := [quoted(one.name) for one in meant if getattr(one, target) is None]:
            said = ", ".join(without)
            yield (*place, "trigger"), f"It would ring at once: add `after`, such as 15m, or `{target}` for {said}."


def _repetition(place: Place, step: StepRule) -> Iterator[Finding]:
    if step.repeats and step.repeat_every is None:
        yield (*place, "repeats"), "It can never repeat: add `repeat_every`, such as 5m, or drop `repeats`."
    if step.repeat_every is not None and not step.repeats and step.trigger is not Trigger.REQUEST:
        yield (*place, "repeat_every"), "It can never repeat: add `repeats`, such as 3, or drop `repeat_every`."

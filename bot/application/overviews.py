"""What people read about an incident's conditions, checklists, texts and clocks. Pure, for Slack and the terminal."""

from datetime import datetime
from typing import Any

from bot.domain.clocks import TEXT, deadlines, in_use, running
from bot.domain.escalation import step_of
from bot.domain.incident import Incident, Tally
from bot.domain.procedures import Checklist
from bot.domain.rules import Policy, spoken

Context = dict[str, Any]


def conditions(incident: Incident, policy: Policy) -> Context:
    """What is so, and what else may be.

    `set` has (Condition, or None where the policy dropped it; name; since when), the first first; `others` the
    policy's further Conditions.
    """
    rules = {rule.name: rule for rule in policy.conditions}
    held = sorted(incident.conditions.items(), key=lambda one: (one[1], one[0]))
    return {
        "set": [(rules.get(name), name, since) for name, since in held],
        "others": [rule for rule in policy.conditions if rule.name not in incident.conditions],
    }


def checklists(incident: Incident, policy: Policy) -> Context:
    """The checklists in the channel as they stand (`shown`), and those that could be (`others`), fitting ones first."""
    left = [rule for rule in policy.checklists if incident.tally(rule.name) is None]
    return {
        "shown": list(incident.checklists),
        "others": sorted(left, key=lambda rule: not rule.meant_for(incident.severity)),
    }


def checklist(incident: Incident, policy: Policy, typed: str) -> Tally | Checklist:
    """The checklist that somebody means: as it stands where it is there, else the policy's. Raises UnknownChecklist."""
    # A pack may have dropped what an old incident still has.
    there = next((tally for tally in incident.checklists if spoken(tally.name) == spoken(typed)), None)
    if there is not None:
        return there
    rule = policy.checklist(typed)
    return incident.tally(rule.name) or rule


def texts(incident: Incident, policy: Policy) -> Context:
    """The texts that fit now (`fitting`), what is due first; `others`; and by when (`dues`, by name)."""
    dues = text_dues(incident, policy)
    fitting = [letter for letter in policy.letters if in_use(incident, letter)]
    waiting = sorted((letter for letter in fitting if letter.name in dues), key=lambda letter: dues[letter.name])
    return {
        "fitting": [*waiting, *(letter for letter in fitting if letter.name not in dues)],
        "others": [letter for letter in policy.letters if not in_use(incident, letter)],
        "dues": dues,
    }


def text_dues(incident: Incident, policy: Policy) -> dict[str, datetime]:
    """By when each text that is waited for is due."""
    waiting = (one for one in deadlines(incident, policy) if one.clock.startswith(TEXT))
    return {one.clock.removeprefix(TEXT): one.due_at for one in waiting}


def clocks(incident: Incident, policy: Policy) -> Context:
    """What is to be done by when (`clocks`, Deadlines), and who is called next (`steps`: name, when, whom)."""
    coming = sorted(running(incident, policy).items(), key=lambda one: (one[1], one[0]))
    steps = ((step_of(clock, policy), at) for clock, at in coming)
    return {
        "clocks": deadlines(incident, policy),
        "steps": [(step.name, at, step.notify) for step, at in steps if step is not None],
    }

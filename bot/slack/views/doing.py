"""The forms of actions: what has to be said for one, and why one cannot wait for its approvals."""

import re
from collections.abc import Mapping
from typing import Any

from bot.domain import commands as c
from bot.domain.action import Action
from bot.domain.action_rules import ActionRule
from bot.domain.actor import Actor
from bot.domain.params import Param, ParamType, as_text
from bot.slack.views.parts import Block, View, metadata, modal, paragraph, select, text_input

ACT, EMERGENCY = "act", "emergency"
#: Of an action's number, at most.
_DIGITS = 9
_AT_STEP = re.compile(r"([0-9]{1,6})\.([0-9]{1,6})\.([0-9]{1,6})")


def action(rule: ActionRule, ref: str, known: Mapping[str, str], *, at_step: str = "") -> View:
    """Asks for an action's parameters.

    Args:
        rule: the action.
        ref: the incident.
        known: the parameters that are known already.
        at_step: the run, step and block of a runbook that it is asked for from, as `1.3.0`.
    """
    asks: list[Block] = [*paragraph(rule.does), *(_field(param, known.get(param.name, "")) for param in rule.params)]
    return modal(ACT, "Find out what it does", "Find out", asks, ref=ref, action=rule.name, at_step=at_step)


def emergency(one: Action, ref: str) -> View:
    """Asks why an action cannot wait for its approvals."""
    asks: list[Block] = [
        *paragraph(f"*{one.title}* lacks {one.left} of its approvals. What it does stands on its card."),
        text_input("why", "Why can it not wait?", hint="Everybody reads this, and so does the review.", multiline=True),
    ]
    return modal(EMERGENCY, "Run without approval", "Run it now", asks, ref=ref, number=str(one.number))


def read_action(given: Mapping[str, Any], by: Actor, view: Mapping[str, Any], run: str) -> c.RequestAction | c.RunStep:
    """The action that a filled-in form asks for, from a step of a runbook or by itself; `run` is a fresh name."""
    said = {name: value for name, value in given.items() if value}
    if found := _AT_STEP.fullmatch(metadata(view).get("at_step", "")):
        number, step, place = map(int, found.groups())
        return c.RunStep(by=by, number=number, step=step, place=place, run=run, said=said)
    return c.RequestAction(by=by, action=metadata(view).get("action", ""), said=said)


def read_emergency(given: Mapping[str, Any], by: Actor, view: Mapping[str, Any]) -> c.StartAction:
    """The run that a filled-in form asks for."""
    number = metadata(view).get("number", "")
    # What no form of ours says is no action's number.
    meant = int(number) if number.isascii() and number.isdigit() and len(number) <= _DIGITS else 0
    return c.StartAction(by=by, number=meant, emergency=given.get("why") or "")


def _field(param: Param, known: str) -> Block:
    label = param.title or param.name
    initial = known or ("" if param.default is None else as_text(param.default))
    match param.type:
        case ParamType.CHOICE:
            return select(param.name, label, ((choice, choice) for choice in param.choices), initial=initial or None)
        case ParamType.BOOLEAN:
            first = "yes" if initial.casefold() in ("true", "yes", "on") else "no"
            return select(param.name, label, (("yes", "Yes"), ("no", "No")), initial=first)
        case _:
            return text_input(param.name, label, initial=initial, hint=_hint(param))


def _hint(param: Param) -> str:
    if not param.type.measured:
        return ""
    limits = [
        *((f"at least {param.min:g}",) if param.min is not None else ()),
        *((f"at most {param.max:g}",) if param.max is not None else ()),
    ]
    return f"A number{', ' if limits else ''}{' and '.join(limits)}."

"""Actions for tests, as a pack would declare them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.diagnostics.actions import Action
from bot.diagnostics.actions.action import Attempt
from bot.diagnostics.actions.engine import DEFINITION, definition
from bot.diagnostics.actions.kinds import ACTION_KINDS
from bot.diagnostics.target import Target
from bot.domain.action_rules import ActionRule, parse
from bot.policy.actions import ACTIONS


def a_rule(kind: str, **section: Any) -> ActionRule:
    """A rule of the pack, in which nothing is wrong."""
    made = ACTIONS[kind].model_validate({"kind": kind, "name": "it", "does": "Does it.", **section})
    assert not list(made.wrong()), list(made.wrong())
    return made.rule()


def an_action(
    kind: str, target: Target | None = None, settings: dict[str, str | None] | None = None, **section: Any
) -> Action:
    """An action of the pack.

    Args:
        kind: such as `end_session`.
        target: what it is done to.
        settings: the values of the settings that it names, besides those of its target.
        section: the keys of its section in the pack; `timeout` in seconds.
    """
    # The file has no times under a second, and tests should not wait longer.
    timeout = timedelta(seconds=section.pop("timeout", 10))
    own = settings or {}
    rule = a_rule(kind, **({"target": target.name} if target else {}), **section)

    def value_of(name: str) -> str | None:
        return own.get(name) or (target.value_of(name) if target else None)

    return Action(rule=replace(rule, timeout=timeout), target=target, value_of=value_of)


def as_rehearsed(action: Action, given: Mapping[str, object]) -> dict[str, str]:
    """What a rehearsal binds that found nothing else, for a run that nobody could rehearse."""
    attempt = Attempt(action, parse(action.rule, given))
    return {DEFINITION: definition(attempt, ACTION_KINDS[action.rule.kind].against(attempt))}

"""The targets and actions of the pack `mais`, for tests that aim them at systems of their own."""

from collections.abc import Mapping
from typing import Any

from bot.diagnostics.actions import Action, Outcome, Rehearsal, perform, rehearse
from bot.diagnostics.target import Target
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack

POLICY = read_pack("mais", root=RUNBOOKS)
NOTHING: dict[str, object] = {}


def target(name: str, value: str, **changed: Any) -> Target:
    """A target of the pack, all of whose settings have one value."""
    (rule,) = (one for one in POLICY.targets if one.name == name)
    options: Any = rule.options
    return Target(
        name=rule.name, kind=rule.kind, options=options.model_copy(update=changed), value_of=lambda _name: value
    )


def action(name: str, value: str = "a-setting", **changed: Any) -> Action:
    """An action of the pack, likewise; `changed` of its own section."""
    (rule,) = (one for one in POLICY.actions if one.name == name)
    options: Any = rule.options
    where = target(rule.target, value) if rule.target else None
    made = options.model_copy(update=changed).rule()
    return Action(rule=made, target=where, value_of=lambda _name: value)


async def done(what: Action, given: Mapping[str, object]) -> tuple[Rehearsal, Outcome]:
    """What came of rehearsing and running an action."""
    rehearsal = await rehearse(what, given)
    assert rehearsal.ready, rehearsal
    return rehearsal, await perform(what, given, rehearsal.bound)

"""Actions that are done to nothing, offered by nobody and approved by people who are not there."""

from collections.abc import Callable, Iterator, Sequence

from bot.domain.rules import spoken
from bot.domain.scopes import ALL
from bot.policy.actions import ActionSection
from bot.policy.allowed import AllowedRule, ApprovalsRule
from bot.policy.schema import PolicyFile, ServiceRule
from bot.policy.sense.finding import Finding, Place, each_known, known, names, reachable
from bot.policy.targets import TargetSection

#: The names of the checks of a target.
ChecksOf = Callable[[TargetSection], frozenset[str]]


def actions(file: PolicyFile, checks_of: ChecksOf | None = None) -> Iterator[Finding]:
    """What is wrong with actions, and with who may run a diagnostic.

    Args:
        file: the policy.
        checks_of: what the diagnostics know; None leaves the names of checks unchecked.
    """
    for index, target in enumerate(file.targets):
        yield from _allowed(("targets", index, "allowed"), target, file)
    for index, action in enumerate(file.actions):
        place: Place = ("actions", index)
        for inside, message in action.wrong():
            yield (*place, *inside), message
        yield from _target(place, action, file)
        yield from _allowed((*place, "allowed"), action, file)
        yield from _people((*place, "approvals"), action.approvals, file)
        yield from _checks(place, action, file, checks_of)
        yield from _verify((*place, "verify"), action.verify, file, checks_of)


def _target(place: Place, action: ActionSection, file: PolicyFile) -> Iterator[Finding]:
    if action.target is None:
        return
    yield from known((*place, "target"), "diagnostics target", action.target, names(file.targets))
    kind = next((target.kind for target in file.targets if target.name == action.target), None)
    if kind and action.fits and kind not in action.fits:
        message = f"“{action.target}” is {kind}, and `kind: {action.kind}` is done to {' or '.join(action.fits)}."
        yield (*place, "target"), message


def _allowed(place: Place, section: TargetSection | ActionSection, file: PolicyFile) -> Iterator[Finding]:
    yield from _people(place, section.allowed, file)
    if "allowed" in section.model_fields_set and section.allowed.allowed().everybody:
        yield place, "It names nobody, so that everybody may. Add `roles` or `groups`, or drop it."


def _people(place: Place, rule: AllowedRule | ApprovalsRule, file: PolicyFile) -> Iterator[Finding]:
    yield from each_known((*place, "roles"), "role", rule.roles, names(file.roles))
    yield from reachable((*place, "groups"), "contact", rule.groups, list(file.contacts))


def _checks(place: Place, action: ActionSection, file: PolicyFile, checks_of: ChecksOf | None) -> Iterator[Finding]:
    """Checks are those of the action's target, or of all where it has none."""
    if checks_of is None:
        return
    meant = [target for target in file.targets if action.target in (None, target.name)]
    there = _all_checks(meant, checks_of)
    if there is None:
        return
    yield from each_known((*place, "offered_on"), "check", action.offered_on, there)
    for index, param in enumerate(action.params if "params" in action.model_fields_set else ()):
        if param.source is not None:
            yield from known((*place, "params", index, "from", "check"), "check", param.source.check, there)


def _verify(place: Place, verify: str, file: PolicyFile, checks_of: ChecksOf | None) -> Iterator[Finding]:
    """It is a target, a service or everything, and then perhaps checks of those."""
    words = verify.split()
    if not words:
        return
    for end in range(len(words), 0, -1):
        targets = _meant(" ".join(words[:end]), file)
        if targets is None:
            continue
        there = _all_checks(targets, checks_of) if checks_of else None
        for word in words[end:] if there is not None else ():
            yield from known(place, "check", word, there or ())
        return
    there = [*names(file.targets), *(service.name for service in file.services if service.targets), ALL]
    yield from known(place, "target or service with targets", words[0], there)


def _meant(words: str, file: PolicyFile) -> list[TargetSection] | None:
    said = spoken(words)
    if said == ALL and file.targets:
        return list(file.targets)
    things: list[TargetSection | ServiceRule] = [*file.targets, *(one for one in file.services if one.targets)]
    for thing in things:
        if said in {spoken(word) for word in (thing.name, *thing.aliases)}:
            wanted = [thing.name] if isinstance(thing, TargetSection) else thing.targets
            return [target for target in file.targets if target.name in wanted]
    return None


def _all_checks(targets: Sequence[TargetSection], checks_of: ChecksOf) -> list[str] | None:
    """The checks of targets; None where one of these is wrong itself, and its checks cannot be known."""
    if not targets or any(True for target in targets for _ in target.wrong()):
        return None
    return sorted({check for target in targets for check in checks_of(target)})

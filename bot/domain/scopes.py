"""What stands after `diag`: a target, a service with all of its targets, or everything; and which checks of those."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.errors import UnknownTarget
from bot.domain.rules import Policy, Service, TargetRule, nearest, spoken

#: Every target of the policy.
ALL = "all"


@dataclass(frozen=True, slots=True)
class Scope:
    """What is diagnosed together. `checks` are all that is asked; empty for everything there is to ask."""

    name: str
    targets: tuple[TargetRule, ...]
    checks: tuple[str, ...] = ()

    @property
    def phrase(self) -> str:
        """The words that mean just this."""
        return " ".join((self.name, *self.checks))


def scope(policy: Policy, typed: str) -> Scope:
    """What somebody means: a name before what people also say for it, and that before how a single name begins.

    Words behind it are checks, whose names the policy does not know: they stay as they were typed.

    Raises:
        UnknownTarget: nothing that can be diagnosed answers to the words; the error has the nearest that does.
    """
    words = typed.split()
    for end in range(len(words), 0, -1):
        found = _scope(policy, " ".join(words[:end]))
        if found is not None:
            return Scope(found.name, found.targets, tuple(words[end:]))
    things = _things(policy)
    speakable = [word for thing in things for word in (thing.name, *thing.aliases)]
    known = list(dict.fromkeys(thing.name for thing in things))
    raise UnknownTarget(typed=typed, known=known, nearest=nearest(typed, speakable))


def first_looks(policy: Policy, severity: str, service: str | None, title: str) -> tuple[str, ...]:
    """What runs by itself when an incident is declared, in the policy's order and once each.

    Args:
        policy: the rules.
        severity: the incident's, by name.
        service: the incident's, by name; None where it has none.
        title: the incident's.
    """
    found: dict[str, None] = {}
    for rule in policy.first_looks:
        of_service = not rule.services or service in rule.services
        of_alert = not rule.alerts or any(alert.casefold() in title.casefold() for alert in rule.alerts)
        if rule.meant_for(severity) and of_service and of_alert:
            found.update(dict.fromkeys(scope(policy, one).phrase for one in rule.run))
    return tuple(found)


def scopes(policy: Policy) -> Iterator[tuple[Scope, str]]:
    """Everything that can be asked for by name, each with what it is; a name that means two things, once."""
    taken: set[str] = set()
    for thing in _things(policy):
        found = _scope(policy, thing.name)
        if found is not None and found.name not in taken:
            taken.add(found.name)
            yield found, _what(thing)
    if len(policy.targets) > 1:
        yield Scope(ALL, policy.targets), "everything there is"


def _what(thing: TargetRule | Service) -> str:
    if isinstance(thing, TargetRule):
        return thing.title or thing.kind
    return f"{thing.title or thing.name}, with {', '.join(thing.targets)}"


def _scope(policy: Policy, typed: str) -> Scope | None:
    said = spoken(typed)
    if said == ALL and policy.targets:
        return Scope(ALL, policy.targets)
    things = _things(policy)
    named = [thing for thing in things if said and said == spoken(thing.name)]
    also = [thing for thing in things if said and said in {spoken(alias) for alias in thing.aliases}]
    begun = [thing for thing in things if said and spoken(thing.name).startswith(said)]
    for found in (named[:1], also[:1], begun if len(begun) == 1 else []):
        for thing in found:
            return Scope(thing.name, (thing,) if isinstance(thing, TargetRule) else _targets(policy, thing))
    return None


def _things(policy: Policy) -> list[TargetRule | Service]:
    return [*policy.targets, *(one for one in policy.services if _targets(policy, one))]


def _targets(policy: Policy, service: Service) -> tuple[TargetRule, ...]:
    return tuple(target for target in policy.targets if target.name in service.targets)

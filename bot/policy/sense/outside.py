"""Services and the diagnostics targets that they name, and what the diagnostics know of those."""

from collections.abc import Callable, Iterator

from bot.domain.rules import spoken
from bot.domain.scopes import ALL
from bot.policy.schema import PolicyFile
from bot.policy.sense.finding import Finding, Place, each_known, known, names

#: The thresholds that a kind of target knows, or None where there is no such kind.
ThresholdsOf = Callable[[str], frozenset[str] | None]


def _first_looks(file: PolicyFile) -> Iterator[Finding]:
    """What runs by itself has to be there, and so does what it is for."""
    diagnosable = [*names(file.targets), *(service.name for service in file.services if service.targets), ALL]
    for index, rule in enumerate(file.first_looks):
        place: Place = ("first_looks", index)
        yield from each_known((*place, "run"), "target or service with targets", rule.run, diagnosable)
        yield from each_known((*place, "severities"), "severity", rule.severities, names(file.severities))
        yield from each_known((*place, "services"), "service", rule.services, names(file.services))
    for section, things in (("targets", file.targets), ("services", file.services)):
        for index, thing in enumerate(things):
            if spoken(thing.name) == ALL:
                yield (section, index, "name"), "“all” means every target. Choose another name."


def outside(file: PolicyFile, thresholds_of: ThresholdsOf | None) -> Iterator[Finding]:
    """Targets that are not declared, and kinds and thresholds that no check knows."""
    for index, service in enumerate(file.services):
        yield from each_known(
            ("services", index, "targets"), "diagnostics target", service.targets, names(file.targets)
        )
    yield from _first_looks(file)
    for index, target in enumerate(file.targets):
        place: Place = ("targets", index)
        for inside, message in target.wrong():
            yield (*place, *inside), message
        thresholds = thresholds_of(target.kind) if thresholds_of else None
        for name in target.thresholds if thresholds is not None else ():
            yield from known((*place, "thresholds", name), "threshold", name, sorted(thresholds or ()))

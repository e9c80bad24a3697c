"""Services and the diagnostics targets that they name, and what the diagnostics know of those."""

from collections.abc import Callable, Iterator

from bot.policy.faults import quoted
from bot.policy.schema import PolicyFile
from bot.policy.sense.finding import Finding, Place, each_known, known, names

#: The thresholds that a kind of target knows, or None where there is no such kind.
ThresholdsOf = Callable[[str], frozenset[str] | None]


def outside(file: PolicyFile, thresholds_of: ThresholdsOf | None) -> Iterator[Finding]:
    """Targets that are not declared, and kinds and thresholds that no check knows."""
    for index, service in enumerate(file.services):
        yield from each_known(
            ("services", index, "targets"), "diagnostics target", service.targets, names(file.targets)
        )
    if thresholds_of is None:
        return
    for index, target in enumerate(file.targets):
        place: Place = ("targets", index)
        thresholds = thresholds_of(target.kind)
        if thresholds is None:
            yield (*place, "kind"), f"There are no checks for the kind {quoted(target.kind)}. See docs/diagnostics.md."
            continue
        for name in target.thresholds:
            yield from known((*place, "thresholds", name), "threshold", name, sorted(thresholds))

"""Which runbooks may help in an incident, and why."""

from bot.domain.incident import Incident
from bot.domain.rules import Policy
from bot.runbooks.catalogue import Catalogue
from bot.runbooks.matching import Suggestion

#: How many are offered.
_MOST = 3
#: Why the runbook of the rule that decided about its alerts comes before all.
BY_THE_PACK = "the pack names it for these alerts"


def suggested(incident: Incident, policy: Policy, catalogue: Catalogue) -> list[Suggestion]:
    """The runbooks that may help, the likeliest first, each with all of its reasons.

    First the one that the pack's rules name for the incident's alerts, then those of what turned out to be so, then
    those that name one of its alerts, then by service and by words.

    Args:
        incident: its alerts, its title, its service and what was filled in besides say what it is about.
        policy: whose conditions open runbooks.
        catalogue: all there are.
    """
    found: dict[str, Suggestion] = {}

    def add(hit: Suggestion) -> None:
        before = found.get(hit.runbook.name)
        found[hit.runbook.name] = hit if before is None else _both(before, hit)

    if incident.alerts.runbook and (runbook := catalogue.find(incident.alerts.runbook)) is not None:
        add(Suggestion(runbook, (BY_THE_PACK,)))
    for condition in policy.conditions:
        if condition.name not in incident.conditions or condition.runbook is None:
            continue
        if (runbook := catalogue.find(condition.runbook)) is not None:
            add(Suggestion(runbook, (f"flagged “{condition.title}”",)))
    words = " ".join([incident.title, *incident.details.values(), incident.root_cause or ""])
    for hit in catalogue.suggest(words, service=incident.service, alerts=incident.alerts.names, most=_MOST):
        add(hit)
    return list(found.values())[:_MOST]


def _both(first: Suggestion, second: Suggestion) -> Suggestion:
    return first._replace(reasons=tuple(dict.fromkeys([*first.reasons, *second.reasons])))

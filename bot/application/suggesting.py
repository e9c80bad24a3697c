"""Which runbooks may help in an incident, and why."""

from bot.domain.incident import Incident
from bot.domain.rules import Policy
from bot.runbooks.catalogue import Catalogue
from bot.runbooks.matching import Suggestion

#: How many are offered.
_MOST = 3


def suggested(incident: Incident, policy: Policy, catalogue: Catalogue) -> list[Suggestion]:
    """The runbooks that may help, the likeliest first: those of what turned out to be so, then by alert and by words.

    Args:
        incident: its title, its service and what was filled in besides say what it is about.
        policy: whose conditions open runbooks.
        catalogue: all there are.
    """
    found: dict[str, Suggestion] = {}
    for condition in policy.conditions:
        if condition.name not in incident.conditions or condition.runbook is None:
            continue
        if (runbook := catalogue.find(condition.runbook)) is not None:
            found.setdefault(runbook.name, Suggestion(runbook, (f"flagged “{condition.title}”",)))
    words = " ".join([incident.title, *incident.details.values(), incident.root_cause or ""])
    for hit in catalogue.suggest(words, service=incident.service, most=_MOST):
        found.setdefault(hit.runbook.name, hit)
    return list(found.values())[:_MOST]

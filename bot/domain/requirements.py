"""What a policy wants to be so before a status is entered, and what of it is not."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from bot.domain.clocks import watched_until
from bot.domain.incident import Incident
from bot.domain.procedures import Checklist, Moment
from bot.domain.rules import Category, Policy, Status
from bot.domain.text import in_words

#: What may be asked to be filled in, and how it is called.
FIELDS: Mapping[str, str] = {
    "summary": "the summary",
    "root_cause": "the root cause",
    "impact": "the impact",
    "contributing_factors": "the contributing factors",
}


def missing(
    incident: Incident, status: Status, policy: Policy, now: datetime, filled: Mapping[str, str]
) -> tuple[str, ...]:
    """What has yet to be so before an incident enters a status, each as a phrase; nothing where it may.

    Args:
        incident: as it is.
        status: where it is to go.
        policy: the rules.
        now: the time, in UTC.
        filled: what is being filled in with it, by the names of `FIELDS`.
    """
    return tuple(_missing(incident, status, policy, now, filled))


def _missing(
    incident: Incident, status: Status, policy: Policy, now: datetime, filled: Mapping[str, str]
) -> Iterator[str]:
    for name in status.requires.fields:
        if not (filled.get(name) or getattr(incident, name)):
            yield f"{FIELDS[name]} is not filled in"
    yield from _unwatched(incident, status, policy, now)
    for name in status.requires.checklists:
        tally, known = incident.tally(name), next((c for c in policy.checklists if c.name == name), None)
        if known is None or not _called_for(known, incident):
            continue
        if tally is None:
            yield f"the checklist “{known.title}” was not gone through"
        elif not tally.complete:
            yield f"the checklist “{tally.title}” has {len(tally.items) - len(tally.done)} of {len(tally.items)} left"


def _called_for(checklist: Checklist, incident: Incident) -> bool:
    """A list for another severity, or for what is not so, is not waited for."""
    so = checklist.at is not Moment.CONDITION or any(name in incident.conditions for name in checklist.conditions)
    return so and checklist.meant_for(incident.severity)


def _unwatched(incident: Incident, status: Status, policy: Policy, now: datetime) -> Iterator[str]:
    wanted = status.requires
    spans = [wanted.watched] if wanted.watched else []
    spans += [span for condition, span in wanted.watched_if.items() if condition in incident.conditions]
    if not spans:
        return
    until = watched_until(incident, policy, status.name)
    if until is None:
        first = policy.first_status(Category.MONITORING).name
        yield f"it was not watched for {in_words(max(spans))} (`status {first}` starts that)"
    elif until > now:
        left = max(until - now, timedelta(minutes=1))
        yield f"it is to be watched for another {in_words(left)}"

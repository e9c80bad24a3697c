"""Statuses that nobody can come to, phases that nothing is in, and requirements that nobody can meet."""

from collections.abc import Iterator

from bot.domain.procedures import Moment
from bot.domain.requirements import FIELDS
from bot.domain.rules import Category
from bot.policy.faults import quoted
from bot.policy.schema import PolicyFile, StatusRule
from bot.policy.sections import ChecklistRule
from bot.policy.sense.finding import Finding, Place, each_known, known, names

#: What can be filled in while an incident lasts: `/incident cause`. The rest is asked for by its resolution.
_BEFOREHAND = ("root_cause",)


def statuses(file: PolicyFile) -> Iterator[Finding]:
    """What is wrong with the ways that an incident takes."""
    yield from _categories(file)
    yield from _phases(file)
    for index, status in enumerate(file.statuses):
        yield from _requirement(("statuses", index, "requires"), status, file)


def _categories(file: PolicyFile) -> Iterator[Finding]:
    present = {status.category for status in file.statuses}
    for category in Category:
        if category not in present:
            yield (
                ("statuses",),
                f"No status has the category “{category}”. Add one: an incident has to pass through it.",
            )


def _phases(file: PolicyFile) -> Iterator[Finding]:
    for index, status in enumerate(file.statuses):
        if status.phase is not None:
            yield from known(("statuses", index, "phase"), "phase", status.phase, file.phases)
    used = [status.phase for status in file.statuses]
    for index, phase in enumerate(file.phases):
        if phase not in used:
            message = f"No status is in the phase {quoted(phase)}. Write `phase: {phase}` for one, or drop it."
            yield ("phases", index), message


def _requirement(place: Place, status: StatusRule, file: PolicyFile) -> Iterator[Finding]:
    wanted = status.requires
    yield from each_known((*place, "fields"), "field", wanted.fields, list(FIELDS))
    if not status.category.over:
        for at, name in enumerate(wanted.fields):
            if name in FIELDS and name not in _BEFOREHAND:
                message = f"Nobody can enter it: {FIELDS[name]} is filled in as it is resolved. Ask for it there."
                yield (*place, "fields", at), message
    for name in wanted.watched_if:
        yield from known((*place, "watched_if", name), "condition", name, names(file.conditions))
    for key in ("watched", "watched_if"):
        if getattr(wanted, key) and status.category is not Category.RESOLVED:
            message = f"Watching comes before a resolution: {quoted(status.name)} is {status.category}. Move it there."
            yield (*place, key), message
    yield from each_known((*place, "checklists"), "checklist", wanted.checklists, names(file.checklists))
    lists = {checklist.name: checklist for checklist in file.checklists}
    for at, name in enumerate(wanted.checklists):
        if name in lists and _too_late(lists[name], status):
            message = f"{quoted(name)} is shown only when {quoted(status.name)} is entered already. Show it earlier."
            yield (*place, "checklists", at), message


def _too_late(checklist: ChecklistRule, status: StatusRule) -> bool:
    """Whether what has to be complete before a status is entered is shown only afterwards."""
    if checklist.at is Moment.RESOLVED:
        return status.category is Category.RESOLVED
    return checklist.at is Moment.STATUS and set(checklist.statuses) == {status.name}

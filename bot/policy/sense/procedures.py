"""Conditions, checklists, texts, follow-ups and fields: names that are unknown, lists that nobody sees."""

from collections.abc import Iterator

from bot.domain.procedures import Moment
from bot.policy.faults import quoted
from bot.policy.schema import PolicyFile
from bot.policy.sections import ChecklistRule, DetailRule
from bot.policy.sense.finding import Finding, Place, each_known, known, names, repeated


def procedures(file: PolicyFile) -> Iterator[Finding]:
    """What people are asked to do, and what of it cannot be meant."""
    yield from known(("default_severity",), "severity", file.default_severity, names(file.severities))
    for index, condition in enumerate(file.conditions):
        if condition.suggests is not None:
            place = ("conditions", index, "suggests")
            yield from known(place, "severity", condition.suggests, names(file.severities))
    for index, checklist in enumerate(file.checklists):
        yield from _checklist(("checklists", index), checklist, file)
    for index, text in enumerate(file.texts):
        yield from _meant_for(("texts", index), text.severities, text.statuses, text.conditions, file)
    for index, follow_up in enumerate(file.follow_ups):
        yield from _meant_for(("follow_ups", index), follow_up.severities, (), (), file)
        if follow_up.checklist is not None:
            place = ("follow_ups", index, "checklist")
            yield from known(place, "checklist", follow_up.checklist, names(file.checklists))
    for index, detail in enumerate(file.fields):
        yield from _field(("fields", index), detail)


def _meant_for(
    place: Place,
    severities: tuple[str, ...],
    statuses: tuple[str, ...],
    conditions: tuple[str, ...],
    file: PolicyFile,
) -> Iterator[Finding]:
    yield from each_known((*place, "severities"), "severity", severities, names(file.severities))
    yield from each_known((*place, "statuses"), "status", statuses, names(file.statuses))
    yield from each_known((*place, "conditions"), "condition", conditions, names(file.conditions))


def _checklist(place: Place, checklist: ChecklistRule, file: PolicyFile) -> Iterator[Finding]:
    yield from _meant_for(place, checklist.severities, checklist.statuses, checklist.conditions, file)
    by_follow_up = any(follow_up.checklist == checklist.name for follow_up in file.follow_ups)
    given = {Moment.STATUS: ("statuses", checklist.statuses), Moment.CONDITION: ("conditions", checklist.conditions)}
    for moment, (key, listed) in given.items():
        if checklist.at is moment and not listed and not by_follow_up:
            yield (*place, "at"), f"It is never shown: add `{key}`, those that show it, or name it in a follow-up."
        if listed and checklist.at is not moment:
            yield (*place, key), f"They do nothing with `at: {checklist.at}`. Write `at: {moment}`, or drop them."
    for at, item in enumerate(checklist.items):
        if item.role is not None:
            yield from known((*place, "items", at, "role"), "role", item.role, names(file.roles))
    texts = [item.text for item in checklist.items]
    yield from repeated(((*place, "items", at) for at in range(len(texts))), texts, "item")


def _field(place: Place, detail: DetailRule) -> Iterator[Finding]:
    yield from repeated(((*place, "choices", at) for at in range(len(detail.choices))), detail.choices, "choice")
    if detail.long and detail.choices:
        yield (*place, "long"), f"{quoted(detail.title)} is chosen from a list. Drop `long`, or `choices`."

"""What commands about conditions, causes, checklists and texts come to. `bot.domain.decide` calls it; it is as pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from bot.domain import commands as c
from bot.domain import errors
from bot.domain import events as e
from bot.domain.incident import Incident, Tally
from bot.domain.procedures import Checklist, Form, Moment
from bot.domain.rules import Policy, Severity
from bot.domain.text import TITLE_LIMIT, said, text_or

Events = list[e.Event]


def details(given: Mapping[str, str], policy: Policy, form: Form) -> dict[str, str]:
    """Further fields by their titles, in the policy's order; those that are empty are left out.

    One that the policy has dropped since the form was opened keeps its name; one that it has added was not asked for.

    Raises:
        MissingText: one that the policy requires was left empty.
        TooLong: one is longer than a text may be.
    """
    found: dict[str, str] = {}
    for detail in policy.asked(form):
        text = text_or(given.get(detail.name, ""), detail.title)
        if text:
            found[detail.title] = text
        elif detail.required and detail.name in given:
            raise errors.MissingText(what=f"“{detail.title}”")
    asked = {detail.name for detail in policy.asked(form)}
    dropped = {name: text_or(text, name) for name, text in given.items() if name not in asked}
    return {name: text for name, text in dropped.items() if text} | found


def suggested(policy: Policy, conditions: Iterable[str]) -> Severity | None:
    """The worst severity that what is so suggests, or None."""
    names = {rule.suggests for rule in policy.conditions if rule.name in conditions and rule.suggests}
    return min((s for s in policy.severities if s.name in names), key=lambda s: s.rank, default=None)


def lists_at(
    policy: Policy,
    severity: str,
    moment: Moment,
    shown: Iterable[str] = (),
    *,
    status: str | None = None,
    conditions: Iterable[str] = (),
) -> Iterator[e.ChecklistShown]:
    """The checklists that come up now, but for those that are there already.

    Args:
        policy: the rules.
        severity: the incident's.
        moment: what has just happened.
        shown: the names of the checklists that are there.
        status: the status that was entered.
        conditions: what turned out to be so.
    """
    for rule in policy.checklists:
        if rule.at is not moment or rule.name in shown or not rule.meant_for(severity):
            continue
        if moment is Moment.STATUS and status not in rule.statuses:
            continue
        if moment is Moment.CONDITION and not any(name in rule.conditions for name in conditions):
            continue
        yield list_shown(rule)


def set_condition(incident: Incident, command: c.SetCondition, policy: Policy, _now: datetime) -> Events:
    """It turned out to be so."""
    condition = policy.condition(command.condition)
    if condition.name in incident.conditions:
        raise errors.AlreadySo(ref=incident.ref, what=condition.title, value="set")
    found = e.ConditionSet(condition=condition.name, title=condition.title, why=text_or(command.why, "reason"))
    lists = lists_at(policy, incident.severity, Moment.CONDITION, _names(incident), conditions=[condition.name])
    return [found, *lists]


def clear_condition(incident: Incident, command: c.ClearCondition, policy: Policy, _now: datetime) -> Events:
    """It turned out not to be so."""
    condition = policy.condition(command.condition)
    if condition.name not in incident.conditions:
        raise errors.AlreadySo(ref=incident.ref, what=condition.title, value="not set")
    why = text_or(command.why, "reason")
    left = incident.conditions.keys() - {condition.name}
    ended = tuple(s.name for s in policy.escalation if condition.name in s.conditions and not left & set(s.conditions))
    return [e.ConditionCleared(condition=condition.name, title=condition.title, why=why, steps=ended)]


def record_cause(_incident: Incident, command: c.RecordCause, _policy: Policy, _now: datetime) -> Events:
    """The cause is known."""
    text = said(command.text, "cause", "what caused it, such as `cause The pool is too small for the new workers`")
    return [e.CauseFound(text=text)]


def show_checklist(incident: Incident, command: c.ShowChecklist, policy: Policy, _now: datetime) -> Events:
    """A checklist, whenever somebody wants it; nothing where it is there."""
    rule = policy.checklist(command.checklist)
    return [] if incident.tally(rule.name) else [list_shown(rule)]


def tick_items(incident: Incident, command: c.TickItems, policy: Policy, _now: datetime) -> Events:
    """Only what changes is an event: two people may tick the same item at once."""
    tally = incident.tally(command.checklist)
    if tally is None:
        known = [t.name for t in incident.checklists] or [rule.name for rule in policy.checklists]
        raise errors.UnknownChecklist(typed=command.checklist, known=known)
    return [
        *(_changed(e.ItemTicked, tally, n) for n in _numbers(tally, command.done) if n not in tally.done),
        *(_changed(e.ItemUnticked, tally, n) for n in _numbers(tally, command.undone) if n in tally.done),
    ]


def record_text(incident: Incident, command: c.RecordText, policy: Policy, _now: datetime) -> Events:
    """A text went out. One of a private incident goes to no other channel."""
    letter = policy.letter(command.text)
    return [
        e.TextSent(
            text=letter.name,
            title=letter.title,
            audience=letter.audience,
            subject=text_or(command.subject, "subject", TITLE_LIMIT),
            body=said(command.body, "text", "what went out"),
            channel=None if incident.private else letter.channel,
        )
    ]


def _names(incident: Incident) -> list[str]:
    return [tally.name for tally in incident.checklists]


def list_shown(rule: Checklist) -> e.ChecklistShown:
    """A checklist comes up, as it stands in the policy now."""
    return e.ChecklistShown(
        name=rule.name,
        title=rule.title,
        items=tuple(item.text for item in rule.items),
        roles=tuple(item.role or "" for item in rule.items),
    )


def _numbers(tally: Tally, wanted: Iterable[int]) -> list[int]:
    return [number for number in dict.fromkeys(wanted) if 1 <= number <= len(tally.items)]


def _changed(kind: type[e.ItemTicked] | type[e.ItemUnticked], tally: Tally, number: int) -> e.Event:
    return kind(checklist=tally.name, title=tally.title, number=number, item=tally.items[number - 1])

"""The forms of action items: a new one, one to be changed, done, given another day or another owner, or dropped."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import accumulate
from typing import Any

from bot.domain import commands as c
from bot.domain.action_item import ActionItem
from bot.domain.actor import Actor
from bot.domain.errors import DomainError
from bot.domain.incident import Incident
from bot.domain.rules import Policy
from bot.slack.views.parts import (
    INPUT,
    OPTIONS,
    Block,
    View,
    day_input,
    metadata,
    modal,
    paragraph,
    person_select,
    select,
    text_input,
    values,
)
from bot.slack.views.says import words

TASK, DONE, DAY, GIVE, DROP = FORMS = ("task_form", "task_done", "task_day", "task_give", "task_drop")
#: What an item is good for, as a form says it.
_SORTS: Mapping[str, str] = {
    "prevent": "Prevent: it does not happen again",
    "detect": "Detect: we notice it sooner",
    "mitigate": "Mitigate: it does less harm",
    "process": "Process: we handle it better",
}
#: Characters of what shows that an item is done, and of a reason.
_EVIDENCE, _REASON = 2000, 1000


class NoIncidentForIt(DomainError):
    """There is no incident that it could belong to. Declare one first, or write it down where your team plans."""


class NoDayChosen(DomainError):
    """Choose a day."""


class NobodyChosen(DomainError):
    """Choose somebody."""


def adding(
    policy: Policy,
    ref: str | None,
    *,
    text: str = "",
    links: Sequence[str] = (),
    incidents: Sequence[Incident] = (),
) -> View:
    """Asks for a new action item of an incident; without one, also of which of these.

    Of the text it shows as much as a form holds, and of the links the first that fit whole: a cut one leads elsewhere.

    Raises:
        NoIncidentForIt: there is none.
    """
    if ref is None and not incidents:
        raise NoIncidentForIt
    item = ActionItem(number=0, text=text[:INPUT], links=_fitting(links))
    asks: list[Block] = []
    if ref is None:
        offered = ((one.ref, _option(one)) for one in incidents)
        asks = [select("incident", "Of which incident?", offered, initial=incidents[0].ref)]
    return modal(TASK, "Action item", "Write it down", [*asks, *_fields(policy, item)], ref=ref)


def changing(policy: Policy, ref: str, item: ActionItem) -> View:
    """Asks what of an action item is to be otherwise. What a form cannot show whole is not in it, and stays."""
    return modal(TASK, f"Action item {item.number}"[:24], "Change", _fields(policy, item), **_which(ref, item))


def finishing(ref: str, item: ActionItem) -> View:
    """Asks what shows that an action item is done."""
    hint = "A link or a sentence: whoever reads the review looks here."
    asks = text_input("evidence", "What shows it?", hint=hint, optional=True, multiline=True, limit=_EVIDENCE)
    return modal(DONE, "It is done", "Done", [*_about(item), asks], **_which(ref, item))


def another_day(ref: str, item: ActionItem) -> View:
    """Asks by when an action item is to be done instead."""
    asks = day_input("due", "By when?", initial=item.due, optional=False)
    return modal(DAY, "Another day", "Change", [*_about(item), asks], **_which(ref, item))


def giving(ref: str, item: ActionItem, user: str | None = None) -> View:
    """Asks who is to do an action item instead."""
    return modal(
        GIVE, "Somebody else", "Give", [*_about(item), person_select("owner", "To whom?", initial=user)],
        **_which(ref, item),
    )  # fmt: skip


def dropping(ref: str, item: ActionItem) -> View:
    """Asks why an action item will not be done."""
    asks = text_input("why", "Why will nobody do it?", hint="It stands in the review.", multiline=True, limit=_REASON)
    return modal(DROP, "It will not be done", "Drop it", [*_about(item), asks], **_which(ref, item))


def read(view: Mapping[str, Any], by: Actor) -> c.Command:
    """The command that a filled-in form is.

    Raises:
        NoDayChosen, NobodyChosen: the field that it is about is empty.
        ValueError: it is none of these forms.
    """
    given, number = values(view), metadata(view).get("number", "")
    which = int(number) if number.isdecimal() and len(number) < 6 else 0
    match view["callback_id"]:
        case name if name == TASK:
            return _changed(given, by, which) if which else _added(given, by)
        case name if name == DONE:
            return c.FinishActionItem(by=by, number=which, evidence=given.get("evidence") or "")
        case name if name == DAY:
            if (due := _day(given)) is None:
                raise NoDayChosen
            return c.ChangeActionItem(by=by, number=which, due=due)
        case name if name == GIVE:
            if not (owner := given.get("owner")):
                raise NobodyChosen
            return c.ChangeActionItem(by=by, number=which, owner=owner)
        case name if name == DROP:
            return c.DropActionItem(by=by, number=which, why=given.get("why") or "")
        case other:
            raise ValueError(f"there is no form {other!r}")


def _added(given: Mapping[str, Any], by: Actor) -> c.AddActionItem:
    return c.AddActionItem(
        by=by, text=given.get("text") or "", owner=given.get("owner") or None, due=_day(given),
        priority=given.get("priority") or "", sort=given.get("sort") or "", links=_links(given),
    )  # fmt: skip


def _changed(given: Mapping[str, Any], by: Actor, number: int) -> c.ChangeActionItem:
    """All that the form showed: what was emptied is to be empty, and what was not in it stays as it is."""
    due, owner = _day(given), given.get("owner") or None
    cleared = tuple(name for name, value in (("owner", owner), ("due", due)) if name in given and value is None)
    text, priority, sort = (given[name] or "" if name in given else None for name in ("text", "priority", "sort"))
    return c.ChangeActionItem(
        by=by, number=number, text=text, owner=owner, due=due, priority=priority, sort=sort,
        links=_links(given) if "links" in given else None, clear=cleared,
    )  # fmt: skip


def _fields(policy: Policy, item: ActionItem) -> list[Block]:
    priorities = policy.review.priorities
    asks: list[Block] = [
        *_text(item),
        person_select("owner", "Who does it?", initial=item.owner, optional=True),
        day_input("due", "By when?", initial=item.due, hint="They are reminded the day before, that day, and after."),
    ]
    # A menu cannot show a priority that the pack no longer has: it would be lost with any other change.
    if priorities and item.priority in ("", *priorities[:OPTIONS]):
        offered = ((name, name.capitalize()) for name in priorities)
        asks.append(select("priority", "How urgent is it?", offered, initial=item.priority or None, optional=True))
    asks.append(select("sort", "What is it good for?", _SORTS.items(), initial=item.sort or None, optional=True))
    if _fitting(item.links) == item.links:
        links = "\n".join(item.links)
        asks.append(text_input("links", "Links", hint="One a line.", initial=links, optional=True, multiline=True))
    return asks


def _text(item: ActionItem) -> list[Block]:
    if len(item.text) > INPUT:
        return [*paragraph(f"Its text is too long for a form: `task change {item.number} …` replaces it.")]
    return [text_input("text", "What is to be done?", initial=item.text, multiline=True)]


def _fitting(links: Sequence[str]) -> tuple[str, ...]:
    """The first links that a field holds, one a line."""
    ends = accumulate(len(link) + 1 for link in links)
    return tuple(link for link, end in zip(links, ends, strict=True) if end - 1 <= INPUT)


def _about(item: ActionItem) -> list[Block]:
    return [*paragraph(f"*{item.number}.* {words(item.text, 600)}")]


def _which(ref: str, item: ActionItem) -> dict[str, str]:
    return {"ref": ref, "number": str(item.number)}


def _day(given: Mapping[str, Any]) -> date | None:
    try:
        return date.fromisoformat(given.get("due") or "")
    except ValueError:
        return None


def _links(given: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(line.strip() for line in (given.get("links") or "").splitlines() if line.strip())


def _option(incident: Incident) -> str:
    # A form is for one person, but people share their screens.
    title = "a private incident" if incident.private else incident.title
    return f"{incident.ref} · {'drill: ' if incident.drill else ''}{title}"

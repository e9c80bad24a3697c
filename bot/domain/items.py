"""What commands about action items come to, and what follows. Pure, as `decide` and `react`, which call it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain import effects as f
from bot.domain import errors
from bot.domain import events as every
from bot.domain import item_commands as c
from bot.domain import item_events as e
from bot.domain.action_item import SORTS, ActionItem, reminder
from bot.domain.clocks import plan
from bot.domain.effects import Effect, Surface
from bot.domain.incident import Incident
from bot.domain.naming import nearest, spoken
from bot.domain.rules import Policy
from bot.domain.text import said, text_or

#: What the timer of an item's next reminder is called, before its number.
TIMER = "item:"
#: What may be emptied.
_CLEARED: Mapping[str, Any] = {"owner": None, "due": None, "priority": "", "sort": "", "links": ()}
#: How many links an item has, and how long each may be.
_LINKS, _LINK_LENGTH = 10, 1_000
_EARLY = timedelta(seconds=2)
#: How far from today an item may be due.
_FARTHEST = timedelta(days=36_600)


def add(incident: Incident, command: c.AddActionItem, policy: Policy, now: datetime) -> list[e.ItemEvent]:
    """A further item. Raises MissingText, TooLong, WrongTime, UnknownPriority, UnknownSort or WrongLink."""
    text = said(command.text, "action item", "what is to be done, such as `task Add an alert @bob by 2026-02-14`")
    return [
        e.ActionItemAdded(
            number=len(incident.action_items) + 1,
            text=text,
            owner=command.owner,
            due=_due(command.due, now),
            priority=_priority(command.priority, policy),
            sort=_sort(command.sort),
            links=_links(command.links),
        )
    ]


def change(incident: Incident, command: c.ChangeActionItem, policy: Policy, now: datetime) -> list[e.ItemEvent]:
    """An item is otherwise; nothing where it is so already. Raises UnknownTask, and as `add` does."""
    item = _item(incident, command.number)
    wanted = replace(
        item,
        text=item.text if command.text is None else said(command.text, "action item", "what is to be done"),
        owner=command.owner or item.owner,
        due=_due(command.due, now) or item.due,
        priority=item.priority if command.priority is None else _priority(command.priority, policy),
        sort=item.sort if command.sort is None else _sort(command.sort),
        links=item.links if command.links is None else _links(command.links),
    )
    wanted = replace(wanted, **{name: _CLEARED[name] for name in command.clear if name in _CLEARED})
    names = ("text", "owner", "due", "priority", "sort", "links")
    changed = tuple(name for name in names if getattr(wanted, name) != getattr(item, name))
    if not changed:
        return []
    return [e.ActionItemChanged(
        number=item.number, text=wanted.text, owner=wanted.owner, due=wanted.due, priority=wanted.priority,
        sort=wanted.sort, links=wanted.links, changed=changed,
    )]  # fmt: skip


def finish(incident: Incident, command: c.FinishActionItem, _policy: Policy, _now: datetime) -> list[e.ItemEvent]:
    """An item is done. Raises UnknownTask."""
    item = _item(incident, command.number, to_do=True)
    return [e.ActionItemDone(number=item.number, text=item.text, evidence=text_or(command.evidence, "evidence"))]


def drop(incident: Incident, command: c.DropActionItem, _policy: Policy, _now: datetime) -> list[e.ItemEvent]:
    """An item will not be done. Raises UnknownTask or MissingText: somebody may count on it."""
    item = _item(incident, command.number, to_do=True)
    why = said(command.why, "reason", "why it will not be done, such as `task drop 3 The service is switched off`")
    return [e.ActionItemDropped(number=item.number, text=item.text, why=why)]


def reopen(incident: Incident, command: c.ReopenActionItem, _policy: Policy, _now: datetime) -> list[e.ItemEvent]:
    """An item is not done. Raises UnknownTask."""
    item = _item(incident, command.number)
    if not item.done:
        return []
    return [e.ActionItemReopened(number=item.number, text=item.text, why=text_or(command.why, "reason"))]


def to_file(incident: Incident, command: c.FileActionItem, _policy: Policy, _now: datetime) -> list[e.ItemEvent]:
    """An item goes to a tracker, once. Raises UnknownTask."""
    item = _item(incident, command.number)
    if command.system in item.tracked:
        return []
    return [e.ActionItemFiling(number=item.number, text=item.text, system=command.system)]


def filed(incident: Incident, command: c.RecordFiled, _policy: Policy, _now: datetime) -> list[e.ItemEvent]:
    """An item is in a tracker; nothing where that is known. Raises UnknownTask."""
    item = _item(incident, command.number)
    if item.tracked.get(command.system) == command.url:
        return []
    return [e.ActionItemFiled(
        number=item.number, text=item.text, system=command.system, key=command.key, url=command.url
    )]  # fmt: skip


def owner_left(incident: Incident, command: c.RecordOwnerLeft, _policy: Policy, _now: datetime) -> list[e.ItemEvent]:
    """Every open item that somebody had who has left, has nobody."""
    theirs = (item for item in incident.open_items() if item.owner == command.user)
    return [e.ActionItemOrphaned(number=item.number, text=item.text, owner=command.user) for item in theirs]


def fire(
    incident: Incident, name: str, policy: Policy, due_at: datetime, now: datetime
) -> list[e.ItemEvent | every.Replanned]:
    """Somebody is reminded, unless it is done. One that is later by the rules as they are now is set anew."""
    number = name.removeprefix(TIMER)
    item = next((one for one in incident.open_items() if str(one.number) == number), None)
    wanted = reminder(item, policy.calendar.zone) if item else None
    if item is None or wanted is None:
        return []
    if wanted[0] > now + _EARLY:
        return [every.Replanned()]
    when = wanted[1]
    if item.due is not None and when != "unplanned":
        # It may ring days late: what is said is so on the day on which it is said.
        today = now.astimezone(ZoneInfo(policy.calendar.zone)).date()
        when = "late" if item.due < today else "today" if item.due == today else "soon"
    return [e.ActionItemDue(
        number=item.number, text=item.text, when=when, due_at=due_at, owner=item.owner, due=item.due
    )]  # fmt: skip


def followed(incident: Incident, event: e.ItemEvent, policy: Policy, now: datetime) -> Iterator[Effect]:
    """What people hear of an item, and when its owner is reminded next."""
    match event:
        case e.ActionItemFiling():
            yield f.FileItem(number=event.number, system=event.system)
            return
        case e.ActionItemDue(owner=str(owner)) if not incident.private or owner in incident.participants:
            yield f.Post(message="item_due", lane=f.direct(owner), person=owner)
        case e.ActionItemDue():
            yield f.Post(message="item_due", thread=True)
        case e.ActionItemOrphaned():
            yield f.Post(message="item_orphaned", thread=True, broadcast=True)
        case e.ActionItemAdded() | e.ActionItemChanged() if event.owner and incident.private:
            # Whoever is to do something about a private incident takes part in it.
            given = isinstance(event, e.ActionItemAdded) or "owner" in event.changed
            if given and event.owner in incident.participants and incident.channel_id:
                yield f.Invite(people=(event.owner,))
            yield f.Post(message="action_item", thread=True)
        case _:
            yield f.Post(message="action_item", thread=True)
    if isinstance(event, e.ActionItemDone | e.ActionItemDropped):
        # Where it is filed, it is closed.
        item = next(one for one in incident.action_items if one.number == event.number)
        yield from (f.FileItem(number=event.number, system=system) for system in item.tracked)
    if isinstance(event, e.ActionItemFiled) and event.number not in {one.number for one in incident.open_items()}:
        # It was done while it was being filed.
        yield f.FileItem(number=event.number, system=event.system)
    if isinstance(event, e.ActionItemAdded) and incident.review.published:
        yield from plan(incident, policy, now)
    yield f.Refresh(surface=Surface.SUMMARY)
    yield from _timers(incident, event, policy, now)


def replanned(incident: Incident, policy: Policy, now: datetime) -> Iterator[f.SetTimer]:
    """When every owner is reminded next, by the rules in force."""
    for item in incident.open_items():
        if wanted := reminder(item, policy.calendar.zone):
            yield f.SetTimer(name=f"{TIMER}{item.number}", due_at=max(wanted[0], now))


def _timers(incident: Incident, event: e.ItemEvent, policy: Policy, now: datetime) -> Iterator[Effect]:
    item = next((one for one in incident.action_items if one.number == event.number), None)
    wanted = reminder(item, policy.calendar.zone) if item else None
    if wanted is None:
        yield f.CancelTimer(name=f"{TIMER}{event.number}")
    else:
        yield f.SetTimer(name=f"{TIMER}{event.number}", due_at=max(wanted[0], now))


def _item(incident: Incident, number: int, *, to_do: bool = False) -> ActionItem:
    for item in incident.action_items:
        if item.number == number and not (to_do and item.done):
            return item
    raise errors.UnknownTask(ref=incident.ref, number=number)


def _due(day: date | None, now: datetime) -> date | None:
    """Raises WrongTime for a day that no calendar gets to."""
    if day is not None and abs(day - now.date()) > _FARTHEST:
        raise errors.WrongTime(what="An action item is due within a hundred years")
    return day


def _priority(typed: str, policy: Policy) -> str:
    known = policy.review.priorities
    found = _meant(typed, known)
    if typed.strip() and found is None:
        raise errors.UnknownPriority(typed=typed, known=list(known), nearest=nearest(typed, known))
    return found or ""


def _sort(typed: str) -> str:
    found = _meant(typed, SORTS)
    if typed.strip() and found is None:
        raise errors.UnknownSort(typed=typed, known=list(SORTS), nearest=nearest(typed, SORTS))
    return found or ""


def _meant(typed: str, known: Sequence[str]) -> str | None:
    """What a word means of those that there are: it, or how only one of them begins."""
    word = spoken(typed)
    fitting = [name for name in known if spoken(name) == word]
    fitting = fitting or [name for name in known if spoken(name).startswith(word)]
    return fitting[0] if word and len(fitting) == 1 else None


def _links(links: Sequence[str]) -> tuple[str, ...]:
    clean = tuple(dict.fromkeys(link.strip() for link in links if link.strip()))
    for link in clean:
        whole = link.startswith(("https://", "http://")) and link.isprintable() and " " not in link
        if not whole or len(link) > _LINK_LENGTH:
            raise errors.WrongLink(typed=link)
    if len(clean) > _LINKS:
        raise errors.TooLong(what="list of links", length=len(clean), limit=_LINKS)
    return clean

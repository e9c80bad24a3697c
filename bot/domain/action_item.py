"""An action item: what is to be done because of an incident, and when its owner is reminded of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from bot.domain import item_events as e
from bot.domain.timeline import Entry

#: What an action item may be good for.
SORTS = ("prevent", "detect", "mitigate", "process")
#: When people are reminded, by the day that it is due: the day before, that day, and after it, ever less often.
_BEFORE, _AFTER, _THEN_EVERY = timedelta(days=1), (1, 3, 7), 7
#: One that has no owner or no day is asked about after this.
_UNPLANNED = timedelta(days=3)
#: The hour at which people are reminded, where the policy's office is.
_AT = time(9)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItem:
    """Something to be done because of an incident; `number` counts from 1 within it.

    Attributes:
        priority: one of the policy's, or empty; `sort`: one of `SORTS`, or empty.
        links: addresses that go with it, such as a message's or a ticket's.
        done: whether nothing is left to do; `dropped`: because nobody will. `evidence` shows it, or says why not.
        tracked: where it is filed, by the tracker's name; `filed_as`: its key there.
        since: when it was added, or taken up again.
        reminded: when somebody was last to be reminded.
        left: who had it when they left the workspace.
    """

    number: int
    text: str
    owner: str | None = None
    due: date | None = None
    done: bool = False
    priority: str = ""
    sort: str = ""
    links: tuple[str, ...] = ()
    evidence: str = ""
    dropped: bool = False
    tracked: Mapping[str, str] = field(default_factory=dict)
    filed_as: Mapping[str, str] = field(default_factory=dict)
    since: datetime | None = None
    reminded: datetime | None = None
    left: str | None = None


def reminder(item: ActionItem, zone: str) -> tuple[datetime, str] | None:
    """When somebody is next to be reminded, in UTC, and what of (see `ActionItemDue.when`); None for what is done.

    Args:
        item: the action item.
        zone: the time zone of the policy's office.
    """
    if item.done or item.since is None:
        return None
    after = max(item.since, item.reminded or item.since)
    if item.due is None or item.owner is None:
        asked = _weekly((item.since.astimezone(ZoneInfo(zone)) + _UNPLANNED).date(), after, zone)
        if item.due is None:
            return asked, "unplanned"
        return min((asked, "unplanned"), _by_day(item.due, after, zone))
    return _by_day(item.due, after, zone)


def _by_day(due: date, after: datetime, zone: str) -> tuple[datetime, str]:
    """The first reminder of a day that is later than `after`."""
    for day, when in ((due - _BEFORE, "soon"), (due, "today"), *((due + timedelta(days=n), "late") for n in _AFTER)):
        if (at := _morning(day, zone)) > after:
            return at, when
    return _weekly(due + timedelta(days=_AFTER[-1]), after, zone), "late"


def _weekly(first: date, after: datetime, zone: str) -> datetime:
    """The first morning that is later than `after`, of a day and those some weeks later: at its hour, summer or not."""
    weeks = max((after - _morning(first, zone)) // timedelta(days=_THEN_EVERY), 0)
    for more in (weeks, weeks + 1, weeks + 2):
        if (at := _morning(first + timedelta(days=_THEN_EVERY * more), zone)) > after:
            return at
    raise AssertionError("a week later is later")


def _morning(day: date, zone: str) -> datetime:
    return datetime.combine(day, _AT, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def with_item(items: tuple[ActionItem, ...], entry: Entry, event: e.ItemEvent) -> tuple[ActionItem, ...]:
    """The action items after one more entry about them."""
    if isinstance(event, e.ActionItemAdded):
        return (*items, ActionItem(
            number=event.number, text=event.text, owner=event.owner, due=event.due, priority=event.priority,
            sort=event.sort, links=event.links, since=entry.at,
        ))  # fmt: skip
    return tuple(_after(item, entry, event) if item.number == event.number else item for item in items)


def _after(item: ActionItem, entry: Entry, event: e.ItemEvent) -> ActionItem:
    match event:
        case e.ActionItemChanged():
            changed = replace(item, text=event.text, owner=event.owner, due=event.due, priority=event.priority)
            changed = replace(changed, sort=event.sort, links=event.links)
            # Another day, or somebody else, is reminded from the beginning.
            anew = {"owner", "due"} & set(event.changed)
            return replace(changed, since=entry.at, reminded=None, left=None) if anew else changed
        case e.ActionItemDone():
            return replace(item, done=True, dropped=False, evidence=event.evidence)
        case e.ActionItemDropped():
            return replace(item, done=True, dropped=True, evidence=event.why)
        case e.ActionItemReopened():
            return replace(item, done=False, dropped=False, evidence="", since=entry.at, reminded=None)
        case e.ActionItemDue():
            return replace(item, reminded=max(event.due_at, entry.at))
        case e.ActionItemOrphaned():
            return replace(item, owner=None, left=event.owner, since=entry.at, reminded=None)
        case e.ActionItemFiled():
            tracked, keys = {**item.tracked, event.system: event.url}, {**item.filed_as, event.system: event.key}
            return replace(item, tracked=tracked, filed_as=keys)
        case e.ActionItemAdded() | e.ActionItemFiling():
            return item
        case _:
            assert_never(event)

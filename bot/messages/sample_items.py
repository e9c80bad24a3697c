"""Action items, what happens to them, and lists of them, as `bot.messages.samples` renders the templates with them."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any, Final

from bot.domain import events as e
from bot.domain.action_item import ActionItem
from bot.domain.incident import Incident
from bot.messages.sample_incidents import BEA, NOW, REF

_TODAY: Final = NOW.date()
_DUE: Final = date(2026, 12, 1)
_LINKS: Final = ("https://muster.slack.example/archives/C0ROOM/p1", "https://wiki.example/pool")


def item_events(text: str) -> dict[str, list[e.Event]]:
    """The events of each template about an item, by the template's name."""
    when = ("soon", "today", "late")
    due = [e.ActionItemDue(number=1, text=text, when=one, due_at=NOW, owner=BEA, due=_DUE) for one in when]
    return {
        "action_item": [
            e.ActionItemAdded(
                number=4, text=text, owner=BEA, due=_DUE, priority="high", sort="detect", links=_LINKS
            ),
            e.ActionItemAdded(number=5, text=text),
            e.ActionItemChanged(number=4, text=text, owner=BEA, due=_DUE, sort="process", changed=("sort", "due")),
            e.ActionItemDone(number=1, text=text),
            e.ActionItemDone(number=1, text=text, evidence=text),
            e.ActionItemDropped(number=1, text=text, why=text),
            e.ActionItemReopened(number=1, text=text, why=text),
            e.ActionItemFiled(number=1, text=text, system="jira", key="OPS-12", url="https://jira.example/OPS-12"),
        ],
        "item_due": [
            *due,
            e.ActionItemDue(number=1, text=text, when="unplanned", due_at=NOW, owner=BEA),
            e.ActionItemDue(number=1, text=text, when="unplanned", due_at=NOW),
        ],
        "item_orphaned": [e.ActionItemOrphaned(number=1, text=text, owner=BEA)],
    }  # fmt: skip


def filing(text: str) -> e.Event:
    """The only event about an item that is told in a timeline alone."""
    return e.ActionItemFiling(number=1, text=text, system="jira")


def items(text: str) -> tuple[ActionItem, ...]:
    """One of each kind: overdue, for today, with nobody, done, dropped, and many more."""
    every = (
        ActionItem(number=1, text=text, owner=BEA, due=_TODAY - timedelta(days=3), priority="high", links=_LINKS),
        ActionItem(number=2, text=text, owner=BEA, due=_TODAY, sort="detect", reminded=NOW),
        ActionItem(number=3, text=text, left=BEA, tracked={"jira": "https://jira.example/OPS-12"}),
        ActionItem(number=4, text=text, owner=BEA, due=_DUE, done=True, evidence=text),
        ActionItem(number=5, text=text, owner=BEA, done=True, dropped=True, evidence=text),
    )
    return (*every, *(ActionItem(number=n, text=text, owner=BEA, done=n % 2 == 0) for n in range(6, 26)))


def item_answers(text: str, incidents: tuple[Incident, ...]) -> dict[str, list[dict[str, Any]]]:
    """Values for the lists of items, and for somebody's Home."""
    found = [
        SimpleNamespace(ref=REF, severity="P1", private=n == 1, drill=n == 2, channel_id="C0ROOM", item=item)
        for n, item in enumerate(items(text)[:20])
        if not item.done
    ]
    listed = SimpleNamespace(items=found, total=40, today=_TODAY)
    none = SimpleNamespace(items=[], total=0, today=_TODAY)
    command = {"command": "/incident"}

    def asked(owner: str | None = None, *, overdue: bool = False, unowned: bool = False) -> SimpleNamespace:
        return SimpleNamespace(owner=owner, overdue=overdue, unowned=unowned)

    lists = [
        {"listed": listed, "asked": asked(BEA), "mine": True, **command},
        {"listed": listed, "asked": asked(BEA, overdue=True), "mine": False, **command},
        {"listed": none, "asked": asked(overdue=True), "mine": False, **command},
        {"listed": none, "asked": asked(BEA), "mine": True, **command},
        {"listed": none, "asked": asked(unowned=True), "mine": False, **command},
    ]
    filed = [
        ActionItem(number=3, text=text, tracked={"jira": "https://jira.example/OPS-12"}, filed_as={"jira": "OPS-12"})
    ]
    filing = [
        {"system": "jira", "review": False, "coming": [1, 2], "there": filed},
        {"system": "jira", "review": False, "coming": [1], "there": []},
        {"system": "confluence", "review": True, "coming": [], "there": []},
    ]
    return {
        "tasks": [{"items": items(text), "today": _TODAY}, {"items": (), "today": _TODAY}],
        "task": [{"item": item, "today": _TODAY} for item in items(text)[:5]],
        "task_list": lists,
        "filing": filing,
        "home": [
            {"listed": listed, "incidents": incidents, **command},
            {"listed": none, "incidents": (), **command},
        ],
    }

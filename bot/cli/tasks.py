"""The work of `muster incident task …` and `muster tasks`: action items from a terminal, in the words of Slack."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.application import items
from bot.cli import acting
from bot.cli.outcome import USAGE, stop
from bot.cli.terminal import say, table
from bot.core import Core
from bot.domain import commands as c
from bot.domain.action_item import ActionItem
from bot.domain.errors import DomainError, UnknownTask
from bot.slack.intents import FileElsewhere
from bot.slack.listeners.tasking import in_order
from bot.slack.said import Said
from bot.slack.task_intents import ShowTask
from bot.slack.tasking import task as read_task
from bot.slack.usage import usage_of

#: Items that are listed of all incidents.
_MOST = 500
#: Somebody in Slack: a group, a channel or a name can be reminded of nothing.
_USER = re.compile(r"[UW][A-Z0-9]{1,63}")
_COLUMNS = ("Incident", "Item", "What", "Who", "By", "Priority", "Kind")
_OF_ONE = ("Item", "State", "What", "Who", "By", "Priority", "Kind", "Shown by")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What was given as options, in place of marks: a shell takes `!` and `#` for its own."""

    owner: str | None = None
    by: date | None = None
    priority: str | None = None
    sort: str | None = None
    links: tuple[str, ...] = ()
    done: int | None = None


async def task(ref: str, words: Sequence[str], given: Given) -> None:
    """Do what `task …` says in Slack, or list the items where nothing is said. Raises DomainError."""
    _check(given.owner)
    async with acting.application() as built:
        if given.done is not None:
            done = c.FinishActionItem(by=acting.me(), number=given.done, evidence=" ".join(words))
            await acting.carry_out(built, ref, done)
            return
        if not words:
            await _show(built, ref)
            return
        typed = usage_of("task")
        assert typed is not None, "Slack has it"
        policy, today = built.muster.policy, items.today(built.muster)
        said = Said(rest=" ".join(words), usage=typed, by=acting.me(), policy=policy, today=today)
        try:
            intent = read_task(said)
        except DomainError as error:
            stop(error.sentence, error.hint, status=USAGE)
        match intent:
            case ShowTask(number=number) if given == Given():
                await _show(built, ref, number)
            case ShowTask(number=number):
                await acting.carry_out(built, ref, _with(c.ChangeActionItem(by=acting.me(), number=number), given))
            case c.AddActionItem() | c.ChangeActionItem():
                await acting.carry_out(built, ref, _with(intent, given))
            case c.FinishActionItem() | c.DropActionItem() | c.ReopenActionItem():
                await acting.carry_out(built, ref, intent)
            case FileElsewhere(system=system):
                hint = f"muster export {ref} --items {system} files them."
                stop("Items are filed with a command of its own at a terminal.", hint, status=USAGE)
            case _:
                stop("There are no forms at a terminal.", "Say what is to be done, or what is to change.", status=USAGE)


async def tasks(*, owner: str | None, overdue: bool, unowned: bool, as_json: bool) -> None:
    """Print the open items of all incidents, those that are due first before the others. Raises DatabaseUnavailable."""
    _check(owner)
    async with acting.application() as built:
        by = acting.me()
        found = await items.listed(built.muster, by, owner=owner, overdue=overdue, unowned=unowned, limit=_MOST)
    if as_json:
        say(json.dumps([{"incident": one.ref, **_data(one.item, found.today)} for one in found.items], indent=2))
        return
    if not found.items:
        say("Nothing is overdue." if overdue else "Nothing is left to do.")
        return
    rows = ((one.ref, one.item.number, one.item.text, *_details(one.item, found.today)) for one in found.items)
    table(_COLUMNS, rows)
    if found.total > len(found.items):
        say(f"The first {len(found.items)} of {found.total}.", style="dim")


def _check(owner: str | None) -> None:
    if owner is not None and not _USER.fullmatch(owner):
        hint = "It is in their profile in Slack: ⋮, Copy member ID."
        stop("--owner takes the ID of somebody in Slack, such as U0123ABCD.", hint, status=USAGE)


async def _show(built: Core, ref: str, number: int | None = None) -> None:
    incident, today = await acting.incident(built, ref), items.today(built.muster)
    found = [item for item in in_order(incident) if number in (None, item.number)]
    if number is not None and not found:
        raise UnknownTask(ref=incident.ref, number=number)
    if not found:
        say("None yet.")
        return
    states = {item.number: "dropped" if item.dropped else "done" if item.done else "open" for item in found}
    rows = ((item.number, states[item.number], item.text, *_details(item, today), item.evidence) for item in found)
    table(_OF_ONE, rows)


def _with(command: c.AddActionItem | c.ChangeActionItem, given: Given) -> c.Command:
    """A command with what the options say besides."""
    owner, due = given.owner or command.owner, given.by or command.due
    links = (*(command.links or ()), *given.links)
    priority = command.priority if given.priority is None else given.priority
    sort = command.sort if given.sort is None else given.sort
    if isinstance(command, c.AddActionItem):
        return replace(command, owner=owner, due=due, priority=priority or "", sort=sort or "", links=links)
    return replace(command, owner=owner, due=due, priority=priority, sort=sort, links=links or None)


def _details(item: ActionItem, today: date) -> tuple[str, str, str, str]:
    due = f"{item.due:%Y-%m-%d}" if item.due else ""
    late = " (overdue)" if item.due and item.due < today and not item.done else ""
    return item.owner or "nobody", f"{due}{late}", item.priority, item.sort


def _data(item: ActionItem, today: date) -> dict[str, object]:
    return {
        "number": item.number,
        "text": item.text,
        "owner": item.owner,
        "due": item.due.isoformat() if item.due else None,
        "overdue": bool(item.due and item.due < today),
        "priority": item.priority,
        "kind": item.sort,
        "links": list(item.links),
        "tracked": dict(item.tracked),
    }

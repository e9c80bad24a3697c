"""Action items: written down in many ways, reminded of until they are done, and forgotten in none."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain import events as e
from bot.sandbox.model import Channel, Message
from tests.scenario.forms import errors, says, value_of
from tests.scenario.stage import Stage, said, shown


def _today(bot: Stage) -> date:
    return bot.clock().astimezone(ZoneInfo(bot.core.muster.policy.calendar.zone)).date()


def _to(bot: Stage, day: date, hour: int) -> None:
    """Moves the clock to an hour of a day, where the policy's office is."""
    zone = ZoneInfo(bot.core.muster.policy.calendar.zone)
    bot.clock.ahead += datetime(day.year, day.month, day.day, hour, tzinfo=zone) - bot.clock()


def _direct(bot: Stage, who: str) -> Channel:
    """What the bot and somebody say to each other."""
    workspace = bot.sandbox.workspace
    return workspace.direct([bot.sandbox.people[who].id, workspace.bot.id])


def _reminders(bot: Stage, who: str) -> list[Message]:
    return [m for m in _direct(bot, who).messages if "action item of" in m.text.casefold()]


async def _reminded(bot: Stage, who: str, count: int) -> Message:
    found: list[Message] = await bot.until(
        lambda _: _reminders(bot, who) if len(_reminders(bot, who)) >= count else None
    )
    assert len(found) == count
    return found[-1]


def _home(bot: Stage, who: str) -> str:
    workspace = bot.sandbox.workspace
    view = workspace.views.get(workspace.homes.get(bot.sandbox.people[who].id, ""))
    return f"{view.blocks}" if view else ""


async def _opened(bot: Stage, who: str) -> str:
    await bot.sandbox.open_home(who)
    await bot.until(lambda _: _home(bot, who))
    await bot.sandbox.quiet(timeout=30)
    return _home(bot, who)


async def test_an_item_is_reminded_of_before_on_and_after_its_day_until_it_is_done_with_evidence(bot: Stage) -> None:
    room = await bot.declare()
    due = _today(bot) + timedelta(days=10)
    bob = bot.sandbox.people["bob"].id
    typed = f"task Alert on the pool, see https://wiki.example/pool @bob by {due} !high #detect"
    answer = shown(await bot.command("alice", typed, room.name))
    assert "alert on the pool" in answer
    added, *_ = await bot.recorded(e.ActionItemAdded)
    assert (added.owner, added.due, added.priority, added.sort) == (bob, due, "high", "detect")
    assert added.links == ("https://wiki.example/pool",)
    await bot.hear(room, "Action item")

    for number, (days, words) in enumerate(((-1, "due tomorrow"), (0, "due today"), (1, "was due"), (3, "was due")), 1):
        _to(bot, due + timedelta(days=days), 9)
        last = await _reminded(bot, "bob", number)
        assert words in last.text
    await bot.sandbox.click("bob", _direct(bot, "bob").id, last.ts, "task_done")
    await bot.sandbox.submit("bob", {"evidence": "It rang in the drill: https://wiki.example/drill"})
    done, *_ = await bot.recorded(e.ActionItemDone)
    assert "rang in the drill" in done.evidence
    await bot.hear(room, "rang in the drill")
    _to(bot, due + timedelta(days=40), 9)
    await bot.sandbox.quiet(timeout=30)
    assert len(_reminders(bot, "bob")) == 4


async def test_another_day_and_somebody_else_are_chosen_at_the_reminder(bot: Stage) -> None:
    room = await bot.declare()
    due = _today(bot) + timedelta(days=10)
    await bot.command("alice", f"task Mend it @bob by {due}", room.name)
    _to(bot, due, 9)
    reminder = (await bot.until(lambda _: _reminders(bot, "bob")))[-1]
    later = due + timedelta(days=7)
    place = _direct(bot, "bob").id
    await bot.sandbox.click("bob", place, reminder.ts, "task_day")
    assert "Mend it" in says(bot, "bob")
    assert value_of(bot, "bob", "due") == due.isoformat()
    await bot.sandbox.submit("bob", {"due": later.isoformat()})
    await bot.sandbox.click("bob", place, reminder.ts, "task_give")
    await bot.sandbox.submit("bob", {"owner": bot.sandbox.people["carol"].id})
    day, owner = await bot.recorded(e.ActionItemChanged, 2)
    assert (day.due, day.changed, owner.changed) == (later, ("due",), ("owner",))
    _to(bot, later, 9)
    await bot.until(lambda _: _reminders(bot, "carol"))


async def test_items_are_shown_changed_dropped_and_reopened_by_their_number(bot: Stage) -> None:
    room = await bot.declare()
    for text in ("task Mend it @bob by tomorrow", "task Look into it", "task Ask the vendor in 2 weeks"):
        await bot.command("alice", text, room.name)
    assert "mend it" in shown(await bot.command("alice", "task 1", room.name))
    assert "there is no open action item 9" in shown(await bot.command("alice", "task 9", room.name))
    await bot.command("alice", "task 2 @carol by friday !low #prevent", room.name)
    await bot.command("alice", "task change 2 Look into the pool", room.name)
    await bot.command("alice", "task 3 no date", room.name)
    assert "why it will not be done" in shown(await bot.command("alice", "task drop 3", room.name))
    await bot.command("alice", "task drop 3 They are gone", room.name)
    await bot.command("bob", "task done 1", room.name)
    await bot.command("bob", "task reopen 1 It came back", room.name)
    carol = bot.sandbox.people["carol"].id
    first, second, third = (await bot.incident()).action_items
    assert (first.done, second.text, second.owner) == (False, "Look into the pool", carol)
    assert (second.priority, second.sort, third.due, third.dropped) == ("low", "prevent", None, True)
    unknown = shown(await bot.command("alice", "task 2 !urgentish", room.name))
    assert "there is no priority “urgentish”" in unknown
    listed = shown(await bot.command("alice", "tasks", room.name))
    assert listed.index("look into the pool") < listed.index("ask the vendor")
    assert "they are gone" in listed


async def test_a_list_has_a_form_for_each_item_and_says_what_is_wrong_at_its_field(bot: Stage) -> None:
    room = await bot.declare()
    await bot.command("alice", "task Mend it @bob by tomorrow", room.name)
    await bot.command("alice", "tasks", room.name)
    answer = bot.sandbox.ephemerals("alice")[-1]
    await bot.sandbox.click("alice", room.name, answer.ts, "task_change")
    assert value_of(bot, "alice", "text") == "Mend it"
    wrong = await bot.sandbox.submit("alice", {"links": "no link"})
    assert "is no link" in errors(wrong)["links"]
    await bot.sandbox.submit("alice", {"links": "https://wiki.example/a", "priority": "medium", "owner": None})
    changed, *_ = await bot.recorded(e.ActionItemChanged)
    assert (changed.owner, changed.priority, changed.links) == (None, "medium", ("https://wiki.example/a",))
    assert changed.due == _today(bot) + timedelta(days=1)


async def test_a_message_becomes_an_item_with_where_it_stands(bot: Stage) -> None:
    room = await bot.declare()
    ts = await bot.sandbox.say("bob", room.name, "We need an alert on <https://wiki.example/pool|the pool>")
    reply = await bot.sandbox.shortcut("alice", "task", room.name, ts)
    assert (reply.error, reply.status) == (None, 200)
    assert value_of(bot, "alice", "text").startswith("We need an alert on")
    await bot.sandbox.submit("alice", {"owner": bot.sandbox.people["bob"].id})
    added, *_ = await bot.recorded(e.ActionItemAdded)
    assert f"/archives/{room.id}/p{ts.replace('.', '')}" in added.links[0]

    elsewhere = await bot.sandbox.say("carol", "general", "And somebody should look at the bill")
    await bot.sandbox.shortcut("erin", "task", "general", elsewhere)
    ref = (await bot.incident()).ref
    assert value_of(bot, "erin", "incident") == ref
    await bot.sandbox.submit("erin", {})
    _, second = await bot.recorded(e.ActionItemAdded, 2)
    assert second.text == "And somebody should look at the bill"
    assert ref in f"{_view(bot, 'erin')}"


async def test_home_shows_what_is_ones_own_and_follows_what_is_done_there(bot: Stage) -> None:
    room = await bot.declare()
    assert "Nothing. You are reminded" in await _opened(bot, "bob")
    await bot.command("alice", "task Mend the pool @bob by tomorrow", room.name)
    await bot.until(lambda _: "Mend the pool" in _home(bot, "bob") or None)
    assert "Checkout is down" in _home(bot, "bob")
    _to(bot, _today(bot) + timedelta(days=3), 12)
    assert "overdue" in await _opened(bot, "bob")
    assert "Mend the pool" not in await _opened(bot, "erin")
    await bot.sandbox.click("bob", action_id="task_done")
    await bot.sandbox.submit("bob", {"evidence": "Mended"})
    await bot.until(lambda _: "Mend the pool" not in _home(bot, "bob") or None)
    await bot.recorded(e.ActionItemDone)


async def test_whoever_leaves_leaves_their_items_to_somebody_else(bot: Stage) -> None:
    room = await bot.declare()
    await bot.command("alice", "task Mend it @bob by tomorrow", room.name)
    await bot.command("alice", "task Ask them @carol", room.name)
    await bot.sandbox.leave_workspace("bob")
    orphaned, *_ = await bot.recorded(e.ActionItemOrphaned)
    assert (orphaned.number, orphaned.owner) == (1, bot.sandbox.people["bob"].id)
    post = await bot.hear(room, "has left the workspace")
    assert "mend it" in shown(await bot.command("erin", "tasks nobody"))
    await bot.sandbox.click("carol", room.name, post.ts, "task_take")
    await bot.recorded(e.ActionItemChanged)
    await bot.sandbox.click("dave", room.name, post.ts, "task_take")
    await bot.until(lambda s: next((m for m in s.ephemerals("dave") if "taken it already" in m.text), None))
    assert (await bot.incident()).action_items[0].owner == bot.sandbox.people["carol"].id


async def test_whoever_left_unheard_is_found_within_a_day(bot: Stage) -> None:
    room = await bot.declare()
    await bot.command("alice", "task Mend it @bob by 2030-01-01", room.name)
    bot.sandbox.people["bob"].deleted = True  # Slack's event was lost
    bot.clock.advance(hours=25)
    await bot.until(lambda s: said(s, room, "has left the workspace"))


async def test_a_private_incidents_items_are_in_nobody_elses_lists_or_home(bot: Stage) -> None:
    room = await bot.declare("P2 Somebody was harassed --private")
    await bot.command("alice", "task Talk to them @bob by tomorrow", room.name)
    await bot.recorded(e.ActionItemAdded)
    for asked in ("tasks all", "tasks by @bob", "tasks overdue", "tasks mine", "tasks nobody"):
        assert "talk to them" not in shown(await bot.command("erin", asked))
    assert "Talk to them" not in await _opened(bot, "erin")
    # Whoever is to do it was brought in, and has it at home.
    assert "talk to them" in shown(await bot.command("bob", "tasks mine"))
    theirs = await _opened(bot, "bob")
    assert "Talk to them" in theirs
    assert "harassed" not in theirs
    ref = (await bot.incident()).ref
    for typed in (f"{ref} task 1", f"{ref} task done 1", f"{ref} tasks"):
        assert "there is no incident" in shown(await bot.command("erin", typed))
    ts = await bot.sandbox.say("erin", "general", "Hello")
    await bot.sandbox.shortcut("erin", "task", "general", ts)
    await bot.until(lambda s: next((m for m in s.ephemerals("erin") if "no incident" in m.text), None))


def _view(bot: Stage, who: str) -> Any:
    view = bot.sandbox.view(who)
    return view.blocks if view else None

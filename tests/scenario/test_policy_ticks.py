"""Checklists that are ticked off in Slack, by several people at once, in messages that are behind, by nonsense."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.domain import events as e
from bot.domain.procedures import Item
from bot.domain.rules import Policy
from bot.sandbox.records import Fault
from tests.scenario.forms import boxes, rules, tick, ticked, told
from tests.scenario.stage import Stage, stage


@pytest.fixture
async def bot(database: str) -> AsyncIterator[Stage]:
    """The bot by those rules."""
    async with stage(database, rules=rules) as made:
        yield made


def five(policy: Policy) -> Policy:
    """A list of five."""
    items = tuple(Item(text=text) for text in ("One", "Two", "Three", "Four", "Five"))
    return replace(rules(policy), checklists=(replace(rules(policy).checklists[0], items=items),))


async def test_a_tick_is_in_the_timeline_and_in_the_message(any_bot: Stage) -> None:
    any_bot.app.room.muster.policy = five(any_bot.core.muster.policy)
    room = await any_bot.declare()
    await tick(any_bot, "bob", room, 2)
    (done,) = await any_bot.recorded(e.ItemTicked)
    assert (done.number, done.item) == (2, "Two")
    await any_bot.until(lambda _: ticked(room) == ["2"])
    await tick(any_bot, "carol", room)
    (undone,) = await any_bot.recorded(e.ItemUnticked)
    assert undone.number == 2
    await any_bot.until(lambda _: ticked(room) == [])


async def test_a_list_with_a_name_in_any_language_can_be_ticked_off(any_bot: Stage) -> None:
    policy = rules(any_bot.core.muster.policy)
    lists = (replace(policy.checklists[0], name="rücknahme"),)
    any_bot.app.room.muster.policy = replace(policy, checklists=lists)
    room = await any_bot.declare()
    found = await any_bot.until(lambda _: boxes(room, "rücknahme"))
    assert found is not None
    message, _, element = found
    chosen = [element["options"][0]["value"]]
    reply = await any_bot.sandbox.click("bob", room.name, message.ts, element["action_id"], value=chosen)
    assert (reply.error, reply.status) == (None, 200)
    (done,) = await any_bot.recorded(e.ItemTicked)
    assert done.checklist == "rücknahme"


async def test_two_people_who_tick_at_once_do_not_undo_each_other(database: str) -> None:
    async with stage(database, rules=five) as bot:
        room = await bot.declare()
        await bot.until(lambda _: boxes(room))
        # Each sees the list without what the other ticks at the same time.
        replies = await asyncio.gather(tick(bot, "bob", room, 1, 2), tick(bot, "carol", room, 3))
        assert all(reply.error is None for reply in replies)
        done = await bot.recorded(e.ItemTicked, 3)
        assert sorted(event.number for event in done) == [1, 2, 3]
        assert await bot.events(e.ItemUnticked) == []
        await bot.until(lambda _: ticked(room) == ["1", "2", "3"])


async def test_a_message_that_is_behind_takes_ticks_and_undoes_nothing(database: str) -> None:
    async with stage(database, rules=five) as bot:
        room = await bot.declare()
        await bot.until(lambda _: boxes(room))
        bot.sandbox.faults.add(Fault(method="chat.update", error="internal_error", times=50))
        await tick(bot, "bob", room, 1)
        await tick(bot, "carol", room, 2)
        # Bob's client still has what he ticked himself, and nothing of Carol's.
        await tick(bot, "bob", room, 1, 4)
        await bot.until(lambda _: True)
        assert sorted(t.number for t in (await bot.incident()).checklists[0].ticks) == [1, 2, 4]
        await tick(bot, "bob", room, 4)
        assert sorted(t.number for t in (await bot.incident()).checklists[0].ticks) == [2, 4]
        await tick(bot, "bob", room)
        assert sorted(t.number for t in (await bot.incident()).checklists[0].ticks) == [2]
        bot.sandbox.faults.clear()


async def test_a_list_shown_to_one_person_adds_and_takes_back_only_their_own(database: str) -> None:
    async with stage(database, rules=five) as bot:
        room = await bot.declare()
        await tick(bot, "carol", room, 3)
        await bot.recorded(e.ItemTicked)
        ref = (await bot.incident()).ref
        await bot.command("bob", f"{ref} checklist support", "general")
        private = await told(bot, "bob", "tick:support")
        values = {n: f"{ref} {n}" for n in range(1, 6)}

        async def leave(*numbers: int) -> None:
            chosen = [values[n] for n in numbers]
            await bot.sandbox.click("bob", "general", private.ts, "tick:support", value=chosen)

        await leave(1, 2)
        await leave(2)
        assert sorted(t.number for t in (await bot.incident()).checklists[0].ticks) == [2, 3]
        await leave()
        await told(bot, "bob", "Take it back in the list")


async def test_a_tick_that_is_told_twice_is_one(bot: Stage) -> None:
    room = await bot.declare()
    await tick(bot, "bob", room, 1)
    await bot.sandbox.redeliver(kind="block_actions")
    await bot.recorded(e.ItemTicked)


async def test_payloads_of_nonsense_tick_nothing_and_break_nothing(bot: Stage) -> None:
    room = await bot.declare()
    await tick(bot, "bob", room, 1)
    await bot.recorded(e.ItemTicked)
    real = next(item.payload for item in reversed(bot.sandbox.courier.deliveries) if item.kind == "block_actions")
    for number, changed in enumerate(
        (
            {"action_id": "tick:"},
            {"action_id": "tick:nothing"},
            {"action_id": "tick:support:x"},
            {"selected_options": []},
            {"selected_options": None},
            {"selected_options": "all"},
            {"selected_options": [{"value": 7}]},
            {"selected_options": [{"value": "INC-1 9999999999"}]},
            {"selected_options": [{"value": "INC-2020-01-01-001 1"}], "block_id": "another"},
            {"block_id": None, "selected_options": []},
        )
    ):
        for message in (real["message"], {"blocks": "none"}, {"blocks": [1, {"block_id": "another"}]}, None):
            action = real["actions"][0] | changed
            payload = real | {"actions": [action], "message": message, "trigger_id": f"{number}.{id(message)}"}
            delivery = await bot.sandbox.courier.deliver("block_actions", payload)
            assert delivery.status in {200, 400}, changed
    assert {t.number for t in (await bot.incident()).checklists[0].ticks} <= {1}
    assert len(await bot.events(e.ItemTicked)) == 1

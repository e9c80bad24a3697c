"""What Slack does not show: hidden because it is old, or in a channel that can't be read for a while."""

from datetime import timedelta

import pytest

from bot.domain import events as e
from bot.sandbox.records import Fault
from bot.slack import reconcile
from tests.scenario.absence import catch_up, nobody_listens
from tests.scenario.stage import Stage

PIN = "pushpin"


async def test_what_slack_hides_because_it_is_old_was_not_deleted(bot: Stage) -> None:
    room, sandbox = await bot.declare(), bot.sandbox
    alert = (await bot.hear(room, "Checkout is down")).ts
    await sandbox.say("bob", room.name, "The pool is full", thread_ts=alert)
    talk = await sandbox.say("dave", room.name, "Customers are writing in")
    await sandbox.react("alice", room.name, talk, PIN)
    await bot.recorded(e.MessageCaptured, 2)

    bot.clock.advance(days=100)
    sandbox.workspace.hidden_before = f"{bot.clock().timestamp():.6f}"
    await catch_up(bot)
    await bot.recorded(e.MessageDeleted, 0)
    await bot.recorded(e.MessageUnpinned, 0)


async def test_what_is_new_beside_what_is_hidden_is_found(bot: Stage) -> None:
    room, sandbox = await bot.declare(), bot.sandbox
    first = await sandbox.say("bob", room.name, "Any idea?")
    old = await sandbox.say("carol", room.name, "The certificate ran out", thread_ts=first)
    await sandbox.react("bob", room.name, old, PIN)
    await bot.recorded(e.MessageCaptured)
    bot.clock.advance(days=100)
    sandbox.workspace.hidden_before = f"{bot.clock().timestamp():.6f}"
    async with nobody_listens(bot):
        new = await sandbox.say("dave", room.name, "It ran out again")
        await sandbox.react("dave", room.name, new, PIN)
    assert [said.text for said in await bot.recorded(e.MessageCaptured, 2)][1] == "It ran out again"
    await bot.recorded(e.MessageDeleted, 0)


async def test_a_channel_that_can_be_read_again_is_read_as_after_a_gap(
    bot: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, sandbox = await bot.declare(), bot.sandbox
    first = await sandbox.say("bob", room.name, "Any idea?")
    answer = await sandbox.say("carol", room.name, "The certificate ran out", thread_ts=first)
    bot.clock.advance(minutes=5)
    await catch_up(bot)
    sandbox.faults.add(Fault(method="conversations.history", error="missing_scope"))
    monkeypatch.setattr(reconcile, "EVERY", timedelta())
    async with nobody_listens(bot):
        await sandbox.react("bob", room.name, answer, PIN)
    assert not await bot.events(e.MessageCaptured)
    assert await bot.app.reconciler.once()
    await bot.recorded(e.MessageCaptured)

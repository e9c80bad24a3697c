"""Buttons of a policy's messages; who may press them, and forms that take their time."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text as sql

from bot.domain import events as e
from bot.messages import to_blocks
from bot.sandbox.model import Channel
from bot.sandbox.records import Fault, Reply
from tests.scenario.forms import choose, errors, press, rules, says, told
from tests.scenario.stage import Stage, shown, stage


@pytest.fixture
async def bot(database: str) -> AsyncIterator[Stage]:
    """The bot by those rules."""
    async with stage(database, rules=rules) as made:
        yield made


async def test_the_suggested_severity_is_one_button(bot: Stage) -> None:
    room = await bot.declare("P3 Checkout is down")
    await press(bot, "bob", room, "severity/P1")
    (changed,) = await bot.recorded(e.SeverityChanged)
    assert changed.after == "P1"
    await press(bot, "bob", room, "severity/P1")
    await told(bot, "bob", "already has the severity P1")
    await press(bot, "bob", room, "severity/P99")
    await told(bot, "bob", "There is no severity “P99”")


async def test_a_button_begins_the_runbook_that_it_names(bot: Stage) -> None:
    room = await bot.declare()
    await press(bot, "bob", room, "runbook/slow-queries")
    (begun,) = await bot.recorded(e.RunbookStarted)
    assert begun.name == "slow-queries"
    await press(bot, "bob", room, "runbook/slow-querys")
    await told(bot, "bob", "There is no runbook “slow-querys”")


async def test_a_clock_is_silent_for_ten_minutes_by_a_button_of_the_commanders(bot: Stage) -> None:
    room = await bot.declare()
    await bot.command("bob", "lead me", room.name)
    await press(bot, "carol", room, "snooze/update")
    await told(bot, "carol", "can make a clock silent")
    await press(bot, "bob", room, "snooze/update")
    (snoozed,) = await bot.recorded(e.ClockSnoozed)
    assert snoozed.clock == "update"
    await press(bot, "bob", room, "snooze/nothing")
    await told(bot, "bob", "There is no clock “nothing” running")


async def test_a_text_that_the_policy_dropped_is_said_to_be_unknown(bot: Stage) -> None:
    room = await bot.declare()
    await press(bot, "bob", room, "text/dropped")
    await told(bot, "bob", "There is no text “dropped”")
    assert bot.sandbox.view("bob") is None


async def test_strangers_get_no_form_and_no_preview_of_a_private_incident(bot: Stage) -> None:
    room = await bot.declare("P2 Somebody was harassed --private")
    ref = (await bot.incident()).ref
    for text in ("escalate", "text sorry", "flag", "update", "resolve"):
        assert "there is no incident" in shown(await bot.command("erin", f"{ref} {text}"))
        assert bot.sandbox.view("erin") is None
    buttons = ("escalate", "text/sorry", "flag", "severity/P1", "snooze/update", "runbook/slow-queries", "update")
    blocks = to_blocks(" ".join(f"[Go](button:{button})" for button in buttons), ref=ref)
    posted = await bot.app.slack.post("general", "Go", blocks, outbox_id="stranger")
    for button in buttons:
        await bot.sandbox.click("erin", "general", posted.ts, button.partition("/")[0])
        assert bot.sandbox.view("erin") is None
    await bot.until(lambda s: sum("There is no incident" in m.text for m in s.ephemerals("erin")) == 5 + 7)

    await bot.sandbox.invite("alice", room.name, "erin")
    await bot.sandbox.quiet()
    await press(bot, "erin", room, "escalate")
    await bot.sandbox.leave("erin", room.name)
    await bot.sandbox.quiet()
    before = says(bot, "erin")
    await choose(bot, "erin", "step", "desk")
    assert says(bot, "erin") == before
    assert "There is no incident" in " ".join(errors(await bot.sandbox.submit("erin")).values())
    assert await bot.events(e.Escalated) == []


async def test_a_form_that_cannot_be_filled_at_once_opens_and_is_filled_later(bot: Stage) -> None:
    room = await bot.declare()
    async with bot.core.database.transaction(within=20) as connection:
        await connection.execute(sql("LOCK TABLE incidents IN ACCESS EXCLUSIVE MODE"))
        reply = await press_in(bot, "bob", room, "resolve")
        assert reply.seconds < 3
        assert "The form is coming" in says(bot, "bob")
    await bot.until(lambda s: (view := s.view("bob")) and view.submit)
    await bot.sandbox.submit("bob", {"summary": "Rolled back", "override": "It was nothing"})
    await bot.recorded(e.Resolved)


async def test_a_form_that_cannot_be_filled_says_so(bot: Stage) -> None:
    room = await bot.declare()
    async with bot.core.database.transaction(within=20) as connection:
        await connection.execute(sql("LOCK TABLE incidents IN ACCESS EXCLUSIVE MODE"))
        await press_in(bot, "bob", room, "update")
        await bot.until(lambda s: (view := s.view("bob")) and (view.title or {}).get("text") == "Not this time")


async def test_a_form_that_slack_is_slow_to_change_is_answered_in_time(bot: Stage) -> None:
    room = await bot.declare()
    await press(bot, "bob", room, "escalate")
    bot.sandbox.faults.add(Fault(method="views.update", stall=3.2))
    reply = await bot.sandbox.click("bob", action_id="step", value="desk")
    assert (reply.error, reply.status) == (None, 200)
    await bot.until(lambda _: "• on-call:" in says(bot, "bob"))


async def press_in(bot: Stage, who: str, room: Channel, button: str) -> Reply:
    """Presses a button of the pinned card, without asking the database anything."""
    card = await bot.until(
        lambda _: next((m for m in room.messages if m.ts == room.pins[0].ts and button in str(m.blocks)), None)
    )
    assert card is not None
    return await bot.sandbox.click(who, room.name, card.ts, button)

"""Forms that open at once and keep what was typed; buttons that do what they say."""

from dataclasses import replace
from datetime import timedelta

from bot.domain import events as e
from bot.sandbox.model import Channel, Message
from bot.sandbox.records import Fault, Reply
from tests.scenario.stage import Stage, shown, stage
from tests.support.own_server import OwnServer


async def _card(bot: Stage, room: Channel, button: str) -> Message:
    """The pinned card, once it has a button."""

    def found(_: object) -> Message | None:
        card = room.message(room.pins[0].ts)
        return card if card and f"'action_id': '{button}'" in str(card.blocks) else None

    return await bot.until(found)


async def _press(bot: Stage, who: str, room: Channel, button: str) -> Reply:
    card = await _card(bot, room, button)
    reply = await bot.sandbox.click(who, room.name, card.ts, button)
    assert reply.error is None
    return reply


def _errors(reply: Reply) -> dict[str, str]:
    assert reply.body["response_action"] == "errors", reply
    errors: dict[str, str] = reply.body["errors"]
    return errors


async def test_an_update_without_text_asks_for_it(any_bot: Stage) -> None:
    room = await any_bot.declare()
    await any_bot.command("bob", "update", room.name)
    reply = await any_bot.sandbox.submit("bob", {"text": "Failing <over> & back", "status": "identified"})
    assert reply.error is None
    assert any_bot.sandbox.view("bob") is None
    (update,) = await any_bot.recorded(e.UpdatePosted)
    assert update.text == "Failing <over> & back"
    assert (await any_bot.incident()).status == "identified"
    await any_bot.hear(room, "Failing &lt;over&gt; &amp; back")


async def test_resolving_without_a_summary_asks_what_the_review_needs(bot: Stage) -> None:
    room = await bot.declare()
    await bot.command("bob", "resolve", room.name)
    typed = {
        "summary": "The pool was raised",
        "impact": "17 minutes without cards",
        "root_cause": "A report locked the orders",
        "contributing_factors": "Nothing limits it",
    }
    await bot.sandbox.submit("bob", typed)
    (resolved,) = await bot.recorded(e.Resolved)
    assert {name: getattr(resolved, name) for name in typed} == typed


async def test_the_form_opens_within_a_second_call_of_nothing_else(bot: Stage) -> None:
    await bot.until(lambda s: any(call.method == "conversations.list" for call in s.calls))  # the start is over
    await bot.sandbox.quiet()
    before = len(bot.sandbox.calls)
    await bot.command("bob", "declare")
    assert [call.method for call in bot.sandbox.calls[before:]] == ["views.open"]


async def test_a_form_that_slack_does_not_open_is_answered_with_the_one_line(bot: Stage) -> None:
    bot.sandbox.faults.add(Fault(method="views.open", error="internal_error"))
    answer = shown(await bot.command("bob", "declare"))
    assert "slack did not open the form" in answer
    assert "declare [sev]" in answer


async def test_a_slow_form_is_given_up_in_time(bot: Stage) -> None:
    bot.sandbox.faults.add(Fault(method="views.open", stall=4))
    reply = await bot.command("bob", "declare")
    assert reply.seconds < 3
    assert "slack did not open the form" in shown(reply)


async def test_what_was_typed_stays_when_a_form_cannot_be_taken(bot: Stage) -> None:
    room = await bot.declare()
    await bot.command("bob", "update", room.name)
    await bot.command("alice", "resolve It was nothing", room.name)
    await bot.command("alice", "close", room.name)
    reply = await bot.sandbox.submit("bob", {"text": "Failing over"})
    assert "closed" in _errors(reply)["text"]
    assert bot.sandbox.view("bob") is not None

    await bot.command("bob", "declare", room.name)
    reply = await bot.sandbox.submit("bob", {"title": "   "})
    assert "title" in _errors(reply)


async def test_a_problem_is_said_at_the_field_that_it_is_about(bot: Stage) -> None:
    room = await bot.declare()
    for command, typed, field in (
        ("declare", {"title": "x" * 150, "description": "\u200b"}, None),
        ("resolve", {"summary": "\u00ad\u00ad"}, "summary"),
        ("update", {"text": "\u200b"}, "text"),
    ):
        await bot.command("bob", command, room.name)
        reply = await bot.sandbox.submit("bob", typed)
        if field:
            assert field in _errors(reply)


async def test_a_form_during_an_outage_keeps_what_was_typed(own: OwnServer) -> None:
    async with stage(own.url) as bot:
        await bot.command("bob", "declare")
        await bot.sandbox.quiet(timeout=30)
        await own.stop()
        reply = await bot.sandbox.submit("bob", {"title": "Checkout is down"})
        assert "nothing was recorded" in _errors(reply)["title"]
        assert reply.seconds < 3
        await own.start()
        reply = await bot.sandbox.submit("bob", {"title": "Checkout is down"})
        assert reply.body["response_action"] == "update"
        assert await bot.count() == 1


async def test_a_form_sent_twice_has_one_effect(any_bot: Stage) -> None:
    room = await any_bot.declare()
    await any_bot.command("bob", "update", room.name)
    await any_bot.sandbox.submit("bob", {"text": "Failing over"})
    await any_bot.sandbox.redeliver()
    await any_bot.recorded(e.UpdatePosted)


async def test_the_buttons_of_the_card(any_bot: Stage) -> None:
    room, people = await any_bot.declare(), any_bot.sandbox.people
    await _press(any_bot, "bob", room, "ack")
    await any_bot.hear(room, "acknowledged")

    await _press(any_bot, "bob", room, "update")
    await any_bot.sandbox.submit("bob", {"text": "Looking into it"})
    await any_bot.hear(room, "Looking into it")

    await _press(any_bot, "bob", room, "role")
    await any_bot.sandbox.submit("bob", {"role": "scribe", "user": people["erin"].id})
    await any_bot.until(lambda _: people["erin"].id in room.members)

    await _press(any_bot, "bob", room, "escalate")
    await any_bot.sandbox.submit("bob", {"why": "Nobody knows it", "people": [people["carol"].id]})
    await any_bot.hear(room, "Nobody knows it")

    await _press(any_bot, "bob", room, "diag")
    await any_bot.hear(room, "Diagnostics of db")

    await _press(any_bot, "bob", room, "resolve")
    await any_bot.sandbox.submit("bob", {"summary": "Rolled back"})
    await any_bot.hear(room, "Rolled back")

    await _press(any_bot, "bob", room, "tasks")
    await any_bot.until(lambda s: any("Action items" in f"{m.text}" for m in s.ephemerals("bob")))

    await _press(any_bot, "bob", room, "review")
    await any_bot.until(lambda _: any(m.files for m in room.messages))

    await _press(any_bot, "bob", room, "reopen")
    await any_bot.hear(room, "Reopened")
    assert not (await any_bot.incident()).over


async def test_a_button_pressed_too_late_says_so_to_the_one_who_pressed(bot: Stage) -> None:
    room = await bot.declare()
    card = await _card(bot, room, "ack")
    old = list(card.blocks)
    await bot.command("carol", "ack", room.name)
    await bot.hear(room, "acknowledged")
    await bot.sandbox.quiet()
    card.blocks = old  # Bob's client is a moment behind
    await bot.sandbox.click("bob", room.name, card.ts, "ack")
    await bot.until(lambda s: any("already acknowledged" in m.text for m in s.ephemerals("bob")))
    await bot.recorded(e.Acknowledged)


async def test_a_diagnostics_card_runs_again(bot: Stage) -> None:
    room = await bot.declare()
    await bot.command("bob", "diag db", room.name)
    card = await bot.hear(room, "Diagnostics of db: ")
    await bot.sandbox.click("bob", room.name, card.ts, "diag")
    await bot.until(lambda _: sum("Diagnostics of db: " in m.text for m in room.messages) == 2)
    await bot.recorded(e.DiagnosticRecorded, 2)


async def test_nobody_acknowledges_so_people_are_called_until_somebody_presses_the_button(bot: Stage) -> None:
    room = await bot.declare()
    bot.clock.advance(minutes=6)
    await bot.app.upkeep.once()
    await bot.hear(room, "unacknowledged")
    called = len(await bot.events(e.Escalated))
    assert called >= 1

    await _press(bot, "bob", room, "ack")
    await bot.sandbox.quiet()
    bot.clock.advance(minutes=10)
    await bot.app.upkeep.once()
    await bot.recorded(e.Escalated, called)


async def test_an_overdue_update_is_asked_for(bot: Stage) -> None:
    room = await bot.declare()
    await bot.command("bob", "ack", room.name)
    bot.clock.advance(minutes=16)
    await bot.app.upkeep.once()
    (overdue,) = await bot.recorded(e.UpdateOverdue)
    assert overdue.next_update_at - overdue.due_at >= timedelta(minutes=15)


async def test_where_there_are_several_targets_the_button_asks_which(bot: Stage) -> None:
    policy = bot.core.muster.policy
    bot.app.room.muster.policy = replace(policy, targets=(*policy.targets, replace(policy.targets[0], name="replica")))
    room = await bot.declare()
    await _press(bot, "bob", room, "diag")
    await bot.sandbox.submit("bob", {"target": "db"})
    await bot.hear(room, "Diagnostics of db")


async def test_a_runbook_button_suggests_some_to_the_one_who_pressed(bot: Stage) -> None:
    room = await bot.declare("P2 Slow queries on the database")
    # The alert's button names none; a diagnostic's does where something is red.
    alert = next(m for m in room.messages if "'action_id': 'runbook'" in str(m.blocks))
    await bot.sandbox.click("bob", room.name, alert.ts, "runbook")
    told = await bot.until(lambda s: next((m for m in s.ephemerals("bob") if "runbook slow-queries" in m.text), None))
    assert "These may help" in told.text


async def test_a_resolved_incident_is_closed_by_a_button(bot: Stage) -> None:
    room = await bot.declare()
    await bot.command("bob", "resolve Rolled back", room.name)
    await _press(bot, "bob", room, "close")
    await bot.hear(room, "Closed")

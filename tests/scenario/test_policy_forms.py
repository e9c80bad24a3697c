"""What a policy wants asked, shown in the forms: questions, further fields, what is missing, who is called, texts."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.domain import events as e
from bot.domain.rules import Category
from bot.sandbox.records import Fault
from tests.scenario.forms import choose, errors, press, rules, says, tick, value_of
from tests.scenario.stage import Stage, stage


@pytest.fixture
async def bot(database: str) -> AsyncIterator[Stage]:
    """The bot by those rules."""
    async with stage(database, rules=rules) as made:
        yield made


# Declaring


async def test_ticking_suggests_a_severity_and_keeps_what_was_typed(any_bot: Stage) -> None:
    any_bot.app.room.muster.policy = rules(any_bot.core.muster.policy)
    await any_bot.command("bob", "declare")
    await any_bot.sandbox.click(
        "bob",
        action_id="conditions",
        value=["all", "deployed"],
        typed={"title": "Checkout is down", "detail:found": "A customer"},
    )
    assert "Suggested: P1" in says(any_bot, "bob")
    assert "*Deployed lately:* Consider rolling back." in says(any_bot, "bob")
    assert value_of(any_bot, "bob", "severity") == "P1"
    assert value_of(any_bot, "bob", "title") == "Checkout is down"
    reply = await any_bot.sandbox.submit("bob")
    assert reply.body["response_action"] == "update"
    (declared,) = await any_bot.recorded(e.Declared)
    assert (declared.severity, declared.conditions) == ("P1", ("all", "deployed"))
    assert declared.details == {"Found by": "A customer"}


async def test_a_severity_chosen_by_hand_stays(bot: Stage) -> None:
    await bot.command("bob", "declare")
    await bot.sandbox.click("bob", action_id="conditions", value=["all"], typed={"severity": "P4"})
    assert value_of(bot, "bob", "severity") == "P4"
    assert "You chose P4" in says(bot, "bob")
    await bot.sandbox.submit("bob", {"title": "Checkout is down"})
    (declared,) = await bot.recorded(e.Declared)
    assert declared.severity == "P4"


async def test_the_submission_suffices_where_ticks_are_not_told(bot: Stage) -> None:
    await bot.command("bob", "declare")
    reply = await bot.sandbox.submit("bob", {"title": "Checkout is down", "conditions": ["all"]})
    assert reply.body["response_action"] == "update"
    (declared,) = await bot.recorded(e.Declared)
    assert (declared.severity, declared.conditions) == ("P1", ("all",))


async def test_two_ticks_in_a_moment_are_both_seen(bot: Stage) -> None:
    await bot.command("bob", "declare")
    bot.sandbox.faults.add(Fault(method="views.update", stall=0.4))
    first = asyncio.create_task(bot.sandbox.click("bob", action_id="conditions", value=["deployed"]))
    await bot.until(lambda s: any(call.method == "views.update" for call in s.calls))
    # Slack sends the second before it has shown what came of the first.
    await bot.sandbox.click("bob", action_id="conditions", value=["deployed", "all"])
    await first
    assert "Suggested: P1" in says(bot, "bob")
    assert value_of(bot, "bob", "severity") == "P1"


async def test_what_a_tick_would_show_never_covers_the_answer_to_a_submission(bot: Stage) -> None:
    await bot.command("bob", "declare")
    bot.sandbox.faults.add(Fault(method="views.update", stall=0.5))
    late = asyncio.create_task(bot.sandbox.click("bob", action_id="conditions", value=["all"]))
    await bot.until(lambda s: any(call.method == "views.update" for call in s.calls))
    await bot.sandbox.submit("bob", {"title": "Checkout is down"})
    await late
    view = bot.sandbox.view("bob")
    assert view is not None
    assert view.title == {"type": "plain_text", "text": "Declared"}
    assert await bot.count() == 1


async def test_a_form_that_slack_does_not_change_can_still_be_sent(bot: Stage) -> None:
    await bot.command("bob", "declare")
    bot.sandbox.faults.add(Fault(method="views.update", error="internal_error"))
    await choose(bot, "bob", "conditions", ["all"])
    await bot.sandbox.submit("bob", {"title": "Checkout is down"})
    (declared,) = await bot.recorded(e.Declared)
    assert declared.severity == "P1"


# Updates and resolutions


async def test_an_update_knows_its_number_and_takes_further_fields(bot: Stage) -> None:
    room = await bot.declare()
    await bot.command("bob", "update", room.name)
    assert "*Update 1.* The next one is then due at <!date^" in says(bot, "bob")
    reply = await bot.sandbox.submit("bob", {"text": "Failing over"})
    assert reply.error == "incomplete"
    assert "next step" in errors(await bot.sandbox.submit("bob", {"detail:next": "\u200b"}))["detail:next"].casefold()
    assert value_of(bot, "bob", "text") == "Failing over"
    await bot.sandbox.submit("bob", {"detail:next": "Watch it"})
    (update,) = await bot.recorded(e.UpdatePosted)
    assert update.details == {"Next step": "Watch it"}


async def test_a_status_that_is_too_early_is_said_at_the_menu(bot: Stage) -> None:
    room = await bot.declare()
    early = bot.core.muster.policy.first_status(Category.ACTIVE).name
    await bot.command("bob", "update", room.name)
    reply = await bot.sandbox.submit("bob", {"text": "Found it", "detail:next": "Mend it", "status": early})
    assert "support" in errors(reply)["status"].casefold()


async def test_a_resolution_shows_what_is_missing_and_takes_a_reason(bot: Stage) -> None:
    room = await bot.declare()
    await bot.command("bob", "resolve", room.name)
    assert "the checklist “Support” has 1 of 1 left" in says(bot, "bob")
    assert "☐ Tell support" in says(bot, "bob")
    reply = await bot.sandbox.submit("bob", {"summary": "Rolled back", "detail:tried": "A restart"})
    assert "not yet" in errors(reply)["override"].casefold()
    assert value_of(bot, "bob", "summary") == "Rolled back"
    await bot.sandbox.submit("bob", {"override": "Support was on the call"})
    (resolved,) = await bot.recorded(e.Resolved)
    assert resolved.overrode == ("the checklist “Support” has 1 of 1 left",)
    assert resolved.because == "Support was on the call"
    assert resolved.details == {"Tried so far": "A restart"}


async def test_a_reason_that_was_typed_stands_in_the_form(bot: Stage) -> None:
    room = await bot.declare()
    await bot.command("bob", "resolve --override Support knows", room.name)
    assert value_of(bot, "bob", "override") == "Support knows"


async def test_a_resolution_that_lacks_something_since_the_form_was_opened_can_still_say_why(bot: Stage) -> None:
    room = await bot.declare()
    await tick(bot, "bob", room, 1)
    await bot.recorded(e.ItemTicked)
    await bot.command("bob", "resolve", room.name)
    await bot.command("carol", "flag leak It is in the logs", room.name)
    reply = await bot.sandbox.submit("bob", {"summary": "Rolled back"})
    assert "watched" in errors(reply)["override"]
    await bot.sandbox.submit("bob", {"override": "It was a false alarm"})
    await bot.recorded(e.Resolved)


# Calling more people


async def test_an_escalation_says_who_will_be_told_before_it_goes(any_bot: Stage) -> None:
    room = await any_bot.declare()
    any_bot.app.room.muster.policy = rules(any_bot.core.muster.policy)
    people = any_bot.sandbox.people
    await any_bot.command("bob", "escalate Nobody knows it", room.name)
    assert f"engineering-lead: <@{people['carol'].id}>" in says(any_bot, "bob")
    assert await any_bot.events(e.Escalated) == []

    await choose(any_bot, "bob", "step", "desk")
    assert f"on-call: <@{people['dave'].id}>" in says(any_bot, "bob")
    assert "engineering-lead" not in says(any_bot, "bob")

    await choose(any_bot, "bob", "people", [people["erin"].id])
    assert f"• <@{people['erin'].id}>" in says(any_bot, "bob")
    assert people["dave"].id not in says(any_bot, "bob")
    assert value_of(any_bot, "bob", "why") == "Nobody knows it"

    await choose(any_bot, "bob", "people", [])
    await any_bot.sandbox.submit("bob", {"detail:tried": "A restart"})
    (called,) = await any_bot.recorded(e.Escalated)
    assert (called.step, called.people, called.why) == ("desk", (people["dave"].id,), "Nobody knows it")
    assert called.details == {"Tried so far": "A restart"}
    assert any_bot.sandbox.view("bob") is None


async def test_contacts_and_groups_that_were_named_are_called_unless_they_are_unticked(bot: Stage) -> None:
    room = await bot.declare()
    people = bot.sandbox.people
    await bot.command("bob", "escalate The pool is full @on-call @erin", room.name)
    assert f"• on-call: <@{people['dave'].id}>" in says(bot, "bob")
    assert f"• <@{people['erin'].id}>" in says(bot, "bob")
    await choose(bot, "bob", "named", [])
    assert "on-call" not in says(bot, "bob")
    await bot.sandbox.submit("bob")
    (called,) = await bot.recorded(e.Escalated)
    assert called.people == (people["erin"].id,)


async def test_the_button_opens_the_same_form(bot: Stage) -> None:
    room = await bot.declare()
    await press(bot, "bob", room, "escalate")
    assert "engineering-lead" in says(bot, "bob")
    await bot.sandbox.submit("bob", {"why": "It spreads"})
    (called,) = await bot.recorded(e.Escalated)
    assert called.step == "lead"


async def test_an_escalation_of_what_is_over_meanwhile_comes_back_to_the_form(bot: Stage) -> None:
    room = await bot.declare()
    await press(bot, "bob", room, "escalate")
    await tick(bot, "alice", room, 1)
    await bot.recorded(e.ItemTicked)
    await bot.command("alice", "resolve It was nothing", room.name)
    assert "reopen" in " ".join(errors(await bot.sandbox.submit("bob", {"why": "It spreads"})).values()).casefold()
    assert value_of(bot, "bob", "why") == "It spreads"


# Texts and conditions


async def test_a_text_is_filled_in_and_brackets_have_to_go(bot: Stage) -> None:
    room = await bot.declare()
    await press(bot, "bob", room, "text/sorry")
    assert "*To:* who lost a booking" in says(bot, "bob")
    assert value_of(bot, "bob", "subject") == "Checkout is down"
    assert "[name]" in errors(await bot.sandbox.submit("bob", {}))["body"]
    await bot.sandbox.submit("bob", {"body": "Dear Bea,\nwe are on it."})
    (sent,) = await bot.recorded(e.TextSent)
    assert (sent.text, sent.subject, sent.body) == ("sorry", "Checkout is down", "Dear Bea,\nwe are on it.")


async def test_a_text_of_nothing_comes_back_at_its_field(bot: Stage) -> None:
    room = await bot.declare()
    await bot.command("bob", "text sorry", room.name)
    assert "body" in errors(await bot.sandbox.submit("bob", {"body": "\u200b"}))


async def test_what_turned_out_is_chosen_in_a_form(bot: Stage) -> None:
    room = await bot.declare()
    await press(bot, "bob", room, "flag")
    await bot.sandbox.submit("bob", {"condition": "leak", "why": "A customer saw it"})
    (found,) = await bot.recorded(e.ConditionSet)
    assert (found.condition, found.why) == ("leak", "A customer saw it")
    await bot.command("carol", "flag", room.name)
    view = bot.sandbox.view("carol")
    assert view is not None
    options = view.blocks[0]["element"]["options"]
    assert [option["value"] for option in options] == ["all", "deployed"]


async def test_what_somebody_else_said_meanwhile_comes_back_to_the_form(bot: Stage) -> None:
    room = await bot.declare()
    await bot.command("bob", "flag", room.name)
    await bot.command("carol", "flag leak", room.name)
    reply = await bot.sandbox.submit("bob", {"condition": "leak", "why": "A customer saw it"})
    assert "already" in " ".join(errors(reply).values())

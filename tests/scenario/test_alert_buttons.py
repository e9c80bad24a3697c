"""What people make of alerts in Slack: the buttons of a group's card, their forms, and what is typed to read."""

from collections.abc import AsyncIterator
from functools import partial

import pytest
from sqlalchemy import text as sql

from bot.domain import events as e
from bot.domain.alert_events import AlertsJoined
from bot.domain.alert_group import GroupState
from bot.sandbox.server import Sandbox
from tests.scenario.alarms import BUTTONS, alarm, fire, form, group, opened, press, read_by, room_of, rules, state
from tests.scenario.forms import errors, says, told
from tests.scenario.stage import Stage, shown, stage


@pytest.fixture
async def bot(database: str) -> AsyncIterator[Stage]:
    """The bot by which people decide of what is not critical."""
    async with stage(database, rules=rules) as made:
        yield made


# The card


async def test_the_card_of_a_suggestion_has_each_of_the_buttons_and_then_shows_what_became_of_it(bot: Stage) -> None:
    channel = await bot.sandbox.create_channel("alice", "alerts")
    await bot.declare("P2 Mails are late --service web")
    number = await group(bot, alarm(bot))
    card = await bot.hear(channel, "Is this an incident?")
    for button in BUTTONS:
        await bot.sandbox.click("bob", "alerts", card.ts, button)
        await bot.until(partial(opened, who="bob", button=button))
    await bot.sandbox.submit("bob", {"why": "A load test"})
    await bot.until(lambda _: "A load test" in str([m.blocks for m in channel.messages if m.ts == card.ts]))
    assert (await state(bot, number)).group.state is GroupState.DISMISSED


# Declare


async def test_a_suggestion_is_declared_with_what_the_rules_say(bot: Stage) -> None:
    number = await group(bot, alarm(bot), alarm(bot, instance="b"))
    await form(bot, "alice", "alert_declare", number)
    assert "payments" in says(bot, "alice")
    reply = await bot.sandbox.submit("alice", {"title": "Payments fail"})
    incident = await bot.incident()
    assert incident.ref in str(reply.body["view"]["blocks"])
    assert "is declared as P3" in str(reply.body["view"]["blocks"])
    assert (incident.title, incident.severity, incident.service) == ("Payments fail", "P3", "payments")
    assert incident.declared_by.user == bot.sandbox.people["alice"].id
    await room_of(bot, incident.ref, "alice")
    found = await state(bot, number)
    assert (found.group.state, found.settled_by) == (GroupState.INCIDENT, bot.sandbox.people["alice"].id)


async def test_another_severity_may_be_chosen_and_an_empty_title_is_asked_for(bot: Stage) -> None:
    number = await group(bot, alarm(bot))
    await form(bot, "alice", "alert_declare", number)
    incomplete = await bot.sandbox.submit("alice", {"title": ""})
    assert incomplete.error == "incomplete"
    await bot.sandbox.submit("alice", {"title": "Payments fail", "severity": "P1"})
    assert (await bot.incident()).severity == "P1"


async def test_the_same_form_told_twice_declares_once(bot: Stage) -> None:
    number = await group(bot, alarm(bot))
    await form(bot, "alice", "alert_declare", number)
    await bot.sandbox.submit("alice")
    again = await bot.sandbox.redeliver(kind="view_submission")
    assert "was recorded already" in str(again.body["view"]["blocks"])
    await bot.sandbox.redeliver(kind="block_actions")
    await told(bot, "alice", "has these alerts already")
    assert await bot.count() == 1


async def test_whoever_comes_too_late_reads_who_has_it_and_where(bot: Stage) -> None:
    number = await group(bot, alarm(bot))
    await form(bot, "bob", "alert_declare", number)
    await form(bot, "carol", "alert_mute", number)
    await form(bot, "dave", "alert_dismiss", number)
    await form(bot, "alice", "alert_declare", number)
    await bot.sandbox.submit("alice")
    incident = await bot.incident()
    for who in ("bob", "carol", "dave"):
        late = await bot.sandbox.submit(who)
        assert f"{incident.ref}* has these alerts already" in str(late.body["view"]["blocks"])
    await press(bot, "erin", number, *BUTTONS)
    said = f"{incident.ref}* has these alerts already"
    await bot.until(lambda s: _answered(s, said) == len(BUTTONS))
    assert bot.sandbox.view("erin") is None
    assert await bot.count() == 1
    assert "nobody has muted anything" in shown(await bot.command("alice", "mutes"))


async def test_alerts_that_are_over_are_said_to_be(bot: Stage) -> None:
    number = await group(bot, alarm(bot))
    async with bot.core.database.transaction(within=20) as connection:
        await connection.execute(sql("UPDATE alert_groups SET state = 'over'"))
    await press(bot, "erin", number, "alert_declare")
    await told(bot, "erin", "These alerts are over")


async def test_a_value_that_no_button_of_ours_has_changes_nothing(bot: Stage) -> None:
    forged = ("x", "\u0663", "-1", "9999", "9" * 15, "9" * 400, "INC-2026-01-31-001")
    for value in forged:
        await press(bot, "erin", value, *BUTTONS)
        assert bot.sandbox.view("erin") is None
    many = len(forged) * len(BUTTONS)
    await bot.until(lambda s: _answered(s, "There are no alerts of that number") == many)
    assert await bot.count() == 0


async def test_a_form_that_names_another_group_than_there_is_changes_nothing(bot: Stage) -> None:
    number = await group(bot, alarm(bot))
    for button in ("alert_declare", "alert_mute", "alert_dismiss"):
        view = await form(bot, "bob", button, number)
        for forged in ("4711", "9" * 400, "", "x"):
            view.private_metadata = f'{{"group": "{forged}"}}'
            (problem,) = errors(await bot.sandbox.submit("bob", view=view)).values()
            assert "There are no alerts of that number" in problem
    assert (await state(bot, number)).group.state is GroupState.SUGGESTED


async def test_a_form_that_waits_for_the_database_opens_and_is_filled_later(bot: Stage) -> None:
    number = await group(bot, alarm(bot))
    async with bot.core.database.transaction(within=20) as connection:
        await connection.execute(sql("LOCK TABLE alert_groups IN ACCESS EXCLUSIVE MODE"))
        await press(bot, "bob", number, "alert_declare")
        assert "The form is coming" in says(bot, "bob")
    await bot.until(lambda s: (view := s.view("bob")) and view.submit)
    await bot.sandbox.submit("bob")
    assert await bot.count() == 1


# Attach


async def test_a_group_is_attached_to_an_incident_that_the_person_may_see(bot: Stage) -> None:
    await bot.declare("P2 Mails are late --service web")
    await bot.declare("P2 Somebody was harassed --private", "carol")
    hidden = await bot.incident()
    number = await group(bot, alarm(bot))
    await form(bot, "bob", "alert_attach", number)
    offered = read_by(bot, "bob")
    assert "Mails are late" in offered
    assert hidden.ref not in offered
    reply = await bot.sandbox.submit("bob")
    assert "are part of" in str(reply.body["view"]["blocks"])
    found = await state(bot, number)
    assert found.incident_title == "Mails are late"
    assert found.group.running is not None
    assert len(await bot.events(AlertsJoined, found.group.running.ref)) == 1
    again = await bot.sandbox.redeliver(kind="view_submission")
    assert "are part of" in str(again.body["view"]["blocks"])
    assert len(await bot.events(AlertsJoined, found.group.running.ref)) == 1


async def test_a_private_incident_is_offered_to_those_in_it_and_named_to_nobody_else(bot: Stage) -> None:
    room = await bot.declare("P2 Somebody was harassed --private", "carol")
    hidden = await bot.incident()
    number = await group(bot, alarm(bot))
    await form(bot, "carol", "alert_attach", number)
    assert hidden.ref in read_by(bot, "carol")
    assert "harassed" not in read_by(bot, "carol")
    await bot.sandbox.submit("carol")
    await press(bot, "erin", number, "alert_declare")
    said = await told(bot, "erin", "A private incident has these alerts already")
    assert hidden.ref not in f"{said.text}{said.blocks}"
    assert "there are no alerts of that number" in shown(await bot.command("erin", f"alerts {number}"))
    assert "higherrorrate" not in shown(await bot.command("erin", "alerts"))
    assert "higherrorrate" in shown(await bot.command("carol", f"alerts {number}"))
    await bot.until(lambda _: bot.sandbox.people["carol"].id in room.members or None)
    assert "higherrorrate" in shown(await bot.command("carol", "alerts", room.name))
    assert "there is no incident" in shown(await bot.command("erin", f"{hidden.ref} alerts"))


async def test_an_incident_that_ended_meanwhile_is_said_at_its_field(bot: Stage) -> None:
    room = await bot.declare("P2 Mails are late --service web")
    number = await group(bot, alarm(bot))
    await form(bot, "bob", "alert_attach", number)
    await bot.command("alice", "resolve It was nothing --override It was a test", room.name)
    await bot.recorded(e.Resolved)
    assert "incident" in errors(await bot.sandbox.submit("bob"))
    assert (await state(bot, number)).group.state is GroupState.SUGGESTED


async def test_without_an_open_incident_there_is_nothing_to_attach_to(bot: Stage) -> None:
    await press(bot, "bob", await group(bot, alarm(bot)), "alert_attach")
    await told(bot, "bob", "No incident is open")


# Not an incident


async def test_somebody_says_that_it_is_none_and_why(bot: Stage) -> None:
    number = await group(bot, alarm(bot))
    await form(bot, "bob", "alert_dismiss", number)
    reply = await bot.sandbox.submit("bob", {"why": "A load test"})
    assert not reply.body
    assert bot.sandbox.view("bob") is None
    found = await state(bot, number)
    assert (found.group.state, found.settled_why) == (GroupState.DISMISSED, "A load test")
    await press(bot, "erin", number, "alert_dismiss")
    await told(bot, "erin", "said already that these alerts are no incident: A load test")
    await form(bot, "erin", "alert_declare", number)
    await bot.sandbox.submit("erin")
    assert (await state(bot, number)).group.state is GroupState.INCIDENT


# Reading


async def test_an_incidents_channel_lists_its_own_alerts_and_elsewhere_all_are_listed(bot: Stage) -> None:
    first, second = await group(bot, alarm(bot)), await group(bot, alarm(bot, "SlowPages", "web"))
    await form(bot, "alice", "alert_declare", first)
    await bot.sandbox.submit("alice")
    incident = await bot.incident()
    room = await room_of(bot, incident.ref, "alice")
    mine = shown(await bot.command("alice", "alerts", room.name))
    assert "higherrorrate" in mine
    assert "slowpages" not in mine
    for everywhere in (await bot.command("alice", "alerts"), await bot.command("alice", "alerts all", room.name)):
        assert "higherrorrate" in shown(everywhere)
        assert "slowpages" in shown(everywhere)
    assert "slowpages" in shown(await bot.command("alice", f"alerts {second}", room.name))
    assert "slowpages" not in shown(await bot.command("alice", f"alerts {incident.ref}"))


async def test_a_group_is_shown_whole_with_what_its_alerts_share(bot: Stage) -> None:
    number = await group(bot, alarm(bot, instance="a", env="prod"), alarm(bot, instance="b", env="prod"))
    said = shown(await bot.command("alice", f"alerts {number}"))
    assert "prod" in said
    assert "2 of 2" in said
    assert "instance" in said
    assert "there are no alerts of that number" in shown(await bot.command("alice", "alerts 4711"))
    assert "is no number of alerts" in shown(await bot.command("alice", "alerts payments"))


async def test_what_fires_comes_first_and_what_is_long_over_is_not_listed(bot: Stage) -> None:
    await fire(bot, alarm(bot))
    async with bot.core.database.transaction(within=20) as connection:
        await connection.execute(sql("UPDATE alert_groups SET firing = 0"))
    await fire(bot, alarm(bot, "SlowPages", "web"))
    bot.clock.advance(minutes=1)
    said = shown(await bot.command("alice", "alerts"))
    assert said.index("slowpages") < said.index("higherrorrate")
    bot.clock.advance(hours=5)
    assert "higherrorrate" not in shown(await bot.command("alice", "alerts"))


def _answered(sandbox: Sandbox, words: str) -> int:
    """How often erin was told so."""
    return sum(words in message.text for message in sandbox.ephemerals("erin"))

"""Silence that somebody asks for: typed, by a button and its form, while it holds, and how it ends."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import time, timedelta

import pytest

from bot.domain import events as e
from bot.domain.alert_group import GroupState
from bot.domain.alert_rules import Maintenance, Matcher
from bot.domain.judging import Reason
from bot.domain.rules import Policy
from tests.scenario.alarms import alarm, fire, form, group, rules, state
from tests.scenario.forms import errors
from tests.scenario.stage import Stage, shown, stage


@pytest.fixture
async def bot(database: str) -> AsyncIterator[Stage]:
    """The bot by which people decide of what is not critical."""
    async with stage(database, rules=rules) as made:
        yield made


async def reason(bot: Stage, *names: str, service: str = "payments", **labels: str) -> list[Reason]:
    return [told.reason for name in names for told in await fire(bot, alarm(bot, name, service, **labels))]


async def test_a_mute_holds_for_what_fits_until_its_time_and_no_longer(bot: Stage) -> None:
    said = shown(await bot.command("bob", "mute High* service=payments for 1h We deploy"))
    assert "muted until" in said
    assert "of payments" in said
    assert "we deploy" in said
    assert "unmute 1" in said
    assert await reason(bot, "HighErrorRate", "HighLatency", "DiskFull") == [*[Reason.MUTED] * 2, Reason.SUGGESTED]
    assert await reason(bot, "HighErrorRate", service="web") == [Reason.SUGGESTED]
    bot.clock.advance(hours=1, minutes=1)
    assert await reason(bot, "HighErrorRate", instance="another") != [Reason.MUTED]
    assert "nobody has muted anything" in shown(await bot.command("alice", "mutes"))


async def test_the_list_says_who_asked_for_it_and_why_and_what_is_expected(database: str) -> None:
    daily = Maintenance(
        name="backup", when=Matcher(alerts=("Disk*",)), days=tuple(range(7)), at=time(), lasts=timedelta(days=1)
    )

    def with_maintenance(policy: Policy) -> Policy:
        made = rules(policy)
        return replace(made, alerts=replace(made.alerts, maintenance=(daily,)))

    async with stage(database, rules=with_maintenance) as bot:
        await bot.command("bob", 'mute "Disk is full" for 2h: the vendor is on it')
        said = shown(await bot.command("alice", "mutes"))
        assert bot.sandbox.people["bob"].id.casefold() in said
        assert "disk is full" in said
        assert "the vendor is on it" in said
        assert "backup" in said


async def test_a_mute_is_ended_by_its_number_and_what_it_kept_quiet_is_heard_again(bot: Stage) -> None:
    await bot.command("bob", "mute HighErrorRate for 1h")
    said = shown(await bot.command("carol", "unmute 1"))
    assert "mute 1 has ended" in said
    assert "higherrorrate" in said
    assert await reason(bot, "HighErrorRate") == [Reason.SUGGESTED]
    assert "no mute of that number" in shown(await bot.command("carol", "unmute 1"))
    assert "by its number" in shown(await bot.command("carol", "unmute"))


async def test_the_same_command_told_twice_is_one_mute(bot: Stage) -> None:
    await bot.command("bob", "mute HighErrorRate for 1h")
    again = await bot.sandbox.redeliver(kind="command")
    assert "muted until" in shown(again)
    assert "unmute 1" in shown(again)
    await bot.command("bob", "unmute 1")
    assert "nobody has muted anything" in shown(await bot.command("bob", "mutes"))


async def test_a_groups_number_mutes_what_its_alerts_have_in_common(bot: Stage) -> None:
    number = await group(bot, alarm(bot), alarm(bot, instance="b"))
    said = shown(await bot.command("bob", f"mute #{number} for 30m A load test"))
    assert "higherrorrate" in said
    assert "payments" in said
    found = await state(bot, number)
    assert found.group.state is GroupState.DISMISSED
    assert "A load test" in found.settled_why
    assert await reason(bot, "HighErrorRate", instance="c") == [Reason.MUTED]
    assert "there are no alerts of that number" in shown(await bot.command("bob", "mute #4711 for 30m"))


async def test_the_card_says_who_asked_for_silence_and_that_it_ended(bot: Stage) -> None:
    channel = await bot.sandbox.create_channel("alice", "alerts")
    await group(bot, alarm(bot))
    card = await bot.hear(channel, "Is this an incident?")
    await bot.command("bob", "mute HighErrorRate for 1h: We deploy")
    muted = await bot.hear(channel, "Muted until")
    assert muted.ts == card.ts
    assert "We deploy" in str(muted.blocks)
    assert bot.sandbox.people["bob"].id in str(muted.blocks)
    await bot.command("carol", "unmute 1")
    assert (await bot.hear(channel, "Is this an incident?")).ts == card.ts


async def test_alerts_that_an_incident_has_are_not_muted_by_their_number(bot: Stage) -> None:
    number = await group(bot, alarm(bot))
    await form(bot, "alice", "alert_declare", number)
    await bot.sandbox.submit("alice")
    said = shown(await bot.command("bob", f"mute #{number} for 30m"))
    assert "has these alerts already" in said
    assert "nobody has muted anything" in shown(await bot.command("bob", "mutes"))


#: What somebody types, and what they read.
REFUSED = (
    ("mute", "what is to be quiet, and for how long"),
    ("mute HighErrorRate", "for how long"),
    ("mute HighErrorRate for ever", "not a length of time"),
    ("mute HighErrorRate for 31d", "from one minute to 30 days"),
    ("mute everything for 1h", "what should be muted?"),
    ("mute the disk is full for 1h", "put quotes around"),
    ("mute service!=web for 1h", "only `=` is known"),
    (f"mute HighErrorRate for 1h {'x' * 8001}", "8000 is the most"),
)


async def test_what_cannot_be_muted_says_what_is_missing(bot: Stage) -> None:
    for text, says in REFUSED:
        said = shown(await bot.command("bob", text))
        assert says in said
        assert "nothing was recorded" in said
    assert "nobody has muted anything" in shown(await bot.command("bob", "mutes"))


async def test_a_clock_of_an_incident_is_still_silenced_by_that_word(bot: Stage) -> None:
    room = await bot.declare()
    await bot.command("alice", "lead me", room.name)
    await bot.command("alice", "mute update 10m", room.name)
    (snoozed,) = await bot.recorded(e.ClockSnoozed)
    assert snoozed.clock == "update"


async def test_each_of_the_commands_is_explained(bot: Stage) -> None:
    everything = shown(await bot.command("bob", "help"))
    for name in ("alerts", "mute", "mutes", "unmute"):
        assert f"/incident {name}" in everything
        assert f"/incident {name}" in shown(await bot.command("bob", f"help {name}"))


# The form


async def test_the_form_asks_how_long_and_why(bot: Stage) -> None:
    number = await group(bot, alarm(bot))
    await form(bot, "bob", "alert_mute", number)
    reply = await bot.sandbox.submit("bob", {"lasts": "15m", "why": "A load test"})
    assert "Muted until" in str(reply.body["view"]["blocks"])
    assert "unmute 1" in str(reply.body["view"]["blocks"])
    assert await reason(bot, "HighErrorRate", instance="c") == [Reason.MUTED]
    again = await bot.sandbox.redeliver(kind="view_submission")
    assert "done already" in str(again.body["view"]["blocks"])
    assert "no mute of that number" in shown(await bot.command("alice", "unmute 2"))
    bot.clock.advance(minutes=16)
    assert "nobody has muted anything" in shown(await bot.command("alice", "mutes"))


async def test_a_time_that_cannot_be_is_said_at_its_field_and_another_is_taken(bot: Stage) -> None:
    number = await group(bot, alarm(bot))
    await form(bot, "bob", "alert_mute", number)
    assert "until" in errors(await bot.sandbox.submit("bob", {"lasts": "until"}))
    then = int(bot.clock().timestamp())
    assert "is over" in errors(await bot.sandbox.submit("bob", {"until": then - 3600}))["until"]
    assert "30 days" in errors(await bot.sandbox.submit("bob", {"until": then + 40 * 86_400}))["until"]
    assert "nobody has muted anything" in shown(await bot.command("alice", "mutes"))
    reply = await bot.sandbox.submit("bob", {"until": then + 7200})
    assert "Muted until" in str(reply.body["view"]["blocks"])

"""What people type about a policy's conditions, checklists, texts, clocks and rules, through the whole bot."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest

from bot.domain import events as e
from bot.sandbox.records import Fault
from tests.scenario.stage import Stage, shown, stage
from tests.support.procedures import watching, with_procedures


@pytest.fixture
async def packed(database: str) -> AsyncIterator[Stage]:
    """The bot, with a policy that asks for something of everything."""
    async with stage(database, rules=with_procedures) as made:
        yield made


async def nothing_more(bot: Stage, room: str, who: str, text: str) -> str:
    """What a command is answered; it changes nothing and says nothing to others."""
    # A busy machine is quiet for a moment before it goes on with what came before.
    await bot.sandbox.quiet(timeout=30, for_seconds=0.5)
    before, posted = len(await bot.entries()), len(bot.sandbox.channel(room).messages)
    said = shown(await bot.command(who, text, room))
    await bot.sandbox.quiet(timeout=30)
    assert (len(await bot.entries()), len(bot.sandbox.channel(room).messages)) == (before, posted)
    return said


# Conditions


async def test_what_turned_out_is_flagged_by_any_of_its_names_and_taken_back(packed: Stage) -> None:
    room = await packed.declare("P3 Orders are odd")
    assert "recorded" in shown(await packed.command("bob", "flag data is gone since noon", room.name))
    (found,) = await packed.recorded(e.ConditionSet)
    assert (found.condition, found.why) == ("data-loss", "since noon")
    await packed.hear(room, "Data was lost")
    assert set((await packed.incident()).conditions) == {"data-loss"}

    said = await nothing_more(packed, room.name, "bob", "unflag")
    assert "data was lost" in said
    assert "somebody got in" in said

    assert "recorded" in shown(await packed.command("bob", "unflag Data Loss They were hidden", room.name))
    (cleared,) = await packed.recorded(e.ConditionCleared)
    assert cleared.why == "They were hidden"
    assert not (await packed.incident()).conditions


async def test_a_flag_without_a_name_asks_in_a_form(packed: Stage) -> None:
    room = await packed.declare()
    await packed.command("bob", "flag", room.name)
    assert packed.sandbox.view("bob") is not None
    await packed.sandbox.submit("bob", {"condition": "security", "why": "A key was used from abroad"})
    (found,) = await packed.recorded(e.ConditionSet)
    assert (found.condition, found.why) == ("security", "A key was used from abroad")


async def test_a_policy_without_conditions_says_so_where_a_form_would_ask(database: str) -> None:
    async with stage(database, rules=lambda policy: replace(policy, conditions=())) as bot:
        room = await bot.declare()
        assert "what is so of" in await nothing_more(bot, room.name, "bob", "flag")
        assert bot.sandbox.view("bob") is None


async def test_a_declaration_says_what_is_so_and_that_decides_its_severity(packed: Stage) -> None:
    await packed.declare("Orders are gone --flag lost data --flag breach")
    incident = await packed.incident()
    assert (incident.title, incident.severity) == ("Orders are gone", "P1")
    assert set(incident.conditions) == {"data-loss", "security"}


async def test_a_declaration_without_flags_is_as_it_was(packed: Stage) -> None:
    await packed.declare("Orders are gone")
    incident = await packed.incident()
    assert (incident.severity, dict(incident.conditions)) == ("P3", {})


def _initial(block: dict[str, Any]) -> object:
    return (block.get("element") or {}).get("initial_options")


async def test_the_declare_form_knows_what_was_flagged(packed: Stage) -> None:
    await packed.command("bob", "declare --flag breach")
    view = packed.sandbox.view("bob")
    assert view is not None
    assert "'value': 'security'" in str([_initial(block) for block in view.blocks])
    assert "did you mean data-loss" in shown(await packed.command("bob", "declare --flag data-lost"))


# The cause


async def test_the_cause_is_said_once_it_is_known(packed: Stage) -> None:
    room = await packed.declare()
    assert "recorded" in shown(await packed.command("bob", "cause A lock on <b> & orders", room.name))
    (found,) = await packed.recorded(e.CauseFound)
    assert found.text == "A lock on <b> & orders"
    await packed.hear(room, "A lock")
    assert (await packed.incident()).identified_at is not None


# Checklists


async def test_a_checklist_comes_into_the_channel_once(packed: Stage) -> None:
    room = await packed.declare("P3 Orders are odd")
    said = await nothing_more(packed, room.name, "bob", "checklist")
    assert "before it is resolved" in said
    assert "the first five minutes" in said

    assert "recorded" in shown(await packed.command("bob", "checklist All Clear", room.name))
    (listed,) = await packed.recorded(e.ChecklistShown)
    assert listed.name == "before-resolving"
    await packed.hear(room, "The queue is empty")

    again = await nothing_more(packed, room.name, "erin", "checklist before resolving")
    assert "the queue is empty" in again
    assert "'tick:before-resolving'" in again
    assert "0 of 3" in await nothing_more(packed, room.name, "erin", "checklists")


# Texts


async def test_the_texts_that_fit_come_first(packed: Stage) -> None:
    room = await packed.declare()
    said = await nothing_more(packed, room.name, "bob", "text")
    assert said.index("a notice to customers") < said.index("the all-clear")


async def test_a_text_is_filled_in_and_recorded(packed: Stage) -> None:
    room = await packed.declare()
    await packed.command("bob", "text letter to customers", room.name)
    view = packed.sandbox.view("bob")
    assert view is not None
    assert "We are looking into Checkout is down" in str(view.blocks)
    await packed.sandbox.submit("bob", {"subject": "Cards", "body": "Cards fail. We are on it."})
    (sent,) = await packed.recorded(e.TextSent)
    assert (sent.text, sent.subject, sent.body) == ("customer-notice", "Cards", "Cards fail. We are on it.")
    await packed.hear(room, "Cards fail. We are on it.")


# Clocks


async def test_the_clocks_that_run_are_listed_with_who_is_called_next(packed: Stage) -> None:
    room = await packed.declare()
    for text in ("snooze", "extend", "clocks"):
        said = await nothing_more(packed, room.name, "bob", text)
        assert "next update" in said
        assert "p1-unacknowledged" in said


async def test_a_clock_is_silent_for_a_while_and_gets_more_time(packed: Stage) -> None:
    room = await packed.declare()
    await packed.command("bob", "ack", room.name)
    before = await packed.incident()
    assert "recorded" in shown(await packed.command("bob", "snooze update 10 min on the phone", room.name))
    (silent,) = await packed.recorded(e.ClockSnoozed)
    assert (silent.clock, silent.why) == ("update", "on the phone")
    assert abs(silent.until - packed.clock().astimezone(UTC) - timedelta(minutes=10)) < timedelta(seconds=30)

    assert "recorded" in shown(await packed.command("erin", "extend resolve 2h The vendor is closed", room.name))
    (longer,) = await packed.recorded(e.ClockExtended)
    assert longer.due_at - longer.before == timedelta(hours=2)
    assert longer.before == before.declared_at + timedelta(hours=1)
    assert longer.why == "The vendor is closed"
    await packed.hear(room, "The vendor is closed")

    assert "recorded" in shown(await packed.command("bob", "snooze customer notice 1h", room.name))
    assert [s.clock for s in await packed.recorded(e.ClockSnoozed, 2)] == ["update", "text:customer-notice"]
    assert "recorded" in shown(await packed.command("bob", "snooze escalation an hour", room.name))
    assert [s.clock for s in await packed.recorded(e.ClockSnoozed, 3)][-1] == "escalation"


async def test_only_the_commander_keeps_a_clock_silent(packed: Stage) -> None:
    room = await packed.declare()
    await packed.command("bob", "ack", room.name)
    said = await nothing_more(packed, room.name, "carol", "snooze update 10m")
    assert "can make a clock silent" in said
    assert "nothing was recorded" in said


# Escalation


async def test_an_escalation_is_shown_before_it_goes(packed: Stage) -> None:
    room = await packed.declare()
    await nothing_more(packed, room.name, "bob", "escalate dba it locks")
    view = packed.sandbox.view("bob")
    assert view is not None
    assert packed.sandbox.people["dave"].id in str(view.blocks)
    assert "it locks" in str(view.blocks)
    await packed.sandbox.submit("bob", {})
    (called,) = await packed.recorded(e.Escalated)
    assert (called.step, called.why, called.names) == ("database-team", "it locks", ("on-call",))


async def test_an_escalation_whose_form_does_not_open_says_how_to_go_without(packed: Stage) -> None:
    room = await packed.declare()
    packed.sandbox.faults.add(Fault(method="views.open", error="internal_error"))
    said = await nothing_more(packed, room.name, "bob", "escalate dba it locks")
    assert "slack did not open the form" in said
    assert "[--now]" in said


async def test_an_escalation_may_go_at_once_with_somebody_besides(packed: Stage) -> None:
    room, people = await packed.declare(), packed.sandbox.people
    assert "recorded" in shown(await packed.command("bob", "escalate to the board @erin who decides --now", room.name))
    (called,) = await packed.recorded(e.Escalated)
    assert (called.step, called.why) == ("board", "who decides")
    assert called.people == (people["carol"].id, people["erin"].id)
    await packed.until(lambda _: people["erin"].id in room.members)


# Before all that the policy asks for is so


async def test_a_resolution_waits_for_what_the_policy_asks_unless_somebody_says_why(database: str) -> None:
    async with stage(database, rules=lambda policy: watching(policy, 15)) as bot:
        room = await bot.declare()
        for text in ("resolve Rolled back", "status resolved Rolled back"):
            said = await nothing_more(bot, room.name, "bob", text)
            assert "it was not watched for 15 min" in said
            assert "--override" in said
        typed = "status resolved Rolled back \u2014override the shop closes"
        assert "recorded" in shown(await bot.command("bob", typed, room.name))
        (over,) = await bot.recorded(e.Resolved)
        assert (over.summary, over.because) == ("Rolled back", "the shop closes")
        assert len(over.overrode) == 1
        assert "because “the shop closes”" in await nothing_more(bot, room.name, "erin", "timeline")


async def test_the_form_for_a_resolution_has_the_reason_that_was_typed(database: str) -> None:
    async with stage(database, rules=lambda policy: watching(policy, 15)) as bot:
        room = await bot.declare()
        await bot.command("bob", "resolve --override the shop closes", room.name)
        await bot.sandbox.submit("bob", {"summary": "Rolled back"})
        (over,) = await bot.recorded(e.Resolved)
        assert over.because == "the shop closes"


# The lead


async def test_whoever_takes_over_is_told_what_was_said_to_them(packed: Stage) -> None:
    room = await packed.declare()
    await packed.command("bob", "ack", room.name)
    assert "recorded" in shown(await packed.command("bob", "handoff to @carol: the vendor calls at noon", room.name))
    (given,) = await packed.recorded(e.RoleAssigned)
    carol = packed.sandbox.people["carol"].id
    assert (given.user, given.note) == (carol, "the vendor calls at noon")
    direct = packed.sandbox.workspace.direct([carol, packed.sandbox.workspace.bot.id])
    await packed.hear(direct, "the vendor calls at noon")
    assert "the vendor calls at noon" in await nothing_more(packed, room.name, "erin", "timeline")


# The rules


async def test_the_rules_are_read_privately_anywhere(packed: Stage) -> None:
    await packed.sandbox.quiet(timeout=30)
    posted = len(packed.sandbox.channel("random").messages)
    said = shown(await packed.command("erin", "policy", "random"))
    assert "down, or as good as down" in said
    assert "p4" in said
    assert "p2" in shown(await packed.command("erin", "policy SEV 2", "random"))
    assert "known: p1, p2, p3, p4" in shown(await packed.command("erin", "policy p9", "random"))
    await packed.sandbox.quiet()
    assert len(packed.sandbox.channel("random").messages) == posted


# Bad input


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("flag dataloss-ish rows", "did you mean data-loss?"),
        ("flag zzz", "known: data-loss, security, rollback"),
        ("unflag security", "already has the somebody got in not set"),
        ("declare Orders are gone --flag securty", "did you mean security?"),
        ("declare Orders are gone --flga security", "did you mean --flag?"),
        ("cause", "this needs some text"),
        ("checklist before-resolvng", "did you mean before-resolving?"),
        ("text customer-notise", "did you mean customer-notice?"),
        ("snooze updat 10m", "did you mean update?"),
        ("snooze update", "say for how long"),
        ("snooze update soon", "is not a length of time"),
        ("snooze update 2d", "24 hours at most"),
        ("extend resolve 2h", "this needs some text"),
        ("extend escalation 2h We wait", "there is no clock"),
        ("extend resolve 200d We wait", "90 days at most"),
        ("resolve Done --overide now", "did you mean --override?"),
        ("resolve Done --override", "needs a value after it"),
        ("policy p9", "did you mean"),
        ("unflga data-loss", "did you mean unflag?"),
        ("checklits", "did you mean checklist"),
    ],
)
async def test_what_is_not_understood_is_answered_privately_and_not_recorded(
    packed: Stage, text: str, answer: str
) -> None:
    room = await packed.declare()
    said = await nothing_more(packed, room.name, "bob", text)
    assert answer in said
    assert "nothing was recorded" in said


# Private incidents


@pytest.mark.parametrize(
    "text",
    [
        *("flag", "flag security", "unflag", "cause A lock", "checklist", "checklist resolving", "text", "clocks"),
        *("text customers", "snooze update 10m", "extend update 10m We wait", "escalate", "escalate dba --now"),
    ],
)
async def test_a_private_incident_is_not_there_for_strangers(packed: Stage, text: str) -> None:
    await packed.declare("P2 Somebody was harassed --private")
    incident = await packed.incident()
    await packed.sandbox.quiet(timeout=30)
    before = len(await packed.entries())
    said = shown(await packed.command("erin", f"{incident.ref} {text}", "random"))
    assert "there is no incident" in said
    assert "harassed" not in said
    assert packed.sandbox.view("erin") is None
    assert len(await packed.entries()) == before

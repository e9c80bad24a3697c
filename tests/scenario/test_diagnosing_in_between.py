"""What may come between a diagnostic's beginning and its end: another pack, another process, another hand."""

from dataclasses import replace

import pytest

from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.action_rules import Allowed
from bot.domain.actor import Actor
from bot.domain.rules import Policy
from bot.sandbox.model import Message
from tests.scenario.absence import stopped
from tests.scenario.ill import planted
from tests.scenario.stage import Stage, shown, stage

pytestmark = pytest.mark.usefixtures("patient")


def other(message: Message, button: str, *, as_if: str = "", value: str) -> None:
    """Makes a button of a card another one, as somebody does who writes requests by hand."""
    for block in message.blocks:
        for element in block.get("elements", ()):
            if element.get("action_id") == button:
                element["action_id"], element["value"] = as_if or button, value


async def test_a_run_of_what_is_not_there_by_then_says_so_and_leaves_nobody_waiting(bot: Stage) -> None:
    room = await bot.declare()
    ref = (await bot.incident()).ref
    gone = c.RequestDiagnostic(by=Actor.person("U0BOB00002"), target="db gone", run="gone")
    await bot.core.muster.execute(gone, ref=ref)
    card = await bot.hear(room, "Diagnostics of db gone: ERROR")
    assert "There is no check “gone” of db" in card.text
    assert "Looking…" not in card.text
    (told,) = await bot.recorded(e.DiagnosticRecorded)
    assert told.verdict == "ERROR"


async def test_a_watch_ends_where_the_pack_has_dropped_what_it_looks_at(bot: Stage, patient: str) -> None:
    room = await bot.declare()
    async with planted(patient):
        await bot.command("bob", "diag db locks --watch 2m", room.name)
        card = await bot.hear(room, "Diagnostics of db locks: WARN")
        await bot.until(lambda _: "Looked at every 2 min" in str(card.blocks) or None)
        bot.app.rules.take(replace(bot.core.muster.policy, targets=(), actions=()))
        bot.clock.advance(minutes=2, seconds=1)
        await bot.app.upkeep.once()
        (ended,) = await bot.recorded(e.DiagnosticUnwatched)
        assert not ended.well
        await bot.until(lambda _: "Looked at every" not in str(card.blocks) or None)
        assert len(await bot.events(e.DiagnosticRequested)) == 1


async def test_a_watch_goes_on_in_the_next_process(bot: Stage, patient: str) -> None:
    room = await bot.declare()
    async with planted(patient):
        await bot.command("bob", "diag db locks --watch 1m", room.name)
        await bot.hear(room, "Diagnostics of db locks: WARN")
        async with stopped(bot):
            pass
        await bot.app.upkeep.once()
        await bot.recorded(e.DiagnosticRepeated)
    bot.clock.advance(minutes=1, seconds=1)
    await bot.app.upkeep.once()
    await bot.hear(room, "Changed: Blocked sessions: WARN → OK")


async def test_what_was_measured_later_is_not_what_was_before(bot: Stage, patient: str) -> None:
    room = await bot.declare()
    bot.clock.advance(minutes=10)
    async with planted(patient):
        await bot.command("bob", "diag db locks", room.name)
        await bot.hear(room, "Diagnostics of db locks: WARN")
    bot.clock.advance(minutes=-10)
    await bot.command("bob", "diag db locks", room.name)
    earlier = await bot.hear(room, "Diagnostics of db locks: OK")
    assert "→" not in earlier.text


def for_carol(policy: Policy) -> Policy:
    """Rules by which only a contact's people look at targets."""
    allowed = Allowed(groups=("engineering-lead",))
    return replace(policy, targets=tuple(replace(target, allowed=allowed) for target in policy.targets))


async def test_a_target_that_is_for_some_is_refused_to_others_by_button_and_form_as_well(
    database: str, patient: str
) -> None:
    async with stage(database, rules=for_carol) as bot:
        room = await bot.declare()
        async with planted(patient):
            assert "diagnosing db" in shown(await bot.command("carol", "diag db locks", room.name))
            card = await bot.hear(room, "Diagnostics of db locks: WARN")
            for button in ("diag", "watch"):
                await bot.sandbox.click("bob", room.name, card.ts, button)
                await bot.until(lambda s: any("is for engineering-lead" in m.text for m in s.ephemerals("bob")))
                bot.sandbox.ephemerals("bob").clear()
            await bot.command("bob", "diag db --baseline", room.name)
            summary = next(m for m in room.messages if "'action_id': 'diag'" in str(m.blocks))
            await bot.sandbox.click("bob", room.name, summary.ts, "diag")
            await bot.sandbox.quiet(timeout=30)
            assert len(await bot.events(e.DiagnosticRequested)) == 1
            assert not await bot.events(e.DiagnosticWatched)
            await bot.sandbox.click("carol", room.name, card.ts, "watch")
            await bot.until(lambda _: "Stop watching" in str(card.blocks) or None)


async def test_a_button_that_somebody_wrote_by_hand_is_answered_and_looks_at_nothing(bot: Stage, patient: str) -> None:
    room = await bot.declare()
    async with planted(patient):
        await bot.command("bob", "diag db locks", room.name)
        card = await bot.hear(room, "Diagnostics of db locks: WARN")
        await bot.sandbox.quiet(timeout=30)
        ref = (await bot.incident()).ref
        for button in ("diag", "watch", "unwatch"):
            for value in ("moon", "db moon", "db " + "x" * 1900):
                card.blocks = [dict(b, elements=[dict(x) for x in b.get("elements", ())]) for b in card.blocks]
                other(card, "runbook", as_if=button, value=f"{ref} {value}")
                reply = await bot.sandbox.click("bob", room.name, card.ts, button, value=f"{ref} {value}")
                assert reply.status == 200
                other(card, button, as_if="runbook", value="x")
        await bot.sandbox.quiet(timeout=30)
        assert len(await bot.events(e.DiagnosticRequested)) == 1
        assert not await bot.events(e.DiagnosticWatched)


async def test_a_watch_is_ended_by_the_words_that_began_it(bot: Stage, patient: str) -> None:
    room = await bot.declare()
    async with planted(patient):
        await bot.command("bob", "diag d lock --watch 5m", room.name)
        await bot.hear(room, "Diagnostics of db locks: WARN")
        assert "not looked at any more" in shown(await bot.command("bob", "diag d lock --stop", room.name))
        assert not (await bot.incident()).watches

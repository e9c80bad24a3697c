"""Doing something to a system from within an incident: shown first, approved, run once, looked at afterwards."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.domain import events as e
from bot.domain.action import Stage as Where
from bot.domain.action_rules import ActionRule, Allowed, Approvals
from bot.domain.rules import Policy
from bot.sandbox.model import Channel, Message
from tests.scenario.ill import planted
from tests.scenario.stage import Stage, shown, stage

pytestmark = pytest.mark.usefixtures("patient")


def ending(**changes: Any) -> Callable[[Policy], Policy]:
    """Rules whose action `end-session` is otherwise."""

    def change(rule: ActionRule) -> ActionRule:
        return replace(rule, **changes)

    return lambda policy: replace(policy, actions=tuple(map(change, policy.actions)))


async def offered(bot: Stage, room: Channel) -> Message:
    """The card of a diagnostic that found the lock, and offers to end the session at its root."""
    await bot.command("bob", "diag db locks", room.name)
    card = await bot.hear(room, "Diagnostics of db locks: WARN")
    await bot.until(lambda _: "End a session" in str(card.blocks) or None)
    return card


async def proposed(bot: Stage, room: Channel) -> Message:
    """The card of the action, rehearsed."""
    await bot.sandbox.click("bob", room.name, (await offered(bot, room)).ts, "act")
    return await bot.hear(room, "End a session: not run yet")


async def test_a_lock_three_deep_is_found_and_the_approved_action_frees_it_and_it_is_green_again(
    bot: Stage, patient: str
) -> None:
    room = await bot.declare("P1 Checkout hangs")
    async with planted(patient):
        card = await proposed(bot, room)
        assert "migration" in card.text
        assert "somebody else than" in card.text
        own = await bot.sandbox.click("bob", room.name, card.ts, "agree")
        assert own.status == 200
        await bot.until(lambda s: any("somebody else has to approve" in m.text for m in s.ephemerals("bob")))
        await bot.sandbox.click("carol", room.name, card.ts, "agree")
        await bot.until(lambda _: "Run it now" in str(card.blocks) or None)
        await bot.sandbox.click("bob", room.name, card.ts, "run")
        await bot.until(lambda _: "End a session: done" in card.text or None)
        await bot.hear(room, "Diagnostics of db locks: OK")
    (done,) = await bot.recorded(e.ActionFinished)
    assert done.verdict == "done"
    kinds = [type(entry.event).__name__ for entry in await bot.entries() if "Action" in type(entry.event).__name__]
    assert kinds == ["ActionRequested", "ActionProposed", "ActionApproved", "ActionStarted", "ActionFinished"]


async def test_nothing_happens_without_the_approval_unless_an_emergency_is_stated(bot: Stage, patient: str) -> None:
    room = await bot.declare()
    async with planted(patient):
        card = await proposed(bot, room)
        assert "1 more must approve" in shown(await bot.command("bob", "do run 1", room.name))
        await bot.sandbox.click("bob", room.name, card.ts, "emergency")
        await bot.sandbox.submit("bob", {"why": "Nobody answers, and orders are lost"})
        await bot.until(lambda _: "End a session: done" in card.text or None)
        assert "Nobody answers, and orders are lost" in card.text
    (started,) = await bot.events(e.ActionStarted)
    assert (started.missing, started.emergency) == (1, "Nobody answers, and orders are lost")


async def test_a_policy_without_an_emergency_knows_none(database: str, patient: str) -> None:
    async with stage(database, rules=ending(approvals=Approvals(count=1))) as bot:
        room = await bot.declare()
        async with planted(patient):
            card = await proposed(bot, room)
            assert "Run without approval" not in str(card.blocks)
            typed = await bot.command("bob", "do run 1 --emergency I am sure", room.name)
            assert "has no emergency" in shown(typed)
        assert not await bot.events(e.ActionStarted)


async def test_two_approvals_are_two_people_with_the_role(database: str, patient: str) -> None:
    approvals = Approvals(count=2, roles=("commander", "operations"))
    async with stage(database, rules=ending(approvals=approvals)) as bot:
        room = await bot.declare()
        await bot.command("alice", "lead @carol", room.name)
        await bot.command("alice", "role operations @dave", room.name)
        async with planted(patient):
            card = await proposed(bot, room)
            assert "is for" in shown(await bot.command("erin", "do approve 1", room.name))
            assert "approved of" in shown(await bot.command("carol", "do approve 1", room.name))
            assert "approved of “end a session” already" in shown(await bot.command("carol", "do approve 1", room.name))
            await bot.command("dave", "do approve 1", room.name)
            await bot.until(lambda _: "Run it now" in str(card.blocks) or None)


async def test_what_is_declined_or_not_run_in_time_is_not_run(bot: Stage, patient: str) -> None:
    room = await bot.declare()
    async with planted(patient):
        card = await proposed(bot, room)
        await bot.sandbox.click("erin", room.name, card.ts, "decline")
        await bot.until(lambda _: "End a session: declined" in card.text or None)
        assert "is declined" in shown(await bot.command("carol", "do approve 1", room.name))
        again = await bot.hear(room, "Diagnostics of db locks: WARN")
        await bot.sandbox.click("bob", room.name, again.ts, "act")
        await bot.hear(room, "End a session: not run yet")
        bot.clock.advance(minutes=16)
        assert "is expired" in shown(await bot.command("carol", "do approve 2", room.name))
        await bot.app.upkeep.once()
        await bot.hear(room, "End a session: not run in time")
        assert [action.stage for action in (await bot.incident()).actions] == [Where.DECLINED, Where.EXPIRED]
    assert not await bot.events(e.ActionStarted)


async def test_a_drill_rehearses_and_goes_no_further(bot: Stage, patient: str) -> None:
    room = await bot.declare("P1 Checkout is down --drill")
    async with planted(patient):
        card = await proposed(bot, room)
        assert "This is a drill" in card.text
        await bot.command("carol", "do approve 1", room.name)
        assert "this is a drill" in shown(await bot.command("bob", "do run 1", room.name))
    assert not await bot.events(e.ActionStarted)


async def test_a_session_that_is_gone_by_then_is_refused_and_nothing_is_done(bot: Stage, patient: str) -> None:
    room = await bot.declare()
    async with planted(patient):
        card = await proposed(bot, room)
        await bot.command("carol", "do approve 1", room.name)
    await bot.command("bob", "do run 1", room.name)
    await bot.until(lambda _: "End a session: nothing was done" in card.text or None)
    (done,) = await bot.recorded(e.ActionFinished)
    assert done.verdict == "refused"


async def test_an_action_is_asked_for_in_a_line_and_wrong_values_are_answered(bot: Stage) -> None:
    room = await bot.declare()
    for typed, answer in (
        ("do", "end-session pid=1"),
        ("do end-sesion 4711", "did you mean end-session"),
        ("do end-session", "is missing: write pid="),
        ("do end-session many", "is not a whole number"),
        ("do end-session 4711 4712", "more than there is to say"),
        ("do approve 9", "has no action 9"),
    ):
        assert answer in shown(await bot.command("bob", typed, room.name)), typed
    await bot.command("bob", "do kill session 999999", room.name)
    await bot.hear(room, "End a session: cannot be run")
    (impossible,) = await bot.recorded(e.ActionImpossible)
    assert "999999" in impossible.why


async def test_who_may_ask_is_policy(database: str) -> None:
    async with stage(database, rules=ending(allowed=Allowed(roles=("operations",)))) as bot:
        room = await bot.declare()
        assert "is for operations" in shown(await bot.command("bob", "do end-session 1", room.name))
        await bot.command("alice", "resolve It was nothing", room.name)
        await bot.command("alice", "role operations @bob", room.name)
        assert "is resolved" in shown(await bot.command("bob", "do end-session 1", room.name))
        assert not await bot.events(e.ActionRequested)

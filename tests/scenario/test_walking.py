"""Walking a runbook in Slack: its card, its steps, what they run, and everybody who takes part."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain import events as e
from bot.sandbox.model import Channel, Message
from tests.scenario import walked
from tests.scenario.ill import planted
from tests.scenario.stage import Stage, shown, stage

pytestmark = pytest.mark.usefixtures("patient")


@pytest.fixture
async def walker(database: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """The bot with a pack whose runbook has everything."""
    made = walked.pack(tmp_path)
    async with stage(
        database, rules=lambda default: walked.rules(made, default), settings={"muster_pack": str(made)}
    ) as bot:
        yield bot


async def begun(bot: Stage, room: Channel) -> tuple[Message, Message]:
    """The card of a run that was begun, and that of its first step."""
    await bot.command("bob", "runbook everything-waits", room.name)
    card = await bot.until(
        lambda _: next((m for m in room.messages if m.text.startswith(":compass: Everything waits")), None)
    )
    return card, await step(bot, room, "1. Who waits for whom?")


async def step(bot: Stage, room: Channel, title: str) -> Message:
    """The card of a step, in a thread."""
    return await bot.until(lambda _: next((m for m in room.messages if m.thread_ts and title in m.text), None))


async def test_a_lock_three_deep_is_walked_from_the_branch_to_the_end(walker: Stage, patient: str) -> None:
    room = await walker.declare("P1 Checkout hangs")
    card, first = await begun(walker, room)
    assert first.thread_ts == card.ts
    async with planted(patient):
        await walker.sandbox.click("bob", room.name, first.ts, "check")
        await walker.until(lambda _: "leads to" in first.text or None)
        assert "WARN" in first.text
        await walker.sandbox.click("carol", room.name, first.ts, "done")
        ending = await step(walker, room, "3. End what blocks")
        assert "WARN" in first.text
        assert "carol" not in ending.text
        await walker.sandbox.click("bob", room.name, ending.ts, "check")
        action = await walker.hear(room, "End a session: not run yet")
        assert action.thread_ts == card.ts
        await walker.sandbox.click("bob", room.name, action.ts, "agree")
        await walker.until(lambda s: any("somebody else has to approve" in m.text for m in s.ephemerals("bob")))
        await walker.sandbox.click("carol", room.name, action.ts, "agree")
        await walker.until(lambda _: "Run it now" in str(action.blocks) or None)
        await walker.sandbox.click("bob", room.name, action.ts, "run")
        await walker.until(lambda _: "End a session: done" in ending.text or None)
    await walker.sandbox.click("bob", room.name, ending.ts, "done")
    owner = await step(walker, room, "4. Tell its owner")
    await walker.sandbox.click("bob", room.name, owner.ts, "skip")
    await walker.sandbox.submit("bob", {"why": "It was ours"})
    verify = await step(walker, room, "5. Nobody waits any more")
    await walker.sandbox.click("bob", room.name, verify.ts, "check")
    await walker.until(lambda _: "OK" in verify.text or None)
    await walker.sandbox.click("bob", room.name, verify.ts, "done")
    last = await step(walker, room, "6. Customers can check out again")
    await walker.sandbox.click("bob", room.name, last.ts, "done")
    await walker.until(lambda _: "walked to the end" in card.text or None)
    (over,) = await walker.recorded(e.RunbookFinished)
    assert (over.done, over.skipped, over.failed) == (4, 1, 0)


async def test_what_is_typed_does_what_the_buttons_do(walker: Stage) -> None:
    room = await walker.declare()
    _, first = await begun(walker, room)
    assert "recorded" in shown(await walker.command("bob", "step done", room.name))
    second = await step(walker, room, "2. Look at the statements")
    assert "SELECT pid, query" in str(second.blocks)
    assert "why it is skipped" in shown(await walker.command("bob", "step skip", room.name))
    await walker.command("bob", "step back", room.name)
    await walker.until(lambda _: "not the next step" in second.text or None)
    await walker.until(lambda _: "Look: db locks" in str(first.blocks) or None)
    await walker.command("bob", "step pause Lunch", room.name)
    assert "is paused" in shown(await walker.command("bob", "step done", room.name))
    await walker.command("bob", "step resume", room.name)
    await walker.command("bob", "step stop Another cause", room.name)
    (stopped,) = await walker.recorded(e.RunbookStopped)
    assert stopped.why == "Another cause"

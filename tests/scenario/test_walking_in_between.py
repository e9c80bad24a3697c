"""What comes between people and a runbook that they walk: edits, hand-overs, restarts, others, and harm."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import App
from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.actor import Actor
from bot.domain.runbook_run import Outcome
from tests.scenario import walked
from tests.scenario.ill import planted
from tests.scenario.stage import Stage, shown, stage
from tests.scenario.test_walking import begun, step

pytestmark = pytest.mark.usefixtures("patient")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A pack of its own."""
    return walked.pack(tmp_path)


@pytest.fixture
async def walker(database: str, made: Path) -> AsyncIterator[Stage]:
    """The bot with that pack."""
    settings = {"muster_pack": str(made)}
    async with stage(database, rules=lambda default: walked.rules(made, default), settings=settings) as bot:
        yield bot


async def told(bot: Stage, who: str, words: str) -> None:
    """Somebody alone reads these words."""
    await bot.until(lambda s: any(words in f"{m.text}{m.blocks}" for m in s.ephemerals(who)) or None)


async def test_a_run_keeps_to_its_version_when_the_file_is_edited_or_gone(walker: Stage, made: Path) -> None:
    room = await walker.declare()
    card, first = await begun(walker, room)
    file = made / "everything-waits.md"
    file.write_text(walked.RUNBOOK.replace("2. **Look at the statements**", "2. **Something else**"))
    await walker.sandbox.click("bob", room.name, first.ts, "done")
    second = await step(walker, room, "2. Look at the statements")
    file.unlink()
    await walker.sandbox.click("bob", room.name, second.ts, "done")
    await step(walker, room, "3. End what blocks")
    assert "SELECT pid, query" in second.text or second.edited_at
    file.write_text(walked.RUNBOOK.replace("Everything waits", "Everything waits, anew", 2))
    await walker.command("carol", "runbook everything-waits --again", room.name)
    first_run, second_run = await walker.recorded(e.RunbookStarted, 2)
    assert first_run.digest != second_run.digest
    assert first_run.digest[:12] in card.text


async def test_help_is_called_with_what_was_tried_already_filled_in(walker: Stage, patient: str) -> None:
    room = await walker.declare()
    _, first = await begun(walker, room)
    async with planted(patient):
        await walker.sandbox.click("bob", room.name, first.ts, "check")
        await walker.until(lambda _: "leads to" in first.text or None)
    await walker.sandbox.click("bob", room.name, first.ts, "assist")
    view = await walker.until(lambda s: s.view("bob"))
    assert "diag db locks: WARN" in str(view.blocks)
    assert "Help is needed with the runbook" in str(view.blocks)
    await walker.sandbox.submit("bob", {})
    (called,) = await walker.recorded(e.Escalated)
    assert "Who waits for whom?: begun; diag db locks: WARN" in called.why


async def test_a_run_is_handed_over_paused_and_gone_on_with_after_a_restart(walker: Stage) -> None:
    room = await walker.declare()
    card, first = await begun(walker, room)
    await walker.sandbox.click("bob", room.name, card.ts, "handover")
    carol = walker.sandbox.people["carol"].id
    await walker.sandbox.submit("bob", {"user": carol, "note": "My shift is over"})
    await walker.hear(room, "My shift is over")
    await walker.until(lambda _: f"<@{carol}>" in str(card.blocks) or None)
    await walker.sandbox.click("carol", room.name, card.ts, "pause")
    await walker.until(lambda _: "resume" in str(card.blocks).casefold() or None)
    await walker.until(lambda _: None if "Look: db locks" in str(first.blocks) else True)
    await walker.app.stop()
    walker.app = App(walker.core)
    await walker.app.start()
    walker.sandbox.deliver_to(f"{walker.app.url}/slack/events")
    await walker.sandbox.click("carol", room.name, card.ts, "resume")
    await walker.until(lambda _: "Look: db locks" in str(first.blocks) or None)
    await walker.sandbox.click("carol", room.name, first.ts, "done")
    await step(walker, room, "2. Look at the statements")


async def test_whoever_presses_second_is_told_who_was_first_and_nothing_happens_twice(walker: Stage) -> None:
    room = await walker.declare()
    _, first = await begun(walker, room)
    bob = walker.sandbox.people["bob"].id
    mark = c.MarkStep(by=Actor.person(bob), number=1, step=1, outcome=Outcome.DONE)
    # Bob was quicker, and Slack still shows Carol the button.
    old = [dict(block) for block in first.blocks]
    await walker.core.muster.execute(mark, incident_id=1)
    await step(walker, room, "2. Look at the statements")
    first.blocks[:] = old
    await walker.sandbox.click("carol", room.name, first.ts, "done")
    await told(walker, "carol", "was marked done already")
    assert len(await walker.recorded(e.StepMarked)) == 1


async def test_a_second_run_of_the_same_runbook_has_a_thread_of_its_own(walker: Stage) -> None:
    room = await walker.declare()
    card, _ = await begun(walker, room)
    assert "being walked already" in shown(await walker.command("carol", "runbook everything-waits", room.name))
    await walker.command("carol", "runbook everything-waits --again", room.name)
    other = await walker.until(
        lambda _: next((m for m in room.messages if m.text.startswith(":compass:") and m.ts != card.ts), None)
    )
    theirs = await walker.until(lambda _: next((m for m in room.messages if m.thread_ts == other.ts), None))
    assert "say which by its number" in shown(await walker.command("carol", "step done", room.name))
    await walker.command("carol", "step 2 done", room.name)
    await walker.until(lambda _: "done" in theirs.text or None)
    assert [run.current for run in (await walker.incident()).runbooks] == [1, 2]


async def test_a_private_incidents_runbook_is_walked_in_its_channel_and_nowhere_else(walker: Stage) -> None:
    await walker.declare("P1 Somebody reads our mail --private")
    secret = walker.sandbox.channel(str((await walker.incident()).channel_name))
    await walker.command("alice", "runbook everything-waits", secret.name)
    card = await walker.until(lambda _: next((m for m in secret.messages if m.text.startswith(":compass:")), None))
    ref = (await walker.incident()).ref
    assert "no incident" in shown(await walker.command("erin", f"{ref} step done", "random"))
    await walker.command("alice", f"{ref} step done", "general")
    await step(walker, secret, "2. Look at the statements")
    others = (channel for channel in walker.sandbox.workspace.channels.values() if channel.id != secret.id)
    assert not any("Everything waits" in message.text for channel in others for message in channel.messages)
    assert card.channel == secret.id


async def test_what_no_button_of_ours_says_changes_nothing(walker: Stage) -> None:
    room = await walker.declare()
    _, first = await begun(walker, room)
    await walker.sandbox.quiet()
    before, ref = len(await walker.entries()), (await walker.incident()).ref
    button = {"type": "button", "text": {"type": "plain_text", "text": "Press"}}
    for argument in ("", "9", "1.9", "1.1.9", "x.y", "1.1.1.1", "-1.2", "\u0661.1", "9" * 40):
        for action in ("done", "pick", "skip", "failed", "check", "back", "pause", "stop", "handover", "assist"):
            if argument.startswith("1.") and action in ("pause", "stop", "handover", "assist"):
                continue  # what these are about is a run, and there is one
            if argument == "1.1.9" and action in ("done", "skip", "failed"):
                continue  # a step, and there it is
            element = button | {"action_id": action, "value": f"{ref} {argument}"}
            first.blocks[:] = [{"type": "actions", "block_id": "ours", "elements": [element]}]
            reply = await walker.sandbox.click("bob", room.name, first.ts, action)
            assert reply.error is None, (action, argument)
    assert len(await walker.entries()) == before

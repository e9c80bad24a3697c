"""A private incident shows to those in it, and to nobody else."""

from bot.domain import events as e
from tests.scenario.stage import Stage, shown

SECRET = "Somebody was harassed"


async def test_strangers_are_answered_as_if_it_were_not_there(bot: Stage) -> None:
    await bot.declare(f"P2 {SECRET} --private")
    ref = (await bot.incident()).ref
    for text in ("show", "ack", "timeline", "update Hello", "update", "resolve", "review", "runbook slow-queries"):
        said = shown(await bot.command("erin", f"{ref} {text}"))
        assert f"there is no incident “{ref}”".casefold() in said
        assert "harassed" not in said
    assert "none is open" in shown(await bot.command("erin", "list"))
    near = shown(await bot.command("erin", f"{ref[:-1]}9 show"))
    assert "did you mean" not in near


async def test_those_in_it_see_it_without_its_title_elsewhere(bot: Stage) -> None:
    await bot.declare(f"P2 {SECRET} --private")
    ref = (await bot.incident()).ref
    assert ref.casefold() in shown(await bot.command("alice", "list"))
    said = shown(await bot.command("alice", f"{ref} show"))
    assert ref.casefold() in said
    assert "harassed" not in said


async def test_whoever_is_brought_in_takes_part(bot: Stage) -> None:
    room = await bot.declare(f"P2 {SECRET} --private")
    await bot.sandbox.invite("alice", room.name, "erin")
    await bot.sandbox.quiet()
    assert "recorded" in shown(await bot.command("erin", "note I saw it", room.name))


async def test_whoever_types_in_its_channel_is_in_it_even_if_nobody_told_us(
    bot: Stage,
) -> None:
    room = await bot.declare(f"P2 {SECRET} --private")
    erin, bob = bot.sandbox.people["erin"].id, bot.sandbox.people["bob"].id
    room.members += [erin, bob]  # Slack's events were lost
    assert "recorded" in shown(await bot.command("erin", "note I saw it", room.name))
    await bot.sandbox.click("bob", room.name, room.pins[0].ts, "ack")
    assert {erin, bob} <= (await bot.incident()).participants
    await bot.recorded(e.Acknowledged)


async def test_a_thread_reply_and_a_pin_in_it_are_captured(bot: Stage) -> None:
    room = await bot.declare(f"P2 {SECRET} --private")
    alert = await bot.hear(room, SECRET)
    await bot.sandbox.quiet()
    ts = await bot.sandbox.say("dave", room.name, "I was there", thread_ts=alert.ts)
    await bot.sandbox.react("alice", room.name, ts, "pushpin")
    await bot.recorded(e.MessageCaptured)
    await bot.recorded(e.MessagePinned)


async def test_it_leaves_no_trace_in_public(bot: Stage) -> None:
    room = await bot.declare(f"P2 {SECRET} --private")
    await bot.command("alice", f"update {SECRET}", room.name)
    await bot.command("alice", f"escalate {SECRET} @bob", room.name)
    await bot.command("alice", f"resolve {SECRET}", room.name)
    await bot.sandbox.quiet(timeout=10)
    public = [c for c in bot.sandbox.workspace.channels.values() if c.kind == "public"]
    assert "harassed" not in str([(c.name, c.topic, [(m.text, m.blocks) for m in c.messages]) for c in public])

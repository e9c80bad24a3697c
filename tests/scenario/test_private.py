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


async def test_a_form_opened_in_its_channel_is_taken_even_if_nobody_told_us_who_came(bot: Stage) -> None:
    room = await bot.declare(f"P2 {SECRET} --private")
    room.members.append(bot.sandbox.people["erin"].id)  # Slack's event was lost
    await bot.sandbox.click("erin", room.name, room.pins[0].ts, "update")
    await bot.sandbox.quiet()
    await bot.sandbox.submit("erin", {"text": "Hello"})
    await bot.recorded(e.UpdatePosted)


async def test_what_becomes_of_a_message_does_not_bring_its_author_back(bot: Stage) -> None:
    room = await bot.declare(f"P2 {SECRET} --private")
    sandbox, dave = bot.sandbox, bot.sandbox.people["dave"].id
    alert = await bot.hear(room, SECRET)
    ts = await sandbox.say("dave", room.name, "See https://example.com", thread_ts=alert.ts)
    await bot.recorded(e.MessageCaptured)
    await sandbox.leave("dave", room.name)
    await sandbox.quiet()
    assert dave not in (await bot.incident()).participants

    # Slack adds a link's preview, and an admin deletes the message.
    said = {"type": "message", "user": dave, "text": "See https://example.com", "ts": ts, "thread_ts": alert.ts}
    told = {"type": "message", "channel": room.id, "hidden": True, "event_ts": ts, "previous_message": said}
    sandbox.workspace.emit(told | {"subtype": "message_changed", "message": said | {"attachments": [{"id": 1}]}})
    sandbox.workspace.emit(told | {"subtype": "message_deleted", "deleted_ts": ts})
    await sandbox.tell_bot()
    await bot.recorded(e.MessageDeleted)
    assert dave not in (await bot.incident()).participants


async def test_a_pin_on_a_direct_message_does_not_bring_anybody_back(bot: Stage) -> None:
    room = await bot.declare(f"P2 {SECRET} --private")
    sandbox, dave = bot.sandbox, bot.sandbox.people["dave"].id
    await bot.command("alice", f"escalate Help is needed <@{dave}> --now", room.name)
    direct = await bot.until(
        lambda s: next(
            (c for c in s.workspace.channels.values() if c.kind == "im" and dave in c.members and c.messages), None
        )
    )
    await sandbox.quiet(timeout=30)
    await sandbox.leave("dave", room.name)
    await sandbox.quiet()
    await sandbox.react("dave", direct.id, direct.messages[-1].ts, "pushpin")
    await sandbox.quiet()
    assert dave not in (await bot.incident()).participants
    await bot.recorded(e.MessagePinned, 0)


async def test_its_title_is_in_no_answer_elsewhere(bot: Stage) -> None:
    await bot.declare(f"P2 {SECRET} --private")
    ref = (await bot.incident()).ref
    for text in (
        *("show", "timeline", "catchup", "tasks", "ack", "update Hello", "note Hello", "severity P1", "lead @bob"),
        *("escalate Help --now", "task Do it", "runbook", "diag", "review", "resolve Done", "close", "reopen"),
    ):
        assert "harassed" not in shown(await bot.command("alice", f"{ref} {text}"))
    await bot.sandbox.quiet(timeout=30)
    elsewhere = [c for c in bot.sandbox.workspace.channels.values() if not (c.name or "").startswith("inc-")]
    assert "harassed" not in str([(m.text, m.blocks) for channel in elsewhere for m in channel.messages])


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
    await bot.command("alice", f"escalate {SECRET} @bob --now", room.name)
    await bot.command("alice", f"resolve {SECRET}", room.name)
    await bot.sandbox.quiet(timeout=30)
    public = [c for c in bot.sandbox.workspace.channels.values() if c.kind == "public"]
    assert "harassed" not in str([(c.name, c.topic, [(m.text, m.blocks) for m in c.messages]) for c in public])

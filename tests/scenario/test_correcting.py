"""Correcting the record: the review follows, the originals stay in the chain, and strangers are refused."""

import re

from bot.application.integrity import verify
from bot.application.review_reading import drafted, read
from bot.domain import events as e
from tests.scenario.stage import Stage, shown

SECRET = "hunter2isthepassword"


async def _review(bot: Stage, ref: str) -> str:
    names = {person.id: name for name, person in bot.sandbox.people.items()}
    return drafted(bot.core.muster, await read(bot.core.muster, ref=ref), names).markdown


async def test_an_acknowledgement_is_moved_and_the_review_follows_and_cites_both(bot: Stage) -> None:
    room = await bot.declare()
    ref = (await bot.incident()).ref
    bot.clock.advance(minutes=20)
    await bot.command("bob", "ack", room.name)
    ack = next(entry.seq for entry in await bot.entries() if isinstance(entry.event, e.Acknowledged))
    assert "late" in await _clock(bot, ref)

    said = shown(await bot.command("carol", f"timeline move #{ack} 18 minutes ago Bob said so on the phone", room.name))
    assert "recorded as #" in said
    (moved,) = await bot.recorded(e.EntryMoved)
    number = len(await bot.entries())
    assert moved.about == ack
    told = await bot.hear(room, "Bob said so on the phone")
    assert told.thread_ts
    assert f"#{ack}, #{number}" in await _clock(bot, ref)
    assert "late" not in await _clock(bot, ref)

    assert "recorded" in shown(
        await bot.command("carol", "timeline add 5 minutes ago Deploy 482 was taken back because CI says so", room.name)
    )
    assert "(added afterwards by carol: “CI says so”)" in (await _review(bot, ref))
    timeline = shown(await bot.command("erin", "timeline", room.name))
    assert f"#{number}: “bob said so on the phone”" in timeline
    assert "deploy 482 was taken back" in timeline
    assert not (await verify(bot.core.database, ref)).faults


async def _clock(bot: Stage, ref: str) -> str:
    rows = [line for line in (await _review(bot, ref)).split("\n") if re.match(r"\| Time to acknowledge", line)]
    return rows[0]


async def test_a_message_posted_by_mistake_is_hidden_and_shown_again(bot: Stage) -> None:
    room = await bot.declare()
    ref = (await bot.incident()).ref
    thread = (await bot.hear(room, "Checkout is down")).ts
    await bot.sandbox.say("bob", room.name, f"It is {SECRET}", thread_ts=thread)
    await bot.recorded(e.MessageCaptured)
    message = next(entry.seq for entry in await bot.entries() if isinstance(entry.event, e.MessageCaptured))
    assert SECRET in shown(await bot.command("erin", "timeline", room.name))
    assert SECRET in await _review(bot, ref)

    await bot.command("bob", f"timeline hide #{message} Posted by mistake", room.name)
    told = await bot.hear(room, "Posted by mistake")
    assert SECRET not in f"{told.text}{told.blocks}"
    timeline = shown(await bot.command("erin", "timeline", room.name))
    assert SECRET not in timeline
    assert "1 hidden, see" in timeline
    hidden = shown(await bot.command("erin", "timeline hidden", room.name))
    assert f"#{message}" in hidden
    assert "posted by mistake" in hidden
    assert SECRET not in hidden
    assert SECRET not in await _review(bot, ref)
    assert not (await verify(bot.core.database, ref)).faults

    await bot.command("bob", f"timeline show #{message}", room.name)
    assert SECRET in shown(await bot.command("erin", "timeline", room.name))


async def test_strangers_and_impossible_corrections_are_refused(bot: Stage) -> None:
    room = await bot.declare("P2 Somebody was harassed --private")
    ref, before = (await bot.incident()).ref, len(await bot.entries())
    for text in (
        "timeline",
        "timeline hidden",
        "timeline add 1m ago I know",
        "timeline hide #2 No",
        "timeline move #2 1m ago No",
    ):
        assert "there is no incident" in shown(await bot.command("erin", f"{ref} {text}"))
    for text, says in (
        ("timeline hide #1 It never was", "#1 stays as it is"),
        ("timeline hide #99 Nobody", "no entry #99"),
        ("timeline add soon It is well", "not a time that i know"),
        ("timeline add 2030-01-01 10:00 It is well", "yet to come"),
    ):
        assert says in shown(await bot.command("alice", text, room.name))
    assert len(await bot.entries()) == before

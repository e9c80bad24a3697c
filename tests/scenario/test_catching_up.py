"""What people did in Slack while nobody listened is in the timeline afterwards, where it happened."""

import pytest

from bot.application.integrity import verify
from bot.domain import events as e
from bot.domain.timeline import as_it_happened
from bot.sandbox.model import Channel
from bot.sandbox.records import Fault
from bot.slack import reading
from bot.slack.heard import moment
from bot.store.database import Database
from tests.scenario.absence import catch_up, caught_up_entries, nobody_listens, settled, stopped, watermark
from tests.scenario.stage import Stage, shown

PIN = "pushpin"


async def _alert(bot: Stage, room: Channel) -> str:
    return (await bot.hear(room, "Checkout is down")).ts


async def _holds(database: Database, bot: Stage) -> None:
    assert not (await verify(database, (await bot.incident()).ref)).faults


async def test_everything_that_people_did_while_the_bot_was_down_is_recorded_when_it_happened(bot: Stage) -> None:
    room, sandbox = await bot.declare(), bot.sandbox
    alert, bob = await _alert(bot, room), sandbox.people["bob"].id
    edited = await sandbox.say("bob", room.name, "The pool is full", thread_ts=alert)
    deleted = await sandbox.say("bob", room.name, "It is DNS", thread_ts=alert)
    unpinned = await sandbox.say("bob", room.name, "We deployed at 09:10", thread_ts=alert)
    await sandbox.react("carol", room.name, unpinned, PIN)
    await bot.recorded(e.MessageCaptured, 3)
    await bot.recorded(e.MessagePinned)
    known = len(await bot.entries())

    async with stopped(bot):
        reply = await sandbox.say("carol", room.name, "Failing over", thread_ts=alert)
        bot.clock.advance(seconds=20)
        await sandbox.edit("bob", room.name, edited, "The pool is at 98 %")
        await sandbox.delete("bob", room.name, deleted)
        await sandbox.unreact("carol", room.name, unpinned, PIN)
        talk = await sandbox.say("dave", room.name, "Customers are writing in")
        await sandbox.react("alice", room.name, talk, PIN)
        await sandbox.join("erin", room.name)

    captured, pinned = (await bot.recorded(e.MessageCaptured, 5))[3:]
    assert (captured.text, captured.ts, captured.via) == ("Failing over", reply, "thread")
    assert (pinned.text, pinned.via) == ("Customers are writing in", "pin")
    (edit,) = await bot.recorded(e.MessageEdited)
    assert (edit.before, edit.text) == ("The pool is full", "The pool is at 98 %")
    assert [gone.ts for gone in await bot.recorded(e.MessageDeleted)] == [deleted]
    assert [(mark.ts, mark.user) for mark in await bot.recorded(e.MessageUnpinned)] == [
        (unpinned, sandbox.people["carol"].id)
    ]
    assert sandbox.people["erin"].id in (await bot.incident()).participants

    new = {type(entry.event): entry for entry in (await bot.entries())[known:]}
    assert new[e.MessageEdited].at == moment(room.message(edited).edited_at)  # type: ignore[union-attr]
    assert new[e.MessageEdited].by.user == bob
    marked = {type(entry.event) for entry in await caught_up_entries(bot)}
    assert marked == {e.MessageCaptured, e.MessageEdited, e.PersonJoined}
    at = {entry.event.ts: entry.at for entry in await bot.entries() if isinstance(entry.event, e.MessageCaptured)}
    assert at[reply] == moment(reply)
    assert new[e.MessageDeleted].by.user is None, "nobody says who deleted it"
    await _holds(bot.core.database, bot)


async def test_what_was_caught_up_stands_where_it_happened_and_says_so(bot: Stage) -> None:
    room, sandbox = await bot.declare(), bot.sandbox
    alert = await _alert(bot, room)
    async with nobody_listens(bot):
        await sandbox.say("bob", room.name, "It began at 09:10", thread_ts=alert)
        bot.clock.advance(minutes=1)
        # A terminal needs no Slack.
        await bot.core.muster.execute(_note(bot), ref=(await bot.incident()).ref)
    entries = [entry for entry in as_it_happened(await bot.entries()) if not entry.event.quiet]
    assert [type(entry.event) for entry in entries[-2:]] == [e.MessageCaptured, e.NoteAdded]
    assert entries[-2].seq > entries[-1].seq

    for command in ("timeline", "catchup"):
        lines = shown(await bot.command("bob", command, room.name))
        assert lines.index("it began at 09:10") < lines.index("pool is full")
        assert lines.count("(caught up") == 1
    await _holds(bot.core.database, bot)


async def test_reading_twice_and_hearing_of_it_late_changes_nothing(bot: Stage) -> None:
    room, sandbox = await bot.declare(), bot.sandbox
    alert = await _alert(bot, room)
    held: list[dict[str, object]] = []
    async with nobody_listens(bot):
        ts = await sandbox.say("bob", room.name, "Looking", thread_ts=alert)
        await sandbox.edit("bob", room.name, ts, "Looking into it")
        await sandbox.react("carol", room.name, ts, PIN)
        gone = await sandbox.say("bob", room.name, "Nonsense", thread_ts=alert)
        await sandbox.join("erin", room.name)
        await sandbox.leave("dave", room.name)
        held = [dict(room.message(ts).__class__.__dict__)]  # type: ignore[union-attr]
        assert gone
    del held
    before = await bot.entries()
    first = await watermark(bot)
    await catch_up(bot)
    assert await bot.entries() == before
    second = await watermark(bot)
    assert first is not None
    assert second is not None
    assert second > first  # type: ignore[operator]

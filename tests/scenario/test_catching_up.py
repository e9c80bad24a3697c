"""What people did in Slack while nobody listened is in the timeline afterwards, where it happened."""

from uuid import uuid4

import pytest

from bot.application.integrity import verify
from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.actor import Actor
from bot.domain.timeline import as_it_happened
from bot.sandbox.model import Channel
from bot.sandbox.records import Fault
from bot.slack import reading
from bot.slack.heard import moment
from bot.store import incidents, lanes
from tests.scenario.absence import catch_up, caught_up_entries, nobody_listens, settled, stopped, watermark
from tests.scenario.stage import Stage, shown

PIN = "pushpin"


async def _alert(bot: Stage, room: Channel) -> str:
    return (await bot.hear(room, "Checkout is down")).ts


async def _holds(bot: Stage) -> None:
    assert not (await verify(bot.core.database, (await bot.incident()).ref)).faults


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
    await _holds(bot)


async def test_what_was_caught_up_stands_where_it_happened_and_says_so(bot: Stage) -> None:
    room, sandbox = await bot.declare(), bot.sandbox
    alert = await _alert(bot, room)
    async with nobody_listens(bot):
        await sandbox.say("bob", room.name, "It began at 09:10", thread_ts=alert)
        bot.clock.advance(minutes=1)
        # A terminal needs no Slack.
        await bot.core.muster.execute(
            c.AddNote(by=Actor.cli("ops"), text="Pool is full"), ref=(await bot.incident()).ref
        )
    entries = [entry for entry in as_it_happened(await bot.entries()) if not entry.event.quiet]
    assert [type(entry.event) for entry in entries[-2:]] == [e.MessageCaptured, e.NoteAdded]
    assert entries[-2].seq > entries[-1].seq

    for command in ("timeline", "catchup"):
        text = (await bot.command("bob", command, room.name)).text or ""
        assert text.index("It began at 09:10") < text.index("(caught up") < text.index("Pool is full")
        assert text.count("(caught up") == 1
    await _holds(bot)


async def test_reading_twice_and_hearing_of_it_late_changes_nothing(bot: Stage) -> None:
    room, sandbox = await bot.declare(), bot.sandbox
    alert = await _alert(bot, room)
    async with nobody_listens(bot):
        ts = await sandbox.say("bob", room.name, "Looking", thread_ts=alert)
        await sandbox.edit("bob", room.name, ts, "Looking into it")
        await sandbox.react("carol", room.name, ts, PIN)
        gone = await sandbox.say("bob", room.name, "Nonsense", thread_ts=alert)
        await sandbox.delete("bob", room.name, gone)
        await sandbox.join("erin", room.name)
        await sandbox.leave("dave", room.name)
    before, first = await bot.entries(), await watermark(bot)
    assert {type(entry.event) for entry in before[-4:]} == {
        e.MessageCaptured,
        e.MessagePinned,
        e.PersonJoined,
        e.PersonLeft,
    }
    await catch_up(bot)
    assert await bot.entries() == before
    assert (await watermark(bot)) > first

    # Slack keeps no order, and brings what it could not deliver.
    sandbox.workspace.events += reversed(sandbox.courier.lost)
    await sandbox.tell_bot()
    await sandbox.quiet(timeout=30)
    after = await bot.entries()
    # Of what was gone before it could be read, Slack's late word is all there is.
    assert [type(entry.event) for entry in after[len(before) :]] == [e.MessageCaptured, e.MessageDeleted]
    await _holds(bot)


async def test_in_a_private_incident_nobody_comes_back_or_stays_by_being_read(bot: Stage) -> None:
    room, sandbox = await bot.declare("P2 Somebody was harassed --private"), bot.sandbox
    people = {name: person.id for name, person in sandbox.people.items()}
    alert = (await bot.hear(room, "harassed")).ts
    for name in ("bob", "erin"):
        await sandbox.invite("alice", room.name, name)
    await sandbox.quiet()
    assert {people["bob"], people["erin"]} <= (await bot.incident()).participants
    async with nobody_listens(bot):
        await sandbox.say("bob", room.name, "I was there", thread_ts=alert)
        await sandbox.react("bob", room.name, alert, PIN)
        await sandbox.leave("bob", room.name)
        await sandbox.invite("alice", room.name, "carol")
        room.members.remove(people["erin"])  # as if Slack had no line about it
    incident = await bot.incident()
    assert people["carol"] in incident.participants
    assert not {people["bob"], people["erin"]} & incident.participants
    assert people["bob"] in {said.user for said in await bot.recorded(e.MessageCaptured, 2)}
    assert "there is no incident" in shown(await bot.command("bob", f"{incident.ref} show"))
    await _holds(bot)


async def test_who_leaves_a_private_incident_when_it_is_over_knows_no_more_of_it(bot: Stage) -> None:
    room, sandbox = await bot.declare("P2 Somebody was harassed --private"), bot.sandbox
    bob = sandbox.people["bob"].id
    await sandbox.invite("alice", room.name, "bob")
    await bot.command("alice", "resolve We spoke to everybody", room.name)
    await catch_up(bot)
    async with nobody_listens(bot):
        await sandbox.leave("bob", room.name)
    assert bob not in (await bot.incident()).participants


async def test_who_was_called_and_has_not_come_yet_is_still_expected(bot: Stage) -> None:
    room, sandbox = await bot.declare("P2 Somebody was harassed --private"), bot.sandbox
    erin = sandbox.people["erin"].id
    sandbox.faults.add(Fault(method="conversations.invite", error="user_is_restricted"))
    await bot.command("alice", f"role scribe <@{erin}>", room.name)
    await sandbox.quiet(timeout=30)
    assert erin not in room.members
    await catch_up(bot)
    assert erin in (await bot.incident()).participants


async def test_replies_under_the_announcement_are_caught_up_too(bot: Stage) -> None:
    await bot.declare()
    announced = await bot.hear("incidents", "Checkout is down")
    async with nobody_listens(bot):
        await bot.sandbox.say("erin", "incidents", "Customers ask", thread_ts=announced.ts)
        await bot.sandbox.say("erin", "incidents", "What is for lunch?")
    (captured,) = await bot.recorded(e.MessageCaptured)
    assert captured.text == "Customers ask"


async def test_a_pin_in_a_thread_of_peoples_own_is_found(bot: Stage) -> None:
    room, sandbox = await bot.declare(), bot.sandbox
    first = await sandbox.say("bob", room.name, "Any idea?")
    answer = await sandbox.say("carol", room.name, "The certificate ran out", thread_ts=first)
    async with nobody_listens(bot):
        await sandbox.react("bob", room.name, answer, PIN)
    (captured,) = await bot.recorded(e.MessageCaptured)
    assert (captured.text, captured.via, captured.thread_ts) == ("The certificate ran out", "pin", first)


async def test_a_thread_of_several_pages_is_read_to_its_end(bot: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PAGE", 3)
    room, sandbox = await bot.declare(), bot.sandbox
    alert = await _alert(bot, room)
    early = await sandbox.say("bob", room.name, "Reply 0", thread_ts=alert)
    await bot.recorded(e.MessageCaptured)
    async with nobody_listens(bot):
        for number in range(1, 8):
            await sandbox.say("bob", room.name, f"Reply {number}", thread_ts=alert)
        await sandbox.edit("bob", room.name, early, "The first reply")
    captured = await bot.recorded(e.MessageCaptured, 8)
    assert [said.text for said in captured] == [f"Reply {number}" for number in range(8)]
    assert [edit.text for edit in await bot.recorded(e.MessageEdited)] == ["The first reply"]
    await bot.recorded(e.MessageDeleted, 0)


async def test_a_rate_limit_in_the_middle_is_waited_for(bot: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PAGE", 3)
    room, sandbox = await bot.declare(), bot.sandbox
    alert = await _alert(bot, room)
    async with nobody_listens(bot):
        for number in range(5):
            await sandbox.say("bob", room.name, f"Reply {number}", thread_ts=alert)
        limited = Fault(method="conversations.replies", http_status=429, retry_after=0.1, when=lambda p: "cursor" in p)
        sandbox.faults.add(limited)
        sandbox.calls.clear()
    await bot.recorded(e.MessageCaptured, 5)
    assert [call.status for call in sandbox.calls if call.method == "conversations.replies"].count(429) == 1
    firsts = [c for c in sandbox.calls if c.method == "conversations.replies" and "cursor" not in c.params]
    assert len({(c.params["channel"], c.params["ts"]) for c in firsts}) == len(firsts), "nothing is read twice"


@pytest.mark.parametrize("error", ["not_in_channel", "channel_not_found", "missing_scope"])
async def test_a_channel_that_cannot_be_read_keeps_no_other_back(bot: Stage, error: str) -> None:
    closed = await bot.declare("P3 The search is slow")
    room = await bot.declare()
    alert = await _alert(bot, room)
    refused = Fault(method="conversations.history", error=error, times=-1, when=lambda p: p["channel"] == closed.id)
    bot.sandbox.faults.add(refused)
    async with nobody_listens(bot):
        await bot.sandbox.say("bob", room.name, "Looking", thread_ts=alert)
    assert [said.text for said in await bot.events(e.MessageCaptured)] == ["Looking"]


async def test_a_message_that_is_beyond_us_keeps_no_other_incident_back(bot: Stage) -> None:
    odd = await bot.declare("P3 The search is slow")
    await bot.sandbox.say("bob", odd.name, "Hello")
    odd.messages[-1].extra["reactions"] = [{"name": PIN, "users": [], "count": "many"}]
    room = await bot.declare()
    alert = await _alert(bot, room)
    async with nobody_listens(bot):
        await bot.sandbox.say("bob", room.name, "Looking", thread_ts=alert)
    assert await bot.events(e.MessageCaptured)


async def test_while_slack_is_away_the_watermark_stays(bot: Stage) -> None:
    room = await bot.declare()
    alert = await _alert(bot, room)
    await catch_up(bot)
    before = await watermark(bot)
    bot.sandbox.faults.add(Fault(method="conversations.history", http_status=503, times=3))
    bot.sandbox.faults.add(Fault(method="conversations.members", error="missing_scope"))
    bot.sandbox.deliver_to(None)
    await bot.sandbox.say("bob", room.name, "Looking", thread_ts=alert)
    bot.app.reconciler.gap()
    assert before is not None
    await bot.sandbox.wait_for(lambda s: sum(c.method == "conversations.members" for c in s.calls) > 1, timeout=30)
    await settled(bot)
    assert await watermark(bot) == before, "not everything was read"


async def test_an_unpin_is_only_believed_when_slack_names_everybody(bot: Stage) -> None:
    room, sandbox = await bot.declare(), bot.sandbox
    ts = await sandbox.say("bob", room.name, "We deployed at 09:10")
    for name in ("alice", "bob", "carol"):
        await sandbox.react(name, room.name, ts, PIN)
    await bot.recorded(e.MessagePinned, 3)
    sandbox.workspace.named_reactors = 1
    await catch_up(bot)
    await bot.recorded(e.MessageUnpinned, 0)


async def test_an_archived_channel_can_still_be_read(bot: Stage) -> None:
    room = await bot.declare()
    alert = await _alert(bot, room)
    async with nobody_listens(bot):
        await bot.sandbox.say("bob", room.name, "Looking", thread_ts=alert)
        await bot.sandbox.archive("alice", room.name)
    await bot.recorded(e.MessageCaptured)


async def test_what_was_said_before_it_was_over_is_read_once_more(bot: Stage) -> None:
    room = await bot.declare("P4 A blemish")
    alert = (await bot.hear(room, "A blemish")).ts
    async with nobody_listens(bot):
        await bot.sandbox.say("bob", room.name, "It was the cache", thread_ts=alert)
        await bot.core.muster.execute(
            c.Resolve(by=Actor.cli("ops"), summary="Flushed it"), ref=(await bot.incident()).ref
        )
    await bot.recorded(e.MessageCaptured)
    bot.sandbox.calls.clear()
    await catch_up(bot)
    assert not any(call.method == "conversations.history" for call in bot.sandbox.calls)


async def test_now_and_then_it_is_read_although_nothing_is_known_to_be_missed(bot: Stage) -> None:
    room = await bot.declare()
    alert = await _alert(bot, room)
    await catch_up(bot)
    bot.sandbox.deliver_to(None)  # and nobody notices
    await bot.sandbox.say("bob", room.name, "Looking", thread_ts=alert)
    assert await bot.app.reconciler.once()
    assert not await bot.events(e.MessageCaptured)
    bot.clock.advance(minutes=16)
    assert await bot.app.reconciler.once()
    assert await bot.events(e.MessageCaptured)


async def test_one_process_at_a_time_reads_an_incident(bot: Stage) -> None:
    await bot.declare()
    await catch_up(bot)
    database, other = bot.core.database, uuid4()
    async with database.transaction() as connection:
        stored = await incidents.by_ref(connection, (await bot.incident()).ref)
        assert stored is not None
        assert await lanes.take(connection, f"reconcile:{stored.id}", other)
    bot.sandbox.calls.clear()
    bot.app.reconciler.gap()
    assert not await bot.app.reconciler.once()
    assert not bot.sandbox.calls
    async with database.transaction() as connection:
        await lanes.release(connection, f"reconcile:{stored.id}", other)
    await settled(bot)
    assert any(call.method == "conversations.history" for call in bot.sandbox.calls)

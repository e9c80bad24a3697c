"""What people write and mark: replies, edits, deletions and pins reach the timeline."""

from bot.domain import events as e
from bot.sandbox.model import Channel
from bot.sandbox.records import Fault
from tests.scenario.stage import Stage

PIN = "pushpin"


async def _alert(bot: Stage, room: Channel) -> str:
    return (await bot.hear(room, "Checkout is down")).ts


async def test_a_reply_in_the_thread_is_captured_edited_and_deleted(any_bot: Stage) -> None:
    room = await any_bot.declare()
    alert, sandbox = await _alert(any_bot, room), any_bot.sandbox
    ts = await sandbox.say("bob", room.name, "The pool is at 98 % &amp; rising, @carol", thread_ts=alert)
    (captured,) = await any_bot.recorded(e.MessageCaptured)
    assert captured.text == f"The pool is at 98 % &amp; rising, <@{sandbox.people['carol'].id}>"
    assert (captured.user, captured.ts, captured.via) == (sandbox.people["bob"].id, ts, "thread")

    await sandbox.edit("bob", room.name, ts, "The pool is full")
    (edited,) = await any_bot.recorded(e.MessageEdited)
    assert edited.text == "The pool is full"

    await sandbox.delete("bob", room.name, ts)
    await any_bot.recorded(e.MessageDeleted)


async def test_the_entry_is_dated_when_it_was_written(bot: Stage) -> None:
    room = await bot.declare()
    ts = await bot.sandbox.say("bob", room.name, "Looking", thread_ts=await _alert(bot, room))
    await bot.recorded(e.MessageCaptured)
    entry = next(entry for entry in await bot.entries() if isinstance(entry.event, e.MessageCaptured))
    assert f"{entry.at.timestamp():.6f}" == ts


async def test_talk_outside_of_threads_is_not_captured(bot: Stage) -> None:
    room = await bot.declare()
    await bot.sandbox.say("bob", room.name, "Hello")
    first = await bot.sandbox.say("bob", "random", "Hello")
    await bot.sandbox.say("carol", "random", "Hi", thread_ts=first)
    await bot.recorded(e.MessageCaptured, 0)


async def test_a_reply_under_the_announcement_is_captured(bot: Stage) -> None:
    await bot.declare()
    announced = await bot.hear("incidents", "Checkout is down")
    await bot.sandbox.quiet()
    await bot.sandbox.say("erin", "incidents", "Customers ask", thread_ts=announced.ts)
    (captured,) = await bot.recorded(e.MessageCaptured)
    assert captured.text == "Customers ask"


async def test_a_pin_is_recorded_once_confirmed_and_taken_off_with_the_last(any_bot: Stage) -> None:
    room, sandbox = await any_bot.declare(), any_bot.sandbox
    me = sandbox.workspace.bot.id
    ts = await sandbox.say("bob", room.name, "We deployed at 09:10")
    message = room.message(ts)
    assert message is not None

    await sandbox.react("carol", room.name, ts, PIN)
    await any_bot.until(lambda _: me in message.reactions.get(PIN, []))
    await sandbox.react("dave", room.name, ts, PIN)
    (captured,) = await any_bot.recorded(e.MessageCaptured)
    assert (captured.text, captured.via) == ("We deployed at 09:10", "pin")
    await any_bot.recorded(e.MessagePinned, 2)

    await sandbox.unreact("carol", room.name, ts, PIN)
    await sandbox.quiet()
    assert me in message.reactions[PIN]
    await sandbox.unreact("dave", room.name, ts, PIN)
    await any_bot.until(lambda _: me not in message.reactions.get(PIN, []))
    await any_bot.recorded(e.MessageUnpinned, 2)


async def test_an_edit_that_comes_before_its_message_is_not_lost(bot: Stage) -> None:
    room, bob = await bot.declare(), bot.sandbox.people["bob"].id
    ts, thread = bot.sandbox.workspace.next_ts(), await _alert(bot, room)
    written = {"type": "message", "user": bob, "text": "It is the cash", "ts": ts, "thread_ts": thread}
    now = written | {"text": "It is the cache", "edited": {"user": bob, "ts": ts}}
    changed = {"type": "message", "subtype": "message_changed", "message": now, "previous_message": written}
    for event in (changed, written):
        bot.sandbox.workspace.emit(event | {"channel": room.id, "event_ts": ts})
        await bot.sandbox.tell_bot()
        await bot.sandbox.quiet()
    (captured,) = await bot.recorded(e.MessageCaptured)
    assert captured.text == "It is the cache"
    await bot.recorded(e.MessageEdited, 0)


async def test_a_pinned_message_is_followed_through_edits(bot: Stage) -> None:
    room, sandbox = await bot.declare(), bot.sandbox
    ts = await sandbox.say("bob", room.name, "We deployed at 09:10")
    await sandbox.react("bob", room.name, ts, PIN)
    await bot.recorded(e.MessageCaptured)
    await sandbox.edit("bob", room.name, ts, "We deployed at 09:20")
    (edited,) = await bot.recorded(e.MessageEdited)
    assert (edited.before, edited.text) == ("We deployed at 09:10", "We deployed at 09:20")


async def test_a_reply_under_the_announcement_can_be_pinned(bot: Stage) -> None:
    await bot.declare()
    announced = await bot.hear("incidents", "Checkout is down")
    await bot.sandbox.quiet()
    ts = await bot.sandbox.say("erin", "incidents", "Customers ask", thread_ts=announced.ts)
    await bot.sandbox.react("alice", "incidents", ts, PIN)
    await bot.recorded(e.MessagePinned)


async def test_other_reactions_and_other_places_are_let_go(bot: Stage) -> None:
    room = await bot.declare()
    ts = await bot.sandbox.say("bob", room.name, "Hello")
    await bot.sandbox.react("carol", room.name, ts, "eyes")
    elsewhere = await bot.sandbox.say("bob", "general", "Hello")
    await bot.sandbox.react("carol", "general", elsewhere, PIN)
    await bot.recorded(e.MessagePinned, 0)
    assert all(request.ok for request in bot.sandbox.requests)


async def test_an_event_told_twice_is_recorded_once(any_bot: Stage) -> None:
    room = await any_bot.declare()
    await any_bot.sandbox.say("bob", room.name, "Looking", thread_ts=await _alert(any_bot, room))
    await any_bot.recorded(e.MessageCaptured)
    await any_bot.sandbox.redeliver()
    await any_bot.recorded(e.MessageCaptured)


async def test_who_comes_and_goes_is_known(bot: Stage) -> None:
    room = await bot.declare("P4 A blemish")
    await bot.sandbox.join("erin", room.name)
    await bot.sandbox.quiet()
    erin = bot.sandbox.people["erin"].id
    assert erin in (await bot.incident()).participants
    await bot.sandbox.leave("erin", room.name)
    await bot.sandbox.quiet()
    assert erin not in (await bot.incident()).participants
    assert bot.sandbox.workspace.bot.id not in (await bot.incident()).participants


async def test_the_bots_confirmation_waits_until_the_pin_is_recorded(bot: Stage) -> None:
    room, sandbox = await bot.declare(), bot.sandbox
    await sandbox.quiet()
    ts = await sandbox.say("bob", room.name, "We deployed")
    sandbox.faults.add(Fault(method="conversations.history", http_status=503))
    await sandbox.react("carol", room.name, ts, PIN)
    message = room.message(ts)
    assert message is not None
    await bot.until(lambda s: s.workspace.bot.id in message.reactions.get(PIN, []))
    await bot.recorded(e.MessageCaptured)


async def test_a_pin_where_the_bot_has_said_nothing_asks_slack_nothing(bot: Stage) -> None:
    await bot.declare()
    random = bot.sandbox.channel("random")
    random.members.append(bot.sandbox.workspace.bot.id)
    bot.sandbox.calls.clear()
    ts = await bot.sandbox.say("bob", "random", "The cake is in the kitchen")
    await bot.sandbox.react("erin", "random", ts, "pushpin")
    await bot.sandbox.quiet(timeout=30)
    assert not bot.sandbox.calls

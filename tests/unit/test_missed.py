"""What the timeline lacks of what Slack shows."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain import commands as c
from bot.domain.actor import MUSTER
from bot.domain.events import MessageCaptured
from bot.slack.missed import Known, Present, Stretch, known, missed
from tests.support.policies import a_policy
from tests.support.timelines import BOB, DANA, START, Story

ROOM, ALERT, US = "C0ROOM", "1770818520.000000", "U0MUSTER"
NOW = START + timedelta(hours=1)


def ts(minute: float) -> str:
    return f"{START.timestamp() + minute * 60:.6f}"


def told() -> Story:
    story = Story(a_policy()).do(c.Declare(by=DANA, title="Checkout is down", private=True), minutes=0)
    return story.do(c.RecordChannel(by=MUSTER, channel=ROOM, name="inc"), minutes=0)


def before(story: Story) -> Known:
    return known(story.incident, story.entries, [(ROOM, ALERT)])


def room(*said: dict[str, Any], since: str | None = None) -> Stretch:
    shown = {message["ts"]: message for message in said}
    return Stretch(channel=ROOM, thread=None, said=shown, at=NOW, since=since)


def thread(*said: dict[str, Any], until: str | None = None) -> Stretch:
    shown = {message["ts"]: message for message in said}
    return Stretch(channel=ROOM, thread=ALERT, said=shown, at=NOW, until=until)


def wrote(minute: float, text: str = "Looking", **more: Any) -> dict[str, Any]:
    return {"ts": ts(minute), "user": "U0BOB", "text": text, "thread_ts": ALERT} | more


def line(minute: float, user: str, kind: str) -> dict[str, Any]:
    return {"ts": ts(minute), "user": user, "subtype": kind, "text": ""}


def captured(minute: float, text: str = "Looking", thread_ts: str | None = ALERT) -> c.CaptureMessage:
    at = START + timedelta(minutes=minute)
    return c.CaptureMessage(by=BOB, at=at, user="U0BOB", text=text, channel=ROOM, ts=ts(minute), thread_ts=thread_ts)


def found(story: Story, *stretches: Stretch, present: Present | None = None) -> list[Any]:
    return list(missed(before(story), stretches, present, US))


def there(*users: str, at: datetime = NOW) -> Present:
    return Present(users={*users, US}, at=at)


def test_what_the_timeline_has_is_not_missing() -> None:
    assert found(told().do(captured(2)), room(), thread(wrote(2))) == []


def test_commands_come_in_the_order_in_which_it_happened() -> None:
    lines = room(line(5, "U0ERIN", "channel_join"), line(2, "U0FAY", "channel_join"))
    commands = found(told(), lines, thread(wrote(9), wrote(3)))
    assert [command.at for command in commands] == sorted(command.at for command in commands)
    assert [type(command) for command in commands] == [
        c.RecordJoin,
        c.CaptureMessage,
        c.RecordJoin,
        c.CaptureMessage,
    ]


def test_what_bots_and_strangers_threads_say_is_not_captured() -> None:
    bot, ours = wrote(2, bot_id="B1"), wrote(3, user=US)
    elsewhere, aside = wrote(4, thread_ts=ts(1)), wrote(5, thread_ts=None)
    system = wrote(6, subtype="channel_topic")
    assert found(told(), room(aside), thread(bot, ours, elsewhere, system)) == []


def test_a_broadcast_reply_is_captured_once() -> None:
    said = wrote(2, subtype="thread_broadcast")
    (capture,) = found(told(), room(said), thread(said))
    assert isinstance(capture, c.CaptureMessage)


def test_a_message_is_only_gone_where_it_would_have_shown() -> None:
    story = told().do(captured(2), captured(8), captured(3, thread_ts=None))
    assert found(story, room(since=ts(4)), thread(wrote(2), until=ts(5))) == []
    gone = found(story, room(since=ts(1)), thread(wrote(2)))
    assert {(type(command), command.ts) for command in gone} == {(c.DeleteMessage, ts(3)), (c.DeleteMessage, ts(8))}
    assert {command.by for command in gone} == {MUSTER}


def test_a_tombstone_is_a_deletion() -> None:
    story = told().do(captured(2, thread_ts=None))
    (gone,) = found(story, room({"ts": ts(2), "subtype": "tombstone", "user": "USLACKBOT", "text": "deleted"}))
    assert isinstance(gone, c.DeleteMessage)


def test_a_thread_that_was_not_read_proves_nothing() -> None:
    assert found(told().do(captured(2)), room()) == []


def test_words_that_were_taken_out_of_the_record_are_not_read_back() -> None:
    story = told().do(captured(2))
    event = story.entries[-1].event
    assert isinstance(event, MessageCaptured)
    story.entries[-1] = replace(story.entries[-1], event=replace(event, text=""))
    commands = found(story, room(), thread(wrote(2, "A password")))
    assert not any(entry for command in commands for entry in story.do(command).entries[4:])


def test_a_line_older_than_what_is_known_is_let_go() -> None:
    came = c.RecordJoin(by=MUSTER, at=START + timedelta(minutes=9), user="U0ERIN")
    history = room(line(2, "U0ERIN", "channel_join"), line(5, "U0ERIN", "channel_leave"))
    assert found(told().do(came), history, present=there("U0DANA", "U0ERIN")) == []


def test_somebody_who_came_and_went_and_came_is_in() -> None:
    moves = ((2, "channel_join"), (4, "channel_leave"), (6, "group_join"))
    history = room(*(line(minute, "U0ERIN", kind) for minute, kind in moves))
    commands = found(told(), history, present=there("U0DANA", "U0ERIN"))
    assert [type(command) for command in commands] == [c.RecordJoin, c.RecordLeave, c.RecordJoin]


def test_who_is_there_without_a_line_has_come_and_who_came_and_is_not_there_has_left() -> None:
    story = told().do(c.RecordJoin(by=MUSTER, user="U0ERIN"))
    commands = found(story, room(), present=there("U0FAY"))
    assert {(type(command), command.user) for command in commands} == {
        (c.RecordJoin, "U0FAY"),
        (c.RecordLeave, "U0ERIN"),
    }, "Dana declared it, and was never seen to come in"


def test_who_was_called_and_has_a_line_of_coming_in_has_left_when_they_are_not_there() -> None:
    story = told().do(c.AssignRole(by=DANA, role="scribe", user="U0ERIN"))
    history = room(line(5, "U0ERIN", "channel_join"))
    (gone,) = found(story, history, present=there("U0DANA"))
    assert (type(gone), gone.user) == (c.RecordLeave, "U0ERIN")


def test_where_nobody_could_be_counted_nobody_has_left() -> None:
    assert found(told().do(c.RecordJoin(by=MUSTER, user="U0ERIN")), room(), present=None) == []

"""Slack keeps no order: what is told late does not undo what happened after it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.actor import MUSTER
from bot.domain.messages import on_message
from bot.domain.timeline import Entry, MessageFacts, message_facts
from bot.postmortem.draft import draft
from tests.support.policies import a_policy
from tests.support.timelines import BOB, DANA, NAMES, START, Story

ERIN = "U0ERIN"
MESSAGE: dict[str, Any] = {"channel": "C1", "ts": "1770818520.000100"}


def told() -> Story:
    return Story(a_policy()).do(c.Declare(by=DANA, title="Checkout is down", private=True), minutes=0)


def came(minute: float) -> c.RecordJoin:
    return c.RecordJoin(by=MUSTER, at=START + timedelta(minutes=minute), user=ERIN)


def left(minute: float) -> c.RecordLeave:
    return c.RecordLeave(by=MUSTER, at=START + timedelta(minutes=minute), user=ERIN)


@given(st.integers(1, 6).flatmap(lambda count: st.permutations(range(count))))
def test_in_whatever_order_it_is_told_the_last_to_happen_holds(order: list[int]) -> None:
    story = told().do(minutes=60)
    for number in order:
        story.do(left(number) if number % 2 else came(number))
    assert (ERIN in story.incident.participants) == (len(order) % 2 == 1)


@given(st.lists(st.integers(0, 5), max_size=12))
def test_being_told_again_changes_nothing(again: list[int]) -> None:
    happened = [left(number) if number % 2 else came(number) for number in range(6)]
    story = told().do(minutes=60).do(*happened)
    entries = len(story.entries)
    story.do(*(happened[number] for number in again))
    assert len(story.entries) == entries


def test_a_leave_that_slack_dates_in_two_ways_is_one() -> None:
    story = told().do(minutes=60).do(came(1), left(2), left(2.01))
    assert [type(entry.event) for entry in story.entries[1:]] == [e.PersonJoined, e.PersonLeft]


def test_a_leave_from_before_somebody_was_called_does_not_send_them_away() -> None:
    story = told().do(c.AssignRole(by=DANA, role="scribe", user=ERIN), minutes=10).do(left(5), minutes=20)
    assert ERIN in story.incident.participants


def said(minute: float, text: str) -> c.EditMessage:
    return c.EditMessage(by=BOB, at=START + timedelta(minutes=minute), text=text, **MESSAGE)


def captured() -> Story:
    return told().do(c.CaptureMessage(by=BOB, user="U0BOB", text="It is the cash", **MESSAGE))


def words(story: Story) -> list[str]:
    return [entry.event.text for entry in story.entries if isinstance(entry.event, e.MessageEdited)]


def test_an_edit_that_is_told_after_a_later_one_is_let_go() -> None:
    assert words(captured().do(said(3, "The cache is full"), said(2, "The cache"), minutes=9)) == ["The cache is full"]


def test_an_edit_that_is_dated_to_the_second_is_no_older_than_one_within_it() -> None:
    half, whole = 3 + 0.5 / 60, 3
    story = captured().do(said(half, "The cache"), said(whole, "The cache is full"), minutes=9)
    assert words(story) == ["The cache", "The cache is full"]


def test_words_that_were_taken_out_of_the_record_do_not_come_back() -> None:
    blank = MessageFacts(captured=True, text="")
    assert on_message(replace(said(3, "A password"), facts=blank)) == []


def mark(kind: type[c.PinMessage | c.UnpinMessage], minute: float) -> c.PinMessage | c.UnpinMessage:
    return kind(by=BOB, at=START + timedelta(minutes=minute), user="U0BOB", **MESSAGE)


def test_a_mark_from_before_somebody_changed_their_mind_is_let_go() -> None:
    story = captured().do(mark(c.PinMessage, 1), mark(c.UnpinMessage, 4), mark(c.PinMessage, 2), minutes=9)
    assert isinstance(story.entries[-1].event, e.MessageUnpinned)
    story.do(mark(c.PinMessage, 8), mark(c.UnpinMessage, 6))
    assert isinstance(story.entries[-1].event, e.MessagePinned)


def test_a_row_of_the_review_stands_where_it_happened_and_says_that_it_was_caught_up() -> None:
    early = START + timedelta(minutes=1)
    story = told().do(c.AddNote(by=DANA, text="Pool is full"), minutes=30)
    story.do(c.CaptureMessage(by=BOB, at=early, user="U0BOB", text="It began at nine", **MESSAGE))
    text = draft(story.incident, story.entries, story.policy, now=story.now, names=NAMES).markdown
    timeline = text.partition("\n## Timeline\n")[2].partition("\n## ")[0]
    rows = [line for line in timeline.split("\n") if "It began at nine" in line or "Pool is full" in line]
    assert ["It began at nine" in line for line in rows] == [True, False]
    assert "(caught up at 14:33:00)" in rows[0]


def test_an_unpin_that_comes_before_its_pin_takes_the_pin_off_when_that_is_told() -> None:
    early, late = START + timedelta(minutes=1), START + timedelta(minutes=2)
    unpin = c.UnpinMessage(by=BOB, user="U0BOB", at=late, **MESSAGE)
    [unpinned] = on_message(unpin)
    assert unpinned == e.MessageUnpinned(user="U0BOB", last=False, **MESSAGE)
    facts = message_facts([Entry(seq=2, at=late, recorded_at=late, by=BOB, event=unpinned)])
    assert on_message(replace(unpin, facts=facts)) == [], "told twice, it is one"
    assert on_message(c.PinMessage(by=BOB, user="U0BOB", at=early, facts=facts, **MESSAGE)) == []

"""What may be corrected in a record, and how a record is read that was corrected."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.application.queries import as_read
from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.errors import DomainError, EntryStands, MissingText, UnknownEntry, WrongTime
from bot.messages import Messages
from bot.paths import TEMPLATES
from bot.postmortem import export
from bot.postmortem.corrections import corrected
from bot.postmortem.draft import draft
from bot.postmortem.metrics import measure
from bot.postmortem.record import read
from tests.support.any_story import ACTOR, POLICY, stories
from tests.support.timelines import BOB, DANA, NAMES, START, Story

SECRET = "hunter2isthepassword"


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def checkout() -> Story:
    """Declared, acknowledged, a message with an edit and a pin, and a note."""
    story = Story(POLICY)
    story.do(c.Declare(by=DANA, title="Checkout is down", severity="P1"), minutes=0)
    story.do(c.Acknowledge(by=BOB), minutes=8)
    story.do(c.CaptureMessage(by=BOB, user="U0BOB", text=f"It is {SECRET}", channel="C1", ts="1.1"))
    story.do(c.EditMessage(by=BOB, text=f"It was {SECRET}", channel="C1", ts="1.1"))
    return story.do(c.AddNote(by=DANA, text="The pool is full"))


def review(story: Story) -> str:
    return draft(story.incident, story.entries, POLICY, now=story.now, names=NAMES, head="ab" * 32).markdown


def number(story: Story, kind: type[e.Event]) -> int:
    return next(entry.seq for entry in story.entries if isinstance(entry.event, kind))


def facts(story: Story) -> str:
    metrics = measure(read(story.entries), POLICY, now=story.now)
    return json.dumps(export.to_json(story.incident, story.entries, metrics, markdown=review(story)))


def told(story: Story) -> str:
    """What the timeline command prints at a terminal, and what it lists as hidden."""
    read_, corrections = as_read(story.entries)
    messages = Messages(pack=POLICY.name, root=TEMPLATES)
    lines = [
        messages.line("entry", entry=entry, incident=story.incident, policy=POLICY, corrections=corrections)
        for entry in read_
    ]
    hidden = messages.render(
        "timeline_hidden", incident=story.incident, policy=POLICY, severity=None, corrections=corrections
    )
    return "\n".join([*lines, hidden.text, json.dumps(hidden.blocks)])


def test_a_moved_acknowledgement_moves_its_clock_which_cites_both() -> None:
    story = checkout()
    ack = number(story, e.Acknowledged)
    assert measure(read(story.entries), POLICY, now=story.now).acknowledge.value == timedelta(minutes=8)
    story.do(c.MoveEntry(by=DANA, about=ack, happened_at=at(3), why="Bob said so on the phone"))
    clock = measure(read(story.entries), POLICY, now=story.now).acknowledge
    assert (clock.value, clock.cites) == (timedelta(minutes=3), (1, ack, len(story.entries)))
    row = next(line for line in review(story).split("\n") if "moved from" in line)
    assert f"(moved from 14:10:00 by Dana Moss, #{len(story.entries)}: “Bob said so on the phone”)" in row
    assert f"#{ack}, #{len(story.entries)}" in row
    assert "| 14:05:00 |" in row


def test_what_is_added_stands_where_it_happened_with_who_added_it_and_why() -> None:
    story = checkout().do(c.AddEntry(by=DANA, happened_at=at(-5), text="Deploy 482 went out", why="Its log says so"))
    rows = [line for line in review(story).split("\n") if line.startswith("| #")]
    added = next(n for n, row in enumerate(rows) if "Deploy 482" in row)
    declared = next(n for n, row in enumerate(rows) if "**Declared" in row)
    assert added < declared
    assert "(added afterwards by Dana Moss: “Its log says so”)" in rows[added]


def test_a_word_about_an_entry_is_read_with_it_and_not_apart() -> None:
    story = checkout()
    note = number(story, e.NoteAdded)
    story.do(c.AnnotateEntry(by=BOB, about=note, text="This was *the* replica"))
    (row,) = [line for line in review(story).split("\n") if "the\\* replica" in line]
    assert "The pool is full" in row
    assert f"Bob Okafor about it (#{note + 1})" in row


def test_hiding_a_message_hides_what_it_was_changed_to_and_what_was_said_about_it() -> None:
    story = checkout()
    message = number(story, e.MessageCaptured)
    story.do(c.AnnotateEntry(by=BOB, about=message, text="Oh dear, zanzibar"))
    story.do(c.HideEntry(by=BOB, about=message, why="Wrong channel"))
    for text in (review(story), facts(story), told(story)):
        assert SECRET not in text
        assert "zanzibar" not in text
    assert "1 left out" in review(story)
    assert "the originals are in the chain" in review(story).casefold()
    story.do(c.ShowEntry(by=DANA, about=message))
    assert SECRET in review(story)
    assert "zanzibar" in review(story)


def test_moved_and_moved_back_is_as_before() -> None:
    story = checkout()
    note = number(story, e.NoteAdded)
    before = corrected(story.entries).entries
    story.do(c.MoveEntry(by=DANA, about=note, happened_at=at(1), why="Earlier"))
    story.do(c.MoveEntry(by=DANA, about=note, happened_at=before[note - 1].at, why="No"))
    found = corrected(story.entries)
    assert found.entries[: len(before)] == before
    assert not found.moved
    assert "moved from" not in review(story)


def test_what_was_redacted_and_hidden_is_neither() -> None:
    story = checkout()
    message = number(story, e.MessageCaptured)
    for place in (message - 1, message):
        event = story.entries[place].event
        assert isinstance(event, e.MessageCaptured | e.MessageEdited)
        story.entries[place] = replace(story.entries[place], event=replace(event, text=""))
    assert "#3" in review(story)
    story.do(c.HideEntry(by=DANA, about=message, why="It was redacted anyway"))
    assert SECRET not in review(story)


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (c.HideEntry(by=DANA, about=2, why="I was late"), EntryStands),
        (c.HideEntry(by=DANA, about=1, why="It never was"), EntryStands),
        (c.MoveEntry(by=DANA, about=1, happened_at=START, why="Earlier"), EntryStands),
        (c.MoveEntry(by=DANA, about=5, happened_at=START + timedelta(days=9), why="Later"), WrongTime),
        (c.MoveEntry(by=DANA, about=5, happened_at=START, why=" "), MissingText),
        (c.HideEntry(by=DANA, about=99, why="Wrong"), UnknownEntry),
        (c.HideEntry(by=DANA, about=5, why=""), MissingText),
        (c.AnnotateEntry(by=DANA, about=5, text=""), MissingText),
        (c.AddEntry(by=DANA, happened_at=START - timedelta(days=400), text="The first deploy"), WrongTime),
    ],
)
def test_what_can_not_be_corrected_is_refused_with_what_to_do(command: c.Command, problem: type[DomainError]) -> None:
    story = checkout()
    before = list(story.entries)
    with pytest.raises(problem) as refused:
        story.do(command)
    assert refused.value.sentence
    assert story.entries == before


def test_what_was_added_is_moved_from_where_it_was_said_to_be() -> None:
    story = checkout().do(c.AddEntry(by=DANA, happened_at=at(-5), text="Deploy 482 went out"))
    story.do(c.MoveEntry(by=DANA, about=len(story.entries), happened_at=at(-7), why="By its log"))
    assert story.entries[-1].event == e.EntryMoved(
        about=len(story.entries) - 1, happened_at=at(-7), before=at(-5), why="By its log"
    )


ABOUT = st.integers(1, 30)
CORRECTIONS: st.SearchStrategy[c.Command] = st.one_of(
    st.builds(c.AddEntry, by=ACTOR, happened_at=st.integers(-60, 60).map(at), text=st.just("| It was | so"))
    | st.builds(c.MoveEntry, by=ACTOR, about=ABOUT, happened_at=st.integers(-60, 60).map(at), why=st.just("A log")),
    st.builds(c.HideEntry, by=ACTOR, about=ABOUT, why=st.just("Wrong channel")),
    st.builds(c.ShowEntry, by=ACTOR, about=ABOUT),
    st.builds(c.AnnotateEntry, by=ACTOR, about=ABOUT, text=st.just("*A* test")),
)


@settings(max_examples=60, deadline=None)
@given(stories(), st.lists(CORRECTIONS, max_size=12))
def test_whatever_is_corrected_the_originals_stay_and_are_read_again(story: Story, wishes: list[c.Command]) -> None:
    originals = tuple(story.entries)
    for wish in wishes:
        try:
            story.do(wish)
        except DomainError:
            continue
    assert tuple(story.entries[: len(originals)]) == originals
    found = corrected(story.entries)
    assert corrected(found.entries).entries == found.entries
    assert [entry.seq for entry in found.entries] == sorted({entry.seq for entry in story.entries} - set(found.hidden))
    assert found.upto == len(story.entries)
    assert review(story) == review(story)
    for seq in found.hides:
        story.do(c.ShowEntry(by=DANA, about=seq))
    again = corrected(story.entries)
    assert not again.hidden
    assert {entry.seq for entry in originals} <= {entry.seq for entry in again.entries}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["note", "message", "added"]), st.booleans()), min_size=1, max_size=6))
def test_what_is_hidden_is_said_nowhere_and_all_else_is(said: list[tuple[str, bool]]) -> None:
    story = Story(POLICY).do(c.Declare(by=DANA, title="Checkout is down", severity="P1"))
    words: dict[str, bool] = {}
    for n, (kind, hidden) in enumerate(said):
        word = f"zanzibar{n}"
        match kind:
            case "note":
                story.do(c.AddNote(by=DANA, text=word))
            case "message":
                story.do(c.CaptureMessage(by=DANA, user="U0DANA", text=word, channel="C1", ts=f"{n}.1"))
            case _:
                story.do(c.AddEntry(by=DANA, text=word, happened_at=START, why=f"{word}why"))
        words[word] = hidden
        about = len(story.entries)
        story.do(c.AnnotateEntry(by=BOB, about=about, text=f"{word}too"))
        if hidden:
            story.do(c.HideEntry(by=BOB, about=about, why="Wrong channel"))
    for text in (review(story), facts(story), told(story)):
        assert {word: word not in text for word in words} == words


def test_who_acknowledged_before_they_were_called_was_not_waited_for() -> None:
    story = Story(POLICY).do(c.Declare(by=DANA, title="Checkout is down", severity="P1"), minutes=0)
    story.do(c.Escalate(by=DANA, why="Nobody is there", people=("U0BOB",)), minutes=5)
    story.do(c.Acknowledge(by=BOB), minutes=3)
    assert "Bob Okafor acknowledged after 3 min" in review(story)
    ack = len(story.entries)
    story.do(c.MoveEntry(by=BOB, about=ack, happened_at=at(2), why="I said so on the phone"))
    assert "acknowledged before, by Bob Okafor" in review(story)
    (role,) = [line for line in review(story).split("\n") if line.startswith("| Incident commander | Bob Okafor | ")]
    assert role.endswith(f"| #{ack}, #{ack + 1} |")

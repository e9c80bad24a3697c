"""What people write in a review's forms, and how they say when they meet about it."""

from datetime import UTC, date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.application.review_questions import names, questions, sheet
from bot.postmortem.parts import placed, with_text
from bot.slack.intents import NotADate
from bot.slack.reviewing import NoMeetingTime, moment

ASK = "_To be filled in by the incident commander (Dana: Moss): what made this possible?_"
MARKDOWN = f"# Review\n\n## Root cause\n\n{ASK}\n\n## Timeline\n\n| # | what |\n|---|---|\n| 1 | It began |\n"


def test_open_questions_are_known_with_their_sections_and_whom_they_ask() -> None:
    (found,) = questions(MARKDOWN)
    assert (found.section, found.who) == ("Root cause", "the incident commander (Dana")
    assert found.what.endswith("what made this possible?")
    assert names(MARKDOWN) == ["Root cause", "Timeline"]


def test_an_answer_stands_for_its_question_and_words_below_what_muster_wrote() -> None:
    cause = sheet(MARKDOWN, MARKDOWN, "Root cause")
    assert cause is not None
    assert cause.filled({0: "The index was gone"}, "") == "The index was gone\n"
    assert cause.filled({}, "") == f"{ASK}\n"
    told = sheet(MARKDOWN, MARKDOWN, "Timeline")
    assert told is not None
    assert (told.words, told.asks) == ("", [])
    assert told.filled({}, "It began earlier").endswith("| 1 | It began |\n\nIt began earlier\n")
    assert sheet(MARKDOWN, MARKDOWN, "Lessons") is None


@given(st.text(max_size=80).map(str.strip))
def test_words_that_were_written_are_what_the_form_shows_the_next_time(words: str) -> None:
    told = sheet(MARKDOWN, MARKDOWN, "Timeline")
    assert told is not None
    written = with_text(MARKDOWN, "Timeline", told.filled({}, words))
    again = sheet(written, MARKDOWN, "Timeline")
    assert again is not None
    assert again.words == placed(words).strip() or words in ASK or words.strip() in MARKDOWN


ROME = "Europe/Rome"
MONDAY = date(2026, 2, 2)


@pytest.mark.parametrize(
    ("typed", "starts", "minutes"),
    [
        ("tomorrow 10:00", "2026-02-03 09:00", None),
        ("friday at 14:30 45m", "2026-02-06 13:30", 45),
        ("2026-07-04T10:00 60", "2026-07-04 08:00", 60),
        ("in 2 days 9am", "2026-02-04 08:00", None),
        ("16:15", "2026-02-02 15:15", None),
        ("next monday 9:30 for 1h", "2026-02-09 08:30", 60),
        ("4 Feb 10.15 for 30 minutes", "2026-02-04 09:15", 30),
        ("noon tomorrow", "2026-02-03 11:00", None),
        ("at 10:00 on friday 30", "2026-02-06 09:00", 30),
        ("tomorrow 10:00 UTC 45 min", "2026-02-03 10:00", 45),
        ("12am tomorrow", "2026-02-02 23:00", None),
    ],
)
def test_a_meetings_time_is_read_as_people_say_it(typed: str, starts: str, minutes: int | None) -> None:
    found, long = moment(typed, MONDAY, ROME)
    assert (f"{found:%Y-%m-%d %H:%M}", found.utcoffset(), long) == (starts, timedelta(), minutes)


@pytest.mark.parametrize("typed", ["", "tomorrow", "25:00 tomorrow", "13pm", "soon"])
def test_a_meeting_without_a_time_of_day_is_none(typed: str) -> None:
    with pytest.raises(NoMeetingTime):
        moment(typed, MONDAY, ROME)


@pytest.mark.parametrize("typed", ["someday 10:00", "2026-02-30 10:00", "10:00 with everybody", "0001-01-01 00:10"])
def test_a_meeting_on_no_day_is_none(typed: str) -> None:
    with pytest.raises(NotADate):
        moment(typed, MONDAY, ROME)


@given(st.text(max_size=40))
def test_nothing_that_somebody_types_breaks_the_reading_of_a_time(typed: str) -> None:
    try:
        found, _ = moment(typed, MONDAY, ROME)
    except (NoMeetingTime, NotADate):
        return
    assert found.tzinfo is UTC

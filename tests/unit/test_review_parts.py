"""A review taken apart by its sections and put together again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.postmortem.parts import find, join, split, with_text

LINE = st.one_of(
    st.sampled_from(
        ("## Lessons", "## Impact ##", "### Day", "```", "~~~sh", "````", "| a |", "|---|", "", "##", "# x")
    ),
    st.text(max_size=8),
    st.text(st.characters(), max_size=3),
)
TEXT = st.builds(
    lambda lines, end: end.join(lines), st.lists(LINE, max_size=14), st.sampled_from(("\n", "\r\n", "\n\n"))
)


@settings(max_examples=200, deadline=None)
@given(TEXT)
def test_the_parts_of_any_text_are_the_text(text: str) -> None:
    parts = split(text)
    assert join(parts) == text
    assert (parts[0].heading, parts[0].level) == ("", 0)
    assert [part.level for part in parts[1:]] == [2] * (len(parts) - 1)
    assert len({(part.title, part.number, part.level) for part in parts}) == len(parts)


@settings(max_examples=200, deadline=None)
@given(TEXT, st.sampled_from(("Lessons", "Impact", "Lessons (2)", "", "Gone")), TEXT)
def test_placed_words_begin_no_section_and_the_others_keep_theirs(text: str, name: str, words: str) -> None:
    before = split(text)
    result = with_text(text, name, words)
    after = split(result)
    there = find(before, name) is not None
    assert [p.heading.strip() for p in after][: len(before)] == [p.heading.strip() for p in before]
    assert len(after) == len(before) + (not there)
    if there:
        assert with_text(result, name, words) == result


def test_a_section_ends_where_the_next_begins() -> None:
    top, first, second = split("# Review\n\n## Impact\n\nNone.\n\n## Lessons ##\nMany.")
    assert (top.text, top.level) == ("# Review\n\n", 0)
    assert (first.heading, first.title, first.text) == ("## Impact\n", "Impact", "\nNone.\n\n")
    assert (second.title, second.text) == ("Lessons", "Many.")


def test_a_heading_in_code_is_code_and_a_fence_that_is_never_closed_hides_nothing() -> None:
    assert [part.title for part in split("```md\n## Not one\n```\n## One\n")] == ["", "One"]
    assert [part.title for part in split("```md\n## One\n~~~\n## Two\n")] == ["", "One", "Two"]


@pytest.mark.parametrize(
    "line", ["##Impact", "    ## Impact", "### Impact", "| ## Impact |", "\\## Impact", "text ## x"]
)
def test_what_only_looks_like_a_heading_is_text(line: str) -> None:
    assert len(split(f"a\n\n{line}\n")) == 1


def test_two_sections_of_one_title_are_told_apart_by_number() -> None:
    text = "## Lessons\n\na\n\n## Lessons\n\nb\n"
    assert [part.name for part in split(text)[1:]] == ["Lessons", "Lessons (2)"]
    assert with_text(text, "Lessons (2)", "c") == "## Lessons\n\na\n\n## Lessons\n\nc\n"
    assert with_text(text, "Lessons", "c") == "## Lessons\n\nc\n\n## Lessons\n\nb\n"


def test_headings_that_people_write_into_a_section_become_smaller() -> None:
    placed = with_text(
        "## Impact\n\nold\n\n## Lessons\n", "Impact", "\r\n# One\r\n## Two\r\n#12 stays\r\n```\r\n## code\r\n"
    )
    assert placed == "## Impact\n\n### One\n### Two\n#12 stays\n```\n## code\n```\n\n## Lessons\n"


def test_what_cannot_be_stored_or_shown_is_left_out() -> None:
    assert with_text("## Impact\n", "Impact", "a\x00b\ud800c\u202ed") == "## Impact\n\nabcd\n"


def test_a_section_that_is_not_there_any_more_comes_at_the_end() -> None:
    assert with_text("## Impact\n\nx", "Cause\n## Evil", "why") == "## Impact\n\nx\n\n## Cause ## Evil\n\nwhy\n"
    assert with_text("", "Cause", "why") == "## Cause\n\nwhy\n"


def test_many_open_fences_and_very_long_lines_are_read_in_one_go() -> None:
    text = "```sh\n" * 20_000 + "x" * 1_000_000 + "\n## End\n"
    assert [part.title for part in split(text)] == ["", "End"]

"""What people write is made into what a canvas can show, and nothing of it is lost."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.sandbox.canvas import CONTENT, unsupported
from bot.slack.canvas_text import fit

PIECES = st.sampled_from(
    [
        *(
            "# One",
            "#### Four",
            "###### Six",
            "words",
            "*more* words",
            "| a | b |",
            "|---|---|",
            "| c | d |",
            "```",
            "",
        ),
        *("- a", "1. b", "  - c", "   2. d", "    1. e", "> quoted", "> - f", "> > 3. g", "- > h", "1. > i", "- 7. j"),
        *("12) k", "   #### deep", "> #### quoted", "+ l", "\t- m", "-", "1.", ">", "---", "<b>x</b>", "1. - 1. - n"),
    ]
)


@given(st.lists(PIECES, max_size=25))
@example(["> 1. - > - 2. > #### x"])
def test_whatever_is_written_a_canvas_can_show_it_and_every_word_is_there(lines: list[str]) -> None:
    text = "\n".join(lines)
    shown = fit(text)
    assert unsupported(shown) is None
    assert re.findall("[a-z]{2,}", shown) == re.findall("[a-z]{2,}", text)


@given(st.text(max_size=200))
@example("a\r#### b\r\n> - c\r")
def test_any_text_at_all_can_be_shown(text: str) -> None:
    assert unsupported(fit(text)) is None


def test_a_text_with_nothing_strange_in_it_stays_as_it_is() -> None:
    table, code = "| a | b |\n|---|---|\n| 1 | 2 |", "```\n#### no heading\n```"
    text = f"# Review\n\n- a\n  - b\n\n1. c\n2. d\n\n> said\n\n{table}\n\n{code}\n"
    assert fit(text) == text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("#### Cause", "### Cause"),
        ("> we saw\n> - this", "  we saw\n  - this"),
        ("- he said\n\n  > this", "- he said\n\n    this"),
        ("1. first\n   - detail\n2. second", "-  first\n   - detail\n-  second"),
        ("- first\n  1. detail", "- first\n  -  detail"),
    ],
)
def test_what_canvases_do_not_have_becomes_the_nearest_thing(written: str, shown: str) -> None:
    assert fit(written) == shown


def test_a_long_table_is_continued_in_another_with_the_same_head() -> None:
    rows = [f"| {number} | b | c |" for number in range(250)]
    shown = fit("\n".join(["| a | b | c |", "|---|---|---|", *rows, "", "After it."]))
    assert unsupported(shown) is None
    assert shown.count("| a | b | c |") == 3
    assert all(row in shown for row in rows)
    assert shown.endswith("After it.")


def test_a_text_that_is_too_long_ends_with_where_the_rest_is() -> None:
    shown = fit("A line of words.\n" * 100_000)
    assert len(shown) <= CONTENT
    assert shown.endswith("All of it is in the file in this channel.*")

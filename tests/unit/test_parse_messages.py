"""What a message says, as it is kept."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.heard import moment
from bot.slack.wording import readable, tidy, words_of


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"text": "Looking"}, "Looking"),
        ({"text": "a &lt;b&gt; &amp;amp; <@U1> in <#C1|general>"}, "a <b> &amp; <@U1> in #general"),
        ({"text": "", "files": [{"name": "graph.png"}]}, "[file: graph.png]"),
        ({"text": "See", "files": [{"title": "A graph"}, {}]}, "See\n[file: A graph]\n[file: without a name]"),
        ({"text": "", "attachments": [{"fallback": "CPU is high"}, {"title": "On web-1"}]}, "CPU is high\nOn web-1"),
        ({"attachments": "nonsense", "files": 3, "text": None}, ""),
        ({"attachments": [3, {"fallback": 4}], "files": [None]}, ""),
        ({}, ""),
    ],
)
def test_a_messages_words(sent: dict[str, Any], kept: str) -> None:
    assert words_of(sent) == kept


@pytest.mark.parametrize(
    ("sent", "people", "plain"),
    [
        ("<@U1|bob>", "<@U1|bob>", "@bob"),
        ("<@U1>", "<@U1>", "@U1"),
        ("<!subteam^S1|@sre>", "@sre", "@sre"),
        ("<!channel>", "@channel", "@channel"),
        ("<!date^1392734382^{date}|18 February>", "18 February", "18 February"),
        ("<tel:+44|+44>", "+44", "+44"),
        ("<https://x.example/?a=1&amp;b=2>", "https://x.example/?a=1&b=2", "https://x.example/?a=1&b=2"),
    ],
)
def test_slacks_tokens_are_readable(sent: str, people: str, plain: str) -> None:
    assert readable(sent) == people
    assert readable(sent, people=False) == plain


@given(st.text())
def test_any_text_is_readable(text: str) -> None:
    assert isinstance(readable(tidy(text)), str)


def test_a_ts_is_a_moment_to_the_microsecond() -> None:
    assert moment("1771030800.000123") == datetime(2026, 2, 14, 1, 0, 0, 123, tzinfo=UTC)


@pytest.mark.parametrize("ts", [None, "", "soon", "NaN", "Infinity", "1e40", [], "-"])
def test_a_ts_that_is_none_is_no_moment(ts: object) -> None:
    assert moment(ts) is None

"""Slack's messages as text for a terminal."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.blocks import Reader
from bot.messages import Messages
from bot.messages.samples import REF, hostile, samples

READER = Reader({"U0ALI": "Ali Baba", "S0CALL": "on-call", "C0ROOM": "inc-checkout"})


@pytest.mark.parametrize(
    ("mrkdwn", "read"),
    [
        ("*bold* _italic_ ~gone~ `code`", "bold italic gone code"),
        ("snake_case_name and 2*3*4", "snake_case_name and 2*3*4"),
        ("<@U0ALI> and <@U0BOB|bob>", "@Ali Baba and @bob"),
        ("<#C0ROOM> <!subteam^S0CALL>", "#inc-checkout @on-call"),
        ("<https://example.com|the page>", "the page (https://example.com)"),
        ("<https://example.com>", "https://example.com"),
        ("<!date^1795226700^{time}|then>", "02:05 UTC"),
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        (":red_circle: :no_such_emoji:", "🔴 :no_such_emoji:"),
        ("```\none\ntwo\n```", "one\ntwo"),
        ("∗not bold∗", "*not bold*"),  # noqa: RUF001 - the templates' look-alike for a typed asterisk
    ],
)
def test_mrkdwn_reads_as_slack_shows_it(mrkdwn: str, read: str) -> None:
    assert READER.mrkdwn(mrkdwn).plain == read


def test_bold_text_is_bold() -> None:
    spans = READER.mrkdwn("so *very* bold").spans
    assert [(span.start, span.end, span.style) for span in spans] == [(3, 7, "bold")]


def test_a_message_shows_its_blocks_from_top_to_bottom_with_its_buttons() -> None:
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": ":red_circle: Down"}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "It is *down*."}},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "*Status:*\nfixing"}]},
        {"type": "divider"},
        {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Ack"}}]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "small"}, {"type": "mrkdwn", "text": "print"}]},
    ]
    assert READER.message(blocks).plain.split("\n") == [
        "🔴 Down",
        "It is down.",
        "Status: fixing",
        "[Ack]",
        "small · print",
    ]
    assert "[Ack]" not in READER.message(blocks, buttons=False).plain


def test_a_table_has_its_columns_under_each_other() -> None:
    def cell(text: str) -> dict[str, str]:
        return {"type": "raw_text", "text": text}

    table: dict[str, Any] = {"type": "table", "rows": [[cell("a"), cell("long one")], [cell("wider"), cell("b")]]}
    assert READER.message([table]).plain.split("\n") == ["a      long one", "wider  b       "]


def test_a_message_without_blocks_shows_its_text() -> None:
    assert READER.message([], "hello <@U0ALI>").plain == "hello @Ali Baba"


@pytest.mark.parametrize("values", [samples(), hostile()], ids=["ordinary", "hostile"])
def test_every_message_of_ours_can_be_read(values: dict[str, list[dict[str, Any]]]) -> None:
    messages = Messages()
    for name, contexts in values.items():
        message = messages.render(name, ref=REF, **contexts[0])
        read = READER.message(message.blocks, message.text).plain
        assert read.strip()
        assert "\x1b" not in read


@given(st.text())
def test_no_text_can_drive_the_terminal_or_break_the_reader(text: str) -> None:
    read = READER.message([{"type": "section", "text": {"type": "mrkdwn", "text": text}}], text).plain
    assert all(ch.isprintable() or ch in "\n\u200d\ufe0f" for ch in read)

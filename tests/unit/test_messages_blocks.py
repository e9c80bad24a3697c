"""Markdown made into blocks, within Slack's limits."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import Message, to_blocks
from bot.messages.check import problems
from bot.messages.limits import CUT_NOTE


def _texts(blocks: list[dict[str, Any]]) -> list[str]:
    return [block["text"]["text"] for block in blocks if "text" in block]


def _valid(blocks: list[dict[str, Any]]) -> None:
    assert problems(Message("text", blocks)) == []


def test_a_heading_is_a_header_and_a_paragraph_a_verbatim_section() -> None:
    assert to_blocks("# Checkout\n\nIt is **down**,\nsee [status](https://x.io).") == [
        {"type": "header", "text": {"type": "plain_text", "text": "Checkout", "emoji": True}},
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": "It is *down*,\nsee <https://x.io|status>.", "verbatim": True},
        },
    ]


def test_a_second_heading_is_a_bold_line() -> None:
    assert _texts(to_blocks("## What we know")) == ["*What we know*"]


def test_a_list_of_labelled_values_becomes_fields() -> None:
    blocks = to_blocks("- **Severity:** P1\n- **Commander:** Bea\n- **Service:**")
    assert [field["text"] for field in blocks[0]["fields"]] == ["*Severity:*\nP1", "*Commander:*\nBea", "*Service:*\n—"]


def test_more_than_ten_fields_go_into_several_sections() -> None:
    blocks = to_blocks("\n".join(f"- **L{n}:** v" for n in range(23)))
    assert [len(block["fields"]) for block in blocks] == [10, 10, 3]


def test_other_lists_become_lines() -> None:
    assert _texts(to_blocks("- one\n  - inner\n- [ ] open\n- [x] done")) == ["• one\n    ◦ inner\n☐ open\n☑ done"]
    assert _texts(to_blocks("3. three\n4. four")) == ["3. three\n4. four"]


def test_quotes_code_and_rules_keep_their_form() -> None:
    blocks = to_blocks("> said\n> so\n\n```sql\nSELECT 1 < 2\n```\n\n---\n")
    assert _texts(blocks) == ["> said\n> so", "```\nSELECT 1 &lt; 2\n```"]
    assert blocks[-1]["type"] == "divider"


def test_a_paragraph_in_underscores_is_small_print() -> None:
    blocks = to_blocks("_Declared by Bea · **P1** _")
    assert blocks[0]["type"] == "context"
    assert blocks[0]["elements"][0]["text"] == "Declared by Bea · *P1*"


def test_a_paragraph_of_button_links_becomes_buttons() -> None:
    blocks = to_blocks(
        '[Acknowledge](button:ack "primary") [Resolve](button:resolve "danger: Is it over?")\n'
        "[Again](button:diag/db) [Again](button:diag/api) [Page](https://x.io)",
        ref="INC-2026-11-21-001",
    )
    ack, resolve, first, second, page = blocks[0]["elements"]
    assert (ack["action_id"], ack["value"], ack["style"]) == ("ack", "INC-2026-11-21-001", "primary")
    assert resolve["confirm"]["text"]["text"] == "Is it over?"
    assert (first["action_id"], first["value"]) == ("diag", "INC-2026-11-21-001 db")
    assert (second["action_id"], second["value"]) == ("diag:2", "INC-2026-11-21-001 api")
    assert (page["action_id"], page["url"]) == ("open", "https://x.io")
    _valid(blocks)


def test_a_link_among_words_is_no_button() -> None:
    assert _texts(to_blocks("Press [this](button:ack) now")) == ["Press this now"]


def test_a_small_table_is_a_table_and_a_second_one_is_code() -> None:
    table = "| Check | Verdict |\n|---|---|\n| pool | OK |\n| locks | |\n"
    blocks = to_blocks(f"{table}\nand\n\n{table}")
    assert [block["type"] for block in blocks] == ["table", "section", "section"]
    assert blocks[0]["rows"][2] == [{"type": "raw_text", "text": "locks"}, {"type": "raw_text", "text": "—"}]
    assert blocks[2]["text"]["text"] == "```\nCheck  Verdict\npool   OK\nlocks  —\n```"


def test_a_table_too_big_for_slack_is_code() -> None:
    blocks = to_blocks("| a |\n|---|\n" + "| x |\n" * 120)
    assert blocks[0]["type"] == "section"
    _valid(blocks)


def test_html_in_markdown_is_text() -> None:
    assert _texts(to_blocks("<b>x</b> <!channel>")) == ["&lt;b&gt;x&lt;/b&gt; &lt;!channel&gt;"]


def test_a_long_list_is_broken_between_items() -> None:
    blocks = to_blocks("\n".join(f"- {n} {'word ' * 20}" for n in range(60)))
    assert len(blocks) > 1
    assert all(text.startswith("• ") for text in _texts(blocks))
    assert sum(text.count("• ") for text in _texts(blocks)) == 60
    _valid(blocks)


def test_a_message_over_fifty_blocks_keeps_its_heading_and_buttons() -> None:
    paragraphs = "\n\n".join(f"Paragraph {n}." for n in range(80))
    blocks = to_blocks(f"# Title\n\n{paragraphs}\n\n[Acknowledge](button:ack)")
    assert len(blocks) == 50
    assert blocks[0]["type"] == "header"
    assert blocks[-1]["type"] == "actions"
    assert blocks[-2]["elements"][0]["text"] == CUT_NOTE
    _valid(blocks)


@pytest.mark.parametrize("letter", ["x", "é", "😀", "&", '"'])
def test_a_message_too_heavy_for_slack_is_cut_and_says_so(letter: str) -> None:
    paragraph = f"{letter * 20} sentence. " * 110
    blocks = to_blocks("\n\n".join(["# Title", *[paragraph] * 8, "[Acknowledge](button:ack)"]))
    assert len(json.dumps(blocks)) <= 13_000
    assert CUT_NOTE in json.dumps(blocks, ensure_ascii=False)
    assert blocks[-1]["type"] == "actions"
    _valid(blocks)


@given(st.text(alphabet=st.sampled_from("#*_~`>-|[]()<>!&\n 1.xbutton:é\t"), max_size=300))
def test_any_markdown_makes_blocks_that_slack_takes(markdown: str) -> None:
    blocks = to_blocks(markdown, ref="INC-2026-11-21-001")
    assert [problem for problem in problems(Message("text", blocks)) if not problem.startswith("0 blocks")] == []

"""Runbooks and role instructions in a message: Markdown that was wrapped in its file."""

from pathlib import Path
from typing import Any

import pytest

from bot.messages import Message, Messages
from bot.messages.check import problems
from bot.paths import RUNBOOKS
from bot.runbooks.catalogue import Catalogue


@pytest.fixture
def messages(tmp_path: Path) -> Messages:
    template = tmp_path / "slack/runbook/message.md.j2"
    template.parent.mkdir(parents=True)
    template.write_text("# {{ title }}\n\n{{ text|markdown(title=title) }}\n", encoding="utf-8")
    return Messages(root=tmp_path)


def _texts(messages: Messages, text: str, title: str = "Down") -> list[Any]:
    message = messages.render("runbook", title=title, text=text)
    assert problems(message) == []
    return [block["text"]["text"] for block in message.blocks if "text" in block][1:]


def test_a_line_break_of_the_file_is_a_space(messages: Messages) -> None:
    text = "Requests wait and then fail,\neven though the database is *quite\nidle*.\n\nNext.\\\nLine."
    assert _texts(messages, text) == [
        "Requests wait and then fail, even though the database is _quite idle_.",
        "Next.\nLine.",
    ]


def test_a_list_item_that_is_wrapped_stays_one_bullet(messages: Messages) -> None:
    assert _texts(messages, "- Errors such as `too many`\n  or `timed out`.\n- [ ] Wrapped\n  too\n") == [
        "• Errors such as `too many` or `timed out`.\n☐ Wrapped too"
    ]


def test_code_in_a_list_item_is_a_code_block_and_the_numbers_go_on(messages: Messages) -> None:
    text = (
        "1. Look:\n\n   ```sql\n   SELECT count(*)\n     FROM _jobs_ WHERE a > 1;\n   ```\n\n   Then think.\n"
        "2. Read:\n   - one\n   - two\n3. Go on.\n"
    )
    assert _texts(messages, text) == [
        "1. Look:",
        "```\nSELECT count(*)\n  FROM _jobs_ WHERE a &gt; 1;\n```",
        "Then think.\n2. Read:\n    ◦ one\n    ◦ two\n3. Go on.",
    ]


def test_code_is_copied_with_every_empty_line_and_in_a_quotation_too(messages: Messages) -> None:
    assert _texts(messages, "```\na\n\n\n\nb\n```\n\n> Said\n>\n> ```\n> rm *_old_*\n> ```\n") == [
        "```\na\n\n\n\nb\n```",
        "> Said",
        "```\nrm *_old_*\n```",
    ]


def test_a_table_in_a_list_item_is_a_table(messages: Messages) -> None:
    message = messages.render(
        "runbook", title="Down", text="- Look:\n\n  | a | b |\n  |---|---|\n  | 1 | 2 |\n\n- Go on"
    )
    assert [block["type"] for block in message.blocks] == ["header", "section", "table", "section"]


@pytest.mark.parametrize(
    ("heading", "shown"), [("# Down", []), ("#  down ", []), ("# Down again", ["Down again"]), ("## Down", ["*Down*"])]
)
def test_a_first_heading_that_repeats_the_title_is_left_out(messages: Messages, heading: str, shown: list[str]) -> None:
    assert _texts(messages, f"{heading}\n\nText.") == [*shown, "Text."]


@pytest.mark.parametrize("runbook", Catalogue([RUNBOOKS / "default"]).list(), ids=lambda runbook: runbook.name)
def test_each_runbook_of_ours_is_shown_whole_under_one_heading(messages: Messages, runbook: Any) -> None:
    message: Message = messages.render("runbook", title=runbook.title, text=runbook.text)
    assert problems(message) == []
    assert "(cut" not in repr(message.blocks)
    assert [block["type"] for block in message.blocks].count("header") == 1
    assert repr(message.blocks).count("```") // 2 == runbook.text.count("```") // 2

"""Markdown and text made ready for Slack without a template."""

from typing import Any

from bot.messages.blocks import assemble
from bot.messages.cut import cut
from bot.messages.limits import DOCUMENT, SECTION
from bot.messages.markdown import parse
from bot.messages.runs import clean, literal


def to_blocks(markdown: str, *, ref: str | None = None) -> list[dict[str, Any]]:
    """The blocks of a Markdown text, within Slack's limits.

    Args:
        markdown: Text whose formatting is meant, such as a runbook's. No value from outside belongs in it.
        ref: The incident's reference, for buttons.
    """
    return assemble(parse(clean(markdown, limit=DOCUMENT)), ref)


def to_mrkdwn(text: object, *, limit: int = SECTION) -> str:
    """Text from outside as Slack mrkdwn: it reads as it was written and can't ping, link or format.

    Args:
        text: The text as it was written.
        limit: The most characters; what is longer is cut at a sentence or word, with a note.
    """
    return cut(literal(text), limit)

"""The review in other shapes than the Markdown that is kept."""

from bot.postmortem.canvas import to_canvas
from bot.postmortem.confluence import to_confluence
from bot.postmortem.facts import to_json
from bot.postmortem.page import to_html

__all__ = ["to_canvas", "to_confluence", "to_html", "to_json", "to_markdown"]


def to_markdown(markdown: str) -> str:
    """The review as it is kept."""
    return markdown

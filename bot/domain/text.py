"""Text that people type, measured: what is missing is asked for, what is too long is refused before it is stored."""

from datetime import timedelta

from bot.domain.errors import MissingText, TooLong

#: Characters. A title has to fit a card's heading beside a reference; a text, one Slack message.
TITLE_LIMIT = 200
TEXT_LIMIT = 8_000


def legible(text: str) -> str:
    """The text without control characters and outer space: Postgres keeps no NUL, and nobody reads the others."""
    return "".join(ch for ch in text if ch in "\n\t" or ch.isprintable() or ch in "\u200d\ufe0f").strip()


def text_or(text: str, what: str, limit: int = TEXT_LIMIT) -> str:
    """The legible text, perhaps empty. Raises TooLong."""
    clean = legible(text)
    if len(clean) > limit:
        raise TooLong(what=what, length=len(clean), limit=limit)
    return clean


def said(text: str, what: str, example: str, limit: int = TEXT_LIMIT) -> str:
    """Like `text_or`, but there has to be some. Raises MissingText, which says what with an example."""
    clean = text_or(text, what, limit)
    if not clean:
        raise MissingText(what=example)
    return clean


def in_words(span: timedelta) -> str:
    """A clock's length as people say it: `5 min`, `90 min`, `4 h`, `2 d`."""
    minutes = int(span.total_seconds() // 60)
    if minutes >= 2 * 60 and minutes % 60 == 0:
        hours = minutes // 60
        return f"{hours // 24} d" if hours >= 24 and hours % 24 == 0 else f"{hours} h"
    return f"{minutes} min"

"""Reading what is typed about filing elsewhere: `task file 3 github`, `review export confluence`. Pure."""

import re
from typing import Final

from bot.slack.intents import ArgumentMissing, FileElsewhere
from bot.slack.wording import WORD, bare

#: The words that begin it.
FILING: Final = frozenset({"file", "export", "send"})
_NUMBER: Final = re.compile(r"#?(\d{1,5})")
_ALL: Final = frozenset({"all", "every", "everything", "open"})
_JOINING: Final = frozenset({"to", "in", "into", "as", "on", "and", "task", "tasks", "item", "items", "the", "review"})
#: Items that are named at once; more are asked for with `all`.
_MOST: Final = 50


def items(rest: str) -> FileElsewhere | None:
    """What comes after `task`; None where it is about something else, such as an item called “File the claim”.

    Raises:
        ArgumentMissing: it begins like this, and the system is missing.
    """
    first, *words = [bare(word).casefold() for word in WORD.findall(rest)] or [""]
    if first not in FILING:
        return None
    left = [word for word in words if word and word not in _JOINING]
    numbers = [int(found[1]) for word in left if (found := _NUMBER.fullmatch(word))]
    names = [word for word in left if not _NUMBER.fullmatch(word) and word not in _ALL]
    whole = len(left) > len(numbers) + len(names)
    # Sentences begin like this as well: an item's text has a word that is none of these.
    if not (numbers or whole) or len(names) > 1 or len(numbers) > _MOST:
        return None
    if not names:
        raise ArgumentMissing(what="where it goes, as in `task file 3 github`")
    return FileElsewhere(names[0], tuple(dict.fromkeys(numbers)))


def review(rest: str) -> FileElsewhere:
    """What comes after `review export`. Raises ArgumentMissing where no system is named."""
    names = [word for typed in WORD.findall(rest) if (word := bare(typed).casefold()) and word not in _JOINING]
    if len(names) != 1:
        raise ArgumentMissing(what="where it goes, as in `review export confluence`")
    return FileElsewhere(names[0], review=True)

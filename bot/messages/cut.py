"""Shortening text to a limit at the end of a sentence or a word, and saying so."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from bot.messages.limits import CUT_NOTE, ELLIPSIS
from bot.messages.runs import Run, mrkdwn, plain

_SENTENCE_END: Final = re.compile(r"[.!?。！？…](?=\s)|\n")  # noqa: RUF001 - other scripts end sentences too
_WORD_END: Final = re.compile(r"\S(?=\s)")
#: How much of the room may be given up for a clean ending: half for a whole sentence, a quarter for a whole word.
_SENTENCE_SHARE: Final = 0.5
_WORD_SHARE: Final = 0.75


def cut(
    runs: Iterable[Run],
    limit: int,
    *,
    shape: Callable[[Iterable[Run]], str] = mrkdwn,
    note: str = CUT_NOTE,
) -> str:
    """The runs in their final shape, within the limit.

    Args:
        runs: The text.
        limit: The most characters that the result may have, escapes, markers and the note included.
        shape: Makes the final text of runs: `mrkdwn`, `quote`, `fence`, `plain_text` or `fallback`.
        note: Said at the end when something was left out.
    """
    kept, complete = take(runs, limit * 2)  # an endless value is not escaped to its end
    text = shape(kept)
    if complete and len(text) <= limit:
        return text
    if len(note) > limit // 2:
        note = ELLIPSIS
    # A note after a code block or a quotation stands on a line of its own, outside of it.
    joint = "\n" if text.startswith(("```", ">")) else "" if note == ELLIPSIS else " "
    room = limit - len(note) - len(joint)
    words = plain(kept)
    end = bisect_right(range(len(words) + 1), room, key=lambda size: len(shape(take(kept, size)[0]))) - 1
    end = _clean_end(words, max(end, 0))
    text = shape(take(kept, end)[0])
    while len(text) > room:  # a shape whose length dips has misled the bisection
        end -= max(1, len(text) - room)
        text = shape(take(kept, max(end, 0))[0])
    return f"{text}{joint}{note}" if text else note


def shorten(runs: Sequence[Run], size: int) -> Sequence[Run]:
    """The runs with at most `size` characters to read, ending in an ellipsis when something was left out."""
    words = plain(runs)
    if len(words) <= size:
        return runs
    return [*take(runs, _clean_end(words, size - len(ELLIPSIS)))[0], Run(ELLIPSIS)]


def take(runs: Iterable[Run], size: int) -> tuple[Sequence[Run], bool]:
    """The first `size` characters of what a person reads, and whether that is everything.

    A run with a mark is taken whole or not at all.
    """
    taken: list[Run] = []
    for run in runs:
        if len(run.text) <= size:
            taken.append(run)
            size -= len(run.text)
            continue
        if run.mark is None and size:
            taken.append(replace(run, text=run.text[:size]))
        return taken, False
    return taken, True


def _clean_end(words: str, end: int) -> int:
    if end >= len(words):
        return len(words)
    for pattern, share in ((_SENTENCE_END, _SENTENCE_SHARE), (_WORD_END, _WORD_SHARE)):
        ends = [found.end() for found in pattern.finditer(words, 0, end + 1) if found.end() <= end]
        if ends and ends[-1] >= end * share:
            return ends[-1]
    return end

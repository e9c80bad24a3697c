"""Words for a picture: one clean line, as long as there is room, and how wide it is about."""

import unicodedata
from typing import Final

from bot.postmortem.text import clean

#: Parts of the size of the letters. Those of DejaVu Sans, which is wider than what most machines have.
_NARROW, _USUAL, _WIDE, _FULL = 0.36, 0.64, 0.98, 1.3
_THIN: Final = frozenset("iljtfrI.,:;'|!()[]{}/\\ `·")
_BROAD: Final = frozenset("mwMWQO@%—…#&")
#: What no XML document may hold, however it is written.
_NEVER: Final = frozenset({"\ufffe", "\uffff"})


def plain(text: str, most: int) -> str:
    """One line of at most `most` characters, without what cannot be seen or turns the others around."""
    if len(text) <= most and text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    # What is cut off anyway need not be cleaned; what is cleaned away is seldom more than this.
    line = " ".join(clean(text[: most * 8]).split())
    return cut("".join(ch for ch in line if ch not in _NEVER), most)


def cut(text: str, most: int) -> str:
    """At most `most` characters; what is cut ends in an ellipsis, and no accent is left without its letter."""
    if len(text) <= most:
        return text
    kept = text[: most - 1]
    while kept and (unicodedata.combining(text[len(kept)]) or kept[-1] == "\u200d"):
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def width(text: str, size: float) -> float:
    """About how wide a text is, in the units of `size`, rather too wide than too narrow."""
    return sum(map(_part, text)) * size


def fitted(text: str, size: float, room: float) -> str:
    """As much of a text as fits; empty where not even a few letters do."""
    if width(text, size) <= room:
        return text
    left = room - _USUAL * size * 1.6  # the ellipsis
    for index, char in enumerate(text):
        left -= _part(char) * size
        if left < 0:
            return cut(text, index + 1) if index > 2 else ""
    return text


def _part(char: str) -> float:
    if char in _THIN:
        return _NARROW
    if char in _BROAD:
        return _WIDE
    if char.isascii():
        return 0.7 if char.isupper() else _USUAL
    if unicodedata.combining(char):
        return 0.0
    return _FULL if unicodedata.east_asian_width(char) in "WF" else 0.75

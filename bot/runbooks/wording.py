"""How words of people and of runbooks are compared: case, plural and punctuation do not count. English, mostly."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")
#: Words that runbooks of every kind have.
_SMALL_WORDS = frozenset(
    """
    after again all and any are before but can for from getting has have high into its low not now our out over
    since some still that the their them there this too very was were when with you your
    """.split()  # noqa: SIM905 (words read better as words)
)


@dataclass(frozen=True, slots=True)
class Words:
    """A text's words in order, for comparing, and where each stands in the text."""

    text: str
    tokens: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, text: str) -> "Words":
        """The words of a text; an underscore parts two."""
        found = [(match.group(), match.span()) for match in _WORD.finditer(text)]
        return cls(text, tuple(token(word) for word, _ in found), tuple(span for _, span in found))

    def written(self, first: int, last: int | None = None) -> str:
        """The text from one word to another (to its own end, where none is given), as it was written."""
        return self.text[self.spans[first][0] : self.spans[first if last is None else last][1]]


@lru_cache(maxsize=16_384)
def token(word: str) -> str:
    """A word for comparing; singular and plural are one."""
    word = word.casefold()
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


def tokens(text: str) -> tuple[str, ...]:
    """The words of a text, for comparing."""
    return tuple(token(word) for word in _WORD.findall(text))


def telling(words: Iterable[str], shortest: int = 3) -> list[str]:
    """Those that say what something is about, of so many letters at least."""
    return [word for word in words if len(word) >= shortest and word not in _SMALL]


_SMALL = frozenset(map(token, _SMALL_WORDS)) | _SMALL_WORDS

"""What comes after a command's name, and taking it apart: names of several words, options, the text that is left."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher, get_close_matches
from typing import Protocol

from bot.domain.actor import Actor
from bot.domain.rules import Policy, spoken
from bot.slack.intents import NoSuchOption, OptionWithoutValue
from bot.slack.usage import Usage
from bot.slack.wording import WORD, bare, first_word, readable, unquoted

_WORDS_OF_A_NAME = re.compile(r"[^\W_]+")
#: An option within a text; phones make one dash of two.
_OPTION = re.compile(r"(?<!\S)(--|\u2014|\u2013)([A-Za-z]+)(?:[=:]|(?=\s)|$)")
_OVERRIDE = "override"
_NOW = re.compile(r"(?<!\S)(?:--|\u2014|\u2013)now(?!\S)\s*", re.IGNORECASE)
#: How alike a name and what was typed are at least, for words to be taken for a name that is misspelt.
_ALIKE = 0.7


class Speakable(Protocol):
    """Something that people call by a name, or by what else they say for it."""

    @property
    def name(self) -> str:
        """Its name in the policy."""

    @property
    def aliases(self) -> tuple[str, ...]:
        """What else people say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What comes after the command's name, and what it is read by."""

    rest: str
    usage: Usage
    by: Actor
    policy: Policy
    today: date


def text_of(text: str) -> str:
    """Words as they are kept."""
    return unquoted(readable(text)).strip()


def first_words(text: str, count: int) -> tuple[str, str]:
    """The first words as one name, and the rest."""
    words: list[str] = []
    for _ in range(count):
        word, text = first_word(text)
        words.append(bare(word))
    return " ".join(words), text


def words_for(things: Iterable[Speakable]) -> list[str]:
    """Everything that people say for some things."""
    return [word for thing in things for word in (thing.name, *thing.aliases)]


def known(text: str, names: Iterable[str]) -> tuple[str, str] | None:
    """The longest of some names that a text starts with, as it was typed, and the rest; None where it has none."""
    names = list(names)
    said = {spoken(name) for name in names} - {""}
    for count in range(_most(text, names), 0, -1):
        typed, rest = first_words(text, count)
        if spoken(typed) in said:
            return typed, rest
    return None


def named(text: str, names: Iterable[str]) -> tuple[str, str]:
    """Like `known`; else what is meant to be one, by its likeness, and where nothing is like any, the first word."""
    names = list(names)
    if found := known(text, names):
        return found
    first = first_words(text, 1)
    longer = [first_words(text, count) for count in range(2, _most(text, names) + 1)]
    likest = max([first, *longer], key=lambda split: _likeness(split[0], names))
    return likest if _likeness(likest[0], names) >= _ALIKE else first


def overriding(text: str) -> tuple[str, str]:
    """What stands before `--override`, and the reason after it; no reason where nothing is overridden.

    Raises:
        OptionWithoutValue: no reason is given.
        NoSuchOption: it is nearly spelt so.
    """
    for found in _OPTION.finditer(text):
        name = found[2].casefold()
        if name == _OVERRIDE:
            why = text_of(text[found.end() :].strip())
            if not why:
                raise OptionWithoutValue(typed=f"--{_OVERRIDE}")
            return text[: found.start()].rstrip(), why
        if found[1] == "--" and get_close_matches(name, [_OVERRIDE], n=1, cutoff=0.75):
            raise NoSuchOption(typed=f"--{name}", nearest=f"--{_OVERRIDE}")
    return text, ""


def at_once(text: str) -> tuple[str, bool]:
    """The text without `--now`, and whether it says so."""
    left = _NOW.sub("", text).strip()
    return left, left != text.strip()


def _most(text: str, names: Iterable[str]) -> int:
    """How many words of a text can be a name at most: `data-loss` is also typed as two."""
    longest = max((len(_WORDS_OF_A_NAME.findall(name)) for name in names), default=1)
    return min(max(longest, 1), len(WORD.findall(text)))


def _likeness(typed: str, names: Iterable[str]) -> float:
    said = spoken(typed)
    return max((SequenceMatcher(None, said, spoken(name)).ratio() for name in names), default=0.0)

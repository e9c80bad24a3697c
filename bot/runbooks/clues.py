"""What a runbook may be found by: its title and tags, what people see, and what programs say when it is needed."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple

from bot.domain.rules import spoken
from bot.runbooks.runbook import Runbook
from bot.runbooks.structure import Chapter, ChapterKind
from bot.runbooks.wording import telling, tokens

#: Phrases of one runbook, and words of each, that are kept; characters of a line, and of an item, that are read.
_PHRASES, _LONGEST, _LINE = 300, 30, 400
#: What a fenced block of a causes chapter has to be called to be taken for what a program said, not for what to do.
_OUTPUT = frozenset({"text", "txt", "log", "logs", "console", "output", "plain", "plaintext"})

_FENCE = re.compile(r"\s*(`{3,}|~{3,})\s*([\w+-]*)")
_CODE = re.compile(r"(?<!`)(`{1,3})([^`]{1,200})\1(?!`)")
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,4}[.)])\s+(?:\[.\]\s+)?(.*)")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.*)")
_ROW = re.compile(r"\s*\|([^|]*)\|")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
#: What programs write, even where it is one word: `ECONNREFUSED`, `OOMKilled`, `P2024`, `503`.
_LIKE_AN_ERROR = re.compile(r"\d{3}|(?=.{4})(?:.*\d.*|.+[A-Z].*)")


class Weight(IntEnum):
    """How much one thing in common says."""

    PHRASE = 30
    SAYING = 24
    ERROR = 20
    #: For each telling word of a part of a phrase, so that it says more than the words one by one.
    PART = 7
    TITLE = 6
    TAG = 5
    SYMPTOM = 4
    SEEN = 2
    BODY = 1


class Phrase(NamedTuple):
    """Words that mean something together; `weight` is for all of them, 0 where they mean nothing by themselves."""

    tokens: tuple[str, ...]
    shown: str
    weight: int


@dataclass(frozen=True, slots=True)
class Clues:
    """What a runbook may be found by.

    Attributes:
        alerts, services: names as they are written, by how they are said.
        words: each telling word, with how much it says.
        pairs: symptoms, error messages and causes, by every two words that stand side by side in them.
        alone: those of one word.
    """

    alerts: Mapping[str, Phrase]
    services: Mapping[str, str]
    words: Mapping[str, Weight]
    pairs: Mapping[tuple[str, str], tuple[Phrase, ...]]
    alone: Mapping[str, Phrase]


def clues_of(runbook: Runbook) -> Clues:
    """Reads a runbook for what it may be found by."""
    phrases = _unique(_phrases(runbook))
    words: dict[str, Weight] = {}
    for weight, text in _weighed(runbook, phrases):
        for word in telling(text):
            words[word] = max(words.get(word, weight), weight)
    return Clues(
        alerts={spoken(name): Phrase(tokens(name), name, 0) for name in runbook.alerts if spoken(name)},
        services={spoken(name): name for name in runbook.services if spoken(name)},
        words=words,
        pairs=_pairs(phrases),
        alone={phrase.tokens[0]: phrase for phrase in phrases if len(phrase.tokens) == 1 and phrase.weight},
    )


def _pairs(phrases: Iterable[Phrase]) -> dict[tuple[str, str], tuple[Phrase, ...]]:
    found: dict[tuple[str, str], tuple[Phrase, ...]] = {}
    for phrase in phrases:
        for pair in set(pairwise(phrase.tokens)):
            found[pair] = (*found.get(pair, ()), phrase)
    return found


def _weighed(runbook: Runbook, phrases: Iterable[Phrase]) -> Iterator[tuple[Weight, tuple[str, ...]]]:
    yield Weight.TITLE, tokens(runbook.title)
    yield Weight.TAG, tokens(" ".join((runbook.name, *runbook.tags)))
    yield Weight.SYMPTOM, tokens(" ".join(runbook.symptoms))
    yield from ((Weight.SEEN, phrase.tokens) for phrase in phrases)


def _unique(phrases: Iterable[Phrase]) -> list[Phrase]:
    """The first phrases, each once, as they were first."""
    found: dict[tuple[str, ...], Phrase] = {}
    for phrase in phrases:
        if phrase.tokens:
            found.setdefault(phrase.tokens, phrase)
        if len(found) == _PHRASES:
            break
    return list(found.values())


def _phrases(runbook: Runbook) -> Iterator[Phrase]:
    """What may be said in one go, and how much it says; the front matter's first."""
    for symptom in runbook.symptoms:
        yield _phrase(symptom, Weight.PHRASE)
    for alert in runbook.alerts:
        if len(parts := _CAMEL.sub(" ", alert).split()) > 1:
            yield _phrase(" ".join(parts), Weight.PHRASE)
    for step in runbook.structure.steps:
        if step.pick:
            yield from (_saying(branch.on) for branch in step.branches)
    lines = runbook.text.split("\n")
    for chapter in runbook.structure.chapters:
        if chapter.kind in (ChapterKind.SYMPTOMS, ChapterKind.CAUSES):
            first = chapter.first - runbook.text_line
            yield from _seen(chapter, lines[first : first + chapter.last - chapter.first + 1])


def _seen(chapter: Chapter, lines: Iterable[str]) -> Iterator[Phrase]:
    """What a chapter of symptoms or causes says that people see: code, output, items, alternatives and rows."""
    fence, output, item = "", False, ""
    for line in (line[:_LINE] for line in lines):
        marks = _FENCE.match(line)
        if fence:
            if marks and marks[1].startswith(fence) and not marks[2]:
                fence = ""
            elif output:
                yield _error(line)
            continue
        begins = _ITEM.match(line) or _HEADING.match(line) or _ROW.match(line)
        if item and (begins or marks or not line.strip()):
            yield _saying(item)
            item = ""
        if marks:
            fence, language = marks[1], marks[2].casefold()
            output = language in _OUTPUT or (not language and chapter.kind is ChapterKind.SYMPTOMS)
            continue
        yield from (_error(code[2]) for code in _CODE.finditer(line))
        item = begins[1] if begins else f"{item} {line}"[:_LINE] if item else ""
    yield _saying(item)


def _error(text: str) -> Phrase:
    """What a program says. One word is said by chance, unless it is one that only programs write."""
    said = _phrase(text, Weight.PHRASE)
    if len(said.tokens) > 1:
        return said
    return said._replace(weight=Weight.ERROR if _LIKE_AN_ERROR.fullmatch(text.strip()) else 0)


def _saying(text: str) -> Phrase:
    """What people say; one word is said by chance."""
    said = _phrase(text, Weight.SAYING)
    return said if len(telling(said.tokens)) > 1 else said._replace(weight=0)


def _phrase(text: str, weight: int) -> Phrase:
    return Phrase(tokens(text)[:_LONGEST], " ".join(text.split()).strip("`*_ "), weight)

"""Which runbooks may help with what is known, and why. Pure: the runbooks come in with their clues."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, TypeVar

from bot.domain.rules import spoken
from bot.policy.faults import quoted
from bot.runbooks.clues import Clues, Weight
from bot.runbooks.runbook import Runbook
from bot.runbooks.wording import Words, telling, tokens

#: How many runbooks a search finds at most.
_MOST = 50
#: Characters of the words that are looked at.
_LONGEST = 2_000
#: One word shared with a title or a tag is enough; one shared with the middle of a symptom is a coincidence.
_ENOUGH = 5
#: Telling words that a part of a phrase needs, and those that count: more of them say no more.
_FEWEST, _TELLING = 2, 4
#: Places of two words that are looked at.
_PLACES = 20
#: Letters that begin a word of which a search does not know the end.
_BEGINNING = 3

#: How much a word says among all of the runbooks, from 0 to 1.
_Rare = Callable[[str], float]


class Suggestion(NamedTuple):
    """A runbook, and in a few words each why it is suggested."""

    runbook: Runbook
    reasons: tuple[str, ...]


class Known(NamedTuple):
    """A runbook as it is looked for. `body` is what `body_of` makes of it; empty where its text does not count."""

    runbook: Runbook
    clues: Clues
    body: str = ""


class _Point(NamedTuple):
    """Something in common: how much it says, how it is quoted, and the words that it is about."""

    weight: int
    shown: str
    about: tuple[str, ...]


class _Part(NamedTuple):
    """A phrase, or a part of one, that somebody said: from one word to before another."""

    weight: int
    first: int
    end: int
    shown: str


_Thing = TypeVar("_Thing", bound=Hashable)


def _places(things: Iterable[_Thing]) -> dict[_Thing, list[int]]:
    found: dict[_Thing, list[int]] = {}
    for place, thing in enumerate(things):
        found.setdefault(thing, []).append(place)
    return found


@dataclass(frozen=True, slots=True)
class _Said:
    """What somebody says, cut into words once for all runbooks.

    Attributes:
        positions, pairs: where each word, and every two that stand side by side, begin.
        telling: those that say what it is about, each as it was written.
        names: what may be the name of an alert, as it is spoken.
        fired: those that surely are, because their monitor said so.
    """

    words: Words
    positions: Mapping[str, Sequence[int]]
    pairs: Mapping[tuple[str, str], Sequence[int]]
    telling: Mapping[str, str]
    names: frozenset[str]
    fired: frozenset[str]

    @classmethod
    def of(cls, text: str, alerts: Iterable[str] = (), *, shortest: int = 3) -> "_Said":
        words = Words.of(text[:_LONGEST])
        positions = _places(words.tokens)
        fired = frozenset(filter(None, map(spoken, alerts)))
        names = [*words.text.split(), *re.findall(r"[\w-]+", words.text)]
        return cls(
            words=words,
            positions=positions,
            pairs={pair: at[:_PLACES] for pair, at in _places(pairwise(words.tokens)).items()},
            telling={word: words.written(positions[word][-1]) for word in telling(positions, shortest)},
            names=fired.union(filter(None, map(spoken, names))),
            fired=fired,
        )


@dataclass(frozen=True, slots=True)
class _Hit:
    """A runbook with what it has in common with what was said. `fired`: one of its alerts surely did."""

    runbook: Runbook
    fired: bool
    alerts: tuple[str, ...]
    services: tuple[str, ...]
    points: tuple[_Point, ...]

    @property
    def weight(self) -> int:
        """How much the words have in common."""
        return sum(point.weight for point in self.points)

    def score(self, rare: _Rare) -> float:
        """The same, where what stands in every runbook counts for less."""
        return sum(point.weight * max(map(rare, point.about)) for point in self.points)

    def rank(self, rare: _Rare) -> tuple[bool, bool, bool, float, str]:
        """By what it is sorted: the alert that fired, one that is named, the service, the words, and its name."""
        return not self.fired, not self.alerts, not self.services, -self.score(rare), self.runbook.name

    def suggestion(self) -> Suggestion:
        """What people read."""
        named = [*(f"alert {name}" for name in self.alerts), *(f"service {name}" for name in self.services)]
        said = [f"mentions {quoted(one.shown)}" for one in sorted(self.points, key=lambda point: -point.weight)]
        return Suggestion(self.runbook, tuple(dict.fromkeys([*named, *said])))


def suggest(
    known: Iterable[Known],
    words: str,
    *,
    service: str | None,
    alert: str | None = None,
    alerts: Iterable[str] = (),
    most: int,
) -> list[Suggestion]:
    """The runbooks of the exact alerts, then the service's, then by the words in common; each with its reasons.

    However many are the service's, the one that fits the words best is among them.

    Args:
        known: the runbooks.
        words: what is known in words: a title, with whatever else was said.
        service: the incident's, by name.
        alert: the alert's name. Alerts are known within the words as well, and come after those that surely fired.
        alerts: the names of several.
        most: how many there are at most.
    """
    said = _Said.of(words, [*alerts, alert or ""])
    services = {spoken(service or "")} - {""}
    everything = [_hit(one, said, services) for one in known]
    rare = _rarity(everything)
    found = [hit for hit in everything if hit.alerts or hit.services or hit.weight >= _ENOUGH]
    first = sorted(found, key=lambda hit: hit.rank(rare))[:most]
    best = max(found, key=lambda hit: hit.score(rare), default=None)
    if first and best is not None and best.points and all(hit is not best for hit in first):
        first[-1] = best
    return [hit.suggestion() for hit in first]


def search(known: Iterable[Known], words: str) -> list[Suggestion]:
    """The runbooks that say any of the words, the likeliest first; a word may be the beginning of one.

    Args:
        known: the runbooks, with the words of their text.
        words: whatever is looked for; names of alerts and services too.
    """
    said = _Said.of(words, shortest=2)
    everything = [_hit(one, said, said.names) for one in known]
    rare = _rarity(everything)
    found = [hit for hit in everything if hit.alerts or hit.services or hit.points]
    return [hit.suggestion() for hit in sorted(found, key=lambda hit: hit.rank(rare))[:_MOST]]


def body_of(runbook: Runbook) -> str:
    """All words of a runbook's text, each once, with a space on both sides."""
    return f" {' '.join(sorted(set(tokens(runbook.text))))} "


def _hit(one: Known, said: _Said, services: Collection[str]) -> _Hit:
    owned = tuple(written for name, written in one.clues.services.items() if name in services)
    named = list(_alerts(one.clues, said))
    fired = [name for name in named if spoken(name) in said.fired]
    alerts = tuple(dict.fromkeys([*fired, *named]))
    return _Hit(one.runbook, bool(fired), alerts, owned, tuple(_points(one, said, {spoken(name) for name in alerts})))


def _rarity(hits: Sequence[_Hit]) -> _Rare:
    having = Counter(word for hit in hits for word in {word for point in hit.points for word in point.about})
    return lambda word: 1 - having[word] / (len(hits) + 1)


def _alerts(clues: Clues, said: _Said) -> Iterator[str]:
    """The alerts that are named, in one word or in those that they have."""
    for name, alert in clues.alerts.items():
        words = alert.tokens
        if name in said.names or (len(words) > 1 and _longest(words, said)[0] == len(words)):
            yield alert.shown


def _points(one: Known, said: _Said, alerts: Collection[str]) -> Iterator[_Point]:
    """Phrases said whole or in part, and then words in common; none counts twice, or where it is the alert's name."""
    left = dict(said.telling)
    for part in _apart(_parts(one.clues, said)):
        about = said.words.tokens[part.first : part.end]
        if spoken(part.shown) not in alerts:
            yield _Point(part.weight, part.shown, about)
        for word in about:
            left.pop(word, None)
    for word in sorted(left.keys() & one.clues.words.keys()):
        yield _Point(one.clues.words[word], left.pop(word), (word,))
    for word in sorted(left) if one.body else ():
        if f" {word} " in one.body:
            yield _Point(Weight.BODY, left[word], (word,))
        elif len(word) >= _BEGINNING and f" {word}" in one.body:
            yield _Point(Weight.BODY, left[word] + "…", (word,))


def _parts(clues: Clues, said: _Said) -> Iterator[_Part]:
    """What was said of the phrases; they may overlap."""
    for word in clues.alone.keys() & said.positions.keys():
        first = said.positions[word][0]
        yield _Part(clues.alone[word].weight, first, first + 1, clues.alone[word].shown)
    near = {phrase: None for pair in said.pairs.keys() & clues.pairs.keys() for phrase in clues.pairs[pair]}
    for phrase in near:
        length, first = _longest(phrase.tokens, said)
        end = first + length
        if length == len(phrase.tokens) and phrase.weight:
            yield _Part(phrase.weight, first, end, phrase.shown)
        elif (count := len(set(telling(said.words.tokens[first:end])))) >= _FEWEST:
            shown = said.words.written(first, end - 1)
            yield _Part(Weight.PART * min(count, _TELLING), first, end, shown)


def _apart(parts: Iterable[_Part]) -> Iterator[_Part]:
    """Those that say most, of which no two share a word."""
    taken: set[int] = set()
    for part in sorted(parts, key=lambda part: (-part.weight, part.first - part.end, part.first, part.shown)):
        if taken.isdisjoint(range(part.first, part.end)):
            taken.update(range(part.first, part.end))
            yield part


def _longest(words: Sequence[str], said: _Said) -> tuple[int, int]:
    """How many words in a row (two or more), somewhere in a phrase, were said in this order, and from which on."""
    best, where, other = 0, 0, said.words.tokens
    for start, pair in enumerate(pairwise(words)):
        for place in said.pairs.get(pair, ()):
            if start and place and words[start - 1] == other[place - 1]:
                continue  # it was met one word before
            length, most = 2, min(len(words) - start, len(other) - place)
            while length < most and words[start + length] == other[place + length]:
                length += 1
            if length > best:
                best, where = length, place
    return best, where

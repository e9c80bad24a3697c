"""What every check of a policy's sense is made of: a place, a sentence, and a name that is known or is not."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from bot.domain.rules import nearest, spoken
from bot.policy.faults import quoted
from bot.policy.types import is_slack_id

Place = tuple[str | int, ...]
Finding = tuple[Place, str]


class Named(Protocol):
    """Something with a name."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...


class Spoken(Named, Protocol):
    """Something that people name as they speak."""

    @property
    def aliases(self) -> tuple[str, ...]:
        """What it is also called."""
        ...


def names(things: Iterable[Named]) -> list[str]:
    """The names of things, in order."""
    return [thing.name for thing in things]


def known(place: Place, kind: str, name: str, there: Sequence[str]) -> Iterator[Finding]:
    """A finding where there is nothing of that kind by the name."""
    if name in there:
        return
    close = nearest(name, there)
    hint = f"Did you mean {quoted(close)}?" if close else f"Known: {', '.join(there) or 'none yet'}."
    yield place, f"There is no {kind} {quoted(name)}. {hint}"


def each_known(place: Place, kind: str, listed: Iterable[str], there: Sequence[str]) -> Iterator[Finding]:
    """The same for a list of names."""
    for at, name in enumerate(listed):
        yield from known((*place, at), kind, name, there)


def reachable(place: Place, kind: str, listed: Iterable[str], there: Sequence[str]) -> Iterator[Finding]:
    """The same for people, of whom a Slack id is one by itself."""
    for at, name in enumerate(listed):
        if not is_slack_id(name):
            yield from known((*place, at), kind, name, there)


def clashes(section: str, things: Iterable[tuple[int, Spoken]]) -> Iterator[Finding]:
    """Names and aliases that mean two things, compared as they are said: `SEV-1` and `sev1` are one word.

    Args:
        section: the key of the list.
        things: what is in it, each with its index there.
    """
    taken: dict[str, Spoken] = {}
    for index, thing in things:
        words: list[tuple[Place, str]] = [((section, index, "name"), thing.name)]
        words += [((section, index, "aliases", at), alias) for at, alias in enumerate(thing.aliases)]
        for place, word in words:
            other = taken.setdefault(spoken(word), thing)
            if other is not thing:
                yield place, f"{quoted(word)} already means {quoted(other.name)}. Choose another word."


def repeated(places: Iterable[Place], words: Iterable[str], kind: str) -> Iterator[Finding]:
    """Words of a list that stand there twice, of which one would never be seen.

    Args:
        places: where each word stands.
        words: the words.
        kind: what they are, in the singular.
    """
    seen: set[str] = set()
    for place, word in zip(places, words, strict=True):
        if spoken(word) in seen:
            yield place, f"There is another {kind} {quoted(word)}. Give this one another name, or drop it."
        seen.add(spoken(word) or word)


def repeated_names(section: Place, things: Sequence[Named], kind: str) -> Iterator[Finding]:
    """The same for the names of the things in a section."""
    places = ((*section, index, "name") for index in range(len(things)))
    yield from repeated(places, names(things), kind)

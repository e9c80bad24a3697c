"""Which runbooks may help with what is known, and why. Pure: the runbooks come in."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bot.domain.rules import spoken
from bot.runbooks.runbook import Runbook

_MOST = 5
#: Characters of the words that are looked at.
_LONGEST = 2_000
_ALERT, _SERVICE, _SYMPTOM, _TITLE, _TAG, _PARTLY = 100, 40, 30, 6, 5, 4
#: One word shared with a title or a tag is enough; one shared with the middle of a symptom is a coincidence.
_ENOUGH = 5
#: Words that runbooks of every kind have.
_SMALL_WORDS = frozenset(
    """
    after again all and any are before but can for from getting has have high into its low not now our out over
    since some still that the their them there this too very was were when with you your
    """.split()  # noqa: SIM905 (words read better as words)
)

_Point = tuple[int, str]


class Suggestion(NamedTuple):
    """A runbook, and in a few words each why it is suggested."""

    runbook: Runbook
    reasons: tuple[str, ...]


def suggest(runbooks: Iterable[Runbook], words: str, *, service: str | None, alert: str | None) -> list[Suggestion]:
    """At most five runbooks, the likeliest first: exact alert, then service, then symptoms, then shared words."""
    said = words[:_LONGEST]
    scored = []
    for runbook in runbooks:
        points = [*_named(runbook, said, service, alert), *_mentioned(runbook, said)]
        score = sum(weight for weight, _ in points)
        if score >= _ENOUGH:
            reasons = dict.fromkeys(reason for _, reason in sorted(points, key=lambda point: -point[0]))
            scored.append((-score, runbook.name, Suggestion(runbook, tuple(reasons))))
    return [suggestion for _, _, suggestion in sorted(scored, key=lambda entry: entry[:2])[:_MOST]]


def _named(runbook: Runbook, words: str, service: str | None, alert: str | None) -> Iterator[_Point]:
    """Its own alert or service; an alert's name is known in a title as well."""
    alerts = {spoken(alert or ""), *map(spoken, words.split())}
    for name in runbook.alerts:
        if spoken(name) and spoken(name) in alerts:
            yield _ALERT, f"alert {name}"
    for name in runbook.services:
        if service and spoken(name) == spoken(service):
            yield _SERVICE, f"service {name}"


def _mentioned(runbook: Runbook, words: str) -> Iterator[_Point]:
    """Symptoms said whole, and words in common with its symptoms, title and tags."""
    phrase, said = _phrase(words), _words(words)
    parts: set[str] = set()
    for symptom in runbook.symptoms:
        if _phrase(symptom).strip() and _phrase(symptom) in phrase:
            yield _SYMPTOM, f"mentions “{symptom}”"
            said = {word: written for word, written in said.items() if word not in _words(symptom)}
        parts |= _words(symptom).keys()
    titled = _words(runbook.title).keys()
    tagged = _words(" ".join(runbook.tags)).keys()
    for word in sorted(said.keys() & (titled | tagged | parts)):
        weight = _TITLE if word in titled else _TAG if word in tagged else _PARTLY
        yield weight, f"mentions “{said[word]}”"


def _words(text: str) -> dict[str, str]:
    """The words that mean something, each as it was written; singular and plural are one."""
    found = [(word.casefold(), word) for word in re.findall(r"\w+", text)]
    return {_singular(word): written for word, written in found if len(word) > 2 and word not in _SMALL_WORDS}


def _phrase(text: str) -> str:
    """The words of a text with one space around each, so that a phrase is found whole and not inside a word."""
    words = re.findall(r"\w+", text.casefold())
    return f" {' '.join(words)} "


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word

"""Earlier incidents that were like this one: by alerts, service, runbooks, conditions and words.

What few incidents have in common says more than what most have: everything counts by how rare it is among those that
are compared. So a service that every incident is about says little, and an alert that fired once before says a lot.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import log
from typing import Any, Final

from bot.domain.digest import Digest
from bot.domain.rules import Policy
from bot.postmortem.alerts import course
from bot.postmortem.lines import Lines
from bot.postmortem.record import Record
from bot.postmortem.text import cite
from bot.postmortem.wording import day

#: How many are shown, and how many are compared: the newest that were given.
SHOWN: Final = 5
_COMPARED: Final = 500
#: What each thing in common counts where it is as rare as can be, and how much it takes to be like.
_WEIGHTS: Final = {"alert": 6.0, "service": 4.0, "runbook": 2.0, "condition": 2.0, "word": 1.0}
_ENOUGH: Final = 2.0
#: Words in common that count, those that are read of an incident, and characters of it that are looked at.
_WORDS_COUNTED, _WORDS_READ, _READ = 6, 200, 4_000
_WORD: Final = re.compile(r"[^\W\d_][\w-]{3,}")
#: Words that say nothing of an incident in particular.
_COMMON: Final = frozenset(
    (
        *("about", "after", "again", "also", "answer", "answers", "because", "been", "before", "being", "between"),
        *("both", "cause", "caused", "could", "didn", "does", "doesn", "down", "each", "error", "errors", "failed"),
        *("failing", "fails", "from", "have", "having", "incident", "into", "issue", "just", "like", "made", "make"),
        *("many", "more", "most", "much", "nobody", "only", "other", "over", "same", "should", "since", "slow"),
        *("some", "such", "than", "that", "their", "them", "then", "there", "these", "they", "this", "those"),
        *("through", "time", "under", "until", "used", "using", "very", "want", "wants", "wasn", "were", "what"),
        *("when", "where", "which", "while", "will", "with", "without", "would"),
    )
)

#: Something that an incident has: its kind, as in `_WEIGHTS`, and its name.
Trait = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Match:
    """An earlier incident, how much it is like this one, and what they have in common, the rarest of each kind first.

    `service` is the service of both, or None.
    """

    digest: Digest
    score: float
    alerts: tuple[str, ...] = ()
    service: str | None = None
    runbooks: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


def similar(now: Digest, others: Sequence[Digest]) -> list[Match]:
    """The earlier incidents that are most like this one, at most five, the likest first.

    Private ones are never among them, whoever reads it: a review goes further than a channel. Drills are compared with
    drills.

    Args:
        now: this incident.
        others: earlier ones, the newest first.
    """
    pool = [one for one in others if not one.private and one.drill == now.drill and one.ref != now.ref][:_COMPARED]
    traits = {one.ref: frozenset(_traits(one)) for one in pool}
    had = Counter(trait for each in traits.values() for trait in each)
    mine = frozenset(_traits(now))
    found = (_match(one, mine & traits[one.ref], had, len(pool)) for one in pool)
    likely = [match for match in found if match.score >= _ENOUGH]
    likely.sort(key=lambda match: (-match.score, -match.digest.declared_at.timestamp(), match.digest.ref))
    return likely[:SHOWN]


def _traits(digest: Digest) -> Iterator[Trait]:
    yield from (("alert", name) for name in digest.alerts)
    if digest.service:
        yield "service", digest.service.casefold()
    yield from (("runbook", name) for name in digest.runbooks)
    yield from (("condition", name) for name in digest.conditions)
    named = {digest.service.casefold() if digest.service else ""}
    yield from (("word", word) for word in words(f"{digest.title} {digest.cause}") if word not in named)


def words(text: str) -> tuple[str, ...]:
    """What a text is about: its longer words in lower case, each once, without those that every text has."""
    said = (found[0].casefold() for found in _WORD.finditer(text[:_READ]))
    return tuple(dict.fromkeys(word for word in said if word not in _COMMON))[:_WORDS_READ]


def _match(other: Digest, common: Iterable[Trait], had: Counter[Trait], of: int) -> Match:
    counts = {trait: _WEIGHTS[trait[0]] * log(1 + of / had[trait]) / log(1 + of) for trait in common}
    ranked = sorted(counts, key=lambda trait: (-counts[trait], trait))

    def named(kind: str) -> tuple[str, ...]:
        return tuple(name for what, name in ranked if what == kind)

    counted = [trait for trait in ranked if trait[0] != "word" or trait[1] in named("word")[:_WORDS_COUNTED]]
    return Match(
        digest=other,
        # Rounded, so that the order of an addition can't change the order of two matches.
        score=round(sum(counts[trait] for trait in counted), 6),
        alerts=named("alert"),
        service=other.service if named("service") else None,
        runbooks=named("runbook"),
        conditions=named("condition"),
        words=named("word")[:_WORDS_COUNTED],
    )


def rows(
    matches: Iterable[Match], record: Record, policy: Policy, lines: Lines, causes: Iterable[int]
) -> list[dict[str, Any]]:
    """The rows of the section, with what the timeline has of this incident's side of the likeness.

    Args:
        matches: the incidents that are like it.
        record: the timeline.
        policy: what it calls its conditions.
        lines: the sentences.
        causes: the entries in which somebody said the cause.
    """
    titles = {rule.name: rule.title for rule in policy.conditions}
    return [
        {
            "ref": match.digest.ref,
            "title": match.digest.title,
            "day": day(match.digest.declared_at),
            "took": match.digest.took,
            "why": lines.alike(match, [titles.get(name, name) for name in match.conditions]),
            "open": match.digest.open_items,
            "cites": cite(*_cites(match, record, causes)),
        }
        for match in matches
    ]


def _cites(match: Match, record: Record, causes: Iterable[int]) -> Iterator[int]:
    """The entries that gave this incident what the other has too."""
    yield record.declared.seq
    found = course(record) if match.alerts else None
    for name in match.alerts:
        yield from found.names[name].cites[:1] if found and name in found.names else ()
    if match.words:
        yield from causes

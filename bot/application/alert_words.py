"""Which alerts people mean, in the words that they type in Slack and in a terminal, and such words for a matcher. Pure.

`HighErrorRate` is an alert's name; `service=payments`, `severity=critical` and `source=grafana` are what they say, and
`env=prod` is a label. `*` and `?` stand for what they do in files' names. The same key twice lists alternatives.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.domain.alert_errors import NothingToMute
from bot.domain.alert_rules import Matcher
from bot.domain.errors import DomainError
from bot.domain.text import legible

#: How many words describe alerts at most, and characters of each: the pack's own table allows as much.
MOST_WORDS, LONGEST_WORD = 20, 150

#: What may stand before the `=`: the monitors' labels look like that, and an alert's title with a `=` in it does not.
_KEY = re.compile(r"([^\W\d][\w.:/-]*)(!=|=~|!~|=)", re.ASCII)
#: The keys that are no labels, with the attribute of Matcher that each fills.
_ATTRIBUTES = {
    "alert": "alerts",
    "alerts": "alerts",
    "alertname": "alerts",
    "name": "alerts",
    "severity": "severities",
    "severities": "severities",
    "service": "services",
    "services": "services",
    "source": "sources",
    "sources": "sources",
}
#: How each attribute is written.
_KEYS = {"services": "service", "severities": "severity", "sources": "source"}


class MatcherWithoutValue(DomainError):
    """“{typed}” says no value. Write it as `service=payments`."""

    command = "mute"


class UnknownComparison(DomainError):
    """“{typed}” can't be asked for: only `=` is known here, with `*` for anything, such as `service=pay*`."""

    command = "mute"


class TooManyWords(DomainError):
    """So many words describe no alerts that anybody would know again. Say it in 20 words of 150 characters at most."""

    command = "mute"


def parse_matcher(words: Sequence[str]) -> Matcher:
    """What somebody means by some words.

    Args:
        words: each word as typed, and what stood in quotes as one word without them: `env=prod`, `alert=Disk is full`.

    Returns:
        What fits all of it. Alternatives keep their order.

    Raises:
        NothingToMute: no word says anything.
        MatcherWithoutValue: nothing stands after a `=`.
        UnknownComparison: it is `!=`, `=~` or `!~`, as Alertmanager has them.
        TooManyWords: there are too many of them, or one is too long.
    """
    clean = [text for word in words if (text := " ".join(legible(word).split()))]
    if not clean:
        raise NothingToMute
    if len(clean) > MOST_WORDS or any(len(word) > LONGEST_WORD for word in clean):
        raise TooManyWords
    found: dict[str, list[str]] = {"alerts": [], "severities": [], "services": [], "sources": []}
    labels: dict[str, list[str]] = {}
    for word in clean:
        key, value = _split(word)
        attribute = _ATTRIBUTES.get(key.casefold())
        (found[attribute] if attribute else labels.setdefault(key, [])).append(value)
    return Matcher(
        alerts=_once(found["alerts"]),
        severities=_once(found["severities"]),
        services=_once(found["services"]),
        sources=_once(found["sources"]),
        labels={label: _once(values) for label, values in labels.items()},
    )


def said_of(matcher: Matcher) -> str:
    """A matcher in one line as people type it, with quotes around what has spaces; `every alert` where it has none."""
    return " ".join(_quoted(word, start) for word, start in words_of(matcher)) or "every alert"


def words_of(matcher: Matcher) -> Iterator[tuple[str, int]]:
    """A matcher as words that `parse_matcher` reads, the alerts' names first, each with where its value begins."""
    for name in matcher.alerts:
        # A name that would be read as something else says what it is.
        yield (f"alert={name}", len("alert=")) if _KEY.match(name) else (name, 0)
    others: Mapping[str, Iterable[str]] = {
        _KEYS["services"]: matcher.services,
        _KEYS["severities"]: matcher.severities,
        _KEYS["sources"]: matcher.sources,
        **matcher.labels,
    }
    for key, values in others.items():
        yield from ((f"{key}={value}", len(key) + 1) for value in values)


def _split(word: str) -> tuple[str, str]:
    """The key and the value of a word; a word without a key is an alert's name."""
    found = _KEY.match(word)
    if found is None:
        return "alert", word
    if found[2] != "=":
        raise UnknownComparison(typed=word)
    value = word[found.end() :].strip()
    if not value:
        raise MatcherWithoutValue(typed=word)
    return found[1], value


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _quoted(word: str, start: int) -> str:
    value = word[start:]
    return f'{word[:start]}"{value}"' if " " in value else word

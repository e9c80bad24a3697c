"""Alerts in words: which ones a matcher means, what their labels say, and what came of each.

What monitors say is hostile text: it is placed as it is, bounded, and the renderer escapes it.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from bot.domain.actor import ActorKind
from bot.domain.alert import NAME, source_name
from bot.domain.alert_events import AlertsJoined
from bot.domain.alert_rules import Matcher
from bot.domain.incident import Incident
from bot.domain.rules import Policy
from bot.domain.scopes import first_looks
from bot.messages.cut import shorten
from bot.messages.limits import ELLIPSIS
from bot.messages.runs import Fragment, Run, literal, restyle

#: Of a list of alternatives, and of the characters of each, what is said.
_MOST, _WORD = 5, 60
#: What stands for itself in a pattern.
_KEPT: Final = re.compile(r"\\([*?\\])")
#: What came of an alert, by `bot.domain.judging.Reason`.
_REASONS: Final = {
    "NEW": "opened the incident",
    "SUGGESTED": "suggested",
    "JOINED": "joined the incident",
    "REPEAT": "told before",
    "RESOLVED": "over",
    "STALE": "overtaken by something later",
    "FLAPPING": "comes and goes",
    "MUTED": "muted",
    "MAINTENANCE": "expected, during maintenance",
    "BELOW_THRESHOLD": "ignored by the pack",
    "NO_INCIDENT": "kept, since no incident runs that it could join",
    "DISMISSED": "kept, since somebody said that it is no incident",
}


def matched(matcher: Matcher) -> str:
    """Which alerts a matcher means: `HighErrorRate of payments where env is prod`; `every alert` for one of all."""
    names, severities = _either(matcher.alerts), _either(matcher.severities)
    narrowed = bool(matcher.services or matcher.sources or matcher.labels)
    words = [f"{severities} alerts" if severities else names or ("every alert" if matcher.labels else "everything")]
    if severities and names:
        words = [f"{names} when {severities}"]
    elif not (severities or names or narrowed):
        return "every alert"
    if matcher.services:
        words.append(f"of {_either(matcher.services)}")
    if matcher.sources:
        words.append(f"from {_either([source_name(source) for source in matcher.sources])}")
    if matcher.labels:
        pairs = [f"{_short(label)} is {_either(values)}" for label, values in sorted(matcher.labels.items())]
        words.append(f"where {_listed(pairs, 'and')}")
    return " ".join(words)


def labelled(labels: Mapping[str, str], most: int = 6, without: Iterable[str] = ()) -> Fragment:
    """Labels as code, side by side: `env=prod` `region=eu-1` and 3 more; the alert's name is not among them.

    Args:
        labels: by name, in their order.
        most: how many are said.
        without: labels that are said elsewhere.
    """
    hidden = {NAME, *without}
    return _codes([f"{_short(label)}={_short(v)}" for label, v in labels.items() if v and label not in hidden], most)


def valued(values: Iterable[str], most: int = 5) -> Fragment:
    """The values of a label, as code: `web-1` `web-2` and 4 more."""
    return _codes([_short(value) for value in values], most)


def some(names: Iterable[str], most: int = 3) -> str:
    """The first of some names, each once: `HighErrorRate, SlowQueries and 3 more`."""
    known = [_short(name) for name in dict.fromkeys(names)]
    more = len(known) - most
    return ", ".join(known[:most]) + (f" and {more} more" if more > 0 else "")


def places(alerts: Iterable[Any]) -> dict[str, str]:
    """Where people see more of some alerts (with `links` by kind): of each kind the first address that there is."""
    found: dict[str, str] = {}
    for alert in alerts:
        for kind, url in alert.links.items():
            found.setdefault(str(kind), url)
    return found


def came_to(reason: str) -> str:
    """What came of an alert, in words."""
    return _REASONS.get(reason, reason.lower().replace("_", " "))


def asker(by: str) -> str:
    """Who asked, of a name as stored: a Slack user's id, or the name of somebody at a terminal."""
    kind, parted, name = by.partition(":")
    return name if parted and kind in set(ActorKind) else by


def looks(event: AlertsJoined, incident: Incident, policy: Policy) -> tuple[str, ...]:
    """What is diagnosed by itself where alerts opened an incident: what the pack always looks at, then the rule."""
    first = first_looks(policy, incident.severity, incident.service, incident.title)
    return tuple(dict.fromkeys([*first, *event.run])) if event.opened else ()


def _codes(words: Sequence[str], most: int) -> Fragment:
    runs: list[Run] = []
    for word in words[:most]:
        runs += [*(literal(" ") if runs else ()), *restyle(literal(word), "code")]
    more = len(words) - most
    return Fragment((*runs, *(literal(f" and {more} more") if more > 0 else ())))


def _either(values: Sequence[str]) -> str:
    return _listed([_short(_bare(value)) for value in values], "or")


def _listed(words: Sequence[str], last: str) -> str:
    """`a, b or c`; of many the first few, and how many there are besides."""
    if len(words) > _MOST:
        return f"{', '.join(words[:_MOST])} {last} {len(words) - _MOST} more"
    return f" {last} ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def _bare(pattern: str) -> str:
    """A pattern without the backslashes that keep a star a star."""
    return _KEPT.sub(r"\1", pattern)


def _short(text: str) -> str:
    """A word of a monitor's in one line, and not too long."""
    words = shorten(literal(" ".join(text.split())), _WORD)
    return "".join(run.text for run in words) or ELLIPSIS


#: The filters that templates use for alerts.
FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "matched": matched,
    "labelled": labelled,
    "valued": valued,
    "some": some,
    "places": places,
    "source_name": source_name,
    "came_to": came_to,
    "asker": asker,
}

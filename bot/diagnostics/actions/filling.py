"""Puts the values of parameters into arguments, paths, JSON and patterns, so that none becomes more than a value."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from bot.diagnostics.actions.action import NotReady
from bot.domain.params import Value, as_text
from bot.policy.actions.base import whole

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
#: What Redis takes for more than itself in a pattern.
_GLOB = re.compile(r"([*?\[\]\\^])")


def arguments(argv: Sequence[str], given: Mapping[str, Value]) -> list[str]:
    """An argv with the values in it, each within its argument.

    Raises:
        NotReady: a value would be an option.
    """
    for name, value in given.items():
        if isinstance(value, str) and value.startswith("-"):
            raise NotReady(f"The value of `{name}` begins with “-”, which the program would take for an option")
    return [_filled(argument, given, as_text) for argument in argv]


def path(text: str, given: Mapping[str, Value]) -> str:
    """A path with the values in it, each encoded so that it cannot leave its place.

    Raises:
        NotReady: a value would lead elsewhere.
    """
    for name, value in given.items():
        if value in (".", ".."):
            raise NotReady(f"The value of `{name}` would lead to another path")
    return _filled(text, given, lambda value: quote(as_text(value), safe=""))


def pattern(text: str, given: Mapping[str, Value]) -> str:
    """A pattern of Redis with the values in it, none of which stands for anything but itself."""
    return _filled(text, given, lambda value: _GLOB.sub(r"\\\1", as_text(value)))


def document(value: Any, given: Mapping[str, Value]) -> Any:
    """JSON with the values in the places of texts that are nothing but `{name}`, each with its type."""
    if name := whole(value):
        return given[name]
    match value:
        case dict():
            return {key: document(inner, given) for key, inner in value.items()}
        case list() | tuple():
            return [document(inner, given) for inner in value]
        case _:
            return value


def _filled(text: str, given: Mapping[str, Value], shown: Callable[[Value], str]) -> str:
    return _PLACEHOLDER.sub(lambda found: shown(given[found[1]]), text)

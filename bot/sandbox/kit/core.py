"""The small language that Block Kit's rules are written in.

A check takes a value and where it stands, and yields what is wrong with it. Shapes are checks of objects.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.model import Json


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: its JSON pointer, and the surface around it (message, modal or home)."""

    surface: str
    pointer: str = ""

    def __truediv__(self, key: str | int) -> Place:
        return Place(self.surface, f"{self.pointer}/{key}")

    def says(self, text: str) -> str:
        """A complaint in Slack's form."""
        return f"[ERROR] {text} [json-pointer:{self.pointer or '/'}]"


Check = Callable[[Any, Place], Iterator[str]]
Rule = Callable[[Json], Iterable[str]]

SURFACES = frozenset({"message", "modal", "home"})


@dataclass(frozen=True, slots=True)
class Shape:
    """An object with exactly these properties."""

    required: Mapping[str, Check]
    optional: Mapping[str, Check] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    surfaces: frozenset[str] = SURFACES

    def __call__(self, value: Any, at: Place) -> Iterator[str]:
        """Yields what is wrong with `value`."""
        if not isinstance(value, dict):
            yield at.says("must provide an object")
            return
        for name in self.required:
            if value.get(name) is None:
                yield at.says(f"missing required field: {name}")
        for name, item in value.items():
            check = self.required.get(name) or self.optional.get(name)
            if check is None:
                yield at.says(f"invalid additional property: {name}")
            elif item is not None:
                yield from check(item, at / name)
        for rule in self.rules:
            for complaint in rule(value):
                yield at.says(complaint)


def by_type(shapes: Mapping[str, Shape]) -> Check:
    """An object whose `type` names its shape."""

    def check(value: Any, at: Place) -> Iterator[str]:
        if not isinstance(value, dict):
            yield at.says("must provide an object")
            return
        kind = value.get("type")
        if kind is None:
            yield at.says("missing required field: type")
        elif not isinstance(kind, str) or kind not in shapes:
            yield (at / "type").says(f"unsupported type: {kind}")
        elif at.surface not in shapes[kind].surfaces:
            yield (at / "type").says(f"unsupported type: {kind}; it can't stand in a {at.surface}")
        else:
            yield from shapes[kind](value, at)

    return check


def literal(*allowed: Any) -> Check:
    """One of these values."""

    def check(value: Any, at: Place) -> Iterator[str]:
        if value not in allowed:
            yield at.says("must be a valid enum value")

    return check


def string(longest: int, shortest: int = 1) -> Check:
    """Text of so many characters."""

    def check(value: Any, at: Place) -> Iterator[str]:
        if not isinstance(value, str):
            yield at.says("must provide a string")
        elif len(value) < shortest:
            yield at.says(f"must be more than {shortest - 1} characters")
        elif len(value) > longest:
            yield at.says(f"must be less than {longest + 1} characters")

    return check


def url(longest: int = 3000) -> Check:
    """A web address."""
    length = string(longest)

    def check(value: Any, at: Place) -> Iterator[str]:
        complaints = list(length(value, at))
        yield from complaints
        if not complaints and not value.startswith(("http://", "https://", "mailto:", "tel:", "slack:")):
            yield at.says("must be a valid URI")

    return check


def integer(least: int, most: int) -> Check:
    """A whole number in this range."""

    def check(value: Any, at: Place) -> Iterator[str]:
        if isinstance(value, bool) or not isinstance(value, int):
            yield at.says("must provide an integer")
        elif not least <= value <= most:
            yield at.says(f"must be between {least} and {most}")

    return check


def boolean(value: Any, at: Place) -> Iterator[str]:
    """True or false."""
    if not isinstance(value, bool):
        yield at.says("must provide a boolean")


def matching(pattern: str, what: str) -> Check:
    """Text that fits a regular expression."""
    compiled = re.compile(pattern)

    def check(value: Any, at: Place) -> Iterator[str]:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            yield at.says(f"must be {what}")

    return check


def items(check: Check, most: int, least: int = 1) -> Check:
    """A list of so many of these."""

    def check_all(value: Any, at: Place) -> Iterator[str]:
        if not isinstance(value, list):
            yield at.says("must provide an array")
            return
        if len(value) < least:
            yield at.says(f"no fewer than {least} items allowed")
        if len(value) > most:
            yield at.says(f"no more than {most} items allowed")
        for index, item in enumerate(value):
            yield from check(item, at / index)

    return check_all


def only(check: Check, *surfaces: str) -> Check:
    """A property that other surfaces don't know."""

    def check_there(value: Any, at: Place) -> Iterator[str]:
        if at.surface in surfaces:
            yield from check(value, at)
        else:
            yield at.says(f"invalid additional property in a {at.surface}")

    return check_there


def anything(value: Any, at: Place) -> Iterator[str]:  # noqa: ARG001  (a check's signature)
    """No rule."""
    yield from ()

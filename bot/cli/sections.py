"""What the sections of a printed policy are made of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.calendar import Clock
from bot.policy.durations import format_duration


@dataclass(frozen=True, slots=True)
class Part:
    """A section: its title, its columns, and a row for each thing."""

    title: str
    columns: tuple[str, ...]
    rows: Iterable[tuple[str, ...]]


def words(names: Iterable[str]) -> str:
    """Names as a list in a cell."""
    return ", ".join(names)


def span(length: timedelta | None) -> str:
    """A length of time as a policy writes it, or nothing."""
    return format_duration(length) if length else ""


def clock(length: Clock | None) -> str:
    """A length of time or an appointment as a policy writes it, or nothing."""
    return span(length) if isinstance(length, timedelta) else str(length or "")


def several(number: int) -> str:
    """How often: `once`, `twice`, `3 times`."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def only(kinds: Mapping[str, Iterable[str]]) -> str:
    """What something is limited to, by kind; kinds without names do not limit it."""
    limited = ((kind, words(names)) for kind, names in kinds.items())
    return "; ".join(f"{kind} {names}".strip() for kind, names in limited if names)

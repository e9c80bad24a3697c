"""Slack's payloads, spoilt."""

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

Path = tuple[str | int, ...]


def _deep(levels: int) -> Any:
    value: Any = "core"
    for level in range(levels):
        value = {"a": value} if level % 2 else [value]
    return value


#: What nobody expects anywhere.
JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 10**400, 1e308, math.nan, math.inf, "", " ", "\x00", "a\x00b", "\ud800", "٣", "9" * 500,
    "x" * 500_000, "x" * 2_000_000, "<!channel> <@U0> &lt;", "\u202e\u200b", [], {}, [None], [[]], {"": None},
    _deep(400), ["x"] * 50_000, {"id": {"id": []}}, {"type": 3},
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A payload, and where it is not what it was."""

    payload: dict[str, Any] = field(repr=False)
    at: tuple[Path, ...]
    #: What was done to it, in short.
    how: tuple[str, ...]

    def touches(self, *essential: Path) -> bool:
        """Whether one of these parts, something in it or something that it is in was changed."""
        return any(a[: len(b)] == b[: len(a)] for a in self.at for b in essential)


def paths(value: Any, so_far: Path = ()) -> Iterator[Path]:
    """Every place in a payload."""
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*so_far, key)
        yield from paths(inner, (*so_far, key))


@st.composite
def spoilt(draw: st.DrawFn, good: dict[str, Any]) -> Spoilt:
    """A payload with something left out, something else in its place, or something more."""
    payload, at, how = copy.deepcopy(good), list[Path](), list[str]()
    for _ in range(draw(st.integers(1, 3))):
        places = list(paths(payload))
        place = draw(st.sampled_from(places)) if places else ()
        if not place:
            break
        within: Any = payload
        key = place[-1]
        for step in place[:-1]:
            within = within[step]
        act = draw(st.sampled_from(("drop", "replace", "replace", "wrap", "add")))
        with_what = copy.deepcopy(draw(st.sampled_from(JUNK)))
        how.append(f"{act} {place} {repr(with_what)[:40]}")
        match act:
            case "drop":
                del within[key]
            case "replace":
                within[key] = with_what
            case "wrap":
                within[key] = [within[key]]
            case _ if isinstance(within, dict):
                within["unknown"] = with_what
                continue
            case _:
                within.append(with_what)
                continue
        at.append(place)
    return Spoilt(payload, tuple(at), tuple(how))

"""What is told to the process that draws a sheet of shapes, such as the picture of an incident's course, as JSON.

Where each shape stands was decided before, and what it is like is named by its look: `bot/charts/course.py` has those.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from bot.charts.order import MOST, NoOrder, flat

#: Shapes that are drawn, units of a side, and how far away from the sheet something may stand.
_SHAPES: Final = 6_000
_SIDE: Final = 2_000.0
_FAR: Final = 10_000.0
#: How many numbers place a shape of each kind.
_PLACES: Final = {"box": 4, "line": 4, "text": 2, "dot": 3, "ring": 3, "triangle": 3, "diamond": 3}
_ANCHORS: Final = {"start": "left", "middle": "center", "end": "right"}


class Shape(Protocol):
    """One thing on a sheet, as `bot.postmortem.sheet.Shape` has it."""

    @property
    def kind(self) -> str:
        """`box`, `line`, `text`, `dot`, `ring`, `triangle` or `diamond`."""

    @property
    def at(self) -> tuple[float, ...]:
        """Its places, from the upper left: of a box left, top, width, height; of a sign its middle and radius."""

    @property
    def look(self) -> str:
        """The name of its colours."""

    @property
    def text(self) -> str:
        """What it says."""

    @property
    def size(self) -> float:
        """Of its letters."""

    @property
    def anchor(self) -> str:
        """`start`, `middle` or `end`."""

    @property
    def bold(self) -> bool:
        """Whether its letters are."""


class Sheet(Protocol):
    """Shapes from behind to the front, on a sheet of a width and a height."""

    @property
    def width(self) -> float:
        """In units."""

    @property
    def height(self) -> float:
        """In units."""

    @property
    def shapes(self) -> Sequence[Shape]:
        """What is drawn."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A shape as it was told: bounded, and nothing but numbers where numbers are."""

    kind: str
    at: tuple[float, ...]
    look: str
    text: str
    size: float
    anchor: str
    bold: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A sheet as it was told."""

    width: float
    height: float
    shapes: tuple[Piece, ...]


def written(sheet: Sheet) -> bytes:
    """The sheet as JSON."""
    shapes = [[s.kind, s.at, s.look, s.text, s.size, s.anchor, s.bold] for s in sheet.shapes[:_SHAPES]]
    return json.dumps({"width": sheet.width, "height": sheet.height, "shapes": shapes}).encode()


def read(data: bytes) -> Told:
    """The sheet that was written.

    Raises:
        NoOrder: it is none.
    """
    if len(data) > MOST:
        raise NoOrder("The sheet is too long.")
    try:
        told = json.loads(data)
        sides = (_number(told["width"], 1, _SIDE), _number(told["height"], 1, _SIDE))
        return Told(*sides, tuple(_piece(shape) for shape in told["shapes"][:_SHAPES]))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        raise NoOrder("What was to be drawn is no sheet.") from None


def _piece(shape: Any) -> Piece:
    kind, at, look, text, size, anchor, bold = shape
    places = tuple(_number(place, -_FAR, _FAR) for place in at)
    if len(places) != _PLACES[kind]:
        raise ValueError
    return Piece(kind, places, flat(look), flat(text), _number(size, 0, 100), _ANCHORS[anchor], bool(bold))


def _number(value: Any, least: float, most: float) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError
    return max(least, min(number, most))

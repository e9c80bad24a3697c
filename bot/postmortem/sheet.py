"""A drawing as plain shapes at their places, whoever draws them: a page as SVG, or a process of its own as PNG."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One thing on the sheet.

    Attributes:
        kind: `box` (at: left, top, width, height), `line` (two points), `text` (a point on its base line), or a sign
            at a point with its radius: `dot`, `ring`, `triangle`, `diamond`.
        at: places in the sheet's units, from the upper left.
        look: the name of its colours: the same for everybody who draws.
        text: what it says. size: of its letters. anchor: where its point is: `start`, `middle`, `end`.
        hint: what it means in words, for whoever points at it.
        cites: the entries of the timeline that it shows.
    """

    kind: str
    at: tuple[float, ...]
    look: str
    text: str = ""
    size: float = 0.0
    anchor: str = "start"
    bold: bool = False
    hint: str = ""
    cites: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Shapes from behind to the front. `title` names them, and `says` tells in words what they show."""

    width: float
    height: float
    title: str
    says: str
    shapes: tuple[Shape, ...]

"""Draws a sheet of shapes, the picture of an incident's course. Imported only by the process that draws."""

import io
import math
import warnings
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyBboxPatch, Patch, Polygon, Rectangle
from matplotlib.patheffects import withStroke

from bot.charts.sheet import Piece, Told

#: Pixels to an inch, and to a unit of the sheet: twice what a desktop shows.
_DPI, _SCALE = 200, 2
_PAPER, _INK, _SOFT, _GRID, _RULE = "#ffffff", "#1d2330", "#5a6272", "#e3e6ec", "#8b93a3"
_TONES: Final = {"good": "#1a7f45", "plain": "#1f5fa8", "dim": "#6b7280", "warn": "#a65f00", "bad": "#c8102e"}
_OVER: Final = "#d5edda"
#: What each look is in the light, as `bot/postmortem/drawing.py` has them for a page.
LOOKS: Final[dict[str, dict[str, Any]]] = {
    "paper": {"facecolor": _PAPER},
    "ink": {"color": _INK},
    "label": {"color": _INK},
    "soft": {"color": _SOFT},
    "on": {"color": "#ffffff"},
    "grid": {"color": _GRID, "linewidth": 0.7},
    "rule": {"color": _RULE, "linewidth": 0.8, "dashes": (3, 3)},
    "leader": {"color": _RULE, "linewidth": 0.8},
    "silence": {"facecolor": _PAPER, "edgecolor": "#d9b27a", "hatch": "/////", "linewidth": 0.8},
    "phase-triage": {"facecolor": "#ead9f7"},
    "phase-active": {"facecolor": "#fbd9d2"},
    "phase-monitoring": {"facecolor": "#d3e6fa"},
    "phase-resolved": {"facecolor": _OVER},
    "phase-closed": {"facecolor": _OVER},
    **{
        f"rank{place}": {"facecolor": colour}
        for place, colour in enumerate(("#b3261e", "#b4530a", "#56708f", "#6b7280", "#6b7280"))
    },
    **{f"mark-{tone}": {"facecolor": colour, "edgecolor": _PAPER, "linewidth": 0.8} for tone, colour in _TONES.items()},
    **{f"held-{tone}": {"facecolor": (colour, 0.16)} for tone, colour in _TONES.items()},
    **{
        f"bar-{tone}": {"facecolor": (colour, 0.18), "edgecolor": colour, "linewidth": 0.8}
        for tone, colour in _TONES.items()
    },
    **{
        f"open-{tone}": {"facecolor": (colour, 0.18), "edgecolor": colour, "linewidth": 0.8, "linestyle": (0, (4, 3))}
        for tone, colour in _TONES.items()
    },
}
_HALO: Final = (withStroke(linewidth=1.8, foreground=_PAPER, alpha=0.8),)
_CORNER: Final = 2.0


def draw(sheet: Told) -> bytes:
    """The sheet as a PNG of two pixels for each of its units.

    Args:
        sheet: as `bot.charts.sheet.read` gives it. A look that is not known is drawn like ink.
    """
    # A dollar in a name is a dollar.
    style = mpl.rc_context({"font.family": ["DejaVu Sans"], "text.parse_math": False, "hatch.linewidth": 0.7})
    with style, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # signs that the font has not become boxes
        size = (sheet.width * _SCALE / _DPI, sheet.height * _SCALE / _DPI)
        figure = Figure(figsize=size, dpi=_DPI, facecolor=_PAPER)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, sheet.width)
        axes.set_ylim(sheet.height, 0)
        for place, piece in enumerate(sheet.shapes):
            _draw(axes, piece, place)
        picture = io.BytesIO()
        # Without the version of what drew it, the same sheet stays the same picture.
        figure.savefig(picture, format="png", metadata={"Software": None})
        return picture.getvalue()


def _draw(axes: Axes, piece: Piece, place: int) -> None:
    look = LOOKS.get(piece.look, {})
    if piece.kind == "text":
        _write(axes, piece, place)
    elif piece.kind == "line":
        left, top, right, bottom = piece.at
        axes.add_line(Line2D([left, right], [top, bottom], zorder=place, **({"color": _INK} | look)))
    else:
        patch = _patch(piece, {"linewidth": 0.0} | look)
        patch.set_zorder(place)
        axes.add_patch(patch)


def _write(axes: Axes, piece: Piece, place: int) -> None:
    x, y = piece.at
    drawn = axes.text(
        x,
        y,
        piece.text,
        color=LOOKS.get(piece.look, {}).get("color", _INK),
        fontsize=piece.size * _SCALE * 72 / _DPI,
        fontweight="bold" if piece.bold else "normal",
        ha=piece.anchor,
        va="baseline",
        zorder=place,
    )
    if piece.look == "label":
        drawn.set_path_effects(list(_HALO))


def _patch(piece: Piece, look: dict[str, Any]) -> Patch:
    if piece.kind == "box":
        left, top, wide, high = piece.at
        if min(wide, high) <= 2 * _CORNER or piece.look == "paper":
            return Rectangle((left, top), wide, high, **look)
        return FancyBboxPatch((left, top), wide, high, boxstyle=f"round,pad=0,rounding_size={_CORNER}", **look)
    x, y, radius = piece.at
    match piece.kind:
        case "diamond":
            far = radius * 1.2
            return Polygon([(x, y - far), (x + far, y), (x, y + far), (x - far, y)], **look)
        case "triangle":
            far = radius * 1.28
            aside = far * math.cos(math.pi / 6)
            return Polygon([(x, y - far), (x + aside, y + far / 2), (x - aside, y + far / 2)], **look)
        case "ring":
            hollow = look | {"facecolor": "none", "edgecolor": look.get("facecolor", _INK), "linewidth": 1.3}
            return Circle((x, y), radius - 0.9, **hollow)
        case _:
            return Circle((x, y), radius, **look)

"""Draws a chart with matplotlib. Imported only by the process that draws."""

import io
import math
import warnings
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from bot.charts.axes import apart, heights, number, span, times, values
from bot.charts.lettering import LIMIT_PT, TEXT_PT, TITLE_PT, Lettering
from bot.diagnostics.result import Chart, Line

#: Pixels, and how many of them to an inch: twice what a desktop shows.
_WIDTH, _HEIGHT, _DPI = 1200, 500, 200
#: Pixels around the lines: above for title and unit, below for one row of times and for two.
_EDGE, _ABOVE, _BELOW, _BELOW_TWO = 17, 102, 62, 96
#: Pixels between the values and the lines, the lines and what stands behind them, a value and its name.
_GAP, _LEADER, _COLUMN = 16, 40, 14
#: Pixels that names may take of the width.
_NAMES = 320
_PAPER, _INK, _FAINT, _GRID, _FRAME = "#ffffff", "#1d1c1d", "#616061", "#e8e8e8", "#b5b5b5"
#: Apart from each other also for the colour-blind, dark enough for text, and none is a limit's.
_LINES = ("#1264a3", "#0b7a5e", "#7b3fa0", "#2389c9", "#8a5a2b", "#c2418c", "#5c6b1f", "#4a5568")
_WARN, _CRITICAL = "#b26a00", "#c8102e"
_HALO = (withStroke(linewidth=2.2, foreground=_PAPER),)


def draw(chart: Chart, title: str) -> bytes:
    """A chart as a PNG of 1200 x 500 pixels.

    Args:
        chart: as `bot.charts.order.read` gives it; without any value it has axes only.
        title: what stands above it.
    """
    # A dollar in a name is a dollar.
    style = mpl.rc_context(
        {"font.family": ["DejaVu Sans"], "font.size": TEXT_PT, "text.color": _INK, "text.parse_math": False}
    )
    with style, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # signs that the font has not become boxes
        figure = Figure(figsize=(_WIDTH / _DPI, _HEIGHT / _DPI), dpi=_DPI, facecolor=_PAPER)
        _Drawing(chart, figure).draw(title)
        picture = io.BytesIO()
        # Without the version of what drew it, the same chart stays the same picture.
        figure.savefig(picture, format="png", metadata={"Software": None})
        return picture.getvalue()


@dataclass(frozen=True, slots=True)
class _End:
    """Where a line ends, and what stands beside that."""

    at: float
    value: float
    number: str
    name: str
    colour: str
    weight: str


class _Drawing:
    """One chart on its way to paper. Places are pixels from the lower left."""

    axes: Axes

    def __init__(self, chart: Chart, figure: Figure) -> None:
        self.chart, self.figure, self.lettering = chart, figure, Lettering(figure)
        moments = [at for line in chart.lines for at, _ in line.points] or [0.0]
        self.start, self.end = min(moments), max(moments)
        known = [value for line in chart.lines for _, value in line.points if value is not None] or [0.0]
        limits = (("warn", chart.warn, _WARN), ("critical", chart.critical, _CRITICAL))
        self.limits = [(name, limit, colour) for name, limit, colour in limits if limit is not None]
        self.low, self.high = heights(known, [limit for _, limit, _ in self.limits])
        self.ticks, self.digits = values(self.low, self.high)

    def draw(self, title: str) -> None:
        """Everything, from behind to the front."""
        ends = self._ends()
        self._axes(ends)
        self._lines()
        self._beside(ends)
        self._limits()
        self._title(title)

    def _ends(self) -> list[_End]:
        several = len(self.chart.lines) > 1
        ends = []
        for place, line in enumerate(self.chart.lines):
            last = next(((at, value) for at, value in reversed(line.points) if value is not None), None)
            if last is not None:
                weight = "normal" if place else "bold"
                name = self.lettering.fitted(line.label, _NAMES, weight=weight) if several else ""
                ends.append(_End(*last, number(last[1], self.digits), name, _LINES[place % len(_LINES)], weight))
        return ends

    def _axes(self, ends: list[_End]) -> None:
        stamps = times(self.start, self.end, most=7 if len(ends) < 2 else 6)
        texts = [number(value, self.digits) for value in self.ticks]
        left = _EDGE + max(map(self.lettering.width, texts), default=0) + _GAP
        below = _BELOW_TWO if any("\n" in text for _, text in stamps) else _BELOW
        right = _WIDTH - _EDGE - self._numbers(ends) - (_LEADER if len(ends) > 1 else _GAP)
        if names := max((self.lettering.width(end.name, weight=end.weight) for end in ends if end.name), default=0):
            right -= _COLUMN + names
        self.axes = self.figure.add_axes(
            (left / _WIDTH, below / _HEIGHT, (right - left) / _WIDTH, (_HEIGHT - _ABOVE - below) / _HEIGHT),
            facecolor="none",
        )
        # A limit at the top has its name above it.
        topmost = 0.12 if self.high in [limit for _, limit, _ in self.limits] else 0.06
        height, aside = self.high - self.low, max((self.end - self.start) * 0.012, 1.0)
        self.axes.set_ylim(self.low - height * 0.036, self.high + height * topmost)
        self.axes.set_xlim(self.start - aside, self.end + aside)
        self.axes.spines[["top", "left", "right"]].set_visible(False)
        self.axes.spines["bottom"].set_color(_FRAME)
        self.axes.tick_params(axis="y", length=0, pad=5, labelcolor=_FAINT)
        self.axes.tick_params(axis="x", length=3, pad=3, color=_FRAME, labelcolor=_FAINT)
        self.axes.set_xticks([at for at, _ in stamps], [text for _, text in stamps])
        self.axes.set_yticks(self.ticks, texts)
        self.axes.grid(visible=True, axis="y", color=_GRID, linewidth=0.8)
        self.axes.set_axisbelow(True)

    def _lines(self) -> None:
        for place, line in reversed(list(enumerate(self.chart.lines))):
            colour, front = _LINES[place % len(_LINES)], 3 if place else 4
            ys = [math.nan if value is None else value for _, value in line.points]
            width = 1.5 if place else 2.0
            self.axes.plot([at for at, _ in line.points], ys, color=colour, linewidth=width, zorder=front)
            alone = _alone(line)
            self.axes.plot(
                [at for at, _ in alone], [value for _, value in alone], "o", markersize=3.2, color=colour, zorder=front
            )

    def _beside(self, ends: list[_End]) -> None:
        """Beside the end of each line its last value and its name, as near as there is room."""
        low, high = self.axes.bbox.y0, self.axes.bbox.y1
        spots = apart([self._place(end.at, end.value)[1] for end in ends], _px(TEXT_PT) * 1.32, low, high)
        numbers = self.axes.bbox.x1 + (_LEADER if len(ends) > 1 else _GAP) + self._numbers(ends)
        for end, spot in zip(ends, spots, strict=True):
            self.axes.plot([end.at], [end.value], "o", markersize=4.2, color=end.colour, zorder=5, clip_on=False)
            shown: dict[str, Any] = {"color": end.colour, "fontweight": end.weight, "va": "center_baseline"}
            self.figure.text(numbers / _WIDTH, spot / _HEIGHT, end.number, ha="right", **shown)
            if len(ends) > 1:
                self._leader(end, spot)
                self.figure.text((numbers + _COLUMN) / _WIDTH, spot / _HEIGHT, end.name, **shown)

    def _leader(self, end: _End, spot: float) -> None:
        x, y = self._place(end.at, end.value)
        edge = self.axes.bbox.x1
        self.figure.add_artist(
            Line2D(
                [x / _WIDTH, max(x, edge - 6) / _WIDTH, (edge + _LEADER - 10) / _WIDTH],
                [y / _HEIGHT, y / _HEIGHT, spot / _HEIGHT],
                color=end.colour,
                linewidth=0.8,
                linestyle=(0, (1, 2)) if x < edge - 30 else "-",
                alpha=0.6,
                zorder=1,
            )
        )

    def _limits(self) -> None:
        shown = [each for each in self.limits if self.low <= each[1] <= self.high]
        places = [self._place(self.start, limit)[1] for _, limit, _ in shown]
        close = len(places) == 2 and abs(places[0] - places[1]) < _px(LIMIT_PT) * 1.5
        for (name, limit, colour), y in zip(shown, places, strict=True):
            self.axes.axhline(limit, color=colour, linewidth=1.0, dashes=(5, 3.5), zorder=2.5)
            down = close and y == min(places)
            self._limit(f"{name} {number(limit, 6)}", colour, y + (-5 if down else 5), up=not down)
        far = [each for each in self.limits if each not in shown]
        for row, (name, limit, colour) in enumerate(sorted(far, key=lambda each: -abs(each[1]))):
            above, away = limit > self.high, row * _px(LIMIT_PT) * 1.3
            arrow = "\N{UPWARDS ARROW}" if above else "\N{DOWNWARDS ARROW}"
            text = f"{name} {number(limit, 6)} {arrow}"
            y = self.axes.bbox.y1 - away if above else self.axes.bbox.y0 + away + 6
            self._limit(text, colour, y, up=not above)

    def _limit(self, text: str, colour: str, y: float, *, up: bool) -> None:
        """A limit's name where the fewest lines are in its way: at an end, if that is one of the places."""
        wide, high = self.lettering.width(text, size=LIMIT_PT), _px(LIMIT_PT)
        low = y if up else y - high
        left, right = self.axes.bbox.x0 + 6, self.axes.bbox.x1 - 6 - wide
        places = [left + part * (right - left) for part in (0, 1, 0.2, 0.8, 0.4, 0.6)]
        x = min(places, key=lambda x: self._in_the_way(x, x + wide, low, low + high))
        drawn = self.figure.text(
            x / _WIDTH, y / _HEIGHT, text, color=colour, fontsize=LIMIT_PT, va="bottom" if up else "top"
        )
        drawn.set_path_effects(list(_HALO))

    def _in_the_way(self, left: float, right: float, low: float, high: float) -> int:
        points = [(at, value) for line in self.chart.lines for at, value in line.points if value is not None]
        places = self.axes.transData.transform(points) if points else ()
        upright = self.chart.mark is not None and left <= self._place(self.chart.mark, 0)[0] <= right
        return sum(bool(left <= x <= right and low <= y <= high) for x, y in places) + upright

    def _title(self, title: str) -> None:
        top, second = (_HEIGHT - 18) / _HEIGHT, (_HEIGHT - _ABOVE + 8) / _HEIGHT
        days = span(self.start, self.end)
        self.figure.text(1 - _EDGE / _WIDTH, top - 0.006, days, ha="right", va="top", color=_FAINT)
        room = _WIDTH - 2 * _EDGE - self.lettering.width(days) - 30
        shown = self.lettering.fitted(title, room, size=TITLE_PT, weight="bold", middle=False)
        self.figure.text(_EDGE / _WIDTH, top, shown, va="top", fontsize=TITLE_PT, fontweight="bold")
        self.figure.text(_EDGE / _WIDTH, second, self.chart.unit, va="bottom", color=_FAINT)
        if self.chart.mark is None or not self.start <= self.chart.mark <= self.end:
            return
        self.axes.axvline(self.chart.mark, color=_INK, linewidth=0.9, zorder=2.6)
        half = self.lettering.width("declared", size=LIMIT_PT) / 2
        first = _EDGE + self.lettering.width(self.chart.unit) + _GAP + half
        x = max(first, min(self._place(self.chart.mark, 0)[0], _WIDTH - _EDGE - half))
        self.figure.text(x / _WIDTH, second, "declared", ha="center", va="bottom", fontsize=LIMIT_PT)

    def _numbers(self, ends: list[_End]) -> float:
        return max((self.lettering.width(end.number, weight=end.weight) for end in ends), default=0)

    def _place(self, at: float, value: float) -> tuple[float, float]:
        x, y = self.axes.transData.transform((at, value))
        return float(x), float(y)


def _px(points: float) -> float:
    """Points of a font as pixels."""
    return points * _DPI / 72


def _alone(line: Line) -> list[tuple[float, float]]:
    """Points between two gaps, which no line would show."""
    around = (None, *(value for _, value in line.points), None)
    return [
        (at, value)
        for (at, value), before, after in zip(line.points, around, around[2:], strict=False)
        if value is not None and before is None and after is None
    ]

"""What is told to the process that draws: a chart and its title, as JSON."""

import json
import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from bot.diagnostics.result import MAX_LINES, MAX_POINTS, Chart, Line

#: Bytes of an order that are read; the largest chart takes a fifth of it.
MOST = 1024 * 1024
#: Characters of a text, before it is shortened to what fits.
_TEXT = 300
#: What is farther from nought or nearer to it is no measurement, and the picture's own arithmetic would overflow.
_FARTHEST, _NEAREST = 1e100, 1e-100


@dataclass(frozen=True, slots=True)
class Order:
    """A chart, and what stands above it."""

    chart: Chart
    title: str


class NoOrder(ValueError):
    """What was told is no chart. Its message is a plain sentence."""


def written(order: Order) -> bytes:
    """The order as JSON."""
    return json.dumps(asdict(order)).encode()


def read(data: bytes) -> Order:
    """The order that was written, bounded and made safe to draw: times in order, no value that is not a number.

    Raises:
        NoOrder: it is none.
    """
    if len(data) > MOST:
        raise NoOrder("The chart is too long.")
    try:
        told = json.loads(data)
        chart = Chart.from_dict(told["chart"])
        return Order(_drawable(chart), flat(told["title"]))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        raise NoOrder("What was to be drawn is no chart.") from None


def _drawable(chart: Chart) -> Chart:
    lines = (
        Line(label=flat(line.label), points=tuple(sorted(_point(*point) for point in line.points[-MAX_POINTS:])))
        for line in chart.lines[:MAX_LINES]
    )
    return replace(
        chart,
        lines=tuple(lines),
        unit=flat(chart.unit),
        warn=_number(chart.warn),
        critical=_number(chart.critical),
        mark=_number(chart.mark),
    )


def _point(at: Any, value: Any) -> tuple[float, float | None]:
    moment = float(at)
    if not 0 <= moment < 1e11:  # the calendar goes on for a while after that, but not for ever
        raise ValueError
    return moment, _number(value)


def _number(value: Any) -> float | None:
    if value is None:
        return None
    number = float(value)
    if not math.isfinite(number):
        return None
    return max(-_FARTHEST, min(number, _FARTHEST)) if abs(number) > _NEAREST else 0.0


def flat(value: Any) -> str:
    """One line of what can be shown, whatever it is made of."""
    if not isinstance(value, str):
        raise TypeError
    line = " ".join(value[:_TEXT].split())
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in line)

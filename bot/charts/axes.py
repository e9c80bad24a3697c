"""Which times and values stand beside a chart, and how its texts are fitted into their places. Plain arithmetic."""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
#: How far apart times may stand, in seconds: as on clocks and in calendars.
_STEPS = (
    *(1, 2, 5, 10, 15, 30),
    *(_MINUTE * minutes for minutes in (1, 2, 5, 10, 15, 30)),
    *(_HOUR * hours for hours in (1, 2, 3, 6, 12)),
    *(_DAY * days for days in (1, 2, 5, 10, 20, 50, 100)),
)
#: From which value on, what it is divided by, and what that is called. Larger ones have an exponent.
_PREFIXES = ((1e12, 1e12, "T"), (1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e4, 1e3, "k"))
_EXPONENT = 1e16
#: The lines take at least this part of the height; a limit that would leave them less is only named.
_LEAST_PART = 0.25
#: Above this part of the highest value, the lowest one is so far from nought that nought is not shown.
_FAR_FROM_NOUGHT = 0.75


def times(start: float, end: float, *, most: int = 7) -> list[tuple[float, str]]:
    """Times between two moments and how they are written, in UTC: `14:05`, with the day where there are several.

    Args:
        start: seconds since 1970.
        end: seconds since 1970, not before `start`.
        most: how many there may be.
    """
    step = next((step for step in _STEPS if (end - start) / step < most - 1), _STEPS[-1])
    moments = range(int(-(-start // step)) * step, int(end) + 1, step)
    several = start // _DAY != end // _DAY
    written, day = [], ""
    for moment in moments:
        at = datetime.fromtimestamp(moment, UTC)
        today = f"{at.day} {at:%b}" if several else ""
        clock = f"{at:%H:%M:%S}" if step < _MINUTE else f"{at:%H:%M}"
        text = today if step >= _DAY else f"{clock}\n{today}".rstrip() if today != day else clock
        written.append((float(moment), text))
        day = today
    return written


def span(start: float, end: float) -> str:
    """The days from one moment to another: `1 Mar 2026, UTC`, `1-3 Mar 2026, UTC`, `28 Feb - 1 Mar 2026, UTC`."""
    first, last = (datetime.fromtimestamp(at, UTC) for at in (start, end))
    until = f"{last.day} {last:%b %Y}, UTC"
    if first.date() == last.date():
        return until
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}\N{EN DASH}{until}"
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first.day} {first:%b}{year} \N{EN DASH} {until}"


def heights(values: Iterable[float], limits: Iterable[float]) -> tuple[float, float]:
    """The lowest and the highest value that a chart shows: its lines, nought where it is near, and near limits."""
    known = list(values)
    low, high = min(known), max(known)
    if 0 <= low <= _FAR_FROM_NOUGHT * high or low == high >= 0:
        low = 0.0
    elif low < 0 and high <= 0 and (low == high or high >= _FAR_FROM_NOUGHT * low):
        high = 0.0
    room = (high - low) / _LEAST_PART
    for limit in sorted(limits, key=lambda limit: abs(limit - (low + high) / 2)):
        below, above = min(low, limit), max(high, limit)
        if not room or above - below <= room:
            low, high = below, above
    # Values that differ in their last digits only are one line.
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        high = low + max(1.0, abs(low) / 10)
    return low, high


def values(low: float, high: float) -> tuple[list[float], int]:
    """Round values between two, five at most, and how many digits tell them apart."""
    rough = (high - low) / 4
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough * (1 - 1e-9))
    found = [index * step for index in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]
    return found, max(3, math.ceil(math.log10(max(abs(low), abs(high)) / step)) + 2)


def number(value: float, digits: int = 3) -> str:
    """A value in few signs, of so many digits at least: `7.3`, `12.3k`, `1.5M`."""
    for least, size, prefix in _PREFIXES:
        if least <= abs(value) < _EXPONENT:
            scaled = value / size
            return f"{scaled:.0f}{prefix}" if digits <= 3 and abs(scaled) >= 100 else f"{scaled:.{digits}g}{prefix}"
    return f"{value:.{max(digits, 4) if abs(value) >= 1000 else digits}g}"


def short(text: str, most: int, *, middle: bool = True) -> str:
    """A text of at most `most` signs. Its middle gives way, for names of pods and hosts differ at both ends."""
    if len(text) <= most:
        return text
    kept = most - 1
    if not middle:
        return f"{text[:kept].rstrip()}\N{HORIZONTAL ELLIPSIS}"
    return f"{text[: kept - kept // 2]}\N{HORIZONTAL ELLIPSIS}{text[len(text) - kept // 2 :]}"


def apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places as near as possible to the wanted ones, `gap` apart and between `low` and `high`, in the same order.

    Where there is not room for all, they stand closer.
    """
    if not wanted:
        return []
    gap = min(gap, (high - low) / max(1, len(wanted) - 1))
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    # Neighbours that are too near become one group around their middle, until no two groups touch.
    groups: list[tuple[float, int]] = []
    for index in order:
        middle, size = wanted[index], 1
        while True:
            half = (size - 1) * gap / 2
            middle = max(low + half, min(middle, high - half))
            if not groups or middle - half - (groups[-1][0] + (groups[-1][1] - 1) * gap / 2) >= gap * 0.999:
                break
            before, count = groups.pop()
            middle = (before * count + middle * size) / (count + size)
            size += count
        groups.append((middle, size))
    placed = [middle + (place - (size - 1) / 2) * gap for middle, size in groups for place in range(size)]
    found = [0.0] * len(wanted)
    for index, place in zip(order, placed, strict=True):
        found[index] = place
    return found

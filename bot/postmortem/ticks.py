"""Which times stand above the picture: round ones, in UTC, and the day where it begins."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
#: How far apart times may stand, in seconds: as on clocks and in calendars.
_STEPS: Final = (
    *(10, 30),
    *(_MINUTE * minutes for minutes in (1, 2, 5, 10, 15, 30)),
    *(_HOUR * hours for hours in (1, 2, 3, 6, 12)),
    *(_DAY * days for days in (1, 2, 7, 14, 28, 56, 112)),
)
_ZERO: Final = datetime(1, 1, 1, tzinfo=UTC)


def ticks(start: datetime, end: datetime, *, most: int) -> list[tuple[datetime, str, str]]:
    """At most `most` moments from `start` until `end`, each with its time and, where a day begins, with that.

    Days are named only where there are several.
    """
    first, last = (start - _ZERO).total_seconds(), (end - _ZERO).total_seconds()
    step = float(next((step for step in _STEPS if (last - first) / step < most), _STEPS[-1]))
    while (last - first) / step >= most:
        step *= 2
    found = _written(first, last, step, several=start.date() != end.date())
    # Seconds since the year 1 are too many for a float to have microseconds.
    return [tick for tick in found if start <= tick[0] <= end]


def _written(first: float, last: float, step: float, *, several: bool) -> Iterator[tuple[datetime, str, str]]:
    shown = ""
    place = -(-first // step)
    while place * step <= last:
        at = _ZERO + timedelta(seconds=place * step)
        today = f"{at.day} {at:%b}" if several else ""
        time = "" if step >= _DAY else f"{at:%H:%M:%S}" if step < _MINUTE else f"{at:%H:%M}"
        yield at, time, today if today != shown else ""
        shown = today
        place += 1

"""Times and durations as the review prints them: always UTC, never the reader's zone."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

_MINUTE: Final = 60
_HOUR: Final = 3_600
_DAY: Final = 86_400


def span(length: timedelta) -> str:
    """A duration in its two largest units, cut off below: `45 s`, `4 min 10 s`, `25 min`, `1 h 12 min`, `2 d 3 h`."""
    seconds = int(length.total_seconds())
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < 10 * _MINUTE:
        return _pair(seconds, _MINUTE, "min", 1, "s")
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < _DAY:
        return _pair(seconds, _HOUR, "h", _MINUTE, "min")
    return _pair(seconds, _DAY, "d", _HOUR, "h")


def _pair(seconds: int, large: int, large_name: str, small: int, small_name: str) -> str:
    rest = seconds % large // small
    return f"{seconds // large} {large_name}" + (f" {rest} {small_name}" if rest else "")


def day(when: date) -> str:
    """A day as `11 February 2026`; of a time, its day in UTC."""
    utc = when.astimezone(UTC) if isinstance(when, datetime) else when
    return f"{utc.day} {utc:%B %Y}"


def clock(when: datetime) -> str:
    """A time of the day in UTC, as `14:02:05`."""
    return f"{when.astimezone(UTC):%H:%M:%S}"


def moment(when: datetime) -> str:
    """A time with its day, as `11 February 2026, 14:02 UTC`."""
    return f"{day(when)}, {when.astimezone(UTC):%H:%M} UTC"

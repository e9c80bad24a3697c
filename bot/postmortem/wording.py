"""Times and durations as the review prints them: always UTC, never the reader's zone."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

_MINUTE: Final = 60
_HOUR: Final = 3_600
_DAY: Final = 86_400
#: By name here, so that no machine's language shows.
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def span(length: timedelta) -> str:
    """A duration in its two largest units, cut off below: `45 s`, `4 min 10 s`, `25 min`, `1 h 12 min`, `2 d 3 h`.

    One that is less than nothing, because clocks did not agree, is none.
    """
    seconds = max(int(length.total_seconds()), 0)
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
    return f"{utc.day} {_MONTHS[utc.month - 1]} {utc.year}"


def clock(when: datetime) -> str:
    """A time of the day in UTC, as `14:02:05`."""
    utc = when.astimezone(UTC)
    return f"{utc.hour:02}:{utc.minute:02}:{utc.second:02}"


def moment(when: datetime) -> str:
    """A time with its day, as `11 February 2026, 14:02 UTC`."""
    utc = when.astimezone(UTC)
    return f"{day(utc)}, {utc.hour:02}:{utc.minute:02} UTC"

"""When a line of a log was written."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_ISO = re.compile(
    r"[\[(<\"']?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:\s?(?:Z|[+-]\d\d(?::?\d\d)?))?)(?![\d:])"
)
#: A space before the offset, which Python's own reading refuses.
_ZONE = re.compile(r"\s(Z|[+-][\d:]+)$")
#: Characters of a line in which its time is looked for.
_WITHIN = 512
#: A line that says no year is of the last one in which it is not further ahead than this.
_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Clock:
    """Finds the time of a line.

    Attributes:
        found: gives the text of the time in a line, or None where the line has none.
        read: gives seconds since 1970 for that text. Raises ValueError for what is no time.
    """

    found: Callable[[str], str | None]
    read: Callable[[str], float]

    def of(self, line: str) -> float | None:
        """Seconds since 1970 when a line was written; None where it says no time."""
        written = self.found(line[:_WITHIN])
        if written is None:
            return None
        try:
            return self.read(written)
        except (ValueError, OverflowError):
            return None


def clock(*, pattern: str, written: str, zone: str, now: float) -> Clock:
    """A clock for lines.

    Args:
        pattern: a regular expression whose first group is the time; empty for ISO 8601 where the line begins.
        written: `iso`, `epoch` and `epoch_ms` for seconds and milliseconds since 1970, or a format of strptime.
        zone: of times that do not say theirs.
        now: seconds since 1970, for lines that say no year.
    """
    compiled = re.compile(pattern) if pattern else None

    def found(line: str) -> str | None:
        match = compiled.search(line) if compiled else _ISO.match(line)
        return match[1] if match else None

    # Many lines are of the same second, and reading a time is slow.
    return Clock(found, lru_cache(maxsize=256)(_reader(written, ZoneInfo(zone), now)))


def _reader(written: str, zone: ZoneInfo, now: float) -> Callable[[str], float]:
    if written in ("epoch", "epoch_ms"):
        scale = 1000 if written == "epoch_ms" else 1
        return lambda text: _finite(float(text) / scale)
    if written == "iso":
        return lambda text: _epoch(datetime.fromisoformat(_ZONE.sub(r"\1", text.strip())), zone)
    if re.search(r"%[YycxG]", written):
        return lambda text: _epoch(datetime.strptime(text, written), zone)  # noqa: DTZ007 - `_epoch` adds the zone
    return lambda text: _without_year(text, written, zone, now)


def _without_year(text: str, written: str, zone: ZoneInfo, now: float) -> float:
    today = datetime.fromtimestamp(now, UTC)
    latest = (today + _AHEAD).timestamp()
    for year in (today.year + 1, today.year, today.year - 1):
        try:
            # With its year beside it, for the 29th of February is in some years only.
            at = _epoch(datetime.strptime(f"{year} {text}", f"%Y {written}"), zone)  # noqa: DTZ007 - as above
        except ValueError:
            continue
        if at <= latest:
            return at
    raise ValueError(text)


def _epoch(at: datetime, zone: ZoneInfo) -> float:
    return (at if at.tzinfo else at.replace(tzinfo=zone)).timestamp()


def _finite(number: float) -> float:
    if not abs(number) < 1e11:
        raise ValueError(number)
    return number

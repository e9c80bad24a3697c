"""A correction of the record as somebody typed it, and the moment in it: `22:40` is the one that fits. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

#: So long after an incident's end people still speak of it by the time of day alone.
_AFTERWARDS = timedelta(hours=12)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A moment as it was said.

    Attributes:
        ago: how long before now; else the others say when.
        clock: the time of day.
        day: the day, where it was said.
        back: how many days before today, where that was said.
        zone: the zone of `clock`; what says none is UTC.
    """

    ago: timedelta | None = None
    clock: time = time()
    day: date | None = None
    back: int | None = None
    zone: timezone = UTC

    def at(self, now: datetime, *, near: datetime | None = None, over: datetime | None = None) -> datetime:
        """The moment, in UTC.

        A time of day alone is the last before now, and of an incident that is over the last before twelve hours after
        its end; where there is a moment to be near, the one next to it that is not yet to come.

        Args:
            now: the time, in UTC.
            near: when an entry that is moved happened.
            over: when the incident was resolved.
        """
        if self.ago is not None:
            return now - self.ago
        today = now.astimezone(self.zone).date()
        if self.day is not None or self.back is not None:
            return self._on(self.day or today - _DAY * (self.back or 0))
        if near is not None:
            around = near.astimezone(self.zone).date()
            found = [self._on(around + _DAY * days) for days in (-1, 0, 1)]
            return min(found, key=lambda one: (one > now, abs(one - near)))
        until = min(now, over + _AFTERWARDS) if over else now
        last = self._on(until.astimezone(self.zone).date())
        return last if last <= until else last - _DAY

    def _on(self, day: date) -> datetime:
        return datetime.combine(day, self.clock, self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correct:
    """Correct the record.

    Attributes:
        what: `add`, `move`, `hide`, `show` or `annotate`.
        number: the entry that it is about.
        when: when it happened, as it was said.
        text: what happened, or what is to be known about the entry.
        why: how that is known, or why it should not be read.
    """

    what: str
    number: int = 0
    when: When | None = None
    text: str = ""
    why: str = ""

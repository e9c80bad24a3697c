"""Working time: when an office is open, when its meetings are, and when a clock that waits for one of them rings.

Everything comes in and goes out in UTC; a calendar's own zone decides what a day is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import WEEKLY, rrule

#: What every calendar knows: the hour at which the office opens again, on a day after this one.
NEXT_BUSINESS_DAY = "next-business-day"
#: The longest run of holidays that is looked past.
_LONGEST_CLOSED = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Appointment:
    """A time that the calendar knows by name, such as the daily standup: the next one is meant."""

    name: str

    def __str__(self) -> str:
        return self.name


#: How long something may take: a span of time, or until something in the calendar.
Clock = timedelta | Appointment


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """Something that comes again: on these weekdays (Monday is 0) of every so many weeks, counted from `starting`."""

    name: str
    title: str
    days: tuple[int, ...]
    at: time
    every_weeks: int = 1
    starting: date = date(2024, 1, 1)  # a Monday

    def after(self, local: datetime, holidays: frozenset[date]) -> datetime:
        """The first one later than a local time, and not on a holiday. Both without a zone."""
        begin, turn = datetime.combine(self.starting, self.at), timedelta(weeks=self.every_weeks)
        # It is counted from shortly before that time, not through all the years since it was first held.
        begin += max((local - begin) // turn - 1, 0) * turn
        rule = rrule(WEEKLY, interval=self.every_weeks, byweekday=self.days, dtstart=begin, wkst=0)
        found = rule.after(local)
        while found is not None and found.date() in holidays:
            found = rule.after(found)
        if found is None:
            raise ValueError(f"{self.name} never comes again")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """An office's hours, holidays and meetings."""

    zone: str = "UTC"
    days: frozenset[int] = frozenset(range(5))
    opens: time = time(9)
    closes: time = time(17)
    holidays: frozenset[date] = frozenset()
    meetings: Mapping[str, Meeting] = field(default_factory=dict)

    def knows(self, appointment: Appointment) -> bool:
        """Whether it has this appointment."""
        return appointment.name == NEXT_BUSINESS_DAY or appointment.name in self.meetings

    def title(self, clock: Clock) -> str:
        """What an appointment is called; the name where the calendar has none, nothing for a span."""
        if isinstance(clock, timedelta):
            return ""
        meeting = self.meetings.get(clock.name)
        return meeting.title if meeting else clock.name.replace("-", " ")

    def due(self, clock: Clock, since: datetime) -> datetime:
        """When a clock that starts at `since` rings; one whose appointment is not known rings when the office opens.

        A policy that was read has no such clock. It may meet one that an older policy of the same pack has set.
        """
        if isinstance(clock, timedelta):
            return since + clock
        local = self._local(since)
        meeting = self.meetings.get(clock.name)
        if meeting:
            return self._utc(meeting.after(local, self.holidays), since)
        tomorrow = self.next_open_day(local.date() + timedelta(days=1))
        return self._utc(datetime.combine(tomorrow, self.opens), since)

    def is_open(self, at: datetime) -> bool:
        """Whether somebody is at work."""
        local = self._local(at)
        return self._is_day(local.date()) and self.opens <= local.time() < self.closes

    def open_from(self, at: datetime) -> datetime:
        """`at`, or when the office opens next if it is closed then."""
        if self.is_open(at):
            return at
        local = self._local(at)
        day = local.date() if local.time() < self.opens else local.date() + timedelta(days=1)
        return self._utc(datetime.combine(self.next_open_day(day), self.opens), at)

    def next_open_day(self, day: date) -> date:
        """That day or the first one after it on which the office opens. Raises ValueError where none comes for long."""
        last = day + _LONGEST_CLOSED
        while not self._is_day(day):
            day += timedelta(days=1)
            if day > last:
                raise ValueError("the calendar has no business day")
        return day

    def _is_day(self, day: date) -> bool:
        return day.weekday() in self.days and day not in self.holidays

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)

    def _utc(self, local: datetime, since: datetime) -> datetime:
        """A local time in UTC. Of the two that it has where clocks are put back, the first one after `since`."""
        zoned = local.replace(tzinfo=ZoneInfo(self.zone))
        first = zoned.astimezone(UTC)
        return first if first > since else zoned.replace(fold=1).astimezone(UTC)

"""An office that never opens, meetings that are never held, and appointments that the calendar does not know."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from bot.domain.calendar import NEXT_BUSINESS_DAY, Appointment, Calendar
from bot.policy.schema import PolicyFile
from bot.policy.sense.finding import Finding, Place, known

#: Nobody would call it a meeting if it were not held for longer than this.
_TOO_LONG = timedelta(days=400)


def calendar(file: PolicyFile) -> Iterator[Finding]:
    """What is wrong with the calendar, and every clock that waits for something that is not in it."""
    hours = file.calendar.business_hours
    if hours.closes <= hours.opens:
        message = f"The office never opens: `closes` has to be later in the day than `opens`, {hours.opens:%H:%M}."
        yield ("calendar", "business_hours", "closes"), message
    made = file.calendar.calendar()
    if _closed_for_long(made):
        yield ("calendar", "holidays"), "The office is closed for more than a year on end. Drop some of the holidays."
    yield from _never_held(file, made)
    there = [NEXT_BUSINESS_DAY, *(meeting.name for meeting in file.calendar.meetings)]
    for place, clock in _clocks(file):
        if isinstance(clock, Appointment):
            yield from known(place, "appointment", clock.name, there)


def _clocks(file: PolicyFile) -> Iterator[tuple[Place, object]]:
    for index, severity in enumerate(file.severities):
        for key in ("acknowledge_within", "resolve_within", "review_within"):
            yield ("severities", index, key), getattr(severity, key)
    for index, step in enumerate(file.escalation):
        yield ("escalation", index, "after"), step.after
    for index, follow_up in enumerate(file.follow_ups):
        yield ("follow_ups", index, "after"), follow_up.after


def _closed_for_long(made: Calendar) -> bool:
    """Whether a clock could come to where the calendar gives up looking for an open day."""
    try:
        for day in made.holidays:
            made.next_open_day(day)
    except ValueError:
        return True
    return False


def _never_held(file: PolicyFile, made: Calendar) -> Iterator[Finding]:
    """A meeting whose days are holidays, one after another, for more than a year."""
    for index, rule in enumerate(file.calendar.meetings):
        meeting = made.meetings[rule.name]
        for day in sorted(made.holidays):
            before, after = datetime.combine(day, time.min), datetime.combine(day, time.max)
            held = meeting.after(before - timedelta(microseconds=1), frozenset())
            if held.date() == day and meeting.after(after, made.holidays) - after > _TOO_LONG:
                message = f"It falls on holidays for more than a year, from {day} on. Choose other days."
                yield ("calendar", "meetings", index, "days"), message
                break

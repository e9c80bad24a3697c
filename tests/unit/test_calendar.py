"""Working time, and the laws that its clocks keep in every zone and through every change of the clocks."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.calendar import NEXT_BUSINESS_DAY, Appointment, Calendar, Meeting

TOMORROW = Appointment(NEXT_BUSINESS_DAY)
STANDUP = Meeting(name="daily-standup", title="Daily standup", days=(0, 1, 2, 3, 4), at=time(9, 30))
SPRINT = Meeting(
    name="next-sprint", title="Sprint planning", days=(2,), at=time(10), every_weeks=2, starting=date(2026, 1, 7)
)
MEETINGS = {one.name: one for one in (STANDUP, SPRINT)}
LONDON = Calendar(zone="Europe/London", meetings=MEETINGS)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("clock", "since", "due"),
    [
        (timedelta(minutes=15), "2026-02-06T23:50", "2026-02-07T00:05"),
        (TOMORROW, "2026-02-05T03:00", "2026-02-06T09:00"),  # however early it is, the day after is meant
        (TOMORROW, "2026-02-06T18:00", "2026-02-09T09:00"),  # from Friday over the weekend
        (TOMORROW, "2026-06-05T18:00", "2026-06-08T08:00"),  # in summer, London is an hour ahead of UTC
        (TOMORROW, "2026-07-02T23:30", "2026-07-06T08:00"),  # it is Friday in London already
        (TOMORROW, "2026-03-27T12:00", "2026-03-30T08:00"),  # the clocks go forward in between
        (Appointment("daily-standup"), "2026-02-05T09:29", "2026-02-05T09:30"),
        (Appointment("daily-standup"), "2026-02-05T09:30", "2026-02-06T09:30"),  # the one that begins now is missed
        (Appointment("daily-standup"), "2026-02-06T12:00", "2026-02-09T09:30"),
        (Appointment("next-sprint"), "2026-01-07T10:00", "2026-01-21T10:00"),
        (Appointment("next-sprint"), "2026-01-14T12:00", "2026-01-21T10:00"),  # not in the week in between
        (Appointment("next-sprint"), "2025-06-01T00:00", "2026-01-07T10:00"),  # never before its first day
        (Appointment("dropped"), "2026-02-05T12:00", "2026-02-06T09:00"),  # an older policy knew it
    ],
)
def test_a_clock_rings_when_the_calendar_says(clock: timedelta | Appointment, since: str, due: str) -> None:
    assert LONDON.due(clock, utc(since)) == utc(due)


def test_holidays_are_passed_over() -> None:
    calendar = Calendar(holidays=frozenset({date(2026, 12, 25), date(2026, 12, 28)}), meetings=MEETINGS)
    assert calendar.due(TOMORROW, utc("2026-12-24T12:00")) == utc("2026-12-29T09:00")
    assert calendar.due(Appointment("daily-standup"), utc("2026-12-24T12:00")) == utc("2026-12-29T09:30")
    assert not calendar.is_open(utc("2026-12-25T12:00"))


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-02-05T08:59", "2026-02-05T09:00"),
        ("2026-02-05T09:00", "2026-02-05T09:00"),
        ("2026-02-05T16:59", "2026-02-05T16:59"),
        ("2026-02-05T17:00", "2026-02-06T09:00"),  # it has just closed
        ("2026-02-06T20:00", "2026-02-09T09:00"),
        ("2026-02-07T12:00", "2026-02-09T09:00"),
        ("2026-06-05T08:30", "2026-06-05T08:30"),
    ],
)
def test_what_waits_for_the_office_waits_until_it_opens(at: str, opens: str) -> None:
    assert LONDON.open_from(utc(at)) == utc(opens)


def test_a_time_that_comes_twice_as_the_clocks_go_back_is_never_one_that_has_passed() -> None:
    # 01:45 in London comes at 00:45 and again at 01:45 UTC; at 01:30 UTC the second one is the next.
    night = Meeting(name="handover", title="Handover", days=tuple(range(7)), at=time(1, 45))
    calendar = Calendar(zone="Europe/London", meetings={"handover": night})
    assert calendar.due(Appointment("handover"), utc("2026-10-25T00:30")) == utc("2026-10-25T00:45")
    assert calendar.due(Appointment("handover"), utc("2026-10-25T01:30")) == utc("2026-10-25T01:45")


def test_an_office_that_opens_in_the_hour_that_comes_twice_opens_after_the_time_that_asks() -> None:
    calendar = Calendar(zone="Europe/London", days=frozenset(range(7)), opens=time(1, 30), closes=time(9))
    assert calendar.open_from(utc("2026-10-25T01:10")) == utc("2026-10-25T01:30")


def test_a_time_that_the_clocks_leave_out_rings_an_hour_later_by_the_clock() -> None:
    night = Meeting(name="handover", title="Handover", days=tuple(range(7)), at=time(1, 30))
    calendar = Calendar(zone="Europe/London", meetings={"handover": night})
    assert calendar.due(Appointment("handover"), utc("2026-03-29T00:00")) == utc("2026-03-29T01:30")


def test_an_office_that_never_opens_is_an_error_rather_than_a_loop() -> None:
    closed = frozenset(date(2026, 1, 1) + timedelta(days=day) for day in range(500))
    with pytest.raises(ValueError, match="no business day"):
        Calendar(holidays=closed).due(TOMORROW, utc("2026-01-01T12:00"))


def test_appointments_are_called_by_their_titles() -> None:
    assert LONDON.title(Appointment("next-sprint")) == "Sprint planning"
    assert LONDON.title(TOMORROW) == "next business day"
    assert LONDON.title(timedelta(hours=1)) == ""
    assert LONDON.knows(TOMORROW)
    assert not LONDON.knows(Appointment("tea"))


_zones = st.sampled_from(
    ["UTC", "Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Santiago",
     "Pacific/Kiritimati", "Africa/Cairo", "Asia/Kathmandu"]
)  # fmt: skip
_times = st.times().map(lambda one: one.replace(second=0, microsecond=0))
_days = st.frozensets(st.integers(0, 6), min_size=1)
#: Any time of eight years, in UTC, and often one within hours of a change of some zone's clocks.
_changes = st.sampled_from(
    ["2026-03-29T01:00", "2026-10-25T01:00", "2026-03-08T07:00", "2026-11-01T06:00", "2026-04-04T15:00",
     "2026-10-03T15:30", "2026-04-05T03:00", "2026-09-06T04:00", "2026-04-23T22:00", "2026-10-29T21:00"]
)  # fmt: skip
_moments = st.one_of(
    st.timedeltas(timedelta(0), timedelta(days=8 * 365)).map(lambda span: utc("2024-01-01") + span),
    st.builds(lambda text, hours: utc(text) + hours, _changes, st.timedeltas(timedelta(hours=-4), timedelta(hours=4))),
)
_meetings = st.builds(
    Meeting,
    name=st.just("meeting"),
    title=st.just("Meeting"),
    days=_days.map(tuple),
    at=_times,
    every_weeks=st.integers(1, 6),
    starting=st.dates(date(2015, 1, 1), date(2034, 1, 1)),
)
_holidays = st.frozensets(st.dates(date(2024, 1, 1), date(2032, 1, 1)), max_size=30)
_offices = st.tuples(_times, _times).filter(lambda hours: hours[0] != hours[1]).map(sorted)


@st.composite
def _calendars(draw: st.DrawFn) -> Calendar:
    opens, closes = draw(_offices)
    return Calendar(
        zone=draw(_zones),
        days=draw(_days),
        opens=opens,
        closes=closes,
        holidays=draw(_holidays),
        meetings={"meeting": draw(_meetings)},
    )


_clocks = st.sampled_from([TOMORROW, Appointment("meeting"), timedelta(minutes=5)])


@given(_calendars(), _clocks, _moments)
def test_a_clock_rings_after_it_was_set(calendar: Calendar, clock: timedelta | Appointment, since: datetime) -> None:
    assert calendar.due(clock, since) > since


@given(_calendars(), _clocks, _moments, st.timedeltas(timedelta(0), timedelta(days=30)))
def test_who_starts_later_is_never_due_earlier(
    calendar: Calendar, clock: timedelta | Appointment, since: datetime, later: timedelta
) -> None:
    assert calendar.due(clock, since) <= calendar.due(clock, since + later)


@given(_calendars(), _moments)
def test_a_meeting_is_held_on_its_days_in_its_weeks_and_never_on_a_holiday(calendar: Calendar, since: datetime) -> None:
    meeting, zone = calendar.meetings["meeting"], ZoneInfo(calendar.zone)
    local = calendar.due(Appointment("meeting"), since).astimezone(zone)
    missing = local.replace(tzinfo=None) != local.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    # Where the clocks leave an hour out, what is held in it is held after it.
    assert local.time() == meeting.at or missing or local.time() > meeting.at
    first = meeting.starting - timedelta(days=meeting.starting.weekday())
    day = local.date() if local.time() >= meeting.at else local.date() - timedelta(days=1)
    assert day.weekday() in meeting.days
    assert (day - first).days // 7 % meeting.every_weeks == 0
    assert day >= meeting.starting
    assert day not in calendar.holidays


@given(_meetings, _moments.map(lambda moment: moment.replace(tzinfo=None)))
def test_no_meeting_is_left_out(meeting: Meeting, local: datetime) -> None:
    """Against the plainest way: look at every day, one after the other."""
    first = meeting.starting - timedelta(days=meeting.starting.weekday())
    day = max(local.date(), meeting.starting)
    while (
        day.weekday() not in meeting.days
        or (day - first).days // 7 % meeting.every_weeks
        or datetime.combine(day, meeting.at) <= local
    ):
        day += timedelta(days=1)
    assert meeting.after(local, frozenset()) == datetime.combine(day, meeting.at)


@given(_calendars(), _moments)
def test_what_waits_for_the_office_never_goes_back_and_does_not_wait_while_it_is_open(
    calendar: Calendar, at: datetime
) -> None:
    opens = calendar.open_from(at)
    assert opens >= at
    assert (opens == at) or not calendar.is_open(at)


@given(_calendars(), _moments)
def test_somebody_is_there_when_the_office_opens(calendar: Calendar, at: datetime) -> None:
    opens = calendar.open_from(at)
    local = opens.astimezone(ZoneInfo(calendar.zone)).replace(tzinfo=None)
    # On the night on which the clocks go forward, an office that opens in the hour left out may be open for less.
    forward = local.time() != calendar.opens and opens != at
    assert calendar.is_open(opens) or forward

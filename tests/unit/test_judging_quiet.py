"""Silence: mutes that somebody asked for, and maintenance that the pack knows of."""

from datetime import UTC, datetime, time, timedelta

import pytest

from bot.domain.alert_rules import Decision, Maintenance, Matcher
from bot.domain.judging import Reason, under_way
from tests.unit.test_judging import NIGHT, alert, judged, mute, rule


def test_a_mute_holds_from_its_beginning_to_its_end() -> None:
    muted = Matcher(alerts=("slow",))
    assert judged(alert(), mutes=(mute(muted, why="a deploy"),)).quiet is Reason.MUTED
    assert judged(alert(), mutes=(mute(muted, why="a deploy"),)).why == "muted until 2026-03-14 04:00 UTC: a deploy"
    for since, until in ((-1, 0), (1, 2)):
        assert judged(alert(), mutes=(mute(muted, since, until),)).quiet is None
    assert judged(alert(), mutes=(mute(muted, 0, 1),)).quiet is Reason.MUTED
    assert judged(alert(title="Fast"), mutes=(mute(muted),)).quiet is None


def test_a_mute_of_a_service_holds_for_the_one_that_a_rule_gives() -> None:
    node = alert({"job": "node"})
    given = rule(service="payments")
    assert judged(node, given, mutes=(mute(Matcher(services=("payments",))),)).quiet is Reason.MUTED
    assert judged(node, given, mutes=(mute(Matcher(services=("node",))),)).quiet is Reason.MUTED
    assert judged(node, given, mutes=(mute(Matcher(services=("web",))),)).quiet is None


def test_a_mute_goes_before_a_maintenance_and_both_before_ignoring() -> None:
    works = Maintenance(name="works", begins=NIGHT, ends=NIGHT + timedelta(hours=1), why="a new disk")
    ignored = rule(do=Decision.IGNORE)
    both = judged(alert(), ignored, mutes=(mute(Matcher(alerts=("slow",))),), maintenance=(works,))
    expected = judged(alert(), ignored, maintenance=(works,))
    assert (both.quiet, expected.quiet) == (Reason.MUTED, Reason.MAINTENANCE)
    assert expected.why == "maintenance “works”: a new disk"


def test_a_maintenance_is_once_from_its_beginning_to_its_end() -> None:
    once = Maintenance(name="once", begins=NIGHT, ends=NIGHT + timedelta(hours=2))
    held = [under_way(once, "UTC", NIGHT + timedelta(minutes=m)) for m in (-1, 0, 119, 120)]
    assert held == [False, True, True, False]


SATURDAY, SUNDAY = 5, 6


def weekly(at: time, lasts: timedelta, *days: int) -> Maintenance:
    return Maintenance(name="weekly", days=days, at=at, lasts=lasts)


def test_a_weekly_maintenance_goes_on_over_midnight() -> None:
    night = weekly(time(23), timedelta(hours=4), SATURDAY)
    hours = [datetime(2026, 3, 14, 22, 59, tzinfo=UTC) + timedelta(hours=h) for h in range(6)]
    assert [under_way(night, "UTC", at) for at in hours] == [False, True, True, True, True, False]
    assert not under_way(night, "UTC", datetime(2026, 3, 16, 1, tzinfo=UTC))


def test_a_weekly_maintenance_may_last_for_days() -> None:
    long = weekly(time(12), timedelta(days=2), SATURDAY)
    assert under_way(long, "UTC", datetime(2026, 3, 16, 11, 59, tzinfo=UTC))
    assert not under_way(long, "UTC", datetime(2026, 3, 16, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    ("begins", "day"),
    [
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), "put forward"),  # half past one in Berlin, and two is three
        (datetime(2026, 10, 24, 23, 30, tzinfo=UTC), "put back"),  # half past one, and three is two again
    ],
)
def test_a_maintenance_lasts_as_long_in_the_night_in_which_the_clocks_are(begins: datetime, day: str) -> None:
    night = weekly(time(1, 30), timedelta(hours=2), SUNDAY)
    minutes = (-1, 0, 60, 119, 120)
    held = [under_way(night, "Europe/Berlin", begins + timedelta(minutes=m)) for m in minutes]
    assert held == [False, True, True, True, False], day

"""What people type about alerts: which, for how long, and why."""

import contextlib
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.application.alert_words import MatcherWithoutValue, TooManyWords, UnknownComparison, said_of
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.alert_errors import MuteTooLong, NothingToMute, UnknownGroup
from bot.domain.alert_rules import Matcher
from bot.domain.errors import DomainError
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.slack.alerting import NameOrReason, NotAGroupNumber, NotAMuteNumber, group_of
from bot.slack.intents import ArgumentMissing, MuteAlerts, NotASpan, ReadAlerts, ReadMutes, Unmute
from bot.slack.parse import parse

ALICE = Actor.person("U0ALICE")
POLICY = read_pack("default", root=RUNBOOKS)
HOUR = timedelta(hours=1)
RATE = Matcher(alerts=("HighErrorRate",))


def intent(text: str) -> Any:
    return parse(text, by=ALICE, policy=POLICY, today=date(2026, 3, 14)).intent


def muted(text: str) -> MuteAlerts:
    found = intent(f"mute {text}")
    assert isinstance(found, MuteAlerts)
    return found


# Which alerts, and why


@pytest.mark.parametrize(
    ("text", "matcher"),
    [
        ("HighErrorRate", RATE),
        ("alert HighErrorRate", RATE),
        ("the alerts “HighErrorRate”", RATE),
        ("high*", Matcher(alerts=("high*",))),
        ("watchdog", Matcher(alerts=("watchdog",))),
        ("HighErrorRate, disk_full and Kube*", Matcher(alerts=("HighErrorRate", "disk_full", "Kube*"))),
        ('"Disk is full"', Matcher(alerts=("Disk is full",))),
        ("„Disk is full“", Matcher(alerts=("Disk is full",))),
        ("«Disk is full»", Matcher(alerts=("Disk is full",))),
        ("alertname=“Disk is full”", Matcher(alerts=("Disk is full",))),
        ("'Disk full for 2h'", Matcher(alerts=("Disk full for 2h",))),
        ("service=payments", Matcher(services=("payments",))),
        ("Service=payments severity=critical", Matcher(services=("payments",), severities=("critical",))),
        ('service=payments instance="a b", HighErrorRate', replace(
            RATE, services=("payments",), labels={"instance": ("a b",)})),
        ("env=prod env=test", Matcher(labels={"env": ("prod", "test")})),
        ("team=a&amp;b", Matcher(labels={"team": ("a&b",)})),
        ("instance=<http://db.example.com|db.example.com>", Matcher(labels={"instance": ("db.example.com",)})),
        ("*", Matcher(alerts=("*",))),
    ],
)  # fmt: skip
def test_what_is_to_be_quiet_comes_before_for_how_long(text: str, matcher: Matcher) -> None:
    assert muted(f"{text} for 1h") == MuteAlerts(HOUR, matcher)
    assert muted(f"{text} 1h we deploy") == MuteAlerts(HOUR, matcher, why="we deploy")


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("for 90s", timedelta(seconds=90)),
        ("for 15m", timedelta(minutes=15)),
        ("for 1h30m", timedelta(minutes=90)),
        ("for half an hour", timedelta(minutes=30)),
        ("for another 2 hours", timedelta(hours=2)),
        ("1 day", timedelta(days=1)),
    ],
)
def test_for_how_long_is_said_as_elsewhere(text: str, span: timedelta) -> None:
    assert muted(f"HighErrorRate {text}: known") == MuteAlerts(span, RATE, why="known")


@pytest.mark.parametrize(
    "text",
    [
        "HighErrorRate for 1h because of the deploy",
        "HighErrorRate because of the deploy for 1h",
        "HighErrorRate \u2013 because of the deploy \u2013 for 1h",
        "for 1h HighErrorRate because of the deploy",
        "1h HighErrorRate: because of the deploy",
        'HighErrorRate for 1h, "because of the deploy"',
    ],
)
def test_why_may_stand_anywhere(text: str) -> None:
    assert muted(text) == MuteAlerts(HOUR, RATE, why="because of the deploy")


def test_behind_for_how_long_one_name_is_what_and_the_rest_is_why() -> None:
    assert muted("for 1h HighErrorRate it is known") == MuteAlerts(HOUR, RATE, why="it is known")
    assert muted("for 1h HighErrorRate disk_full") == MuteAlerts(HOUR, Matcher(alerts=("HighErrorRate", "disk_full")))
    both = replace(RATE, labels={"env": ("a b",)})
    assert muted("1h HighErrorRate env='a b' for the deploy") == MuteAlerts(HOUR, both, why="for the deploy")


@pytest.mark.parametrize("which", ["#12", "12", "alerts 12", "alert #12", "group 12"])
def test_a_groups_number_is_what_too(which: str) -> None:
    assert muted(f"{which} for 1h") == MuteAlerts(HOUR, number=12)
    assert muted(f"{which} for 1h: we know") == MuteAlerts(HOUR, number=12, why="we know")
    assert muted(f"{which} we know for 1h") == MuteAlerts(HOUR, number=12, why="we know")
    assert muted(f"for 1h {which} we know") == MuteAlerts(HOUR, number=12, why="we know")


def test_an_alert_whose_name_begins_with_a_number_is_none() -> None:
    assert muted("5xx_rate for 1h") == MuteAlerts(HOUR, Matcher(alerts=("5xx_rate",)))


def test_a_clock_is_still_silenced_by_the_word_that_it_was_silenced_by() -> None:
    assert intent("mute update 10m Busy") == c.SnoozeClock(
        by=ALICE, clock="update", span=timedelta(minutes=10), why="Busy"
    )
    assert intent("silence escalation for 1h") == c.SnoozeClock(by=ALICE, clock="escalation", span=HOUR)
    assert muted("alert=update for 1h") == MuteAlerts(HOUR, Matcher(alerts=("update",)))


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("", ArgumentMissing, "what is to be quiet, and for how long"),
        ("for 1h", ArgumentMissing, "such as `mute HighErrorRate for 1h`"),
        ("please, for 1h", ArgumentMissing, "what is to be quiet"),
        ("HighErrorRate", ArgumentMissing, "for how long"),
        ("HighErrorRate until tomorrow", ArgumentMissing, "for how long"),
        ("HighErrorRate for ever", NotASpan, "“ever”"),
        ("HighErrorRate for 0m", MuteTooLong, "one minute"),
        ("everything for 1h", NothingToMute, "Name an alert"),
        ("all alerts for 1h", NothingToMute, "Name an alert"),
        ("disk is full for 1h", NameOrReason, "Put quotes around a name"),
        ("service=payments we deploy for 1h", NameOrReason, "“we deploy”"),
        ("service= for 1h", MatcherWithoutValue, "service=payments"),
        ("service!=payments for 1h", UnknownComparison, "only `=`"),
        (f"{'A1 ' * 21} for 1h", TooManyWords, "20 words"),
        ("#99999999999999999999 for 1h", NotAGroupNumber, "`alerts`"),
    ],
)
def test_what_cannot_be_read_says_what_is_missing(text: str, error: type[DomainError], says: str) -> None:
    with pytest.raises(error) as caught:
        muted(text)
    assert says in caught.value.sentence


@given(st.text(max_size=80))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    for command in ("mute", "unmute", "alerts", "mutes"):
        with contextlib.suppress(DomainError):
            intent(f"{command} {text}")


@given(
    st.lists(st.from_regex(r"[A-Z][a-z]{1,5}[A-Z][a-z]{1,5}\*?", fullmatch=True), unique=True, max_size=3),
    st.lists(st.from_regex(r"[a-z]{1,8}( [a-z]{1,8})?", fullmatch=True), unique=True, max_size=3),
)
def test_a_mutes_words_can_be_typed_again(names: list[str], values: list[str]) -> None:
    matcher = Matcher(alerts=tuple(names), services=tuple(values), labels={"instance": tuple(values)} if values else {})
    if names or values:
        assert muted(f"{said_of(matcher)} for 1h") == MuteAlerts(HOUR, matcher)


# The other commands


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alerts", ReadAlerts()),
        ("alert", ReadAlerts()),
        ("alerts all", ReadAlerts(everywhere=True)),
        ("alerts 12", ReadAlerts(12)),
        ("alerts #12.", ReadAlerts(12)),
        ("mutes", ReadMutes()),
        ("silences", ReadMutes()),
        ("unmute 3", Unmute(3)),
        ("unmute mute #3", Unmute(3)),
    ],
)
def test_alerts_and_mutes_are_read(text: str, expected: object) -> None:
    assert intent(text) == expected


def test_an_incidents_reference_may_stand_on_either_side() -> None:
    for text in ("alerts INC-2026-03-14-001", "INC-2026-03-14-001 alerts"):
        found = parse(text, by=ALICE, policy=POLICY, today=date(2026, 3, 14))
        assert (found.ref, found.intent) == ("INC-2026-03-14-001", ReadAlerts())


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("alerts payments", NotAGroupNumber),
        ("alerts 1 2", NotAGroupNumber),
        ("alerts ٣", NotAGroupNumber),
        ("unmute", NotAMuteNumber),
        ("unmute HighErrorRate", NotAMuteNumber),
        (f"unmute {'9' * 30}", NotAMuteNumber),
    ],
)
def test_what_is_no_number_is_said_to_be_none(text: str, error: type[DomainError]) -> None:
    with pytest.raises(error):
        intent(text)


@pytest.mark.parametrize("value", ["", "x", "-1", "1.5", "٣", "9" * 16, "INC-2026-03-14-001"])
def test_a_button_that_names_no_group_is_answered_as_one_of_an_unknown_group(value: str) -> None:
    with pytest.raises(UnknownGroup):
        group_of(value)

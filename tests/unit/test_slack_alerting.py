"""What people type about alerts: which, for how long, and why; and the forms that a group's card opens."""

import contextlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.application.alert_view import differing_labels, shared_labels
from bot.application.alert_words import MatcherWithoutValue, TooManyWords, UnknownComparison, said_of
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.alert import Alert, AlertStatus, Known
from bot.domain.alert_errors import MuteTooLong, NothingToMute, UnknownGroup
from bot.domain.alert_group import Group, GroupState
from bot.domain.alert_rules import Matcher
from bot.domain.errors import DomainError
from bot.domain.incident import Incident
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.slack.alerting import NameOrReason, NotAGroupNumber, NotAMuteNumber, group_of
from bot.slack.intents import ArgumentMissing, MuteAlerts, NotASpan, ReadAlerts, ReadMutes, Unmute
from bot.slack.parse import parse
from bot.slack.views import alerting as views
from bot.slack.views.forms import FORMS, field_of
from bot.slack.views.parts import values
from bot.store.alert_groups import Card, Found
from bot.store.alerts import Stored
from tests.support.views import HOSTILE, LINE, filled

ALICE = Actor.person("U0ALICE")
POLICY = read_pack("default", root=RUNBOOKS)
NOW = datetime(2026, 3, 14, 15, 0, tzinfo=UTC)
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


# The forms


def found(**changes: Any) -> Found:
    group = Group(
        id=12,
        key="service=payments",
        state=GroupState.SUGGESTED,
        title="HighErrorRate on <!channel>",
        severity="P2",
        rank=1,
        service="payments",
        window=HOUR,
        source="alertmanager",
        first_seen=NOW,
        last_seen=NOW,
        alerts=3,
        firing=2,
        **changes,
    )
    card = Card(wanted=1, shown=1, digest=None, channel=None, ts=None, tried_at=None, failures=0)
    return Found(
        group=group, card=card, private=False, incident_title="", channel_id=None, settled_by=None, settled_at=None,
        settled_why="", tell_at=None,
    )  # fmt: skip


def incident(number: int, service: str | None, *, private: bool = False) -> Incident:
    return Incident(
        ref=f"INC-2026-03-14-00{number}",
        title="It is down",
        severity="P2",
        status="investigating",
        category=POLICY.statuses[0].category,
        declared_at=NOW,
        seq=1,
        declared_by=ALICE,
        service=service,
        private=private,
    )


def field(view: dict[str, Any], name: str) -> dict[str, Any]:
    element: dict[str, Any] = next(
        b["element"] for b in view["blocks"] if b.get("element", {}).get("action_id") == name
    )
    return element


def test_declaring_offers_what_the_rules_say() -> None:
    view = views.declaring(found(why="rule “critical”"), POLICY)
    assert field(view, "title")["initial_value"] == "HighErrorRate on <!channel>"
    assert field(view, "severity")["initial_option"]["value"] == "P2"
    said = str(view["blocks"])
    assert "payments" in said
    assert "rule “critical”" in said
    assert "3 alerts, 2 firing" in said
    assert "*HighErrorRate on @channel*" in said


def test_a_severity_that_the_pack_dropped_gives_way_to_the_usual_one() -> None:
    one = found()
    one.group.severity = "P77"
    chosen = field(views.declaring(one, POLICY), "severity")["initial_option"]["value"]
    assert chosen == POLICY.default_severity


def test_the_incidents_of_its_service_are_offered_first_and_private_ones_without_their_title() -> None:
    offered = [incident(4, None), incident(3, "web"), incident(2, "payments", private=True), incident(1, "payments")]
    options = field(views.attaching(found(), offered), "incident")["options"]
    assert [option["value"][-1] for option in options] == ["2", "1", "4", "3"]
    assert "a private incident" in options[0]["text"]["text"]
    assert "It is down" in options[1]["text"]["text"]


def test_without_an_open_incident_there_is_nothing_to_attach_to() -> None:
    with pytest.raises(views.NothingToJoin):
        views.attaching(found(), [])


def test_a_form_for_a_mute_offers_four_lengths_and_a_time() -> None:
    view = views.muting(found())
    lengths = [option["value"] for option in field(view, "lasts")["options"]]
    assert lengths == ["15m", "1h", "4h", "24h", "until"]
    assert field(view, "until")["type"] == "datetimepicker"
    assert [views.read_lasts({"lasts": one}, NOW) for one in lengths[:2]] == [timedelta(minutes=15), HOUR]
    in_two_hours = str(int((NOW + 2 * HOUR).timestamp()))
    assert views.read_lasts({"lasts": "until", "until": in_two_hours}, NOW) == 2 * HOUR
    assert views.read_lasts({"lasts": "1h", "until": in_two_hours}, NOW) == 2 * HOUR


@pytest.mark.parametrize(
    ("filled", "error"),
    [
        ({"lasts": "until"}, views.NoTimeChosen),
        ({"lasts": "9999999h"}, views.NoTimeChosen),
        ({}, views.NoTimeChosen),
        ({"until": "9" * 30}, views.NoTimeChosen),
        ({"until": "soon"}, views.NoTimeChosen),
        ({"lasts": "1h", "until": str(int(NOW.timestamp()) - 60)}, views.TimeIsOver),
    ],
)
def test_a_time_that_cannot_be_is_shown_at_its_field(filled: dict[str, Any], error: type[DomainError]) -> None:
    with pytest.raises(error) as caught:
        views.read_lasts(filled, NOW)
    assert field_of(caught.value, POLICY, views.MUTE) == "until"


def test_a_picked_time_comes_back_in_seconds() -> None:
    picked = {"type": "datetimepicker", "selected_date_time": 1_773_500_400}
    empty = {"type": "datetimepicker", "selected_date_time": None}
    assert values({"state": {"values": {"a": {"a": picked}, "b": {"b": empty}}}}) == {"a": "1773500400", "b": None}


def test_each_form_is_listened_for_and_keeps_its_group() -> None:
    made = views.declaring(found(), POLICY), views.attaching(found(), [incident(1, None)]), views.muting(found())
    for view in (*made, views.dismissing(found())):
        assert view["callback_id"] in FORMS
        assert views.group_named(view) == "12"
        assert max(len(view["title"]["text"]), len(view["submit"]["text"])) <= 24


def test_the_forms_are_within_slacks_limits_whatever_a_monitor_says() -> None:
    one = found(why=HOSTILE * 60)
    one.group.title, one.group.service = HOSTILE * 60, LINE * 3
    many = [replace(incident(1, None), ref=f"INC-2026-03-14-{n:03d}", title=HOSTILE * 4) for n in range(1, 150)]
    for view in (
        views.declaring(one, POLICY),
        views.attaching(one, many),
        views.muting(one),
        views.dismissing(one),
    ):
        assert filled(view)["callback_id"] == view["callback_id"]
        assert "<!" not in str([block.get("text") for block in view["blocks"]])


def test_what_is_said_of_a_group_can_ping_nobody() -> None:
    one = replace(found(), settled_by="U1> <!channel", settled_why="<!here> no")
    said = views.no_incident(one)
    assert "<!" not in f"{said.text}{said.blocks}"
    assert "Somebody said" in said.text


# What alerts have in common


def stored(labels: dict[str, str]) -> Stored:
    alert = Alert(
        source="grafana", fingerprint=str(labels), status=AlertStatus.FIRING, title="A", labels=labels, starts_at=NOW
    )
    known = Known(
        status=AlertStatus.FIRING, starts_at=NOW, ends_at=None, digest=b"", firings=1, first_seen=NOW, last_seen=NOW
    )
    return Stored(alert=alert, known=known, reason="NEW", why="")


@given(st.lists(st.dictionaries(st.sampled_from("abcd"), st.sampled_from("xyz")), max_size=5))
def test_each_label_is_shared_or_differs_and_no_value_is_lost(labels: list[dict[str, str]]) -> None:
    some = [stored(one) for one in labels]
    shared, differing = shared_labels(some), differing_labels(some)
    assert set(shared) | set(differing) == {label for one in labels for label in one}
    assert not set(shared) & set(differing)
    for label, value in shared.items():
        assert all(one[label] == value for one in labels)
    for label, several in differing.items():
        assert set(several) == {one[label] for one in labels if label in one}
        assert len(several) > 1 or any(label not in one for one in labels)

"""The pack's table: the first rule that fits decides, and says why."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fnmatch import translate
from re import DOTALL, escape, fullmatch
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.alert import Alert, AlertStatus
from bot.domain.alert_rules import AlertRule, AlertRules, Decision, Hours, Matcher, Mute
from bot.domain.calendar import Calendar
from bot.domain.judging import Judge, Judgement, Reason, literal
from bot.domain.rules import Policy, Service
from tests.support.policies import a_policy

#: A Saturday night; the office opens on Monday at nine.
NIGHT = datetime(2026, 3, 14, 3, 0, tzinfo=UTC)
NOON = datetime(2026, 3, 16, 12, 0, tzinfo=UTC)


def policy(rules: AlertRules | None = None, zone: str = "UTC") -> Policy:
    services = (Service(name="payments", aliases=("pay",)), Service(name="web"))
    return replace(a_policy(), services=services, alerts=rules or AlertRules(), calendar=Calendar(zone=zone))


def alert(labels: Mapping[str, str] | None = None, **more: Any) -> Alert:
    said: dict[str, Any] = {
        "source": "alertmanager",
        "fingerprint": "f",
        "status": AlertStatus.FIRING,
        "title": "Slow",
        "labels": labels or {},
        "starts_at": NIGHT,
    }
    return Alert(**{**said, **more})


def judged(
    one: Alert, *rules: AlertRule, now: datetime = NIGHT, mutes: tuple[Mute, ...] = (), **more: Any
) -> Judgement:
    return Judge(policy(AlertRules(rules=rules, **more)), mutes, now).judge(one)


def rule(when: Matcher | None = None, **more: Any) -> AlertRule:
    return AlertRule(**{"name": "one", "do": Decision.DECLARE, "when": when or Matcher(), **more})


def mute(when: Matcher, since: int = -1, until: int = 1, why: str = "") -> Mute:
    return Mute(
        id=1,
        when=when,
        by="person:U1",
        why=why,
        since=NIGHT + timedelta(hours=since),
        until=NIGHT + timedelta(hours=until),
    )


def fits(pattern: str, value: str) -> bool:
    return judged(alert({"x": value}), rule(Matcher(labels={"x": (pattern,)}))).rule == "one"


def test_the_first_rule_that_fits_decides_and_says_why() -> None:
    table = (
        rule(Matcher(services=("web",)), name="web"),
        rule(Matcher(severities=("critical",)), name="bad", why="people can't pay", do=Decision.SUGGEST),
        rule(name="all", do=Decision.IGNORE),
    )
    found = judged(alert({"severity": "critical", "service": "payments"}), *table)
    assert (found.rule, found.decision, found.why) == ("bad", Decision.SUGGEST, "rule “bad”: people can't pay")
    assert judged(alert({"service": "web"}), *table).rule == "web"
    assert judged(alert(), *table).quiet is Reason.BELOW_THRESHOLD


@pytest.mark.parametrize("otherwise", list(Decision))
def test_where_no_rule_fits_it_is_said_so(otherwise: Decision) -> None:
    found = judged(alert(), otherwise=otherwise)
    assert (found.decision, found.rule) == (otherwise, "")
    assert "no rule" in found.why
    assert (found.quiet is Reason.BELOW_THRESHOLD) == (otherwise is Decision.IGNORE)


@pytest.mark.parametrize(
    "when",
    [
        Matcher(sources=("ALERTMANAGER",)),
        Matcher(alerts=("slow*",)),
        Matcher(alerts=("Fast", "s?ow")),
        Matcher(severities=("CRIT*",)),
        Matcher(services=("Payments",)),
        Matcher(labels={"region": ("eu-*", "us-*")}),
        Matcher(alerts=("slow",), labels={"region": ("EU-1",), "missing": ("",)}),
        Matcher(),
    ],
)
def test_a_matcher_fits_without_regard_to_case(when: Matcher) -> None:
    one = alert({"severity": "Critical", "job": "pay", "region": "eu-1"})
    assert judged(one, rule(when)).rule == "one"


@pytest.mark.parametrize(
    "when",
    [
        Matcher(sources=("grafana",)),
        Matcher(alerts=("slo",)),
        Matcher(severities=("warning",)),
        Matcher(services=("pay",)),
        Matcher(labels={"region": ("us-*",)}),
        Matcher(labels={"region": ("eu-1",), "missing": ("?*",)}),
        Matcher(alerts=("slow",), services=("web",)),
    ],
)
def test_all_that_a_matcher_names_has_to_fit(when: Matcher) -> None:
    one = alert({"severity": "Critical", "job": "pay", "region": "eu-1"})
    assert judged(one, rule(when)).rule == ""


words = st.text(alphabet="aAbß*?\\.[\n|é", max_size=8)


@settings(max_examples=300, deadline=None)
@given(words, words)
def test_a_pattern_means_what_it_does_in_files_names(pattern: str, value: str) -> None:
    plain = pattern.replace("\\", "x").replace("[", "y").casefold()
    expected = fullmatch(translate(plain), value.casefold(), DOTALL) is not None
    assert fits(pattern.replace("\\", "x").replace("[", "y"), value) == expected


@settings(max_examples=200, deadline=None)
@given(words, words)
def test_a_literal_fits_its_value_and_no_other(value: str, other: str) -> None:
    assert fits(literal(value), value)
    assert fits(literal(value), other) == (value.casefold() == other.casefold())


def test_a_backslash_before_something_else_is_a_backslash() -> None:
    assert fits(r"C:\dir", r"c:\DIR")
    assert fits(r"\d", r"\d")
    assert not fits(r"\d", "d")
    assert not fits(r"\d", "7")
    assert fullmatch(escape(r"\d"), r"\d")


def test_a_pattern_of_many_stars_is_answered_at_once() -> None:
    # With a plain `.*` for each star this would take longer than the tests may.
    assert not fits("*a" * 60 + "*b", "a" * 250)
    assert fits("*a" * 60 + "*b", "a" * 250 + "b")


@pytest.mark.parametrize(
    ("hours", "now", "holds"),
    [
        (Hours.ALWAYS, NIGHT, True),
        (Hours.ALWAYS, NOON, True),
        (Hours.BUSINESS, NOON, True),
        (Hours.BUSINESS, NIGHT, False),
        (Hours.OUTSIDE, NIGHT, True),
        (Hours.OUTSIDE, NOON, False),
        (Hours.BUSINESS, datetime(2026, 3, 16, 9, tzinfo=UTC), True),
        (Hours.BUSINESS, datetime(2026, 3, 16, 17, tzinfo=UTC), False),
    ],
)
def test_a_rule_holds_in_its_hours(hours: Hours, now: datetime, *, holds: bool) -> None:
    assert (judged(alert(), rule(hours=hours), now=now).rule == "one") == holds


def test_the_calendar_has_its_own_zone() -> None:
    morning = datetime(2026, 3, 16, 0, 30, tzinfo=UTC)  # half past nine in Tokyo
    rules = AlertRules(rules=(rule(hours=Hours.BUSINESS),))
    assert Judge(policy(rules, "Asia/Tokyo"), (), morning).judge(alert()).rule == "one"
    assert Judge(policy(rules), (), morning).judge(alert()).rule == ""


def test_the_first_label_that_names_a_service_of_the_pack_does() -> None:
    assert judged(alert({"service": "unheard-of", "app": "Pay"})).service == "payments"
    assert judged(alert({"service": "unheard-of", "app": "other"})).service == "unheard-of"
    assert judged(alert({"job": "web"}, service="pay")).service == "payments"
    assert judged(alert({"job": "web"}), rule(service="payments")).service == "payments"
    assert judged(alert()).service is None


def test_a_service_label_of_any_length_can_be_declared() -> None:
    found = judged(alert({"service": " " + "s" * 256 + "\x07"}))
    assert found.service == "s" * 200


def test_a_severity_is_the_rules_else_what_the_monitors_word_means_else_the_word_else_the_default() -> None:
    meant = {"critical": "P1"}
    assert judged(alert({"severity": "CRITICAL"}), severities=meant).severity == "P1"
    assert judged(alert({"severity": "critical"}, severity="sev2"), severities=meant).severity == "P2"
    assert judged(alert({"priority": "P2"}), severities=meant).severity == "P2"
    assert judged(alert({"severity": "critical"}), rule(severity="P3"), severities=meant).severity == "P3"
    assert judged(alert({"severity": "odd"})).severity == a_policy().default_severity
    assert judged(alert(), rule(severity="dropped")).severity == a_policy().default_severity


@pytest.mark.parametrize(
    ("group_by", "key"),
    [
        (("service",), "service=payments"),
        (("alertname",), "alertname=slow"),
        (("service", "region"), "service=payments|region=eu"),
        (("region", "missing"), "region=eu"),
        (("missing",), "alertname=slow"),
    ],
)
def test_a_groups_key_is_what_its_alerts_have_in_common(group_by: tuple[str, ...], key: str) -> None:
    one = alert({"service": "pay", "region": "EU"})
    assert judged(one, group_by=group_by).key == key
    assert judged(one, rule(group_by=group_by)).key == key


def test_a_key_stays_short_whatever_the_labels_say() -> None:
    assert len(judged(alert({"service": "s" * 10_000}), group_by=("service",)).key) < 250


labels = st.dictionaries(st.sampled_from(["service", "region", "severity", "odd", "app"]), words, max_size=5)
alerts = st.builds(
    alert,
    labels,
    source=st.sampled_from(["alertmanager", "grafana"]),
    title=st.sampled_from(["Slow", "Fast"]),
    severity=st.sampled_from(["", "critical"]),
    service=st.sampled_from(["", "pay"]),
)
some_words = st.lists(words.filter(bool), max_size=2).map(tuple)
matchers = st.builds(
    Matcher,
    alerts=some_words,
    services=some_words,
    labels=st.dictionaries(st.sampled_from(["region", "service"]), some_words, max_size=1),
)
rules = st.builds(
    AlertRule,
    name=st.sampled_from(["one", "two"]),
    do=st.sampled_from(list(Decision)),
    when=matchers,
    hours=st.sampled_from(list(Hours)),
    group_by=st.lists(st.sampled_from(["service", "alertname", "region", "odd"]), max_size=2).map(tuple),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(alerts, min_size=1, max_size=6), st.lists(rules, max_size=3), matchers)
def test_what_was_judged_before_is_judged_the_same_and_always_says_why(
    told: list[Alert], table: list[AlertRule], muted: Matcher
) -> None:
    mine, mutes = policy(AlertRules(rules=tuple(table))), (mute(muted),)
    judge = Judge(mine, mutes, NIGHT)
    for one in [*told, *told]:
        found = judge.judge(one)
        assert found == Judge(mine, mutes, NIGHT).judge(one)
        assert found.why
        assert found.key
        assert found.rank == next(known.rank for known in mine.severities if known.name == found.severity)

"""Each pack judges alerts by a table that agrees with its runbooks, and `default` by one that anybody can use."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from bot.domain.alert import Alert, AlertStatus
from bot.domain.alert_rules import AlertRule, Decision
from bot.domain.judging import Judge, Judgement, Reason
from bot.domain.rules import Policy
from bot.domain.scopes import first_looks, scope
from bot.paths import RUNBOOKS
from bot.policy.paths import values_at
from bot.policy.read import read_pack
from bot.runbooks.catalogue import Catalogue
from bot.runbooks.runbook import Runbook

PACKS = sorted(path.parent.name for path in RUNBOOKS.glob("*/policy.yaml"))
#: A Wednesday, in the office and after it.
NOON = datetime(2026, 2, 4, 12, tzinfo=UTC)
NIGHT = datetime(2026, 2, 4, 23, tzinfo=UTC)


@cache
def policy(pack: str) -> Policy:
    return read_pack(pack, root=RUNBOOKS)


@cache
def books(pack: str) -> dict[str, Runbook]:
    return {book.name: book for book in Catalogue([RUNBOOKS / pack]).list()}


def judged(pack: str, name: str, word: str = "", now: datetime = NOON, **labels: str) -> Judgement:
    """What a pack makes of an alert of that name, with the monitor's word for how bad it is."""
    alert = Alert(
        source="alertmanager",
        fingerprint=name,
        status=AlertStatus.FIRING,
        title=name,
        labels={"alertname": name, "severity": word} | labels if word else {"alertname": name} | labels,
        starts_at=now,
    )
    return Judge(policy(pack), (), now).judge(alert)


def _named() -> Iterator[tuple[str, str, str]]:
    """Every alert that a runbook's front matter names: the pack, the runbook, the alert."""
    for pack in PACKS:
        for book in books(pack).values():
            yield from ((pack, book.name, alert) for alert in book.alerts)


def _ruled() -> Iterator[tuple[str, AlertRule]]:
    for pack in PACKS:
        yield from ((pack, rule) for rule in policy(pack).alerts.rules)


NAMED = list(_named())
RULED = list(_ruled())


@pytest.mark.parametrize(("pack", "book", "alert"), NAMED, ids=[f"{pack}-{alert}" for pack, _, alert in NAMED])
def test_an_alert_that_a_runbook_names_is_judged_and_opens_that_runbook(pack: str, book: str, alert: str) -> None:
    found = judged(pack, alert)
    assert found.decision in (Decision.DECLARE, Decision.SUGGEST)
    assert found.rule or pack == "default"
    assert found.runbook in (book, None)
    assert found.runbook == book or pack == "default"


@pytest.mark.parametrize(("pack", "rule"), RULED, ids=[f"{pack}-{rule.name}" for pack, rule in RULED])
def test_a_rule_shows_a_runbook_of_the_pack_that_is_about_its_alerts(pack: str, rule: AlertRule) -> None:
    there = books(pack)
    assert rule.runbook is None or rule.runbook in there
    for alert in rule.when.alerts:
        named_by = {book.name for book in there.values() if alert.casefold() in {one.casefold() for one in book.alerts}}
        assert rule.runbook is None or named_by <= {rule.runbook}


@pytest.mark.parametrize(("pack", "rule"), RULED, ids=[f"{pack}-{rule.name}" for pack, rule in RULED])
def test_a_rule_says_why_and_looks_at_what_can_be_looked_at(pack: str, rule: AlertRule) -> None:
    assert rule.why
    assert not rule.why.endswith(".")
    assert all(scope(policy(pack), one).targets for one in rule.run)


@pytest.mark.parametrize(("pack", "book", "alert"), NAMED, ids=[f"{pack}-{alert}" for pack, _, alert in NAMED])
def test_an_alert_is_diagnosed_as_the_first_looks_for_its_name_have_it(pack: str, book: str, alert: str) -> None:
    titled = first_looks(policy(pack), policy(pack).default_severity, None, alert)
    assert judged(pack, alert).run == titled or not titled, book


@pytest.mark.parametrize("pack", PACKS)
def test_what_fires_by_design_is_nothing(pack: str) -> None:
    for alert in ("Watchdog", "InfoInhibitor"):
        assert judged(pack, alert, "none").quiet is Reason.BELOW_THRESHOLD


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize(
    ("word", "decision"),
    [
        ("critical", Decision.DECLARE),
        ("page", Decision.DECLARE),
        ("fatal", Decision.DECLARE),
        ("warning", Decision.SUGGEST),
        ("error", None),
        ("info", Decision.IGNORE),
        ("none", Decision.IGNORE),
        ("debug", Decision.IGNORE),
    ],
)
def test_an_alert_that_no_line_names_goes_by_its_monitors_word(pack: str, word: str, decision: Decision | None) -> None:
    found = judged(pack, "SomethingElse", word.upper())
    assert found.decision in ((Decision.DECLARE, Decision.SUGGEST) if decision is None else (decision,))
    worst = policy(pack).severities[0].name
    assert word != "page" or found.severity == ("P1" if pack == "ai-booking" else worst)


@pytest.mark.parametrize("pack", PACKS)
def test_without_a_word_people_are_asked_and_the_default_severity_is_offered(pack: str) -> None:
    found = judged(pack, "SomethingElse")
    assert (found.decision, found.severity) == (Decision.SUGGEST, policy(pack).default_severity)


@pytest.mark.parametrize("pack", PACKS)
def test_no_incident_ends_without_a_person(pack: str) -> None:
    assert policy(pack).alerts.endings == ()


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("critical", "P1"),
        ("emergency", "P1"),
        ("sev1", "P1"),
        ("high", "P2"),
        ("error", "P2"),
        ("P2", "P2"),
        ("warning", "P3"),
        ("medium", "P3"),
        ("low", "P4"),
        ("minor", "P4"),
        ("p4", "P4"),
    ],
)
def test_the_words_of_the_usual_monitors_have_a_severity_in_default(word: str, severity: str) -> None:
    assert judged("default", "SomethingElse", word).severity == severity


@pytest.mark.parametrize("label", ["env", "environment"])
@pytest.mark.parametrize(("value", "quiet"), [("staging", True), ("Dev-3", True), ("prod", False), ("live", False)])
def test_default_hears_only_of_what_is_live(label: str, value: str, quiet: bool) -> None:
    found = judged("default", "ServiceDown", "critical", NOON, **{label: value})
    assert (found.quiet is Reason.BELOW_THRESHOLD) is quiet


@pytest.mark.parametrize(("pack", "word"), [("default", "low"), ("schedgen", "P4"), ("journey", "medium")])
def test_what_is_low_is_asked_about_in_the_office_and_only_joins_an_incident_at_night(pack: str, word: str) -> None:
    assert judged(pack, "SomethingElse", word).decision is Decision.SUGGEST
    assert judged(pack, "SomethingElse", word, NIGHT).decision is Decision.ATTACH
    assert judged(pack, "SomethingElse", word).severity == policy(pack).severities[-1].name


def test_security_and_data_are_looked_at_at_once_in_default_whatever_the_monitor_says() -> None:
    for alert in ("SecretLeaked", "DataCorruption"):
        assert judged("default", alert, "info").decision is Decision.DECLARE
        assert judged("default", alert).severity == "P1"
    assert judged("default", "SuspiciousLogin").decision is Decision.SUGGEST
    assert judged("default", "SuspiciousLogin").runbook == "security-incident"


def test_the_nightly_restart_of_mais_is_expected_for_five_minutes() -> None:
    three = datetime(2026, 2, 4, 3, tzinfo=UTC)
    quiet = [judged("mais", "ApiDown", "", three + timedelta(minutes=m)).quiet for m in (-1, 0, 4, 5)]
    assert quiet == [None, Reason.MAINTENANCE, Reason.MAINTENANCE, None]
    assert judged("mais", "DoubleBooking", "", three).quiet is None


def test_opsgenies_webhook_is_read_where_the_documentation_has_it() -> None:
    [source] = policy("journey").alerts.sources
    told = {
        "source": {"name": "web", "type": "API"},
        "alert": {
            "alertId": "11111111-2222-3333-4444-555555555555",
            "message": "Sync failed",
            "alias": "sync-acme",
            "entity": "sync-engine",
            "priority": "P3",
            "source": "cron",
            "createdAt": 1770206400000,
        },
        "action": "Close",
    }
    found = {name: values_at(path, told) for name, path in source.fields.items()}
    assert found == {
        "title": ["Sync failed"],
        "status": ["Close"],
        "severity": ["P3"],
        "service": ["sync-engine"],
        "fingerprint": ["sync-acme"],
        "starts_at": [1770206400000],
        "reference": ["11111111-2222-3333-4444-555555555555"],
        "text": [],
    }
    assert "close" in source.resolved

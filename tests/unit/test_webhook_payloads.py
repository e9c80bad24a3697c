"""What each monitor posts, as its documentation shows it, and the alerts that are read of it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.alert import Alert, AlertStatus, LinkKind
from bot.domain.alert_links import silence_form
from bot.web.webhooks import alertmanager, datadog, grafana, pagerduty, sentry
from bot.web.webhooks.bounds import Notes, digest_of

PAYLOADS = Path(__file__).parent / "payloads"
NOW = datetime(2026, 3, 14, 4, 0, tzinfo=UTC)
FIRING, RESOLVED = AlertStatus.FIRING, AlertStatus.RESOLVED


def payload(name: str) -> bytes:
    return (PAYLOADS / name).read_bytes()


def at(hour: int, minute: int, second: int = 0, micro: int = 0) -> datetime:
    return datetime(2026, 3, 14, hour, minute, second, micro, tzinfo=UTC)


def one(alerts: Sequence[Alert]) -> Alert:
    [alert] = alerts
    return alert


def test_alertmanagers_entries_are_alerts_with_their_runbook_and_graph() -> None:
    notes = Notes()
    firing, resolved = alertmanager.read(payload("alertmanager/firing_and_resolved.json"), now=NOW, notes=notes)
    assert firing == Alert(
        source="alertmanager",
        fingerprint="1a30ba71cca2921f",
        status=FIRING,
        title="Probe of https://shop.example.com fails",
        labels={
            "alertname": "ProbeFailure",
            "instance": "https://shop.example.com",
            "job": "blackbox",
            "severity": "critical",
            "service": "checkout",
        },
        starts_at=at(3, 0, 45, 828123),
        text="It has been down for over 5 minutes.\nimpact: Nobody can pay.",
        links={
            LinkKind.RUNBOOK: "https://runbooks.example.com/probe",
            LinkKind.DASHBOARD: "https://grafana.example.com/d/probes",
            LinkKind.GRAPH: "https://prometheus.example.com/graph?g0.expr=probe_success+%3D%3D+0&g0.tab=1",
        },
        reference="https://alertmanager.example.com/am",
    )
    assert (resolved.status, resolved.title) == (RESOLVED, "ProbeFailure")
    assert (resolved.starts_at, resolved.ends_at) == (at(2, 56, 3, 157000), at(3, 1, 3, 157000))
    assert notes.told() == []


def test_what_alertmanager_itself_left_out_is_noted_and_a_missing_fingerprint_is_made_of_the_labels() -> None:
    notes = Notes()
    alert = one(alertmanager.read(payload("alertmanager/truncated.json"), now=NOW, notes=notes))
    assert notes.told() == ["Alertmanager left out 17 alerts: see max_alerts in its webhook_configs"]
    assert alert.fingerprint == digest_of(dict(sorted(alert.labels.items(), reverse=True)))
    assert str(silence_form(alert.reference, alert.labels)).endswith(
        "filter=%7Balertname%3D%22Node%20%5C%22db%5C%5C1%5C%22%20down%22%2Cinstance%3D%22db-1%22%7D"
    )


@pytest.mark.parametrize(
    ("address", "base"),
    [
        ("http://am:9093", "http://am:9093"),
        ("https://am.example.com/prefix/?x=1#/alerts", "https://am.example.com/prefix"),
        ("https://user:pass@am.example.com", ""),
        ("javascript:alert(1)", ""),
        ("http://[", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_an_alertmanagers_address_is_kept_without_what_follows_its_path(address: str | None, base: str) -> None:
    assert alertmanager.base_of(address) == base


def test_grafanas_entries_are_alerts_with_values_and_its_own_silence_form() -> None:
    memory, cpu = grafana.read(payload("grafana/firing.json"), now=NOW, notes=Notes())
    assert memory == Alert(
        source="grafana",
        fingerprint="c6eadffa33fcdf37",
        status=FIRING,
        title="This alert was triggered for zone us-1",
        labels={"alertname": "High memory usage", "team": "blue", "zone": "us-1"},
        starts_at=at(2, 51, 3, 157076),
        text="The system has high usage\nValues: B = 44.2394, C = 1",
        links={
            LinkKind.RUNBOOK: "https://runbooks.example.com/1234",
            LinkKind.GRAPH: "https://grafana.example.com/alerting/grafana/1afz29v7z/view?orgId=1",
            LinkKind.SOURCE: "https://grafana.example.com/alerting/grafana/1afz29v7z/view?orgId=1",
            LinkKind.SILENCE: "https://grafana.example.com/alerting/silence/new?alertmanager=grafana"
            "&matcher=alertname%3DHigh&matcher=zone%3Dus-1",
        },
    )
    assert cpu.name == "High CPU usage"


def test_grafanas_panel_is_the_graph_where_there_is_one() -> None:
    alert = one(grafana.read(payload("grafana/resolved.json"), now=NOW, notes=Notes()))
    assert (alert.status, alert.ends_at) == (RESOLVED, at(3, 1, 3))
    assert alert.links[LinkKind.GRAPH] == "https://grafana.example.com/d/abc?viewPanel=2"
    assert alert.links[LinkKind.DASHBOARD] == "https://grafana.example.com/d/abc"
    assert alert.text.endswith("Values: [ var='B' labels={zone=us-1} value=12.5 ]")


def test_grafanas_test_notification_is_an_alert_like_any_other() -> None:
    alert = one(grafana.read(payload("grafana/test.json"), now=NOW, notes=Notes()))
    assert (alert.title, alert.name, LinkKind.GRAPH in alert.links) == ("Notification test", "TestAlert", False)


def hook(name: str, resource: str = "", sent: str = "") -> Sequence[Alert]:
    return sentry.read(payload(f"sentry/{name}.json"), now=NOW, notes=Notes(), resource=resource, sent=sent)


@pytest.mark.parametrize("resource", ["event_alert", ""])
def test_sentrys_issue_alert_is_about_its_issue(resource: str) -> None:
    assert one(hook("event_alert", resource)) == Alert(
        source="sentry",
        fingerprint="issue:1117540176",
        status=FIRING,
        title="ReferenceError: basket is not defined",
        labels={
            "browser": "Chrome 75.0.3770",
            "environment": "production",
            "handled": "no",
            "level": "error",
            "url": "https://shop.example.com/pay",
            "project": "front-end",
            "rule": "Checkout breaks",
        },
        starts_at=at(3, 0, 17, 677000),
        severity="error",
        service="front-end",
        text="pay(checkout)",
        links={LinkKind.SOURCE: "https://example.sentry.io/issues/1117540176/events/e4874d664c3540c1a32eab185f12c5ab/"},
    )


def test_an_issue_that_is_resolved_in_sentry_ends_what_its_alert_began() -> None:
    fired, resolved = one(hook("event_alert")), one(hook("issue_resolved", "issue", sent="1773460000"))
    assert (resolved.fingerprint, resolved.status) == (fired.fingerprint, RESOLVED)
    # Sentry does not say when it ended, but when it was sent; and it is not older than any event.
    assert resolved.starts_at == resolved.ends_at == at(3, 46, 40) > fired.starts_at


def test_an_issue_that_is_new_to_sentry_fires_since_it_was_seen_first() -> None:
    alert = one(hook("issue_created", "issue"))
    assert (alert.status, alert.starts_at, alert.labels["issue"]) == (FIRING, at(2, 58, 37, 391000), "FRONT-END-9")


def test_sentrys_metric_alert_goes_from_one_word_to_the_next_and_ends() -> None:
    warning, critical, over = (one(hook(f"metric_alert_{word}")) for word in ("warning", "critical", "resolved"))
    assert {alert.fingerprint for alert in (warning, critical, over)} == {"metric:7"}
    assert [alert.severity for alert in (warning, critical, over)] == ["warning", "critical", ""]
    assert {alert.name for alert in (warning, critical, over)} == {"Too many errors"}
    assert (critical.title, critical.starts_at, critical.ends_at) == ("Critical: Too many errors", at(3, 0, 40), None)
    assert (over.status, over.starts_at, over.ends_at) == (RESOLVED, at(3, 0, 40), at(3, 20, 40))
    assert critical.text == "1000 events in the last 10 minutes\nFilter: level:error"


@pytest.mark.parametrize(("name", "resource"), [("issue_assigned", "issue"), ("comment", "comment"), ("comment", "")])
def test_what_people_do_in_sentry_is_no_alert(name: str, resource: str) -> None:
    assert hook(name, resource) == []


@pytest.mark.parametrize(("ahead", "started"), [(300, 300), (301, 0), (10**8, 0)])
def test_the_time_that_sentry_does_not_sign_is_not_far_ahead(ahead: int, started: int) -> None:
    body = payload("sentry/issue_resolved.json").replace(b'"resolved"', b'"unresolved"')
    sent = str(int(NOW.timestamp()) + ahead)
    alert = one(sentry.read(body, now=NOW, notes=Notes(), resource="issue", sent=sent))
    assert alert.starts_at == NOW + timedelta(seconds=started)


def test_what_sentry_sends_of_another_resource_is_no_alert() -> None:
    assert hook("event_alert", "installation") == []


def page(name: str) -> Sequence[Alert]:
    return pagerduty.read(payload(f"pagerduty/{name}.json"), now=NOW, notes=Notes())


def test_pagerdutys_incident_is_an_alert_that_can_be_answered_by_its_id() -> None:
    assert one(page("triggered")) == Alert(
        source="pagerduty",
        fingerprint="PGR0VU2",
        status=FIRING,
        title="Checkout answers slowly",
        labels={
            "service": "Checkout API",
            "urgency": "high",
            "priority": "P1",
            "escalation_policy": "Default",
            "team": "Payments",
        },
        starts_at=at(3, 0, 27),
        severity="p1",
        service="Checkout API",
        links={LinkKind.SOURCE: "https://example.pagerduty.com/incidents/PGR0VU2"},
        reference="PGR0VU2",
    )


def test_what_is_acknowledged_in_pagerduty_still_fires_as_it_did() -> None:
    assert page("acknowledged") == page("triggered")


def test_without_a_priority_pagerdutys_urgency_says_how_bad_it_is() -> None:
    assert one(page("priority_updated")).severity == "high"


def test_pagerdutys_incident_ends_and_may_begin_again_later() -> None:
    over, again = one(page("resolved")), one(page("reopened"))
    assert (over.status, over.starts_at, over.ends_at) == (RESOLVED, at(3, 20, 22, 169000), at(3, 20, 22, 169000))
    assert (again.status, again.starts_at, again.ends_at) == (FIRING, at(3, 30, 22, 169000), None)


@pytest.mark.parametrize("name", ["ping", "annotated", "service_updated"])
def test_pagerdutys_other_events_are_no_alerts(name: str) -> None:
    assert page(name) == []


def monitor(name: str) -> tuple[Alert, list[str]]:
    notes = Notes()
    return one(datadog.read(payload(f"datadog/{name}.json"), now=NOW, notes=notes)), notes.told()


def test_datadogs_tags_are_labels_and_its_recovery_is_of_the_same_alert() -> None:
    fired, notes = monitor("triggered")
    assert fired == Alert(
        source="datadog",
        fingerprint="1234:9bd4ac313a4d1e8fae2482df7b77628:host:web-1",
        status=FIRING,
        title="[Triggered on {host:web-1}] CPU is high",
        labels={
            "service": "checkout",
            "env": "prod",
            "host": "web-1",
            "team": "blue",
            "alertname": "CPU is high",
            "scope": "host:web-1",
        },
        starts_at=at(3, 0),
        severity="p2",
        service="checkout",
        text="system.cpu.user over host:web-1 was > 90 on average during the last 5m\nCPU is high on web-1.",
        links={
            LinkKind.SOURCE: "https://app.datadoghq.com/event/jump_to?event_id=123456",
            LinkKind.GRAPH: "https://p.datadoghq.com/snapshot/1",
        },
    )
    assert notes == ["the alert: of tags with several values the first was kept (1 of them)"]
    over, _ = monitor("recovered")
    assert (over.fingerprint, over.status, over.ends_at) == (fired.fingerprint, RESOLVED, at(3, 20))


def test_what_datadog_did_not_know_is_left_out() -> None:
    alert, _ = monitor("unknown_variables")
    assert (alert.status, alert.labels, alert.severity) == (FIRING, {}, "error")
    assert list(alert.links) == [LinkKind.SOURCE]

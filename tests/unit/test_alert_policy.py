"""The section `alerts` of a policy: what it becomes, and what is said of every slip in it."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.domain.alert_rules import (
    AlertRule,
    AlertRules,
    Decision,
    Ending,
    Flapping,
    GenericSource,
    Hours,
    Maintenance,
    Matcher,
    TellBack,
    TellKind,
)
from bot.policy.read import read_policy
from bot.policy.schema import schema_json
from tests.unit.full_policy import FULL, faults_of, line_of

#: A section with every key in it, for tests to put one thing wrong.
ALERTS = """\
alerts:
  channel: "#alarms"
  rules:
    - {name: by-design, do: ignore, when: {alerts: Watchdog}}
    - name: errors
      do: declare
      when:
        sources: [alertmanager, probes]
        alerts: [HighErrorRate, Http5*]
        severities: critical
        services: checkout
        labels: {env: [prod, live-*], region: eu}
      hours: outside
      severity: P1
      service: checkout
      owner: manager
      runbook: high-error-rate
      run: [db, all]
      group_by: [service, region]
      window: 1h
      why: people cannot pay
    - {name: rest, do: attach, when: {labels: {env: prod}}}
  otherwise: ignore
  service_labels: [app]
  severity_labels: level
  severities: {Critical: P1, warning: P2}
  group_by: alertname
  window: 15m
  tell_every: 30s
  clear_after: 0s
  flapping: {changes: 6, within: 10m}
  maintenance:
    - {name: patching, when: {alerts: HostDown}, days: [sat, sun], at: "03:00", lasts: 2h, why: hosts restart}
    - {name: move, begins: 2026-12-05T22:00Z, ends: "2026-12-06 03:00+01:00"}
  endings:
    - {severities: [P2], after: 30m}
  sources:
    - name: probes
      items: "$.events[*]"
      fields: {title: "$.check.name", status: "$.state"}
      labels: {host: "$.host"}
      resolved: [UP]
  tell_back:
    - {name: silences, kind: alertmanager, sources: [alertmanager], url_from: MUSTER_AM_URL, silence: 0s}
    - {name: pages, kind: pagerduty, sources: [pagerduty], token_from: MUSTER_PD_TOKEN, sender: ops@example.com}
    - {name: hook, kind: callback, sources: [probes, generic], url_from: MUSTER_HOOK_URL, token_from: MUSTER_HOOK_TOKEN}
"""
WHOLE = FULL + ALERTS


def read(directory: Path, text: str) -> AlertRules:
    (directory / "policy.yaml").write_text(text, encoding="utf-8")
    return read_policy(directory).alerts


def test_every_key_becomes_a_rule_of_the_same_name(tmp_path: Path) -> None:
    minute = timedelta(minutes=1)
    assert read(tmp_path, WHOLE) == AlertRules(
        channel="alarms",
        rules=(
            AlertRule(name="by-design", do=Decision.IGNORE, when=Matcher(alerts=("Watchdog",))),
            AlertRule(
                name="errors",
                do=Decision.DECLARE,
                when=Matcher(
                    sources=("alertmanager", "probes"),
                    alerts=("HighErrorRate", "Http5*"),
                    severities=("critical",),
                    services=("checkout",),
                    labels={"env": ("prod", "live-*"), "region": ("eu",)},
                ),
                hours=Hours.OUTSIDE,
                severity="P1",
                service="checkout",
                owner="manager",
                runbook="high-error-rate",
                run=("db", "all"),
                group_by=("service", "region"),
                window=60 * minute,
                why="people cannot pay",
            ),
            AlertRule(name="rest", do=Decision.ATTACH, when=Matcher(labels={"env": ("prod",)})),
        ),
        otherwise=Decision.IGNORE,
        service_labels=("app",),
        severity_labels=("level",),
        severities={"critical": "P1", "warning": "P2"},
        group_by=("alertname",),
        window=15 * minute,
        tell_every=minute / 2,
        clear_after=timedelta(),
        flapping=Flapping(changes=6, within=10 * minute),
        maintenance=(
            Maintenance(
                name="patching", when=Matcher(alerts=("HostDown",)), days=(5, 6), at=time(3), lasts=120 * minute,
                why="hosts restart",
            ),
            Maintenance(
                name="move", begins=datetime(2026, 12, 5, 22, tzinfo=UTC), ends=datetime(2026, 12, 6, 2, tzinfo=UTC)
            ),
        ),
        endings=(Ending(severities=("P2",), after=30 * minute),),
        sources=(
            GenericSource(
                name="probes", items="$.events[*]", fields={"title": "$.check.name", "status": "$.state"},
                labels={"host": "$.host"}, resolved=("up",),
            ),
        ),
        tell_back=(
            TellBack(
                name="silences", kind=TellKind.ALERTMANAGER, sources=("alertmanager",), url_from="MUSTER_AM_URL",
                silence=timedelta(),
            ),
            TellBack(
                name="pages", kind=TellKind.PAGERDUTY, sources=("pagerduty",), token_from="MUSTER_PD_TOKEN",
                sender="ops@example.com",
            ),
            TellBack(
                name="hook", kind=TellKind.CALLBACK, sources=("probes", "generic"), url_from="MUSTER_HOOK_URL",
                token_from="MUSTER_HOOK_TOKEN",
            ),
        ),
    )  # fmt: skip


@pytest.mark.parametrize("text", ["", "alerts: {}\n"])
def test_without_the_section_what_is_usual_holds(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, FULL + text) == AlertRules()


@pytest.mark.parametrize("owner", ["commander", "on-call", "U012AB3CD", "S012AB3CD"])
def test_an_owner_is_a_contact_a_role_or_somebody_by_id(tmp_path: Path, owner: str) -> None:
    assert read(tmp_path, WHOLE.replace("owner: manager", f"owner: {owner}")).rules[1].owner == owner


def _pair(above: str, below: str) -> str:
    rules = f"    - {{name: above, do: suggest{above}}}\n    - {{name: below, do: declare{below}}}\n"
    return f"{FULL}alerts:\n  rules:\n{rules}"


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("", ""),
        ("", ", when: {alerts: HighErrorRate}"),
        ("", ", hours: business"),
        (", hours: business", ", hours: business, when: {severities: info}"),
        (", when: {alerts: HighErrorRate}", ", when: {alerts: higherrorrate}"),
        (", when: {alerts: [A, B, C]}", ", when: {alerts: [b, A], severities: info}"),
        (", when: {alerts: High*}", ", when: {alerts: HighErrorRate, services: checkout}"),
        (", when: {alerts: '*'}", ", when: {alerts: 'High*'}"),
        (", when: {labels: {env: [prod, test]}}", ", when: {labels: {env: prod, region: eu}}"),
        (", when: {sources: sentry}", ", when: {sources: Sentry, labels: {env: prod}}"),
    ],
)
def test_a_rule_that_nothing_reaches_is_a_fault_in_its_line(tmp_path: Path, above: str, below: str) -> None:
    text = _pair(above, below)
    message = "No alert comes to it: what fits here fits “above” above. Move it up, or drop it."
    assert faults_of(tmp_path, text) == [(line_of("{name: below", text), message)]


@pytest.mark.parametrize(
    ("above", "below"),
    [
        (", hours: business", ""),
        (", hours: business", ", hours: outside"),
        (", when: {alerts: HighErrorRate}", ""),
        (", when: {alerts: HighErrorRate}", ", when: {alerts: High*}"),
        (", when: {alerts: [A, B]}", ", when: {alerts: [A, C]}"),
        (", when: {alerts: A, severities: info}", ", when: {alerts: A}"),
        (", when: {alerts: High*}", ", when: {alerts: H*}"),
        (", when: {labels: {env: prod}}", ", when: {labels: {region: eu}}"),
        (", when: {services: checkout}", ", when: {sources: sentry}"),
    ],
)
def test_a_rule_that_something_may_reach_is_none(tmp_path: Path, above: str, below: str) -> None:
    assert [rule.name for rule in read(tmp_path, _pair(above, below)).rules] == ["above", "below"]


def test_the_json_schema_takes_one_word_for_a_list() -> None:
    words = schema_json()["$defs"]["MatchSection"]["properties"]["alerts"]
    assert sorted(kind["type"] for kind in words["anyOf"]) == ["array", "string"]


def test_every_key_of_the_section_says_what_it_is_for_or_is_a_section_of_its_own() -> None:
    schema = schema_json()
    ours = {name for name in schema["$defs"] if name in _SECTIONS}
    assert ours == set(_SECTIONS)
    silent = [
        f"{name}.{key}"
        for name in ours
        for key, value in schema["$defs"][name]["properties"].items()
        if "description" not in value
    ]
    assert [key for key in silent if key.partition(".")[2] not in _PLAIN] == []


_SECTIONS = (
    "AlertsSection", "AlertRuleSection", "MatchSection", "MaintenanceSection", "FlappingSection", "EndingSection",
    "SourceSection", "TellBackSection",
)  # fmt: skip
#: What needs no words beside those of its section.
_PLAIN = {"name", "kind"}

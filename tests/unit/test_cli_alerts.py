"""What people type about alerts, and `muster alerts judge`: a pack's table held against recorded payloads."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from bot.application.alert_words import (
    LONGEST_WORD,
    MOST_WORDS,
    MatcherWithoutValue,
    TooManyWords,
    UnknownComparison,
    parse_matcher,
    said_of,
    words_of,
)
from bot.cli.main import app
from bot.domain.alert_errors import NothingToMute
from bot.domain.alert_rules import Matcher
from bot.domain.errors import DomainError

RUNNER = CliRunner()
RECORDED = Path(__file__).parent / "payloads"

PACK = """
severities:
  - {name: P1, title: Critical}
  - {name: P2, title: High}
  - {name: P3, title: Low}
default_severity: P3
statuses:
  - {name: open, category: triage}
  - {name: fixing, category: active}
  - {name: watching, category: monitoring}
  - {name: resolved, category: resolved}
  - {name: closed, category: closed}
roles:
  - {name: commander, title: Commander}
commander: commander
contacts: {payments-team: [U012PAYME], on-call: [U012ONCAL]}
services:
  - {name: payments, title: Payments, owners: [payments-team]}
alerts:
  rules:
    - name: night
      do: suggest
      hours: outside
      when: {alerts: BatchIsSlow}
    - name: down
      do: declare
      severity: P1
      owner: on-call
      runbook: payments-down
      when: {severities: critical, services: payments}
      why: customers cannot pay
    - name: noise
      do: ignore
      when: {severities: info}
  otherwise: suggest
  maintenance:
    - {name: move, begins: "2026-03-14T00:00Z", ends: "2026-03-14T06:00Z", when: {alerts: DiskFull}, why: we move}
  sources:
    - name: uptime
      items: $.monitors
      fields: {title: $.monitor.name, status: $.state.word}
"""


@pytest.fixture(autouse=True)
def _away_from_the_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("MUSTER_", "SLACK_", "DATABASE_")):
            monkeypatch.delenv(name)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "ours"
    folder.mkdir()
    (folder / "policy.yaml").write_text(PACK, encoding="utf-8")
    (folder / "payments-down.md").write_text("---\ntitle: Payments are down\n---\nText.\n", encoding="utf-8")
    (folder / "disk.md").write_text("---\ntitle: A disk is full\nalerts: [DiskFull]\n---\nText.\n", encoding="utf-8")
    return folder


def alert(name: str, severity: str = "", *, status: str = "firing", **labels: str) -> dict[str, Any]:
    said = {"alertname": name, "severity": severity, **labels}
    return {
        "status": status,
        "labels": {label: value for label, value in said.items() if value},
        "annotations": {},
        "startsAt": "2026-03-14T02:00:00Z",
        "endsAt": "2026-03-14T02:30:00Z" if status == "resolved" else "0001-01-01T00:00:00Z",
        "fingerprint": f"{name}-{'-'.join(labels.values())}",
    }


def payload(*alerts: Mapping[str, Any]) -> str:
    return json.dumps({"version": "4", "status": "firing", "alerts": list(alerts)})


def judge(pack: Path, body: str, *more: str, source: str = "alertmanager", status: int = 0) -> Result:
    words = ["alerts", "judge", "-", "--source", source, "--pack", str(pack), "--at", "2026-03-16T10:00", *more]
    result = RUNNER.invoke(app, words, input=body)
    assert result.exit_code == status, result.output
    return result


def rows(pack: Path, body: str, *more: str) -> list[dict[str, str]]:
    head, *lines = judge(pack, body, *more).stdout.splitlines()
    return [dict(zip(head.split("\t"), line.split("\t"), strict=True)) for line in lines]


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["HighErrorRate"], Matcher(alerts=("HighErrorRate",))),
        (["service=payments"], Matcher(services=("payments",))),
        (["env=prod"], Matcher(labels={"env": ("prod",)})),
        (["alertname=Disk is full"], Matcher(alerts=("Disk is full",))),
        (["Disk is full"], Matcher(alerts=("Disk is full",))),
        (["HighErrorRate", "DiskFull", "Severity=critical", "source=grafana"],
         Matcher(alerts=("HighErrorRate", "DiskFull"), severities=("critical",), sources=("grafana",))),
        (["env=prod", "env=stage", "env=prod"], Matcher(labels={"env": ("prod", "stage")})),
        (["query=a=b"], Matcher(labels={"query": ("a=b",)})),
        (["TypeError: x = None"], Matcher(alerts=("TypeError: x = None",))),
        (["  High*  ", ""], Matcher(alerts=("High*",))),
    ],
)  # fmt: skip
def test_words_say_which_alerts_are_meant(words: list[str], meant: Matcher) -> None:
    assert parse_matcher(words) == meant


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ([], NothingToMute),
        (["", " \t"], NothingToMute),
        (["service="], MatcherWithoutValue),
        (["env!=prod"], UnknownComparison),
        (["env=~prod.*"], UnknownComparison),
        (["x"] * (MOST_WORDS + 1), TooManyWords),
        (["x" * (LONGEST_WORD + 1)], TooManyWords),
    ],
)
def test_what_says_nothing_or_too_much_is_refused_in_a_sentence(words: list[str], fault: type[DomainError]) -> None:
    with pytest.raises(fault) as caught:
        parse_matcher(words)
    assert "{" not in caught.value.sentence


def test_a_matcher_is_said_as_it_is_typed() -> None:
    matcher = parse_matcher(["env=prod eu", "Disk is full", "service=payments", "a=b=c"])
    assert said_of(matcher) == '"Disk is full" service=payments env="prod eu" a=b=c'
    assert said_of(Matcher()) == "every alert"
    assert said_of(Matcher(alerts=("a=b",))) == "alert=a=b"


_WORD = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), min_size=1, max_size=20
)


@given(
    words=st.lists(st.one_of(_WORD, st.builds("{}={}".format, st.from_regex(r"[a-z_]{1,9}", fullmatch=True), _WORD)))
)
def test_what_was_understood_is_understood_again_from_its_own_words(words: Sequence[str]) -> None:
    try:
        matcher = parse_matcher(words)
    except DomainError:
        return
    again = parse_matcher([word for word, _ in words_of(matcher)])
    assert again == matcher


def test_the_worst_comes_first_with_all_that_the_table_says_of_it(pack: Path) -> None:
    found = rows(
        pack,
        payload(
            alert("Chatty", "info", service="payments"),
            alert("Odd", service="search"),
            alert("CheckoutDown", "critical", service="payments"),
        ),
    )
    assert [row["alert"] for row in found] == ["CheckoutDown", "Odd", "Chatty"]
    assert found[0] == {
        "severity": "P1",
        "decision": "declare",
        "alert": "CheckoutDown",
        "count": "1",
        "state": "firing",
        "rule": "down",
        "service": "payments",
        "group": "service=payments",
        "owner": "on-call",
        "runbook": "payments-down",
        "why": "rule “down”: customers cannot pay",
    }
    assert (found[1]["decision"], found[1]["rule"], found[1]["why"]) == ("suggest", "", "no rule fits")
    assert (found[2]["decision"], found[2]["owner"]) == ("ignore", "payments-team")


def test_alerts_of_one_name_and_one_judgement_are_one_row(pack: Path) -> None:
    many = [alert("CheckoutDown", "critical", service="payments", instance=str(number)) for number in range(50)]
    (row,) = rows(pack, payload(*many))
    assert row["count"] == "50"


def test_an_alert_that_no_rule_gives_a_runbook_has_the_one_that_names_it(pack: Path) -> None:
    (row,) = rows(pack, payload(alert("DiskFull")))
    assert (row["runbook"], row["decision"]) == ("disk", "suggest")


def test_the_time_is_the_one_that_was_given_not_the_clocks(pack: Path) -> None:
    body = payload(alert("DiskFull"), alert("BatchIsSlow"))
    at_night = {row["alert"]: row for row in rows(pack, body, "--at", "2026-03-14T03:00Z")}
    assert at_night["DiskFull"]["decision"] == "suggest, but maintenance"
    assert at_night["DiskFull"]["why"] == "maintenance “move”: we move"
    assert at_night["BatchIsSlow"]["rule"] == "night"
    by_day = {row["alert"]: row for row in rows(pack, body)}
    assert (by_day["DiskFull"]["decision"], by_day["BatchIsSlow"]["rule"]) == ("suggest", "")


def test_what_is_over_comes_last_and_clears(pack: Path) -> None:
    found = rows(pack, payload(alert("CheckoutDown", "critical", service="payments", status="resolved"), alert("Odd")))
    assert [(row["alert"], row["decision"]) for row in found] == [("Odd", "suggest"), ("CheckoutDown", "clears")]


def test_json_has_each_alert_with_its_judgement(pack: Path) -> None:
    many = [alert("CheckoutDown", "critical", service="payments", instance=str(number)) for number in range(2)]
    data = json.loads(judge(pack, payload(*many), "--json").stdout)
    assert (data["pack"], data["source"], data["at"]) == ("ours", "alertmanager", "2026-03-16T10:00:00+00:00")
    assert len(data["alerts"]) == 2
    first = data["alerts"][0]
    assert (first["decision"], first["quiet"], first["rule"], first["owners"]) == ("declare", None, "down", ["on-call"])
    assert (first["labels"]["instance"], first["window"], first["status"]) == ("0", 1800.0, "firing")


@pytest.mark.parametrize("file", sorted(RECORDED.glob("*/*.json")), ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_every_recorded_payload_of_a_monitor_is_judged(pack: Path, file: Path) -> None:
    source = "uptime" if file.stem == "uptime" else file.parent.name
    words = ["alerts", "judge", str(file), "--source", source, "--pack", str(pack), "--json"]
    result = RUNNER.invoke(app, words)
    assert result.exit_code == 0, result.output
    assert all(one["why"] for one in json.loads(result.stdout)["alerts"])


def test_a_source_of_the_pack_is_read_by_its_paths(pack: Path) -> None:
    body = json.dumps({"monitors": [{"monitor": {"name": "Website"}, "state": {"word": "DOWN"}}]})
    data = json.loads(judge(pack, body, "--json", source="uptime").stdout)
    assert [(one["name"], one["source"], one["status"]) for one in data["alerts"]] == [("Website", "uptime", "firing")]


def test_a_payload_about_no_alert_says_so(pack: Path) -> None:
    ping = (RECORDED / "pagerduty" / "ping.json").read_text(encoding="utf-8")
    assert "nothing would happen" in judge(pack, ping, source="pagerduty").stdout
    assert json.loads(judge(pack, ping, "--json", source="pagerduty").stdout)["alerts"] == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"alerts": [{"labels": {}}]}', "alerts[0].status is missing"),
        ('{"alerts": 3}', "alerts has to be a list"),
        ("no json", "is not JSON"),
        ("", "is not JSON"),
        ("x" * (1024 * 1024 + 1), "over 1 MiB"),
    ],
)
def test_a_fault_of_the_payload_names_the_field_and_ends_with_2(pack: Path, body: str, said: str) -> None:
    result = judge(pack, body, status=2)
    assert said in result.stderr
    assert result.stdout == ""


def test_a_source_a_file_and_a_time_that_are_not_there_are_named(pack: Path) -> None:
    unknown = judge(pack, "{}", source="nagios", status=2)
    assert "nagios" in unknown.stderr
    assert "generic, uptime" in unknown.stderr
    assert "no time" in judge(pack, "{}", "--at", "noon", status=2).stderr
    gone = RUNNER.invoke(app, ["alerts", "judge", "gone.json", "--source", "grafana", "--pack", str(pack)])
    assert (gone.exit_code, "gone.json cannot be read" in gone.stderr) == (2, True)


def test_a_pack_that_is_not_there_is_a_fault_of_the_command(tmp_path: Path) -> None:
    assert judge(tmp_path / "nowhere", "{}", status=2).stderr


def test_a_title_that_would_drive_the_terminal_is_only_text(pack: Path) -> None:
    shown = judge(pack, payload(alert("\x1b[31mred\u202e"))).stdout
    assert "\x1b" not in shown
    assert "\u202e" not in shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["HighErrorRate", "--for", "soon"], "--for: “soon” is no duration"),
        (["env!=prod", "--for", "1h"], "env!=prod"),
        (["service=", "--for", "1h"], "says no value"),
        ([" ", "--for", "1h"], "What should be muted?"),
    ],
)
def test_a_mute_that_cannot_be_read_is_refused_before_anything_is_asked(words: list[str], said: str) -> None:
    result = RUNNER.invoke(app, ["alerts", "mute", *words])
    assert result.exit_code == 2
    assert said in result.stderr

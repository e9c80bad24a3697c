"""`muster policy`: a pack as people read it."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.main import app
from bot.paths import RUNBOOKS
from bot.policy.schema import schema_json
from tests.unit.full_policy import FULL

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def _away_from_the_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("MUSTER_", "SLACK_")):
            monkeypatch.delenv(name)


def muster(*words: str) -> Result:
    return RUNNER.invoke(app, ["policy", *words])


def rows(printed: str) -> list[list[str]]:
    return [line.split("\t") for line in printed.splitlines() if "\t" in line]


@pytest.fixture
def full(tmp_path: Path) -> str:
    """The directory of a pack that uses every section, and whose office is in London."""
    (tmp_path / "policy.yaml").write_text(FULL)
    return str(tmp_path)


def test_a_severity_is_printed_as_a_timetable() -> None:
    done = muster("simulate", "sev1", "--at", "2026-02-02T14:02", "--ack", "2m", "--resolve", "40m", "--for", "3d")
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("P1 declared Monday 2 February 2026, 14:02 UTC, by the pack default.")
    printed = rows(done.stdout)
    assert printed[0] == ["after", "at (utc)", "what", "who"]
    assert ["+2m", "Mon 02 Feb 14:04", "acknowledged", "somebody"] in printed
    assert ["+40m", "Mon 02 Feb 14:42", "resolved", "somebody"] in printed
    assert ["+2d40m", "Wed 04 Feb 14:42", "reminds of the review", "the channel"] in printed


def test_times_are_those_of_the_packs_calendar_and_utc_with_the_day(full: str) -> None:
    """In summer, London is an hour ahead of UTC; the review is due when the office opens after the weekend."""
    words = "simulate P1 --service checkout --at 2026-06-05T16:02 --flag rollback@10m --cause 11m --status fixing@12m "
    words += "--status monitoring@30m --tick rolling-back@50m --text page@8m --resolve 90m --for 5d"
    done = muster(*words.split(), "--pack", full)
    assert done.exit_code == 0, done.stderr
    assert "Traceback" not in done.stderr
    head, *_ = done.stdout.splitlines()
    assert head.startswith("P1 declared Friday 5 June 2026, 16:02 in Europe/London (15:02 UTC), by the pack ")
    assert rows(done.stdout) == [
        ["after", "at", "utc", "what", "who"],
        ["0", "Fri 05 Jun 16:02", "Fri 05 Jun 15:02", "declared", "on-call"],
        ["0", "Fri 05 Jun 16:02", "Fri 05 Jun 15:02", "shows the checklist “First steps”, 2 items", "scribe"],
        ["0", "Fri 05 Jun 16:02", "Fri 05 Jun 15:02", "escalates: declared", "on-call"],
        ["+5m", "Fri 05 Jun 16:07", "Fri 05 Jun 15:07", "escalates: unacknowledged after 5 min",
         "on-call, service-owners (on-call)"],
        ["+8m", "Fri 05 Jun 16:10", "Fri 05 Jun 15:10", "text “Status page” sent", "somebody"],
        ["+10m", "Fri 05 Jun 16:12", "Fri 05 Jun 15:12", "it is so: It was rolled back", "somebody"],
        ["+10m", "Fri 05 Jun 16:12", "Fri 05 Jun 15:12", "shows the checklist “Rolling back”, 1 item", "the channel"],
        ["+11m", "Fri 05 Jun 16:13", "Fri 05 Jun 15:13", "the cause is known", "somebody"],
        ["+12m", "Fri 05 Jun 16:14", "Fri 05 Jun 15:14", "status fixing", "somebody"],
        ["+15m", "Fri 05 Jun 16:17", "Fri 05 Jun 15:17", "asks for an update", "the channel"],
        ["+30m", "Fri 05 Jun 16:32", "Fri 05 Jun 15:32", "status monitoring", "somebody"],
        ["+30m", "Fri 05 Jun 16:32", "Fri 05 Jun 15:32", "shows the checklist “Verify”, 1 item", "the channel"],
        ["+30m", "Fri 05 Jun 16:32", "Fri 05 Jun 15:32", "asks for an update", "the channel"],
        ["+45m", "Fri 05 Jun 16:47", "Fri 05 Jun 15:47", "asks for an update", "the channel"],
        ["+50m", "Fri 05 Jun 16:52", "Fri 05 Jun 15:52", "all of “Rolling back” is done", "somebody"],
        ["+1h", "Fri 05 Jun 17:02", "Fri 05 Jun 16:02", "it is not resolved in time", "the channel"],
        ["+1h", "Fri 05 Jun 17:02", "Fri 05 Jun 16:02", "escalates: unresolved after 60 min", "commander (nobody yet)"],
        ["+1h", "Fri 05 Jun 17:02", "Fri 05 Jun 16:02", "it was watched for long enough: asks to resolve it",
         "the channel"],
        ["+1h", "Fri 05 Jun 17:02", "Fri 05 Jun 16:02", "asks for an update", "the channel"],
        ["+1h15m", "Fri 05 Jun 17:17", "Fri 05 Jun 16:17", "asks for an update", "the channel"],
        ["+1h30m", "Fri 05 Jun 17:32", "Fri 05 Jun 16:32", "resolved", "somebody"],
        ["+2d16h58m", "Mon 08 Jun 09:00", "Mon 08 Jun 08:00", "reminds of the review", "the channel"],
        ["+2d17h28m", "Mon 08 Jun 09:30", "Mon 08 Jun 08:30", "follow-up: Has it held", "manager"],
        ["+3d16h58m", "Tue 09 Jun 09:00", "Tue 09 Jun 08:00", "reminds of the review", "the channel"],
        ["+4d16h58m", "Wed 10 Jun 09:00", "Wed 10 Jun 08:00", "reminds of the review", "the channel"],
    ]  # fmt: skip


def test_help_that_is_asked_for_is_in_the_timetable(full: str) -> None:
    acts = ["--escalate", "bosses@5m", "--severity", "P1@10m", "--escalate", "@12m", "--for", "13m"]
    done = muster("simulate", "P2", "--at", "2026-06-05T15:02Z", *acts, "--pack", full)
    assert done.exit_code == 0, done.stderr
    told = [[row[0], row[3], row[4]] for row in rows(done.stdout)]
    assert ["+5m", "escalates: somebody asks for it", "manager"] in told
    assert ["+10m", "severity P1", "somebody"] in told
    assert ["+12m", "escalates: somebody asks for it", "on-call"] in told


def test_regular_updates_leave_the_clock_nothing_to_ask_for() -> None:
    done = muster("simulate", "P1", "--ack", "1m", "--update", "14m", "--resolve", "1h", "--for", "2h")
    assert "asks for an update" not in done.stdout


def test_a_pack_is_printed_as_tables() -> None:
    done = muster("show")
    assert done.exit_code == 0, done.stderr
    assert any(row[0] == "on-call" and "nobody yet" in row for row in rows(done.stdout))


def test_every_section_of_a_pack_is_printed_and_those_that_are_empty_are_not(full: str) -> None:
    done = muster("show", "--pack", full)
    assert done.exit_code == 0, done.stderr
    titles = [line for line in done.stdout.splitlines() if line and "\t" not in line]
    assert titles[1:] == [
        "Severities", "Clocks", "Who hears of it", "Statuses", "Roles", "Contacts", "Directory", "Escalation",
        "Escalation on request", "Escalation by hand", "Webhooks", "Services", "Targets", "Actions", "Calendar",
        "Meetings", "Alerts", "Rules for alerts, the first that fits", "Labels of alerts",
        "Conditions", "Fields", "Checklists", "Checklist “First steps”", "Checklist “Rolling back”",
        "Checklist “Verify”", "Texts", "Follow-ups", "Review", "Agenda of the review", "Sections of the review",
    ]  # fmt: skip
    said = rows(done.stdout)
    for row in [
        ["P1", "5m", "1h", "15m", "next-business-day", "public within 10m"],
        ["unseen", "any", "services checkout", "unacknowledged", "its acknowledge target", "on-call, service-owners"],
        ["bosses", "management", "any", "manager"],
        ["data-loss", "Data is lost", "lost", "P1"],
        ["next-sprint", "Sprint planning", "Wed 10:00, every 2 weeks from 2024-01-01"],
        ["proof", "Has it held", "standup", "P1", "manager", "first"],
    ]:
        assert row in said, row
    assert any(
        "watched for 15m; watched for 30m if rollback; done: rolling-back" in cell for row in said for cell in row
    )
    assert any("now U012AB3CD" in cell for row in said for cell in row)


ALERTS = """
alerts:
  channel: monitoring
  otherwise: ignore
  severities: {page: P1, fatal: P1, warning: P2}
  group_by: [service, region]
  clear_after: 10m
  rules:
    - name: pages
      do: declare
      when: {severities: [page, fatal], services: checkout, labels: {env: "prod*"}}
      severity: P1
      service: checkout
      owner: on-call
      group_by: [alertname]
      window: 5m
      why: somebody is needed
    - {name: by-day, do: suggest, hours: business}
  maintenance:
    - {name: patching, days: [sun], at: "03:00", lasts: 1h, when: {alerts: HostDown}, why: hosts restart}
    - {name: move, begins: "2026-12-05T22:00Z", ends: "2026-12-06T02:00Z"}
  endings: [{severities: [P2], after: 30m}]
  sources: [{name: probes, items: "$.events[*]", fields: {title: "$.name"}, labels: {region: "$.at"}, resolved: [up]}]
  tell_back:
    - {name: quiet, kind: alertmanager, sources: [alertmanager], url_from: MUSTER_AM_URL, token_from: MUSTER_AM_TOKEN}
    - {name: pages, kind: pagerduty, sources: [pagerduty], token_from: MUSTER_PD_TOKEN, sender: ops@example.com}
"""


def test_what_a_pack_says_of_alerts_is_printed_in_the_order_of_its_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "policy.yaml").write_text(FULL + ALERTS)
    monkeypatch.setenv("MUSTER_AM_TOKEN", "kept-to-itself")
    done = muster("show", "--pack", str(tmp_path))
    assert done.exit_code == 0, done.stderr
    said = rows(done.stdout)
    for row in [
        ["#monitoring", "service, region", "30m", "1m", "10m", "4 changes within 30m"],
        ["pages", "checkout", "on-call", "alertname", "5m"],
        ["P1", "page, fatal"],
        ["names the service", "service, app, application, job"],
        ["patching", "HostDown", "Sun 03:00 Europe/London for 1h", "hosts restart"],
        ["move", "every alert", "2026-12-05 22:00 to 2026-12-06 02:00 UTC", ""],
        ["P2", "30m"],
        ["probes", "$.events[*]", "title $.name", "region $.at", "up"],
        ["quiet", "alertmanager", "alertmanager", "MUSTER_AM_URL", "MUSTER_AM_TOKEN", "silenced for 2h at most"],
        ["pages", "pagerduty", "pagerduty", "", "MUSTER_PD_TOKEN", "in the name of ops@example.com"],
    ]:
        assert row in said, row
    head = said.index(["", "name", "which", "when", "decision", "severity", "why"])
    which = "severity page, fatal; service checkout; env is prod*"
    assert said[head + 1 : head + 4] == [
        ["1", "pages", which, "", "declare", "P1", "somebody is needed"],
        ["2", "by-day", "every alert", "in office hours", "suggest", "", ""],
        ["", "any other", "every alert", "", "ignore", "", ""],
    ]
    assert "kept-to-itself" not in done.stdout


def test_the_schema_is_printed_and_the_file_beside_the_packs_is_the_same() -> None:
    done = muster("schema")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout) == json.loads(json.dumps(schema_json()))
    assert (RUNBOOKS / "policy.schema.json").read_text(encoding="utf-8") == done.stdout, "muster policy schema > …"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("simulate", "P9"), "There is no severity"),
        (("simulate", "P1", "--at", "tomorrow"), "--at: “tomorrow” is no time"),
        (("simulate", "P1", "--ack", "soon"), "--ack: “soon” is no duration"),
        (("simulate", "P1", "--close", "1h"), "Resolve it before closing it"),
        (("simulate", "P1", "--flag", "data-loss"), "--flag: “data-loss” says not when. Write it like NAME@10m."),
        (("simulate", "P1", "--flag", "nothing-known@1m"), "There is no condition “nothing-known”."),
        (("simulate", "P1", "--status", "resolved@soon"), "--status: “soon” is no duration"),
        (("simulate", "P0", "--pack", "journey", "--resolve", "10m"), "was not watched"),
        (("show", "--pack", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_simulated_is_answered_in_a_sentence(words: tuple[str, ...], complaint: str) -> None:
    done = muster(*words)
    assert done.exit_code != 0
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr

"""What a policy asks of people, on the command line: conditions, checklists, texts, clocks, and overriding."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.main import app

RUNNER = CliRunner()
#: A procedure in few words; everything else is the default pack's.
PROCEDURE = """
conditions:
  - {name: data-loss, title: Data was lost, aliases: [lost data], suggests: P1}
  - {name: rollback, title: It was rolled back}
checklists:
  - name: all-clear
    title: Before it is over
    at: status
    statuses: [monitoring]
    aliases: [before resolving]
    items: [The errors are gone, {text: Support knows, role: communications}, The queue is empty]
texts:
  - name: notice
    title: A notice to customers
    audience: customers
    statuses: [investigating]
    within: 30m
    subject: "{{ title }}"
    body: "{{ title }}, since {{ started }}.\\n\\n[your name]"
  - {name: apology, title: An apology, audience: customers, statuses: [resolved], body: We are sorry.}
"""


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database)
    pack = tmp_path / "ours"
    pack.mkdir()
    (pack / "policy.yaml").write_text(_policy())
    monkeypatch.setenv("MUSTER_PACK", str(pack))


def _policy() -> str:
    """The default pack without what it asks of people, and with ours."""
    return f"""
default_severity: P3
severities:
  - {{name: P1, title: Critical, acknowledge_within: 5m, resolve_within: 1h, update_every: 15m}}
  - {{name: P3, title: Medium}}
statuses:
  - {{name: investigating, category: triage}}
  - {{name: fixing, category: active}}
  - {{name: monitoring, category: monitoring}}
  - {{name: resolved, category: resolved, requires: {{watched: 15m, checklists: [all-clear]}}}}
  - {{name: closed, category: closed}}
commander: commander
roles:
  - {{name: commander, title: Incident commander}}
  - {{name: communications, title: Communications}}
contacts: {{on-call: [U0ONCALL01], dba: [U0DBA00001]}}
escalation:
  - {{name: first-call, trigger: unacknowledged, severities: [P1], notify: [on-call]}}
  - {{name: database, trigger: request, aliases: [dba], notify: [dba]}}
{PROCEDURE}
"""


def muster(*words: str, given: str = "") -> Result:
    """Runs a command that has to work."""
    result = RUNNER.invoke(app, ["incident", *words], input=given)
    assert result.exit_code == 0, result.output
    return result


def refused(*words: str, status: int = 1) -> str:
    """What is said of a command that can't work."""
    result = RUNNER.invoke(app, ["incident", *words])
    assert (result.exit_code, result.stdout) == (status, ""), result.output
    return result.stderr


def declared(*words: str) -> str:
    """Declares an incident; returns its reference."""
    found = re.search(r"INC-\d{4}-\d\d-\d\d-\d{3}", muster("declare", *words).stdout)
    assert found
    return found[0]


def rows(*words: str) -> list[list[str]]:
    """A table without its heading."""
    return [line.split("\t") for line in muster(*words).stdout.splitlines()][1:]


def test_what_turned_out_is_said_and_taken_back_and_the_cause_is_said() -> None:
    ref = declared("Orders are gone")
    muster("flag", ref, "lost data", "Rows", "since noon")
    muster("unflag", ref, "data-loss", "They were hidden")
    muster("cause", ref, "A view", "hid them")
    shown = muster("show", ref).stdout
    for said in ("Data was lost", "Rows since noon", "They were hidden", "A view hid them"):
        assert said in shown
    assert "Did you mean data-loss?" in refused("flag", ref, "data-los")


def test_a_declaration_may_say_what_is_so() -> None:
    ref = declared("Orders are gone", "--flag", "data-loss", "--flag", "rollback")
    shown = muster("show", ref).stdout
    assert "P1" in shown
    assert "Data was lost" in shown
    assert "Did you mean rollback?" in refused("declare", "Orders are gone", "--flag", "rolback")


def test_a_checklist_is_listed_shown_and_ticked_off() -> None:
    ref = declared("P1", "Checkout is down")
    assert rows("checklist", "list", ref) == [["all-clear", "not shown", "Before it is over"]]
    shown = muster("checklist", "show", ref, "before resolving").stdout
    assert "2\t\tSupport knows\tcommunications" in shown
    muster("checklist", "tick", ref, "all clear", "1", "3")
    assert rows("checklist", "list", ref) == [["all-clear", "2 of 3", "Before it is over"]]
    muster("checklist", "tick", ref, "all clear", "3", "--undo")
    done = {row[0]: bool(row[1]) for row in rows("checklist", "show", ref, "all-clear")}
    assert done == {"1": True, "2": False, "3": False}
    assert "no item 4: they go from 1 to 3" in refused("checklist", "tick", ref, "all-clear", "4")
    assert "Did you mean all-clear?" in refused("checklist", "show", ref, "all-cleer")
    assert "Nothing to do" in muster("checklist", "tick", ref, "all-clear", "1").stdout


def test_a_text_is_printed_changed_and_recorded(tmp_path: Path) -> None:
    ref = declared("P1", "Checkout is down")
    listed = rows("text", "list", ref)
    assert [(row[0], row[1], row[2]) for row in listed] == [
        ("notice", "customers", "fits"),
        ("apology", "customers", ""),
    ]
    assert listed[0][3] > f"{datetime.now(UTC):%Y-%m-%d}"
    printed = muster("text", "print", ref, "notice").stdout
    assert printed.startswith("Subject: Checkout is down\n\nCheckout is down, since ")
    assert "[your name]" in printed

    (tmp_path / "notice.txt").write_text(printed)
    assert "[your name]" in refused("text", "record", ref, "notice", "--file", "notice.txt")
    # Some editors put a byte order mark before the first line.
    (tmp_path / "notice.txt").write_text(printed.replace("[your name]", "Bea"), encoding="utf-8-sig")
    muster("text", "record", ref, "notice", "--file", "notice.txt")
    muster("text", "record", ref, "apology", "--file", "-", given="We are truly sorry.\n")
    shown = muster("show", ref).stdout
    assert "A notice to customers" in shown
    assert "Subject:" not in shown
    assert "An apology" in shown
    assert "cannot be read" in refused("text", "record", ref, "notice", "--file", "nowhere.txt")
    assert "Did you mean notice?" in refused("text", "print", ref, "notise")


def test_clocks_are_listed_snoozed_and_extended() -> None:
    ref = declared("P1", "Checkout is down")
    before = {row[0]: row[1:] for row in rows("clocks", ref)}
    assert set(before) == {"acknowledge", "update", "resolve", "first-call", "notice"}
    assert before["first-call"][1] == "calls on-call"
    muster("snooze", ref, "update", "10m", "On the phone")
    muster("extend", ref, "resolve", "1h30m", "The vendor", "is closed")
    after = {row[0]: row[1:] for row in rows("clocks", ref)}
    longer = datetime.fromisoformat(after["resolve"][0]) - datetime.fromisoformat(before["resolve"][0])
    assert longer == timedelta(minutes=90)
    assert after["resolve"][1] == "extended"
    assert "not a length of time" in refused("snooze", ref, "update", "soon")
    assert "Did you mean update?" in refused("extend", ref, "updat", "10m", "We wait")
    muster("resolve", ref, "Done", "--override", "A test")
    assert "No clock is running" in muster("clocks", ref).stdout


def test_what_the_policy_asks_for_can_be_overridden_with_a_reason() -> None:
    ref = declared("P1", "Checkout is down")
    assert "it was not watched for 15 min" in refused("status", ref, "resolved", "Rolled back")
    muster("status", ref, "resolved", "Rolled back", "--override", "The shop closes")
    muster("close", ref, "--override", "Nothing is left")
    assert "The shop closes" in muster("show", ref).stdout


def test_a_step_of_the_policy_is_asked_for_by_name() -> None:
    ref = declared("P1", "Checkout is down")
    muster("escalate", ref, "It locks", "--step", "dba", "--who", "U0ALICE001")
    shown = muster("show", ref).stdout
    assert "It locks" in shown
    assert "nobody to call for “dbb”" in refused("escalate", ref, "It locks", "--step", "dbb")


def test_an_unknown_reference_is_said_to_be_unknown() -> None:
    for words in (("clocks",), ("checklist", "list"), ("text", "list")):
        assert "There is no incident" in refused(*words, "INC-2001-01-01-001")
    assert "There is no incident" in refused("text", "print", "INC-2001-01-01-001", "notice")

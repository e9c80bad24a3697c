"""The command line on a real database."""

import json
import re
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from bot.cli.main import app
from tests.support.databases import Databases

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database)


def muster(*words: str) -> Result:
    """Runs a command that has to work."""
    result = RUNNER.invoke(app, words)
    assert result.exit_code == 0, result.output
    return result


def declared(*words: str) -> str:
    """Declares an incident; returns its reference."""
    said = muster("incident", "declare", *(words or ("P1", "Checkout is down"))).stdout
    found = re.search(r"INC-\d{4}-\d\d-\d\d-\d{3}", said)
    assert found, said
    return found[0]


def test_an_incident_lives_from_declaration_to_close_without_slack() -> None:
    ref = declared("P1", "Checkout", "is", "down", "--service", "checkout")
    muster("incident", "ack", ref)
    muster("incident", "update", ref, "Failing", "over", "--status", "fixing")
    muster("incident", "severity", ref, "p2", "Only one region")
    muster("incident", "escalate", ref, "Refunds too", "--who", "U0ALICE001")
    muster("incident", "note", ref, "The pool was at 98 %")
    muster("incident", "task", ref, "Alert on pool usage", "--by", "2026-12-01")
    muster("incident", "task", ref, "--done", "1")
    muster("incident", "resolve", ref, "The pool was raised", "--root-cause", "A leak")
    muster("incident", "close", ref)
    shown = muster("incident", "show", ref).stdout
    for said in ("Failing over", "P1 → P2", "Refunds too", "98 %", "Alert on pool usage", "The pool was raised"):
        assert said in shown
    assert "chain holds" in muster("verify", ref).stdout


def test_a_list_has_a_line_for_each_open_incident_and_tabs_between_its_cells() -> None:
    first, second = declared("P1", "One"), declared("P2", "Two", "--drill")
    muster("incident", "resolve", first, "Gone")
    lines = [line.split("\t") for line in muster("incident", "list").stdout.splitlines()]
    assert [line[0] for line in lines] == ["reference", second]
    assert lines[1][1:3] == ["P2", "investigating"]
    assert len(muster("incident", "list", "--all").stdout.splitlines()) == 3


def test_a_title_cannot_drive_the_terminal_or_forge_a_column() -> None:
    ref = declared("P1 \x1b[31mred\tand\ttabs")
    [_, line] = muster("incident", "list").stdout.splitlines()
    assert "\x1b" not in line
    assert len(line.split("\t")) == 5
    assert line.startswith(ref)


def test_what_cannot_be_done_is_said_in_a_sentence_with_a_hint() -> None:
    ref = declared()
    muster("incident", "ack", ref)
    again = RUNNER.invoke(app, ["incident", "ack", ref])
    assert (again.exit_code, again.stdout) == (1, "")
    assert "already acknowledged" in again.stderr
    unknown = RUNNER.invoke(app, ["incident", "severity", ref, "P11"])
    assert unknown.exit_code == 1
    assert "Did you mean P1?" in unknown.stderr


@pytest.mark.parametrize("command", [["incident", "show"], ["incident", "ack"], ["verify"], ["review"]])
def test_an_unknown_reference_is_said_to_be_unknown(command: list[str]) -> None:
    result = RUNNER.invoke(app, [*command, "INC-1999-01-01-001"])
    assert result.exit_code == 1
    assert "INC-1999-01-01-001" in result.stderr


def test_a_dead_database_is_said_within_three_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    result = RUNNER.invoke(app, ["incident", "list"])
    assert result.exit_code == 1
    assert "nothing was recorded" in result.stderr


def test_a_database_without_our_tables_asks_for_a_migration(
    monkeypatch: pytest.MonkeyPatch, empty_database: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database)
    result = RUNNER.invoke(app, ["incident", "list"])
    assert result.exit_code == 1
    assert "muster migrate" in result.stderr
    assert "The schema is at" in muster("migrate").stdout
    muster("incident", "list")


def test_verify_names_the_entry_that_was_altered(database: str, databases: Databases) -> None:
    ref = declared()
    muster("incident", "note", ref, "the truth")

    async def forge() -> None:
        connection = await asyncpg.connect(database)
        try:
            # What a superuser can do: switch the guard off, and change history.
            await connection.execute("set session_replication_role = replica")
            await connection.execute("""update timeline set payload = '{"text": "a lie"}' where kind = 'note_added'""")
        finally:
            await connection.close()

    databases.run(forge())
    result = RUNNER.invoke(app, ["verify", ref])
    assert result.exit_code == 1
    assert f"{ref}: entry 2: its text was altered" in result.stdout


def test_the_review_comes_as_markdown_html_and_json(tmp_path: Path) -> None:
    ref = declared()
    muster("incident", "resolve", ref, "It went away")
    assert muster("review", ref).stdout.startswith("# ")
    assert "<html" in muster("review", ref, "--format", "html").stdout
    assert json.loads(muster("review", ref, "--format", "json").stdout)["incident"]["ref"] == ref
    muster("review", ref, "-o", "review.md")
    assert "It went away" in (tmp_path / "review.md").read_text()


def test_diag_prints_its_findings_and_its_status_says_the_worst(database: str, databases: Databases) -> None:
    listed = muster("diag", "--list").stdout
    assert listed.splitlines()[1].split("\t")[:2] == ["db", "postgres"]
    result = RUNNER.invoke(app, ["diag", "db", "--json"])
    report = json.loads(result.stdout)
    statuses = {"OK": 0, "WARN": 1, "CRITICAL": 2, "ERROR": 3, "NO_DATA": 3}
    assert result.exit_code == statuses[report["verdict"]]
    assert "password" not in result.stdout
    some = json.loads(RUNNER.invoke(app, ["diag", "db", "reach", "cache", "--json"]).stdout)
    assert some["target"] == "db reachability cache"
    assert [result["check"] for result in some["results"]] == ["reachability", "cache"]
    wrong = RUNNER.invoke(app, ["diag", "db", "lokcs"])
    assert wrong.exit_code == 3
    assert "There is no check “lokcs” of db.\nDid you mean locks?" in wrong.stderr
    unknown = RUNNER.invoke(app, ["diag", "dv"])
    assert unknown.exit_code == 3
    assert "Did you mean db?" in unknown.stderr


def test_a_diagnosis_of_a_dead_target_is_critical(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_DIAG_DB_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    result = RUNNER.invoke(app, ["diag", "db"])
    assert result.exit_code == 2
    assert result.stdout.splitlines()[1].startswith("CRITICAL\t")


def test_the_module_and_the_script_are_the_same() -> None:
    done = subprocess.run([sys.executable, "-m", "bot", "incident", "list"], capture_output=True, text=True, check=True)
    assert done.stdout == "No incident is open.\n"

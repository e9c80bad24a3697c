"""`muster outbox` on a real database, without Slack."""

import json
import re
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


def muster(*words: str, status: int = 0) -> Result:
    """Runs a command that ends as it should."""
    result = RUNNER.invoke(app, words)
    assert result.exit_code == status, result.output
    return result


def declared() -> str:
    """Declares an incident; returns its reference."""
    found = re.search(r"INC-\d{4}-\d\d-\d\d-\d{3}", muster("incident", "declare", "P1", "Checkout is down").stdout)
    assert found
    return found[0]


def refuse(databases: Databases, database: str) -> None:
    """What Slack does to the channel of every incident, and so to all that was to be said there."""

    async def work() -> None:
        connection = await asyncpg.connect(database)
        try:
            reason = "case kind when 'open_channel' then 'restricted_action' else 'no_channel' end"
            await connection.execute(f"update outbox set status = 'refused', attempts = 1, error = {reason}")
        finally:
            await connection.close()

    databases.run(work())


def listed(*words: str) -> list[list[str]]:
    """The cells of the rows that are listed, without the column names."""
    lines = muster("outbox", "list", *words).stdout.splitlines()
    return [line.split("\t") for line in lines[1:]]


def test_the_list_has_a_line_for_each_row_and_tabs_between_its_cells() -> None:
    ref = declared()
    head = muster("outbox", "list").stdout.splitlines()[0].split("\t")
    assert head == ["id", "incident", "what", "state", "since (utc)", "tries", "why", "what helps"]
    assert [row[1:4] for row in listed()] == [
        [ref, "the incident's channel", "waiting"],
        [ref, "the message “alert”", "waiting"],
        [ref, "the card “summary”", "waiting"],
    ]


def test_an_empty_outbox_says_so() -> None:
    assert muster("outbox", "list").stdout == "Slack has been told everything.\n"
    assert "Nothing" in muster("outbox", "retry", "--refused").stdout
    assert json.loads(muster("outbox", "list", "--json").stdout) == []


def test_json_has_the_whole_row() -> None:
    ref = declared()
    [row, *_] = json.loads(muster("outbox", "list", "--json").stdout)
    assert row["ref"] == ref
    assert row["kind"] == "open_channel"
    assert (row["standing"], row["tries"], row["reason"], row["again"]) == ("waiting", 0, "", None)
    assert row["since"].endswith("+00:00")


def test_everything_refused_is_retried_the_channel_first(database: str, databases: Databases) -> None:
    ref = declared()
    refuse(databases, database)
    opening = listed()[0][0]
    assert muster("outbox", "retry", "--refused", ref).stdout == (
        f"{ref}: {opening}, the incident's channel, is to be sent again, and 2 more with it.\n"
    )
    assert [row[3] for row in listed()] == ["waiting"] * 3
    assert "asked again for the incident's channel" in muster("incident", "show", ref).stdout


def test_what_cannot_be_done_for_one_row_keeps_nothing_from_the_others(database: str, databases: Databases) -> None:
    declared()
    refuse(databases, database)
    opening, alert = listed()[0][0], listed()[1][0]
    result = muster("outbox", "retry", alert, opening, "999", status=1)
    assert f"Retry row {opening}" in result.stderr
    assert "no row 999" in result.stderr
    assert "is to be sent again" in result.stdout


def test_a_dropped_row_is_gone_from_the_list_and_in_the_timeline() -> None:
    ref = declared()
    alert = listed()[1][0]
    muster("outbox", "drop", alert, "--why", "said by hand")
    assert [row[2] for row in listed()] == ["the incident's channel", "the card “summary”"]
    assert [row[3] for row in listed("--all", ref)] == ["waiting", "dropped", "waiting"]
    assert "said by hand" in muster("incident", "show", ref).stdout
    assert "chain holds" in muster("verify", ref).stdout
    assert "dropped already" in muster("outbox", "drop", alert, status=1).stderr


@pytest.mark.parametrize(
    "words", [("retry",), ("retry", "five"), ("retry", "--refused", "INC-1", "INC-2"), ("drop",), ("drop", "0")]
)
def test_a_mistyped_command_changes_nothing_and_says_what_is_meant(words: tuple[str, ...]) -> None:
    result = muster("outbox", *words, status=2)
    assert result.stderr


def test_an_unknown_incident_is_said_to_be_unknown() -> None:
    for words in (("list",), ("retry", "--refused")):
        assert "INC-1999-01-01-001" in muster("outbox", *words, "INC-1999-01-01-001", status=1).stderr

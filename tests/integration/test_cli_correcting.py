"""Correcting the record on the command line."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.main import app

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


def test_a_record_is_corrected_and_the_chain_still_holds() -> None:
    ref = re.findall(r"INC-\d{4}-\d\d-\d\d-\d{3}", muster("incident", "declare", "P1", "Checkout is down").stdout)[0]
    muster("incident", "note", ref, "The password is hunter2")
    muster("incident", "note", ref, "The pool is full")

    added = muster("incident", "timeline", ref, "add", "10 minutes ago", "Deploy 482 went out", "because its log says")
    assert "Recorded as #4" in added.stdout
    muster("incident", "timeline", ref, "move", "#3", "5 minutes ago", "By the graph")
    muster("incident", "timeline", ref, "annotate", "3", "Of the replica")
    muster("incident", "timeline", ref, "hide", "#2", "It was a password")

    said = muster("incident", "timeline", ref)
    rows = [line.split("\t")[0] for line in said.stdout.splitlines() if re.match(r"\d+\t", line)]
    assert rows == ["4", "3", "1"]
    assert "moved from" in said.stdout
    assert "Of the replica" in said.stdout
    assert "1 hidden" in said.output
    hidden = muster("incident", "timeline", ref, "hidden").stdout
    assert "#2" in hidden
    assert "It was a password" in hidden
    for shown in (said.output, hidden, muster("incident", "show", ref).output, muster("review", ref, "--fresh").stdout):
        assert "hunter2" not in shown
    assert "hunter2" not in muster("review", ref, "--format", "json").stdout

    assert "chain holds" in muster("verify", ref).stdout
    muster("incident", "timeline", ref, "show", "#2")
    assert "hunter2" in muster("incident", "timeline", ref).stdout


def test_what_can_not_be_corrected_is_said_with_what_to_do() -> None:
    ref = re.findall(r"INC-\d{4}-\d\d-\d\d-\d{3}", muster("incident", "declare", "P1", "Checkout is down").stdout)[0]
    for words, says in (
        (("hide", "#1", "Never mind"), "#1 stays as it is"),
        (("hide", "#9", "Never mind"), "no entry #9"),
        (("add", "soon", "It will be well"), "not a time that I know"),
        (("move", "#1", "22:40"), "how that is known"),
    ):
        refused = RUNNER.invoke(app, ["incident", "timeline", ref, *words])
        assert refused.exit_code == 1
        assert says in refused.stderr

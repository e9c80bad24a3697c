"""Action items on the command line: in the words of Slack, with options for what a shell takes for its own."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.main import app

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("MUSTER_PACK", "default")


def muster(*arguments: str, status: int = 0) -> str:
    result = RUNNER.invoke(app, list(arguments))
    assert result.exit_code == status, result.output
    return result.output


def _declared(*options: str) -> str:
    found = re.search(r"INC-\d{4}-\d\d-\d\d-\d{3}", muster("incident", "declare", *options))
    assert found is not None
    return found[0]


def test_an_item_is_written_down_changed_done_and_listed() -> None:
    ref = _declared("P2", "Checkout", "is", "down")
    task = ("incident", "task", ref)
    muster(*task, "Alert", "on", "the", "pool", "by", "2020-02-14", "--owner", "U0BOB", "--priority", "high")
    muster(*task, "Ask", "the", "vendor", "!low", "https://wiki.example/pool", "--kind", "process")
    muster(*task, "2", "by", "2099-12-31")
    muster(*task, "change", "2", "Ask the vendor again")
    first, second = json.loads(muster("tasks", "--json"))
    assert (first["text"], first["owner"], first["overdue"]) == ("Alert on the pool", "U0BOB", True)
    assert (second["text"], second["due"], second["priority"]) == ("Ask the vendor again", "2099-12-31", "low")
    assert (second["kind"], second["links"], second["incident"]) == ("process", ["https://wiki.example/pool"], ref)
    assert "Ask the vendor" not in muster("tasks", "--overdue")
    assert "Ask the vendor again" in muster("tasks", "--nobody")
    assert "Alert on the pool" in muster("tasks", "--owner", "U0BOB")

    muster(*task, "done", "1", "It rang in the drill")
    muster(*task, "drop", "2", "They are gone")
    assert "Nothing is left to do." in muster("tasks", "--all")
    shown = muster(*task)
    assert "It rang in the drill" in shown
    assert "dropped" in shown
    muster(*task, "reopen", "1")
    assert "open" in muster(*task, "1")


def test_what_cannot_be_read_says_how_it_is_said() -> None:
    ref = _declared("P2", "Checkout", "is", "down")
    assert "Say which task is done" in muster("incident", "task", ref, "done", status=2)
    assert "not a date" in muster("incident", "task", ref, "Mend", "it", "by", "2026-02-30", status=2)
    assert "no forms" in muster("incident", "task", ref, "new", status=2)
    assert "ID of somebody in Slack" in muster("incident", "task", ref, "Mend", "it", "--owner", "@bob", status=2)
    assert "ID of somebody in Slack" in muster("tasks", "--owner", "bob", status=2)
    assert f"muster export {ref} --items github" in muster("incident", "task", ref, "file", "3", "github", status=2)
    assert "no open action item 9" in muster("incident", "task", ref, "9", status=1)
    assert "Nothing is overdue." in muster("tasks", "--overdue")

"""Walking a runbook at a terminal, with nothing but a database."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.main import app
from tests.scenario import walked

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database)
    # What waits for locks is counted on all of a server, and others are ill on this one.
    calm = walked.RUNBOOK.replace("name=locks", "name=reachability").replace("diag db locks", "diag db reachability")
    monkeypatch.setenv("MUSTER_PACK", str(walked.pack(tmp_path, {"everything-waits": calm})))


def muster(*words: str) -> Result:
    """What a command comes to; it went well."""
    result = RUNNER.invoke(app, ["incident", *words], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return result


def declared() -> str:
    """The reference of an incident."""
    words = muster("declare", "P1", "Everything waits: lock timeout").output.split()
    return next(word for word in words if word.startswith("INC-"))


def test_a_runbook_is_suggested_walked_and_gone_on_with() -> None:
    ref = declared()
    assert "mentions “lock timeout”" in muster("runbook", ref).output
    begun = muster("runbook", ref, "everything-waits").output
    assert "1. Who waits for whom?" in begun
    looked = muster("step", ref, "run").output
    assert "db reachability: OK" in looked
    assert "OK leads to" in looked
    assert "5. Nobody waits any more" in muster("step", ref, "done").output
    assert "4. Tell" not in muster("step", ref).output
    assert "1. Who waits for whom?" in muster("step", ref, "back").output
    assert "3. End what blocks" in muster("step", ref, "pick", "warn").output
    muster("step", ref, "stop", "Another", "cause")
    assert "stopped" in muster("runbook", ref).output


def test_what_cannot_be_done_from_a_terminal_or_was_not_understood_is_said() -> None:
    ref = declared()
    assert RUNNER.invoke(app, ["incident", "step", ref, "done"]).exit_code != 0
    muster("runbook", ref, "everything-waits")
    for words in (("help",), ("nonsense",), ("skip",)):
        result = RUNNER.invoke(app, ["incident", "step", ref, *words])
        assert result.exit_code != 0, words
        assert result.exception is None or isinstance(result.exception, SystemExit)

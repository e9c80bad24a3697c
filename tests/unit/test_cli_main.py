"""The command line without a database: help, mistakes, exit statuses."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.acting import me, reference, severity_and_title
from bot.cli.main import app
from bot.domain.errors import UnknownSeverity
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack

PROMISED = ("serve", "demo", "migrate", "check", "doctor", "manifest", "diag", "incident", "review", "verify", "outbox")
RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def _away_from_the_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("MUSTER_", "SLACK_", "DATABASE_")):
            monkeypatch.delenv(name)


def test_help_names_every_promised_command() -> None:
    result = RUNNER.invoke(app, ["--help"])
    assert result.exit_code == 0
    assert all(command in result.stdout for command in PROMISED)


def test_help_needs_neither_the_database_nor_slack_nor_the_templates() -> None:
    question = "import sys, bot.cli.main; print({'sqlalchemy', 'slack_bolt', 'jinja2', 'pydantic'} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"


def test_somebody_without_a_name_acts_by_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 2**31)  # as a container runs that gives everybody a number of their own
    assert me().id == f"uid {2**31}"


@pytest.mark.parametrize(
    ("setting", "value"),
    [("SLACK_BOT_TOKEN", "nonsense"), ("DATABASE_URL", "mysql://db"), ("MUSTER_PORT", "many")],
)
def test_a_wrong_setting_stops_with_one_line_that_names_it(
    monkeypatch: pytest.MonkeyPatch, setting: str, value: str
) -> None:
    monkeypatch.setenv(setting, value)
    result = RUNNER.invoke(app, ["incident", "list"])
    assert result.exit_code == 2
    assert setting in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert value not in result.stdout


def test_serving_without_a_token_stops_with_one_line_that_names_it() -> None:
    result = RUNNER.invoke(app, ["serve"])
    assert result.exit_code == 2
    assert result.stderr.startswith("SLACK_BOT_TOKEN is missing")
    assert len(result.stderr.strip().splitlines()) == 1


def test_an_unknown_pack_stops_with_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_PACK", "defalt")
    result = RUNNER.invoke(app, ["incident", "list"])
    assert result.exit_code == 2
    assert "Did you mean “default”?" in result.stderr


def test_check_finds_nothing_to_mend_in_what_comes_with_muster() -> None:
    result = RUNNER.invoke(app, ["check"])
    packs = sorted(file.parent.name for file in RUNBOOKS.glob("*/policy.yaml"))
    assert "default" in packs
    assert (result.exit_code, result.stdout) == (0, f"Nothing to mend in {', '.join(packs)}.\n")


def test_check_says_file_and_line_of_each_fault(tmp_path: Path) -> None:
    pack = tmp_path / "ours"
    pack.mkdir()
    policy = (RUNBOOKS / "default" / "policy.yaml").read_text()
    (pack / "policy.yaml").write_text(policy.replace("default_severity: P3", "default_severity: P9"))
    line = 1 + policy[: policy.index("default_severity: P3")].count("\n")
    result = RUNNER.invoke(app, ["check", str(pack)])
    assert result.exit_code == 1
    assert result.stdout.startswith(f"ours/policy.yaml:{line}: ")
    assert result.stderr == "1 to mend.\n"


def test_check_takes_any_directory_of_runbooks(tmp_path: Path) -> None:
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / "restart.md").write_text("# Restart\n\nTurn it off and on.\n")
    result = RUNNER.invoke(app, ["check", "books"])
    assert (result.exit_code, result.stdout) == (0, "Nothing to mend in books.\n")


def test_check_of_a_path_that_is_not_there_is_a_mistake() -> None:
    result = RUNNER.invoke(app, ["check", "nowhere"])
    assert (result.exit_code, result.stderr) == (2, "nowhere does not exist.\n")


def test_the_manifest_is_for_socket_mode_unless_there_is_a_url() -> None:
    socket = RUNNER.invoke(app, ["manifest"])
    http = RUNNER.invoke(app, ["manifest", "--url", "https://muster.example.com"])
    assert (socket.exit_code, http.exit_code) == (0, 0)
    assert "socket_mode_enabled: true" in socket.stdout
    assert "https://muster.example.com/slack/events" in http.stdout
    assert "socket_mode_enabled: false" in http.stdout


@pytest.mark.parametrize(
    ("words", "severity", "title"),
    [
        (["P1", "Checkout", "is", "down"], "P1", "Checkout is down"),
        (["sev-2 Slow search"], "P2", "Slow search"),
        (["Checkout is down"], None, "Checkout is down"),
        (["Pineapples are out"], None, "Pineapples are out"),
    ],
)
def test_a_declaration_may_begin_with_its_severity(words: list[str], severity: str | None, title: str) -> None:
    policy = read_pack("default", root=RUNBOOKS)
    assert severity_and_title(words, policy) == (severity, title)


def test_a_severity_that_does_not_exist_is_not_taken_for_a_title() -> None:
    with pytest.raises(UnknownSeverity):
        severity_and_title(["P9", "Checkout is down"], read_pack("default", root=RUNBOOKS))


@pytest.mark.parametrize("typed", ["inc-2026-01-31-001", " #INC-2026-01-31-001 ", "`INC-2026-01-31-001`"])
def test_a_reference_may_be_pasted_as_it_comes(typed: str) -> None:
    assert reference(typed) == "INC-2026-01-31-001"

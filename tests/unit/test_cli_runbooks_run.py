"""`muster runbooks run NAME --dry-run`: the way through a runbook, with nothing run."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.main import app
from tests.unit.cli_runbook import a_pack

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def _away_from_the_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("MUSTER_", "SLACK_", "DATABASE_")):
            monkeypatch.delenv(name)


@pytest.fixture
def pack(tmp_path: Path) -> str:
    return str(a_pack(tmp_path))


def dry(pack: str, *words: str) -> Result:
    return RUNNER.invoke(app, ["runbooks", "run", "slow-checkout", "--dry-run", "--pack", pack, *words])


def way(done: Result) -> list[int]:
    assert done.exit_code == 0, done.stderr
    return [step["number"] for step in json.loads(done.stdout)["walked"]]


def test_a_run_belongs_to_an_incident(pack: str) -> None:
    done = RUNNER.invoke(app, ["runbooks", "run", "slow-checkout", "--pack", pack])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == (
        "A run belongs to an incident: type /incident runbook slow-checkout in its channel, or add --dry-run here.\n"
    )


def test_where_nothing_is_said_the_way_goes_from_step_to_step(pack: str) -> None:
    """Of the causes, which are alternatives, none was picked."""
    assert way(dry(pack, "--json")) == [1, 2, 3, 4, 5, 8, 9]


def test_the_way_follows_the_branch_that_is_said(pack: str) -> None:
    assert way(dry(pack, "--say", "1=critical", "--json")) == [1, 3, 4, 5, 8, 9]
    assert way(dry(pack, "--say", "1=no data", "--json")) == [1, 8, 9]


def test_the_cause_that_is_picked_is_walked_and_no_other(pack: str) -> None:
    words = ("--say", "1=CRITICAL", "--say", "5=An index is missing")
    assert way(dry(pack, *words, "--json")) == [1, 3, 4, 5, 7, 8, 9]


def test_a_verdict_that_leads_nowhere_in_particular_goes_on(pack: str) -> None:
    assert way(dry(pack, "--say", "1=WARN", "--json"))[:2] == [1, 2]


def test_the_way_is_printed_with_its_chapters_its_buttons_and_the_branch_taken(pack: str) -> None:
    done = dry(pack, "--say", "1=CRITICAL")
    assert done.exit_code == 0, done.stderr
    printed = done.stdout
    assert printed.startswith(
        "A dry run of Slow checkout with the pack ours: nothing is run.\n\nInvestigation\n 1  Who blocks"
    )
    assert "    ▸ CRITICAL → 3 End the session at the root\n" in printed
    assert "    runs do end-session\n" in printed
    assert printed.index("\nMitigation\n") < printed.index("\nVerification\n")
    assert "The end, after 6 of 9 steps.\nNot come by:\n    2 What is slow?\n" in printed


def test_without_a_pack_the_way_says_that_nobody_was_asked(pack: str) -> None:
    done = RUNNER.invoke(app, ["runbooks", "run", "slow-checkout", "--dry-run", "--dir", pack])
    assert done.exit_code == 0, done.stderr
    assert "names check target=db name=locks" in done.stdout
    assert "No pack was asked what the blocks run; add --pack NAME for that." in done.stdout
    assert (
        json.loads(
            RUNNER.invoke(app, ["runbooks", "run", "slow-checkout", "--dry-run", "--dir", pack, "--json"]).stdout
        )["pack"]
        is None
    )


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("critical", "--say critical: write STEP=WORD, such as 2=CRITICAL.\n"),
        ("1=", "--say 1=: write STEP=WORD, such as 2=CRITICAL.\n"),
        ("10=OK", "--say 10=OK: there is no step 10. The last is 9.\n"),
        ("0=OK", "--say 0=OK: there is no step 0. The last is 9.\n"),
        ("one=OK", "--say one=OK: there is no step one. The last is 9.\n"),
        ("1=CRITICL", "--say 1=CRITICL: step 1 cannot come to “CRITICL”. Did you mean “CRITICAL”?\n"),
        ("1=pineapple", "--say 1=pineapple: step 1 cannot come to “pineapple”. It leads on CRITICAL, OK, NO_DATA.\n"),
        ("2=pineapple", "--say 2=pineapple: step 2 cannot come to “pineapple”. It has no branches.\n"),
    ],
)
def test_what_cannot_be_said_of_a_step_is_a_mistake(pack: str, word: str, said: str) -> None:
    done = dry(pack, "--say", word)
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", said)


def test_what_is_said_of_a_step_that_the_way_does_not_come_by_is_pointed_out(pack: str) -> None:
    done = dry(pack, "--say", "1=OK", "--say", "5=An index is missing")
    assert done.exit_code == 0
    assert done.stderr == "--say 5=An index is missing changed nothing: the way does not lead by step 5.\n"

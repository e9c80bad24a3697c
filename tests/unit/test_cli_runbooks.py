"""`muster runbooks`: lists, what a runbook would run, and the way through it, without a database or Slack."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.text import Text
from typer.testing import CliRunner, Result

from bot.cli.main import app
from tests.unit.cli_runbook import WALKED, a_pack, line_in

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def _away_from_the_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("MUSTER_", "SLACK_", "DATABASE_")):
            monkeypatch.delenv(name)


def runbooks(*words: str) -> Result:
    return RUNNER.invoke(app, ["runbooks", *words])


def rows(printed: str) -> list[list[str]]:
    return [line.split("\t") for line in printed.splitlines() if "\t" in line]


def steps(printed: str) -> list[str]:
    """The lines of the steps' titles."""
    return [line.strip() for line in printed.splitlines() if line[:2].strip().isdecimal()]


@pytest.fixture
def pack(tmp_path: Path) -> str:
    return str(a_pack(tmp_path))


def test_help_of_the_runbooks_needs_neither_markdown_nor_the_policy() -> None:
    question = (
        "import sys, bot.cli.runbooks; print({'markdown_it', 'jinja2', 'pydantic', 'sqlalchemy'} & {*sys.modules})"
    )
    answer = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"


def test_the_list_says_what_each_runbook_is_for_and_what_it_runs(pack: str) -> None:
    done = runbooks("list", "--pack", pack)
    assert done.exit_code == 0, done.stderr
    head, *listed = rows(done.stdout)
    assert head == ["name", "title", "services", "alerts", "steps", "runs", "reviewed"]
    assert listed == [
        ["restore", "Restore what is lost", "", "", "0", "", ""],
        ["slow-checkout", "Slow checkout", "checkout", "HighResponseTime", "9",
         "1 check, 2 actions, 1 that does not", "2026-11-01"],
    ]  # fmt: skip


def test_the_list_is_the_settings_packs_where_none_is_named(pack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_PACK", pack)
    assert [row["name"] for row in json.loads(runbooks("list", "--json").stdout)] == ["restore", "slow-checkout"]


def test_the_list_for_machines_names_everything_that_would_run(pack: str) -> None:
    (walked,) = [one for one in json.loads(runbooks("list", "--pack", pack, "--json").stdout) if one["steps"]]
    assert walked["runs"] == [
        {"kind": "check", "does": "db locks"},
        {"kind": "action", "does": "end-session"},
        {"kind": "action", "does": "retry"},
    ]
    assert (walked["file"], walked["reviewed"]) == ("ours/slow-checkout.md", "2026-11-01")


def test_on_a_narrow_terminal_no_name_is_broken(pack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    lines = Text.from_ansi(runbooks("list", "--pack", pack).stdout).plain.splitlines()
    assert max(map(len, lines)) <= 60
    assert [line.split()[0] for line in lines if line[:1].strip()] == [
        "Runbook",
        "restore",
        "Restore",
        "slow-checkout",
        "Slow",
    ]
    assert "2026-11-01" in "".join(lines)


def test_any_folder_of_markdown_is_listed_without_a_pack_and_that_is_said(tmp_path: Path, pack: str) -> None:
    deep = tmp_path / "books" / "payments" / "old"
    deep.mkdir(parents=True)
    (deep / "slow.md").write_text(WALKED)
    done = runbooks("list", "--dir", "books")
    assert rows(done.stdout)[1][0] == "payments/old/slow"
    assert rows(done.stdout)[1][5] == "4 blocks"
    assert "No pack was asked what the blocks run; add --pack NAME for that." in done.stdout
    bound = runbooks("list", "--dir", "books", "--pack", pack)
    assert rows(bound.stdout)[1][5] == "1 check, 2 actions, 1 that does not"
    assert "No pack" not in bound.stdout


def test_the_list_says_that_something_is_wrong_in_the_files_and_where_to_read_of_it(tmp_path: Path) -> None:
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / "huge.md").write_bytes(b"a" * (1024 * 1024 + 1))
    (tmp_path / "books" / "open.md").write_text("# Open\n\n```sh\nls\n")
    done = runbooks("list", "--dir", "books")
    assert [row[0] for row in rows(done.stdout)] == ["name", "open"]
    assert done.stderr == "2 things are wrong in the files: muster runbooks lint says what.\n"


def test_a_folder_without_runbooks_says_so(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = runbooks("list", "--dir", "empty")
    assert (done.exit_code, done.stdout) == (0, "There is no runbook in empty.\n")
    assert json.loads(runbooks("list", "--dir", "empty", "--json").stdout) == []


@pytest.mark.parametrize(
    ("folder", "said"),
    [("nowhere", "nowhere does not exist.\n"), ("one.md", "one.md is a file. Give the folder that it is in.\n")],
)
def test_a_folder_that_is_none_is_a_mistake(tmp_path: Path, folder: str, said: str) -> None:
    (tmp_path / "one.md").write_text("# One\n")
    done = runbooks("list", "--dir", folder)
    assert (done.exit_code, done.stderr) == (2, said)


def test_an_unknown_pack_says_which_there_are() -> None:
    done = runbooks("list", "--pack", "defalt")
    assert done.exit_code == 2
    assert "Did you mean “default”?" in done.stderr


def test_a_runbook_is_shown_with_its_front_matter_chapters_and_steps(pack: str) -> None:
    done = runbooks("show", "Slow checkout", "--pack", pack)
    assert done.exit_code == 0, done.stderr
    for said in ("Services  checkout", "Severity  P1", "Owner     payments", "Reviewed  2026-11-01", "Pack      ours"):
        assert said in done.stdout
    chapters = {row[0]: row[1:] for row in rows(done.stdout)}
    assert chapters["Symptoms"][0] == "symptoms"
    assert chapters["Symptoms"][2] == "read"
    assert chapters["Investigation"] == [
        "investigation",
        f"{line_in(WALKED, '## Inv')}-{line_in(WALKED, '## Mit') - 1}",
        "1-2",
    ]
    assert chapters["Escalation"][2] == "read"
    assert steps(done.stdout)[:2] == ["1  Who blocks whom?", "2  What is slow?"]
    assert "    CRITICAL → 3 End the session at the root\n    OK, NO_DATA → 8 Nobody waits any more\n" in done.stdout


def test_each_button_says_what_it_asks_who_approves_and_where_its_parameters_come_from(pack: str) -> None:
    printed = runbooks("show", "slow-checkout", "--pack", pack).stdout
    assert "    runs diag db locks\n      db (postgres): locks\n" in printed
    action = printed[printed.index("    runs do end-session") :]
    assert "Ends the session that the others wait for (end_session, on db)" in action
    assert "approvals: 2, by commander or on-call, not by whoever asks; in an emergency none" in action
    assert "afterwards: diag db locks" in action
    retry = printed[printed.index("    runs do retry queue=mail") :]
    assert "queue: mail" in retry
    assert "most: filled in from the check locks (pid), or asked for" in retry


def test_a_block_that_the_pack_does_not_allow_says_why_and_in_which_line(pack: str) -> None:
    printed = runbooks("show", "slow-checkout", "--pack", pack).stdout
    assert "    does not run: check target=dbb\n" in printed
    line = line_in(WALKED, "```check target=dbb")
    assert f"      line {line}: The pack has no target “dbb”. Did you mean “db”?\n" in printed


def test_a_runbook_for_machines_leaves_nothing_out(pack: str) -> None:
    shown = json.loads(runbooks("show", "slow-checkout", "--pack", pack, "--json").stdout)
    assert [chapter["kind"] for chapter in shown["chapters"]][1:4] == ["symptoms", "investigation", "mitigation"]
    lines = [line for chapter in shown["chapters"] for line in range(chapter["lines"][0], chapter["lines"][1] + 1)]
    assert lines == list(range(lines[0], WALKED.count("\n") + 1))
    first = shown["steps"][0]
    assert first["branches"] == [{"on": "CRITICAL", "to": 3}, {"on": "OK", "to": 8}, {"on": "NO_DATA", "to": 8}]
    assert first["blocks"][0]["runs"] == {"kind": "check", "does": "db locks", "given": {}}
    assert first["text"].startswith("1. **Who blocks whom?**")
    assert "diag db locks" in first["text"]
    (unknown,) = [block for step in shown["steps"] for block in step["blocks"] if block["wrong"]]
    assert (unknown["runs"], unknown["named"]) == (None, {"target": "dbb"})


def test_an_unknown_runbook_names_the_nearest(pack: str) -> None:
    done = runbooks("show", "slow-chekout", "--pack", pack)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "There is no runbook “slow-chekout”.\nDid you mean slow-checkout?\n"


def test_an_unknown_runbook_that_is_like_none_names_those_that_there_are(pack: str) -> None:
    done = runbooks("show", "pineapples", "--pack", pack)
    assert done.stderr == "There is no runbook “pineapples”.\nKnown: restore, slow-checkout.\n"


def test_a_runbook_without_steps_is_said_to_be_read(pack: str) -> None:
    assert "It has no steps: it is read, not walked." in runbooks("show", "restore", "--pack", pack).stdout
    assert "It has no steps: it is read, not walked." in runbooks("run", "restore", "--dry-run", "--pack", pack).stdout


def test_control_characters_of_a_runbook_do_not_drive_the_terminal(tmp_path: Path) -> None:
    pack = a_pack(tmp_path, WALKED.replace("Who blocks whom?", "Who \x1b]0;mine\x07blocks?"))
    printed = runbooks("show", "slow-checkout", "--pack", str(pack)).stdout
    assert "blocks?" in printed
    assert "\x1b" not in printed


def test_a_search_finds_by_words_service_and_alert_with_reasons(pack: str) -> None:
    by_words = rows(runbooks("search", "--pack", pack, "statement", "timeout").stdout)
    assert by_words[1] == ["slow-checkout", "Slow checkout", "mentions “statement timeout”"]
    by_alert = rows(runbooks("search", "--pack", pack, "--alert", "HighResponseTime").stdout)
    assert by_alert[1] == ["slow-checkout", "Slow checkout", "alert HighResponseTime"]
    (by_service,) = json.loads(runbooks("search", "--pack", pack, "--service", "checkout", "--json").stdout)
    assert (by_service["name"], by_service["reasons"]) == ("slow-checkout", ["service checkout"])


def test_a_search_reads_the_texts_too_and_says_when_nothing_is_there(pack: str) -> None:
    assert rows(runbooks("search", "--pack", pack, "writing").stdout)[1][0] == "restore"
    nothing = runbooks("search", "--pack", pack, "pineapples")
    assert (nothing.exit_code, nothing.stdout) == (
        0,
        "No runbook says anything of that. Try other words, or muster runbooks list.\n",
    )


def test_a_search_for_nothing_is_a_mistake(pack: str) -> None:
    done = runbooks("search", "--pack", pack)
    assert done.exit_code == 2
    assert done.stderr.startswith("Say what happens: ")


def test_lint_says_file_and_line_of_faults_and_of_advice(pack: str) -> None:
    done = runbooks("lint", "--pack", pack)
    assert done.exit_code == 1
    fault, *advice = done.stdout.splitlines()
    line = line_in(WALKED, "```check target=dbb")
    assert fault == f"ours/slow-checkout.md:{line}: The pack has no target “dbb”. Did you mean “db”?"
    assert any(one.startswith("ours/restore.md:1: ") for one in advice)
    assert done.stderr == f"1 to mend, {len(advice)} pieces of advice in 2 runbooks.\n"
    kinds = [one["kind"] for one in json.loads(runbooks("lint", "--pack", pack, "--json").stdout)]
    assert kinds == ["fault"] + ["advice"] * len(advice)


def test_advice_alone_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / "walked.md").write_text(WALKED)
    (tmp_path / "books" / "read.md").write_text("# Read\n\nNothing to do.\n")
    done = runbooks("lint", "--dir", "books")
    assert done.exit_code == 0
    assert all(line.startswith("books/read.md:1: ") for line in done.stdout.splitlines()[:-1])
    assert done.stdout.splitlines()[-1] == "Nothing to mend, 2 pieces of advice in 2 runbooks."


def test_lint_of_a_folder_with_a_pack_looks_its_blocks_up(tmp_path: Path, pack: str) -> None:
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / "walked.md").write_text(WALKED)
    done = runbooks("lint", "--dir", "books", "--pack", pack)
    assert done.exit_code == 1
    assert done.stdout.splitlines()[0].startswith(f"books/walked.md:{line_in(WALKED, '```check target=dbb')}: ")

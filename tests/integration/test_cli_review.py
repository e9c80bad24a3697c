"""The review on the command line: shown, written in, its versions, published."""

import asyncio
import io
import json
import os
import pty
import re
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from bot.application.review import write_review
from bot.cli.main import app
from bot.cli.review_writing import edit
from bot.core import core
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.settings import read_settings

RUNNER = CliRunner()
LEARNED = "## What we learned\n"


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)


def said(*words: str, status: int = 0, given: str | bytes | None = None) -> Result:
    result = RUNNER.invoke(app, list(words), input=given)
    assert result.exit_code == status, result.output
    return result


def _declared(*more: str) -> str:
    found = re.search(r"INC-\d{4}-\d\d-\d\d-\d{3}", said("incident", "declare", "P1", "Checkout is down", *more).stdout)
    assert found is not None
    said("incident", "resolve", found[0], "It went away")
    return found[0]


async def _write(ref: str, more: str = "") -> None:
    async with core(read_settings()) as built:
        outcome = await built.muster.execute(c.AddNote(by=Actor.cli("dana"), text=more or "A note"), ref=ref)
        await write_review(built.muster, outcome.incident_id, {})


@pytest.fixture
def ref() -> str:
    """An incident with a review that somebody wrote in."""
    made = _declared()
    asyncio.run(_write(made))
    file = said("review", made).stdout.replace(LEARNED, f"{LEARNED}\nPools need alerts.\n")
    Path("mine.md").write_text(file)
    assert "Kept as version 2. Changed: “What we learned”." in said("review", made, "--import", "mine.md").stdout
    return made


def test_the_newest_version_comes_with_peoples_words_in_every_format(ref: str) -> None:
    assert "Pools need alerts." in said("review", ref).stdout
    page = said("review", ref, "--format", "html").stdout
    assert "Pools need alerts." in page
    assert "<svg" in page
    assert re.search(r'<a href="#e\d+"', page)
    data = json.loads(said("review", ref, "--format", "json").stdout)
    owners = {one["title"]: one["owner"] for one in data["sections"]}
    assert (owners["What we learned"], owners["Timeline"]) == ("people", "generated")
    assert {one["title"]: one["name"] for one in data["sections"]}["What we learned"] == "lessons"


def test_an_older_version_and_a_fresh_one_are_there_without_later_words(ref: str) -> None:
    said("incident", "note", ref, "The pool was at 98 %")
    newest = said("review", ref)
    assert "The pool was at 98 %" not in newest.stdout
    assert "Add --fresh" in newest.stderr
    fresh = said("review", ref, "--fresh")
    assert "The pool was at 98 %" in fresh.stdout
    assert "Pools need alerts." not in fresh.stdout
    assert "Pools need alerts." not in said("review", ref, "--version", "1").stdout
    old = json.loads(said("review", ref, "--version", "1", "--format", "json").stdout)
    assert len(old["timeline"]) == 3
    unknown = said("review", ref, "--version", "9", status=1)
    assert "no version 9: the newest is 2" in unknown.stderr


def test_a_review_that_nobody_wrote_yet_is_drafted_to_be_read_and_not_to_be_written_in() -> None:
    made = _declared()
    assert "It went away" in said("review", made).stdout
    assert "has no review yet" in said("review", made, "--history").stdout
    assert "no review yet" in said("review", made, "--import", "-", status=1, given="## Mine\n").stderr
    assert "No bot is running" in said("review", made, "--write").stdout


def test_the_history_and_a_difference_can_be_read(ref: str) -> None:
    header, first, second = (line.split("\t") for line in said("review", ref, "--history").stdout.splitlines())
    assert header[0] == "version"
    assert (first[0], first[2], first[3]) == ("1", "muster", "Muster")
    assert (second[0], second[3]) == ("2", "a file")
    assert "What we learned" in second[5]
    assert "+Pools need alerts." in said("review", ref, "--diff", "1", "2").stdout
    assert "Nothing is different." in said("review", ref, "--diff", "2", "2").stdout


def test_a_file_from_standard_input_says_what_stands_twice(ref: str) -> None:
    old = said("review", ref, "--version", "1").stdout.replace(LEARNED, f"{LEARNED}\nAlerts on pools are missing.\n")
    done = said("review", ref, "--import", "-", given=f"{old}\n<!-- muster {ref} version 1 -->\n".encode())
    assert "Kept as version 3." in done.stdout
    newest = said("review", ref).stdout
    assert "Pools need alerts." in newest
    assert "Alerts on pools are missing." in newest
    again = said("review", ref, "--import", "-", given=newest)
    assert "nothing was changed" in again.stdout


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"  \n", "the file is empty"),
        (b"# Other\n<!-- muster INC-2020-01-01-001 version 1 -->\n", "the review of INC-2020-01-01-001"),
        (b"x" * 20_000_001, "longer than a review can be"),
        (b"x" * 5_000_001, "5000000 is the most"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(ref: str, content: bytes, why: str) -> None:
    Path("other.md").write_bytes(content)
    assert why in said("review", ref, "--import", "other.md", status=1).stderr
    assert "cannot be read" in said("review", ref, "--import", "nowhere.md", status=1).stderr


def test_a_file_that_was_written_out_knows_its_version_and_takes_nobodys_words_away(ref: str) -> None:
    said("review", ref, "-o", "theirs.md")
    said("review", ref, "--import", "-", given=said("review", ref).stdout + "\nWritten meanwhile.\n")
    Path("theirs.md").write_text(Path("theirs.md").read_text().replace(LEARNED, f"{LEARNED}\nFrom the file.\n"))
    assert "Kept as version 4." in said("review", ref, "--import", "theirs.md").stdout
    newest = said("review", ref).stdout
    assert "Written meanwhile." in newest
    assert "From the file." in newest


def test_what_does_not_go_together_is_said(ref: str) -> None:
    assert "do not go together" in said("review", ref, "--edit", "--history", status=2).stderr
    assert "shows nothing" in said("review", ref, "--history", "--format", "html", status=2).stderr
    assert "--fresh" in said("review", ref, "--fresh", "--version", "1", status=2).stderr
    assert "--publish" in said("review", ref, "--summary", "Well", status=2).stderr


def test_it_is_published_here_and_approved_in_slack(ref: str) -> None:
    assert "Somebody in Slack approves" in said("review", ref, "--approve", status=1).stderr
    assert "published" in said("review", ref, "--publish", "--summary", "Pools were full").stdout
    assert "already" in said("review", ref, "--publish", status=1).stderr


def test_an_editor_needs_to_be_set_and_a_terminal(ref: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "No editor is set" in said("review", ref, "--edit", status=2).stderr
    monkeypatch.setenv("EDITOR", "true")
    assert "needs a terminal" in said("review", ref, "--edit", status=2).stderr
    monkeypatch.setenv("VISUAL", "vi 'unfinished")
    assert "quotation mark" in said("review", ref, "--edit", status=2).stderr


def _edited(ref: str, script: str) -> tuple[int, str]:
    """Runs `--edit` at a terminal with an editor that is a script; gives the status, and what the screen shows."""
    Path("an editor.py").write_text(f"import os, pathlib, sys\npath = pathlib.Path(sys.argv[-1])\n{script}\n")
    editor = f"{sys.executable} 'an editor.py' --wait"
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "bot", "review", ref, "--edit"]
    environment = os.environ | {"EDITOR": editor, "COLUMNS": "300"}
    running = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    shown = b""
    while True:
        try:
            read = os.read(ours, 4096)
        except OSError:  # what Linux says at the end
            break
        if not read:
            break
        shown += read
    os.close(ours)
    return running.wait(), shown.decode()


def test_what_was_written_in_the_editor_is_kept_and_the_file_goes(ref: str, tmp_path: Path) -> None:
    status, shown = _edited(
        ref,
        "assert oct(path.stat().st_mode)[-3:] == '600' and oct(path.parent.stat().st_mode)[-3:] == '700'\n"
        "path.write_text(path.read_text().replace('Pools need alerts.', 'Pools need two alerts.'))",
    )
    assert (status, "Kept as version 3." in shown) == (0, True), shown
    assert "Pools need two alerts." in said("review", ref).stdout
    assert not list(tmp_path.glob("muster-review-*"))


class Terminal(io.StringIO):
    """What somebody sits at."""

    def isatty(self) -> bool:
        return True


def _at(terminal: Terminal, ref: str, script: str) -> int:
    """The status of `--edit` with an editor that is a script of the shell; `$1` is the file."""
    Path("editor.sh").write_text(f"set -e\n{script}\n")
    with pytest.MonkeyPatch.context() as sitting:
        for name in ("stdin", "stdout", "stderr"):
            sitting.setattr(sys, name, terminal)
        sitting.setenv("COLUMNS", "300")
        if script:
            sitting.setenv("VISUAL", "sh editor.sh")
        try:
            edit(ref)
        except typer.Exit as ended:
            return ended.exit_code
    return 0


def test_what_cannot_be_taken_over_stays_in_a_file_for_its_owner_alone(ref: str, tmp_path: Path) -> None:
    terminal = Terminal()
    assert _at(terminal, ref, "sed -i s/INC-/INC-1/ $1") == 1
    [file] = tmp_path.glob("muster-review-*/*.md")
    assert f"--import {file}" in terminal.getvalue()
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert _at(terminal, ref, "echo words >> $1; exit 3") == 1
    assert "ended with a fault" in terminal.getvalue()
    assert len(list(tmp_path.glob("muster-review-*"))) == 2


def test_what_was_written_stays_in_a_file_when_the_database_went_meanwhile(
    ref: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    Path(".env").write_text(f"DATABASE_URL={os.environ['DATABASE_URL']}\n")
    monkeypatch.delenv("DATABASE_URL")
    gone = "echo DATABASE_URL=postgresql://nobody@127.0.0.1:1/nothing > .env"
    assert _at(terminal, ref, f"echo 'Words of an hour.' >> $1\n{gone}") == 1
    [file] = tmp_path.glob("muster-review-*/*.md")
    assert "Words of an hour." in file.read_text()
    assert "nothing was recorded" in terminal.getvalue()
    assert f"--import {file}" in terminal.getvalue()


def test_what_was_written_stays_in_a_file_when_somebody_stops_it(ref: str, tmp_path: Path) -> None:
    terminal = Terminal()
    # Whoever starts the tests in the background has them ignore it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            _at(terminal, ref, "echo 'Words of an hour.' >> $1; kill -INT $PPID")
    finally:
        signal.signal(signal.SIGINT, before)
    [file] = tmp_path.glob("muster-review-*/*.md")
    assert "Words of an hour." in file.read_text()
    assert f"--import {file}" in terminal.getvalue()


def test_an_editor_that_changes_nothing_or_is_not_there_leaves_nothing_behind(
    ref: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    assert _at(terminal, ref, "true") == 0
    assert "Nothing was changed." in terminal.getvalue()
    monkeypatch.setenv("VISUAL", "no-such-editor; touch owned")
    assert _at(terminal, ref, "") == 2
    assert "no-such-editor; cannot be started" in terminal.getvalue()
    assert not list(tmp_path.glob("muster-review-*"))
    assert not Path("owned").exists()


def test_a_file_without_its_last_line_is_of_the_version_that_was_opened(ref: str) -> None:
    terminal = Terminal()
    assert _at(terminal, ref, "sed -i -e '/^<!-- muster/d' -e 's/Pools need alerts/Pools need more/' $1") == 0
    assert "Kept as version 3." in terminal.getvalue()

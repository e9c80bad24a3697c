"""Programs that an action runs: real ones, and what they leave behind."""

import sys
from pathlib import Path
from typing import Any

import pytest

from bot.diagnostics.actions import Action, Ending, perform, rehearse
from tests.support.actions import an_action, as_rehearsed

WORD = {"name": "word", "type": "text", "max_length": 100}


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-I", "-c", code, *arguments]


def in_it(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def writing(folder: Path, **section: Any) -> Action:
    code = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(sys.argv[2]); print('wrote', sys.argv[2])"
    return an_action("command", argv=python(code, str(folder / "file"), "{word}"), params=[WORD], **section)


async def test_a_rehearsal_shows_the_exact_argv_and_runs_nothing(tmp_path: Path) -> None:
    action, given = writing(tmp_path), {"word": "a b; $(touch gone) 'x'"}
    rehearsal = await rehearse(action, given)
    assert rehearsal.ready
    assert rehearsal.ran.endswith("""'a b; $(touch gone) '"'"'x'"'"''""")
    assert rehearsal.ran in rehearsal.lines[1]
    assert in_it(tmp_path) == []
    outcome = await perform(action, given, rehearsal.bound)
    assert outcome.verdict is Ending.DONE
    assert outcome.output == "wrote a b; $(touch gone) 'x'"
    assert outcome.ran == rehearsal.ran
    assert (tmp_path / "file").read_text() == given["word"]
    assert in_it(tmp_path) == ["file"]


async def test_the_packs_own_rehearsal_says_what_would_happen_and_its_failure_stops_the_run(tmp_path: Path) -> None:
    dry = python("import sys; print('would write', sys.argv[1]); sys.exit(sys.argv[1] == 'bad')", "{word}")
    action = writing(tmp_path, rehearse=dry)
    well, ill = await rehearse(action, {"word": "good"}), await rehearse(action, {"word": "bad"})
    assert (well.ready, well.output) == (True, "would write good")
    assert (ill.ready, ill.output) == (False, "would write bad")
    assert "ended with status 1" in ill.why_not
    assert ill.bound == {}
    assert in_it(tmp_path) == []


@pytest.mark.parametrize("word", ["-rf", "--help", " -x"])
async def test_a_value_never_becomes_an_option(tmp_path: Path, word: str) -> None:
    rehearsal = await rehearse(writing(tmp_path), {"word": word})
    assert not rehearsal.ready
    assert "begins with “-”" in rehearsal.why_not


async def test_a_negative_number_is_a_value_like_any_other() -> None:
    number = {"name": "number", "type": "integer", "min": -5}
    action = an_action("command", argv=python("import sys; print(sys.argv[1])", "{number}"), params=[number])
    outcome = await perform(action, {"number": -3}, (await rehearse(action, {"number": "-3"})).bound)
    assert outcome.output == "-3"


async def test_an_exit_status_is_a_failure_with_what_was_said_and_without_its_secrets() -> None:
    action = an_action(
        "command",
        None,
        {"MUSTER_SHOP_TOKEN": "hunter2hunter2"},
        argv=python("import os, sys; print('token=' + os.environ['TOKEN'], file=sys.stderr); sys.exit(3)"),
        env_from={"TOKEN": "MUSTER_SHOP_TOKEN"},
    )
    outcome = await perform(action, {}, (await rehearse(action, {})).bound)
    assert outcome.verdict is Ending.FAILED
    assert "ended with status 3" in outcome.said
    assert outcome.output == "token=***"
    assert outcome.next_step
    assert "hunter2" not in str(outcome)


async def test_a_program_that_takes_too_long_is_ended_and_nobody_knows_how_far_it_came() -> None:
    action = an_action("command", argv=python("import time; print('begun', flush=True); time.sleep(60)"), timeout=1)
    outcome = await perform(action, {}, as_rehearsed(action, {}))
    assert outcome.verdict is Ending.UNKNOWN
    assert "did not end within 0.5 s" in outcome.said
    assert outcome.output == "begun"


async def test_output_is_bounded() -> None:
    action = an_action("command", argv=python("print('x' * 3_000_000)"))
    outcome = await perform(action, {}, as_rehearsed(action, {}))
    assert outcome.verdict is Ending.DONE
    assert len(outcome.output) <= 4000


@pytest.mark.parametrize("argv", [["no-such-program-at-all"], ["/no/such/program"], ["/etc/passwd"]])
async def test_a_program_that_is_not_there_is_refused_before_anything_is_done(argv: list[str]) -> None:
    action = an_action("command", argv=argv)
    rehearsal = await rehearse(action, {})
    outcome = await perform(action, {}, as_rehearsed(action, {}))
    assert not rehearsal.ready
    assert rehearsal.why_not.startswith("It cannot be started: ")
    assert outcome.verdict is Ending.REFUSED


async def test_a_setting_without_a_value_is_named() -> None:
    action = an_action("command", argv=python("print()"), env_from={"KUBECONFIG": "MUSTER_KUBECONFIG"})
    rehearsal = await rehearse(action, {})
    outcome = await perform(action, {}, as_rehearsed(action, {}))
    assert rehearsal.why_not == "MUSTER_KUBECONFIG is not set."
    assert outcome.verdict is Ending.REFUSED

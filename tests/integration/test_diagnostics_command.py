"""Commands of a pack, run for real: well, missing, hanging, flooding, and given a secret."""

from pathlib import Path
from typing import Any

import pytest

from bot.diagnostics.result import Report, Verdict
from tests.support.targets import a_target, asked, by_check

SECRET = "kube-hunter2-secret"


class Programs:
    """Programs of the test's own in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def script(self, text: str, name: str = "check") -> str:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return str(path)

    async def found(
        self, text: str, *args: str, settings: dict[str, str | None] | None = None, within: float = 10, **keys: Any
    ) -> Report:
        """What is found where a script is a target's command."""
        command = {"name": "shop", "argv": [self.script(text), *args]} | keys
        return await asked(a_target("command", settings, commands=[command], check_timeout=within))


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    return Programs(tmp_path)


async def test_a_command_that_ends_well_is_ok(programs: Programs) -> None:
    report = await programs.found('echo "$1 is active"', "shop web", match="is active$")
    result = by_check(report)["shop"]
    assert (report.verdict, result.value) == (Verdict.OK, 0)
    assert result.rows is not None
    assert result.rows.rows == (("shop web is active",),)
    assert result.ran == f"{programs.folder}/check 'shop web'"


async def test_a_program_by_its_name_is_found_in_the_path() -> None:
    report = await asked(a_target("command", commands=[{"name": "said", "argv": ["echo", "$HOME;", "`id`"]}]))
    results = by_check(report)
    assert (report.verdict, results["reachability"].ran) == (Verdict.OK, "command -v echo")
    assert results["reachability"].explanation == "It is there."
    assert results["said"].rows is not None
    assert results["said"].rows.rows == (("$HOME; `id`",),)


async def test_a_program_that_is_not_there_leaves_the_others_alone(programs: Programs) -> None:
    locked = programs.folder / "locked"
    locked.write_text("#!/bin/sh\n")
    commands = [
        {"name": "gone", "argv": ["no-such-program-anywhere"]},
        {"name": "locked", "argv": [str(locked)]},
        {"name": "there", "argv": [programs.script("echo fine")]},
    ]
    results = by_check(await asked(a_target("command", commands=commands)))
    assert {name: result.verdict for name, result in results.items()} == {
        "reachability": Verdict.ERROR,
        "gone": Verdict.ERROR,
        "locked": Verdict.ERROR,
        "there": Verdict.OK,
    }
    assert results["gone"].explanation == "There is no no-such-program-anywhere in the PATH."
    assert (results["reachability"].value, results["reachability"].unit) == (1, "programs")
    assert "There is no no-such-program-anywhere in the PATH" in results["reachability"].explanation
    assert results["reachability"].next_step.startswith("Install it where Muster runs")


async def test_several_programs_that_are_there_are_said_to_be() -> None:
    commands = [{"name": "a", "argv": ["true"]}, {"name": "b", "argv": ["echo"]}]
    result = by_check(await asked(a_target("command", commands=commands)))["reachability"]
    assert (result.verdict, result.explanation, result.value) == (Verdict.OK, "They are all there.", 2)


async def test_a_status_that_is_not_well_is_critical(programs: Programs) -> None:
    result = by_check(await programs.found("echo no daemon >&2; exit 7"))["shop"]
    assert (result.verdict, result.value) == (Verdict.CRITICAL, 7)
    assert result.explanation == "It ended with status 7: no daemon."


async def test_a_command_that_hangs_is_stopped_and_shows_what_it_said(programs: Programs) -> None:
    result = by_check(await programs.found("echo waiting for the daemon; sleep 600", within=0.5))["shop"]
    assert (result.verdict, result.explanation) == (Verdict.ERROR, "It was stopped: it did not end within 0.45 s.")
    assert result.rows is not None
    assert result.rows.rows == (("waiting for the daemon",),)


async def test_a_command_that_outlasts_its_target_is_stopped(programs: Programs) -> None:
    commands = [{"name": "slow", "argv": [programs.script("sleep 600")]}]
    result = by_check(await asked(a_target("command", commands=commands, timeout=0.3)))["slow"]
    assert result.verdict is Verdict.ERROR
    assert "no answer within" in result.explanation


async def test_a_flood_of_output_is_kept_up_to_a_bound(programs: Programs) -> None:
    flood = "yes 'a line that says little' | head -c 200000000"
    report = await programs.found(flood)
    assert report.verdict is Verdict.OK
    assert len(str(report.to_dict())) < 20_000
    assert by_check(await programs.found(flood, match="never"))["shop"].verdict is Verdict.ERROR


async def test_what_is_no_text_is_shown_as_far_as_it_can_be(programs: Programs) -> None:
    report = await programs.found(r"printf '\377\376\000\033[31mred\033[0m\n'", match="red")
    assert report.verdict is Verdict.OK


async def test_a_program_is_given_its_setting_and_nothing_of_ours(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSTER_SLACK_BOT_TOKEN", "ours-not-theirs")
    report = await programs.found(
        'echo "given $KUBE_LOGIN"; echo "ours: $MUSTER_SLACK_BOT_TOKEN"; test "$KUBE_LOGIN" = ' + SECRET,
        settings={"MUSTER_DIAG_KUBE": SECRET},
        env_from={"KUBE_LOGIN": "MUSTER_DIAG_KUBE"},
        absent="not-theirs",
    )
    result = by_check(report)["shop"]
    assert (result.verdict, result.rows and result.rows.rows) == (Verdict.OK, (("given ***",), ("ours: ",)))
    assert result.ran.startswith('KUBE_LOGIN="$MUSTER_DIAG_KUBE" /')
    assert SECRET not in str(report.to_dict())


async def test_a_program_that_fails_does_not_give_its_setting_away(programs: Programs) -> None:
    report = await programs.found(
        'echo "login with $KUBE_LOGIN refused" >&2; exit 1',
        settings={"MUSTER_DIAG_KUBE": SECRET},
        env_from={"KUBE_LOGIN": "MUSTER_DIAG_KUBE"},
    )
    assert by_check(report)["shop"].explanation == "It ended with status 1: login with *** refused."
    assert SECRET not in str(report.to_dict())


async def test_a_setting_without_a_value_is_said_by_its_name(programs: Programs) -> None:
    report = await programs.found("true", env_from={"KUBECONFIG": "MUSTER_DIAG_KUBE"})
    result = by_check(report)["shop"]
    assert (result.verdict, result.explanation) == (Verdict.ERROR, "MUSTER_DIAG_KUBE is not set.")


async def test_a_number_in_json_is_judged(programs: Programs) -> None:
    text = """echo '{"items": [{"restarts": 2}, {"restarts": 9}]}'"""
    keys: dict[str, Any] = {"json": "$.items[*].restarts", "warn": 3.0, "critical": 20.0, "unit": "restarts"}
    result = by_check(await programs.found(text, **keys))["shop"]
    assert (result.verdict, result.value, result.unit) == (Verdict.WARN, 9, "restarts")

"""The machine is looked at, and judged by what was seen."""

from pathlib import Path

import pytest

from bot.diagnostics.checks.host import Disk, judge_disks, judge_load, judge_memory, judge_open_files
from bot.diagnostics.result import Verdict
from tests.support.targets import a_target, asked, by_check

LIMITS = {
    "disk_warn_percent": 85,
    "disk_crit_percent": 95,
    "memory_warn_percent": 90,
    "memory_crit_percent": 97,
    "load_warn_per_core": 2,
    "load_crit_per_core": 5,
    "open_files_warn_percent": 80,
    "open_files_crit_percent": 95,
}
VERDICTS = [Verdict.OK, Verdict.WARN, Verdict.CRITICAL]


async def test_this_machine_is_measured(tmp_path: Path) -> None:
    found = by_check(await asked(a_target("host", paths=["/", str(tmp_path)])))
    assert list(found) == ["reachability", "disk", "memory", "load", "open_files"]
    assert all(result.value is not None for name, result in found.items() if name != "reachability")
    assert Verdict.ERROR not in {result.verdict for result in found.values()}
    assert found["disk"].rows is not None
    assert {row[0] for row in found["disk"].rows.rows} == {"/", str(tmp_path)}


async def test_a_limit_of_the_policy_counts() -> None:
    found = by_check(await asked(a_target("host", thresholds={"memory_warn_percent": 0, "memory_crit_percent": 100.1})))
    assert found["memory"].verdict is Verdict.WARN
    assert found["memory"].next_step


async def test_a_path_that_is_not_there_is_a_failed_check() -> None:
    thresholds = {"disk_warn_percent": 101, "disk_crit_percent": 101}
    result = by_check(await asked(a_target("host", paths=["/", "/no/such/path"], thresholds=thresholds)))["disk"]
    assert result.verdict is Verdict.ERROR
    assert result.explanation.endswith("/no/such/path was not read: No such file or directory.")


@pytest.mark.parametrize(("percent", "verdict"), list(zip((84.9, 85, 95), VERDICTS, strict=True)))
def test_the_fullest_disk_counts(percent: float, verdict: Verdict) -> None:
    measured = judge_disks([Disk("/a", 1, 3, 4), Disk("/b", percent, 2**30, 2**31)], LIMITS)
    assert (measured.verdict, measured.value) == (verdict, percent)
    assert measured.explanation == f"/b is {percent:.1f} % full, 1.0 GiB free."


def test_a_full_disk_outweighs_one_that_cannot_be_read() -> None:
    measured = judge_disks([Disk("/a", 99), Disk("/b", error="Input/output error")], LIMITS)
    assert measured.verdict is Verdict.CRITICAL
    assert "Make room" in measured.next_step


@pytest.mark.parametrize(("available", "verdict"), list(zip((20, 10, 3), VERDICTS, strict=True)))
def test_memory_is_judged_by_what_is_available(available: int, verdict: Verdict) -> None:
    assert judge_memory(available * 2**30, 100 * 2**30, LIMITS).verdict is verdict


@pytest.mark.parametrize(("load", "verdict"), list(zip((7.9, 8, 20), VERDICTS, strict=True)))
def test_load_is_judged_for_each_core(load: float, verdict: Verdict) -> None:
    assert judge_load(load, 4, LIMITS).verdict is verdict


@pytest.mark.parametrize(("number", "verdict"), list(zip((79, 80, 95), VERDICTS, strict=True)))
def test_open_files_are_judged_against_their_limit(number: int, verdict: Verdict) -> None:
    assert judge_open_files(number, 100, LIMITS).verdict is verdict


def test_open_files_without_a_limit_are_well() -> None:
    assert judge_open_files(1000, -1, LIMITS).verdict is Verdict.OK

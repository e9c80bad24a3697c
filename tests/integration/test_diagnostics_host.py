"""The machine is looked at, and judged by what was seen."""

import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.diagnostics.checks.host import host
from bot.diagnostics.checks.host.clock import CLOCK
from bot.diagnostics.checks.host.disks import DISK, Disk, Looks, judge_disks
from bot.diagnostics.checks.host.machine import (
    LOAD,
    MEMORY,
    OOM_KILLS,
    OPEN_FILES,
    judge_load,
    judge_memory,
    judge_oom_kills,
    judge_open_files,
    oom_kills,
)
from bot.diagnostics.result import Result, Verdict
from bot.diagnostics.runner import run
from tests.support.targets import NOW, a_target, asked, by_check

LIMITS = {**DISK, **MEMORY, **LOAD, **OPEN_FILES, **OOM_KILLS, **CLOCK}
VERDICTS = [Verdict.OK, Verdict.WARN, Verdict.CRITICAL]


async def test_this_machine_is_measured(tmp_path: Path) -> None:
    found = by_check(await asked(a_target("host", paths=["/", str(tmp_path)])))
    assert list(found) == ["reachability", "disk", "memory", "load", "open_files", "oom_kills"]
    assert all(found[name].value is not None for name in ("disk", "memory", "load", "open_files"))
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


@pytest.mark.parametrize(
    ("vmstat", "verdict", "said"),
    [
        ("nr_free_pages 1\noom_kill 0\nx 2\n", Verdict.OK, "killed no program"),
        ("oom_kill 3\n", Verdict.WARN, "killed 3 programs"),
        ("nr_free_pages 1\n", Verdict.NO_DATA, "does not say"),
        ("oom_kill many\n", Verdict.NO_DATA, "does not say"),
        ("oom_kill\n\xff", Verdict.NO_DATA, "does not say"),
        ("", Verdict.NO_DATA, "does not say"),
    ],
)
def test_programs_that_were_killed_for_want_of_memory_warn(vmstat: str, verdict: Verdict, said: str) -> None:
    measured = judge_oom_kills(vmstat, LIMITS)
    assert measured.verdict is verdict
    assert said in measured.explanation
    assert bool(measured.next_step) is (verdict is not Verdict.OK)


def test_a_system_without_the_counter_has_nothing_to_say(tmp_path: Path) -> None:
    assert oom_kills(LIMITS, tmp_path / "vmstat").verdict is Verdict.NO_DATA


class Mount:
    """A path that hangs until it is released: a pipe that nobody writes to blocks whoever opens it."""

    def __init__(self, pipe: Path) -> None:
        os.mkfifo(pipe)
        self.pipe = pipe
        self.path = str(pipe)
        self.looks = 0
        self.released = False

    def look(self, path: str) -> Disk:
        if path == self.path:
            self.looks += 1
            if not self.released:
                self.pipe.read_bytes()
        return Disk(path, 50, 2**30, 2**31)

    @staticmethod
    def hanging() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread.name == "looks at a disk"]

    def release(self) -> None:
        if self.looks and not self.released:
            self.released = True
            self.pipe.write_bytes(b"")
            for thread in self.hanging():
                thread.join()


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Mount]:
    made = Mount(tmp_path / "mount")
    yield made
    made.release()


async def disks(looks: Looks, *paths: str, later: timedelta = timedelta()) -> dict[str, Result]:
    target = a_target("host", paths=paths, check_timeout=0.2, timeout=1)
    return by_check(await run([target], now=NOW + later, kinds={"host": host(looks, lambda: 0)}))


async def test_a_disk_that_hangs_is_critical_and_the_others_are_still_looked_at(mount: Mount) -> None:
    found = await disks(Looks(mount.look), mount.path, "/")
    assert found["disk"].verdict is Verdict.CRITICAL
    assert found["disk"].value == 50
    assert f"{mount.path} was not read: no answer within 0.2 s." in found["disk"].explanation
    assert "umount" in found["disk"].next_step
    assert found["memory"].verdict is not Verdict.ERROR


async def test_while_a_disk_hangs_no_second_look_begins_and_people_hear_since_when(mount: Mount) -> None:
    looks = Looks(mount.look)
    await disks(looks, mount.path, mount.path)
    for minutes in (5, 10, 15):
        found = await disks(looks, mount.path, later=timedelta(minutes=minutes))
        assert found["disk"].verdict is Verdict.CRITICAL
        assert "still hanging since 2026-03-01 03:00:00 UTC" in found["disk"].explanation
    assert mount.looks == 1
    assert len(mount.hanging()) == 1


async def test_a_disk_that_came_back_is_looked_at_anew(mount: Mount) -> None:
    looks = Looks(mount.look)
    await disks(looks, mount.path)
    mount.release()
    assert (await disks(looks, mount.path))["disk"].verdict is Verdict.OK
    assert mount.looks == 2


async def test_looking_that_fails_is_a_failed_check_and_the_next_run_looks_again() -> None:
    def broken(_path: str) -> Disk:
        raise ValueError("odd")

    looks = Looks(broken)
    for _ in range(2):
        found = await disks(looks, "/")
        assert found["disk"].verdict is Verdict.ERROR
        assert "odd" in found["disk"].explanation


def test_a_disk_that_hangs_keeps_no_process_from_ending(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    program = f"""
        import asyncio
        from datetime import UTC, datetime
        from bot.diagnostics.checks.host.disks import Disk, Looks
        looks = Looks(lambda path: Disk(open({str(pipe)!r}).read()))
        print(asyncio.run(looks.at(["/mnt"], now=datetime(2026, 3, 1, tzinfo=UTC), within_s=0.05)))
    """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=60, check=True
    )
    assert "hangs=True" in ended.stdout
    assert ended.stderr == ""

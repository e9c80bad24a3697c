"""How the machine fares that Muster runs on."""

import asyncio
import os
import platform
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psutil

from bot.diagnostics.check import Asking, Check, Thresholds
from bot.diagnostics.judging import count, judged, limits
from bot.diagnostics.kind import Kind
from bot.diagnostics.result import Measurement, Rows, Verdict
from bot.diagnostics.target import Target
from bot.policy.targets.host import HostTarget

_DISK = {"disk_warn_percent": 85.0, "disk_crit_percent": 95.0}
_MEMORY = {"memory_warn_percent": 90.0, "memory_crit_percent": 97.0}
_LOAD = {"load_warn_per_core": 2.0, "load_crit_per_core": 5.0}
_OPEN_FILES = {"open_files_warn_percent": 80.0, "open_files_crit_percent": 95.0}
_GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Disk:
    """A mounted disk: how full it is for ordinary users, and its bytes. `error` says why it could not be read."""

    path: str
    percent: float = 0.0
    free: int = 0
    total: int = 0
    error: str = ""


def _disk(path: str) -> Disk:
    try:
        usage = psutil.disk_usage(path)
    except OSError as error:
        return Disk(path, error=os.strerror(error.errno) if error.errno else "cannot be read")
    return Disk(path, usage.percent, usage.free, usage.total)


def judge_disks(disks: Sequence[Disk], thresholds: Thresholds) -> Measurement:
    """By the fullest. One that cannot be read is a failed check, where no other is critical."""
    warn, critical = thresholds["disk_warn_percent"], thresholds["disk_crit_percent"]
    read, unread = [disk for disk in disks if not disk.error], [disk for disk in disks if disk.error]
    rows = Rows.of(
        ("path", "used %", "free GiB", "of GiB"),
        (
            (disk.path, disk.error or disk.percent, round(disk.free / _GIB, 1), round(disk.total / _GIB, 1))
            for disk in sorted(disks, key=lambda disk: -disk.percent)
        ),
    )
    fullest = max(read, key=lambda disk: disk.percent, default=None)
    verdict = judged(fullest.percent, warn, critical) if fullest else Verdict.NO_DATA
    said = f"{fullest.path} is {fullest.percent:.1f} % full, {fullest.free / _GIB:.1f} GiB free. " if fullest else ""
    advice = "" if verdict is Verdict.OK else "Make room there: old logs and images first. Or enlarge the disk."
    if unread:
        said += f"{unread[0].path} was not read: {unread[0].error}."
        verdict = max(verdict, Verdict.ERROR, key=lambda each: each.rank)
        advice = advice if verdict is Verdict.CRITICAL else "Mend `paths` in the policy pack, or mount it."
    return Measurement(
        verdict=verdict,
        explanation=said.strip(),
        next_step=advice,
        value=fullest.percent if fullest else None,
        unit="%",
        threshold=limits(warn, critical, "%"),
        rows=rows,
    )


def judge_memory(available: int, total: int, thresholds: Thresholds) -> Measurement:
    """By what programs can still get without swapping, in bytes."""
    used = 100 * (1 - available / total)
    said = f"{available / _GIB:.1f} of {total / _GIB:.1f} GiB of memory are available: {used:.0f} % are used."
    return _percent(used, said, "memory", thresholds, "See which program grew, and restart it or add memory.")


def judge_load(load: float, cores: int, thresholds: Thresholds) -> Measurement:
    """By the load of the last five minutes for each core."""
    warn, critical = thresholds["load_warn_per_core"], thresholds["load_crit_per_core"]
    each = load / cores
    verdict = judged(each, warn, critical)
    return Measurement(
        verdict=verdict,
        explanation=f"The load of the last five minutes is {load:.1f} on {count(cores, 'core')}: {each:.2f} on each.",
        next_step="" if verdict is Verdict.OK else "See with `top` what uses the processor, or waits for a disk.",
        value=round(each, 2),
        unit="per core",
        threshold=limits(warn, critical, "per core"),
    )


def judge_open_files(number: int, most: int, thresholds: Thresholds) -> Measurement:
    """By how much of its limit Muster's own process has open; a limit under one is none."""
    if most < 1:
        return Measurement(
            verdict=Verdict.OK,
            explanation=f"Muster has {count(number, 'file')} open, without a limit.",
            value=number,
            unit="files",
        )
    said = f"Muster has {number} of {count(most, 'file')} open that it may."
    return _percent(100 * number / most, said, "open_files", thresholds, "Restart Muster, or raise `ulimit -n`.")


def _percent(value: float, said: str, name: str, thresholds: Thresholds, advice: str) -> Measurement:
    warn, critical = thresholds[f"{name}_warn_percent"], thresholds[f"{name}_crit_percent"]
    verdict = judged(value, warn, critical)
    return Measurement(
        verdict=verdict,
        explanation=said,
        next_step="" if verdict is Verdict.OK else advice,
        value=round(value, 1),
        unit="%",
        threshold=limits(warn, critical, "%"),
    )


def _reachability(_thresholds: Thresholds) -> Measurement:
    cores = count(psutil.cpu_count() or 1, "core")
    return Measurement(verdict=Verdict.OK, explanation=f"Muster runs on it: {platform.system()}, {cores}.")


def _memory(thresholds: Thresholds) -> Measurement:
    memory = psutil.virtual_memory()
    return judge_memory(memory.available, memory.total, thresholds)


def _load(thresholds: Thresholds) -> Measurement:
    return judge_load(psutil.getloadavg()[1], psutil.cpu_count() or 1, thresholds)


def _open_files(thresholds: Thresholds) -> Measurement:
    process = psutil.Process()
    return judge_open_files(process.num_fds(), process.rlimit(psutil.RLIMIT_NOFILE)[0], thresholds)


def _asking(
    name: str, title: str, ran: str, defaults: Thresholds, look: Callable[[Thresholds], Measurement]
) -> Check[None]:
    async def ask(_session: None, thresholds: Thresholds) -> Measurement:
        # A disk that hangs must not make the bot hang.
        return await asyncio.to_thread(look, thresholds)

    return Asking(name=name, title=title, ask=ask, ran=ran, defaults=defaults)


def _checks(options: HostTarget) -> Sequence[Check[None]]:
    def disks(thresholds: Thresholds) -> Measurement:
        return judge_disks([_disk(path) for path in options.paths], thresholds)

    return (
        _asking("reachability", "Machine", "uname", {}, _reachability),
        _asking("disk", "Disks", f"statvfs({', '.join(options.paths)})", _DISK, disks),
        _asking("memory", "Memory", "/proc/meminfo", _MEMORY, _memory),
        _asking("load", "Load", "getloadavg()", _LOAD, _load),
        _asking("open_files", "Open files", "/proc/self/fd, getrlimit(RLIMIT_NOFILE)", _OPEN_FILES, _open_files),
    )


@asynccontextmanager
async def _here(_target: Target) -> AsyncIterator[None]:
    yield


HOST = Kind(
    name="host",
    options=HostTarget,
    checks=_checks,
    connect=_here,
    against=lambda _target: platform.node() or "this machine",
    thresholds=frozenset({*_DISK, *_MEMORY, *_LOAD, *_OPEN_FILES}),
)

"""Memory, load, open files and programs that were killed for want of memory."""

from pathlib import Path

import psutil

from bot.diagnostics.check import Thresholds
from bot.diagnostics.judging import by_limits, count
from bot.diagnostics.result import Measurement, Verdict

MEMORY: Thresholds = {"memory_warn_percent": 90.0, "memory_crit_percent": 97.0}
LOAD: Thresholds = {"load_warn_per_core": 2.0, "load_crit_per_core": 5.0}
OPEN_FILES: Thresholds = {"open_files_warn_percent": 80.0, "open_files_crit_percent": 95.0}
OOM_KILLS: Thresholds = {"oom_kills_warn_count": 1.0}

VMSTAT = Path("/proc/vmstat")
_GIB = 1024**3


def judge_memory(available: int, total: int, thresholds: Thresholds) -> Measurement:
    """By what programs can still get without swapping, in bytes."""
    used = 100 * (1 - available / total)
    return by_limits(
        used,
        "%",
        f"{available / _GIB:.1f} of {total / _GIB:.1f} GiB of memory are available: {used:.0f} % are used.",
        "See which program grew, and restart it or add memory.",
        warn=thresholds["memory_warn_percent"],
        critical=thresholds["memory_crit_percent"],
    )


def judge_load(load: float, cores: int, thresholds: Thresholds) -> Measurement:
    """By the load of the last five minutes for each core."""
    each = load / cores
    return by_limits(
        each,
        "per core",
        f"The load of the last five minutes is {load:.1f} on {count(cores, 'core')}: {each:.2f} on each.",
        "See with `top` what uses the processor, or waits for a disk.",
        warn=thresholds["load_warn_per_core"],
        critical=thresholds["load_crit_per_core"],
        digits=2,
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
    return by_limits(
        100 * number / most,
        "%",
        f"Muster has {number} of {count(most, 'file')} open that it may.",
        "Restart Muster, or raise `ulimit -n`.",
        warn=thresholds["open_files_warn_percent"],
        critical=thresholds["open_files_crit_percent"],
    )


def judge_oom_kills(vmstat: str, thresholds: Thresholds) -> Measurement:
    """By how often the kernel killed a program for want of memory since it started.

    Args:
        vmstat: What /proc/vmstat says; empty where it cannot be read.
        thresholds: `oom_kills_warn_count`.
    """
    warn = thresholds["oom_kills_warn_count"]
    threshold = f"warn at {warn:g} since the machine started"
    said = dict(line.split(maxsplit=1) for line in vmstat.splitlines() if " " in line)
    if not said.get("oom_kill", "").isdecimal():
        return Measurement(
            verdict=Verdict.NO_DATA,
            explanation="This system does not say how many programs it killed for want of memory.",
            next_step="Look into its log: `dmesg -T | grep -i 'killed process'`.",
            threshold=threshold,
        )
    kills = int(said["oom_kill"])
    killed = f"killed {count(kills, 'program')}" if kills else "killed no program"
    verdict = Verdict.WARN if kills >= warn else Verdict.OK
    return Measurement(
        verdict=verdict,
        value=kills,
        unit="kills",
        threshold=threshold,
        explanation=f"The kernel has {killed} for want of memory since the machine started, its containers' included.",
        next_step=""
        if verdict is Verdict.OK
        else "See which and when (`dmesg -T | grep -i 'killed process'`), and give that more memory or a lower limit.",
    )


def memory(thresholds: Thresholds) -> Measurement:
    """Looks at the machine's memory."""
    now = psutil.virtual_memory()
    return judge_memory(now.available, now.total, thresholds)


def load(thresholds: Thresholds) -> Measurement:
    """Looks at the machine's load."""
    return judge_load(psutil.getloadavg()[1], psutil.cpu_count() or 1, thresholds)


def open_files(thresholds: Thresholds) -> Measurement:
    """Looks at this process's files."""
    process = psutil.Process()
    return judge_open_files(process.num_fds(), process.rlimit(psutil.RLIMIT_NOFILE)[0], thresholds)


def oom_kills(thresholds: Thresholds, path: Path = VMSTAT) -> Measurement:
    """Looks at the kernel's counter."""
    try:
        said = path.read_text(encoding="ascii", errors="replace")
    except OSError:
        said = ""
    return judge_oom_kills(said, thresholds)

"""How the machine fares that Muster runs on."""

import platform
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import psutil

from bot.diagnostics.check import Asking, Check, Thresholds
from bot.diagnostics.checks.host import machine
from bot.diagnostics.checks.host.clock import CLOCK, Wall, ask_all, judge_clock
from bot.diagnostics.checks.host.disks import DISK, Looks, judge_disks
from bot.diagnostics.checks.network.port import begun
from bot.diagnostics.judging import count
from bot.diagnostics.kind import Kind
from bot.diagnostics.result import Measurement, Verdict
from bot.diagnostics.target import Target
from bot.policy.targets.host import HostTarget

#: The part of a check's time for which something is waited for; the rest is for saying what came of it.
_PATIENCE = 0.9


def _patience_s(target: Target) -> float:
    return _PATIENCE * min(target.check_timeout_s, target.timeout_s)


def _reachability(_thresholds: Thresholds) -> Measurement:
    cores = count(psutil.cpu_count() or 1, "core")
    return Measurement(verdict=Verdict.OK, explanation=f"Muster runs on it: {platform.system()}, {cores}.")


def _asking(
    name: str, title: str, ran: str, defaults: Thresholds, look: Callable[[Thresholds], Measurement]
) -> Check[Target]:
    """A check that asks nobody but the kernel, which answers at once."""

    async def ask(_target: Target, thresholds: Thresholds) -> Measurement:
        return look(thresholds)

    return Asking(name=name, title=title, ask=ask, ran=ran, defaults=defaults)


def _disks(options: HostTarget, looks: Looks) -> Check[Target]:
    async def ask(target: Target, thresholds: Thresholds) -> Measurement:
        found = await looks.at(options.paths, now=begun(target), within_s=_patience_s(target))
        return judge_disks(found, thresholds)

    return Asking(name="disk", title="Disks", ask=ask, ran=f"statvfs({', '.join(options.paths)})", defaults=DISK)


def _clock(options: HostTarget, wall: Wall) -> Check[Target]:
    async def ask(target: Target, thresholds: Thresholds) -> Measurement:
        told = await ask_all(options.ntp, options.ntp_port, wall=wall, within_s=_patience_s(target))
        return judge_clock(told, thresholds)

    ran = f"SNTP to {', '.join(options.ntp)}, UDP port {options.ntp_port}"
    return Asking(name="clock", title="Clock", ask=ask, ran=ran, defaults=CLOCK)


@asynccontextmanager
async def _here(target: Target) -> AsyncIterator[Target]:
    yield target


def host(looks: Looks, wall: Wall) -> Kind:
    """The kind `host`.

    Args:
        looks: Looks at the disks.
        wall: The machine's clock, in seconds since 1970.
    """

    def checks(options: HostTarget) -> Sequence[Check[Target]]:
        files = "/proc/self/fd, getrlimit(RLIMIT_NOFILE)"
        always = (
            _asking("reachability", "Machine", "uname", {}, _reachability),
            _disks(options, looks),
            _asking("memory", "Memory", "/proc/meminfo", machine.MEMORY, machine.memory),
            _asking("load", "Load", "getloadavg()", machine.LOAD, machine.load),
            _asking("open_files", "Open files", files, machine.OPEN_FILES, machine.open_files),
            _asking("oom_kills", "Out of memory", f"{machine.VMSTAT}: oom_kill", machine.OOM_KILLS, machine.oom_kills),
        )
        return (*always, _clock(options, wall)) if options.ntp else always

    return Kind(
        name="host",
        options=HostTarget,
        checks=checks,
        connect=_here,
        against=lambda _target: platform.node() or "this machine",
        thresholds=frozenset({*DISK, *machine.MEMORY, *machine.LOAD, *machine.OPEN_FILES, *machine.OOM_KILLS, *CLOCK}),
    )


HOST = host(Looks(), time.time)  # noqa: TID251 - what is measured is the machine's clock itself

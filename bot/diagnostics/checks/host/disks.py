"""How full the disks are. One that hangs, as a dead network mount does, keeps its own thread and nothing else."""

import asyncio
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime

import psutil

from bot.diagnostics.check import Thresholds
from bot.diagnostics.judging import judged, limits
from bot.diagnostics.kind import plainly
from bot.diagnostics.result import Measurement, Rows, Verdict

DISK: Thresholds = {"disk_warn_percent": 85.0, "disk_crit_percent": 95.0}
_GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Disk:
    """A mounted disk: how full it is for ordinary users, and its bytes.

    `error` says why it could not be read, and `hangs` that nothing at all came back.
    """

    path: str
    percent: float = 0.0
    free: int = 0
    total: int = 0
    error: str = ""
    hangs: bool = False


def disk_at(path: str) -> Disk:
    """Looks at the disk that a path is on. It may take for ever."""
    try:
        usage = psutil.disk_usage(path)
    except OSError as error:
        return Disk(path, error=os.strerror(error.errno) if error.errno else "cannot be read")
    return Disk(path, usage.percent, usage.free, usage.total)


@dataclass(frozen=True, slots=True)
class _Look:
    since: datetime
    found: Future[Disk]


class Looks:
    """Looks at paths, each in a thread of its own: a thread that hangs can be neither ended nor waited for.

    There is at most one look at a path: while it hangs, the next run hears of that one and begins no other. The
    threads are daemons, and keep no process from ending.
    """

    def __init__(self, look: Callable[[str], Disk] = disk_at) -> None:
        """Nothing is looked at yet.

        Args:
            look: What is known of a path; it may block.
        """
        self._look = look
        self._under_way: dict[str, _Look] = {}
        self._lock = threading.Lock()

    async def at(self, paths: Sequence[str], *, now: datetime, within_s: float) -> list[Disk]:
        """What is known of each path after at most `within_s` seconds, in their order.

        Args:
            paths: Where the disks are mounted.
            now: When the run began, aware.
            within_s: How long to wait. A look that an earlier run has waited for that long is not waited for.
        """
        looks = {path: self._begun(path, now) for path in dict.fromkeys(paths)}
        answers = {path: asyncio.wrap_future(look.found) for path, look in looks.items()}
        fresh = [answers[path] for path, look in looks.items() if (now - look.since).total_seconds() < within_s]
        try:
            if fresh:
                await asyncio.wait(fresh, timeout=within_s)
            return [
                answers[path].result() if answers[path].done() else _hanging(path, looks[path].since, now, within_s)
                for path in looks
            ]
        finally:
            for answer in answers.values():
                answer.cancel()

    def _begun(self, path: str, now: datetime) -> _Look:
        with self._lock:
            look = self._under_way.get(path)
            if look is None:
                look = _Look(now, Future())
                look.found.set_running_or_notify_cancel()  # who stops waiting does not end it for the others
                threading.Thread(target=self._finish, args=(path, look), name="looks at a disk", daemon=True).start()
                self._under_way[path] = look
        return look

    def _finish(self, path: str, look: _Look) -> None:
        try:
            found = self._look(path)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is why this path was not read
            found = Disk(path, error=plainly(error))
        with self._lock:
            del self._under_way[path]
        look.found.set_result(found)


def _hanging(path: str, since: datetime, now: datetime, within_s: float) -> Disk:
    if since < now:
        return Disk(path, error=f"still hanging since {since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC", hangs=True)
    return Disk(path, error=f"no answer within {within_s:.1f} s", hangs=True)


def judge_disks(disks: Sequence[Disk], thresholds: Thresholds) -> Measurement:
    """By the fullest. One that hangs is critical; one that cannot be read is a failed check, where none is critical."""
    warn, critical = thresholds["disk_warn_percent"], thresholds["disk_crit_percent"]
    read, unread = [disk for disk in disks if not disk.error], [disk for disk in disks if disk.error]
    fullest = max(read, key=lambda disk: disk.percent, default=None)
    verdict = judged(fullest.percent, warn, critical) if fullest else Verdict.NO_DATA
    said = [f"{fullest.path} is {fullest.percent:.1f} % full, {fullest.free / _GIB:.1f} GiB free."] if fullest else []
    advice = "" if verdict is Verdict.OK else "Make room there: old logs and images first. Or enlarge the disk."
    if unread:
        worst = max(unread, key=lambda disk: disk.hangs)
        said.append(f"{worst.path} was not read: {worst.error}.")
        if worst.hangs:
            verdict = Verdict.CRITICAL
            advice = "See whether the server of that mount is up and reachable; if it stays away, `umount -f -l` it."
        elif verdict is not Verdict.CRITICAL:
            verdict, advice = Verdict.ERROR, "Mend `paths` in the policy pack, or mount it."
    rows = (
        (disk.path, disk.error or disk.percent, round(disk.free / _GIB, 1), round(disk.total / _GIB, 1))
        for disk in sorted(disks, key=lambda disk: (not disk.hangs, -disk.percent))
    )
    return Measurement(
        verdict=verdict,
        explanation=" ".join(said),
        next_step=advice,
        value=fullest.percent if fullest else None,
        unit="%",
        threshold=limits(warn, critical, "%"),
        rows=Rows.of(("path", "used %", "free GiB", "of GiB"), rows),
    )

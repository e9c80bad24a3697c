"""The ends of log files: which there are, and their latest entries, read boundedly."""

import glob
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bot.diagnostics.checks.logs.shape import MOST_LINE
from bot.diagnostics.checks.logs.times import Clock

#: Files that are read; of more, the ones that were written last.
MOST_FILES = 20
#: Lines that may follow the one with the time and still belong to it.
_MOST_FOLLOWING = 100
_CHUNK = 1 << 20


@dataclass(slots=True)
class File:
    """What was read of a file.

    Attributes:
        size, read: bytes that it has, and that were read from its end.
        problem: why it was not read, or cannot be used.
        oldest, newest: seconds since 1970 of the first and the last line that was read and says its time.
        entries: moment and text of what was written since, a line with the lines that follow without a time.
        earlier: seconds since 1970 when the file before it, by rotation, was last written, which is not read; 0: none.
    """

    path: str
    size: int = 0
    read: int = 0
    problem: str = ""
    oldest: float | None = None
    newest: float | None = None
    entries: list[tuple[float, str]] = field(default_factory=list)
    earlier: float = 0.0

    @property
    def known_from(self) -> float | None:
        """Seconds since 1970 before which there are lines that were not read; None where there are none such."""
        if self.oldest is not None and self.read < self.size:
            return self.oldest
        return self.earlier or None


def read_all(paths: Sequence[str], *, rotated: bool, most: int, since: float, clock: Clock) -> tuple[list[File], int]:
    """Reads the ends of files.

    Args:
        paths: with `*`, `?` and `[…]` for several.
        rotated: whether `name.1` is read too, where there is one.
        most: bytes of each.
        since: seconds since 1970; older entries are left out, and files that were last written before not read.
        clock: finds the times of lines.

    Returns:
        The files, also those that could not be read, and how many more there were.
    """
    found = list(_found(paths, rotated=rotated, since=since))
    found.sort(key=lambda each: (each[0].problem == "", -each[1]))
    return [_read(file, most=most, since=since, clock=clock) for file, _ in found[:MOST_FILES]], max(
        0, len(found) - MOST_FILES
    )


def _found(paths: Sequence[str], *, rotated: bool, since: float) -> Iterator[tuple[File, float]]:
    """Each file once, whatever its names, with the time of its last change."""
    seen: set[tuple[int, int]] = set()
    for path in paths:
        several = glob.has_magic(path)
        names = sorted(glob.glob(path)) if several else [path]  # noqa: PTH207 - a whole pattern, from the root on
        if not names:
            yield File(path, problem="no file has such a name"), 0.0
        for name in names:
            for each, asked in ((name, True), (f"{name}.1", False))[: 1 + rotated]:
                try:
                    status = Path(each).stat()
                except OSError as error:
                    if asked:
                        yield File(each, problem=_said(error)), 0.0
                    continue
                if (status.st_dev, status.st_ino) in seen:
                    continue
                seen.add((status.st_dev, status.st_ino))
                if stat.S_ISREG(status.st_mode):
                    earlier = _left(f"{name}.2" if not asked else f"{name}.1", since, compressed=asked and rotated)
                    yield File(each, size=status.st_size, earlier=earlier), status.st_mtime
                elif asked and not several:
                    yield File(each, problem=_kind(status.st_mode)), 0.0


def _left(name: str, since: float, *, compressed: bool) -> float:
    """When a file that is not read was last written, 0 where not since: it, or only what it was compressed to."""
    for each in (f"{name}.gz",) if compressed else (name, f"{name}.gz"):
        with suppress(OSError):
            if (written := Path(each).stat().st_mtime) >= since:
                return written
    return 0.0


def _read(file: File, *, most: int, since: float, clock: Clock) -> File:
    if file.problem:
        return file
    try:
        # A file may have become a pipe meanwhile: opening one would wait for its other end.
        descriptor = os.open(file.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        file.problem = _said(error)
        return file
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            file.problem = _kind(status.st_mode)
            return file
        file.size, file.newest = status.st_size, None
        if status.st_mtime < since:
            file.newest = status.st_mtime
            return file
        _take(file, _tail(descriptor, file, most), since=since, clock=clock)
    except OSError as error:
        file.problem = _said(error)
    finally:
        os.close(descriptor)
    return file


def _tail(descriptor: int, file: File, most: int) -> bytes:
    """The last bytes of a file, from the beginning of a line on."""
    start = max(0, file.size - most)
    parts, position = [], start
    while position < file.size and (part := os.pread(descriptor, min(_CHUNK, file.size - position), position)):
        parts.append(part)
        position += len(part)
    file.read = position - start
    tail = b"".join(parts)
    return tail[tail.find(b"\n") + 1 :] if start else tail


def _take(file: File, tail: bytes, *, since: float, clock: Clock) -> None:
    """Puts the lines of a tail together to entries. What stands before the first time is left out."""
    at: float | None = None
    entry: list[str] = []

    def close() -> None:
        if at is not None and at > since:
            file.entries.append((at, "\n".join(entry)))

    for raw in tail.split(b"\n"):
        line = raw[:MOST_LINE].decode(errors="replace").rstrip("\r")
        moment = clock.of(line)
        if moment is not None:
            close()
            at, entry = moment, [line]
            file.oldest = moment if file.oldest is None else min(file.oldest, moment)
            file.newest = moment if file.newest is None else max(file.newest, moment)
        elif line and at is not None and len(entry) <= _MOST_FOLLOWING:
            entry.append(line)
    close()
    if file.newest is None and tail.strip():
        file.problem = "no line says its time"


def _said(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else "it cannot be read"


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "it is a directory"
    return "it is a pipe" if stat.S_ISFIFO(mode) else "it is no file"

"""The process that reads log files: `python -m bot.diagnostics.checks.logs.reader`.

A process of its own, because a regular expression that takes for ever, and a disk that hangs, hold whatever thread they
are in, and Python's lock with it; a process can be ended. It is asked in lines of JSON and answers each with one: first
what to read, then pattern after pattern.
"""

import json
import os
import re
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from bot.diagnostics.checks.logs.counting import Span, Tally
from bot.diagnostics.checks.logs.shape import top
from bot.diagnostics.checks.logs.tail import File, read_all
from bot.diagnostics.checks.logs.times import clock

#: Lines of a window whose shapes are counted: the newest.
MOST_SHAPED = 1000


class _Slow(Exception):
    """A pattern took longer than it may."""


def read(request: dict[str, Any]) -> tuple[list[File], int]:
    """Reads what the first line asks for: the arguments of `read_all`, and of `clock` under `clock`.

    Returns:
        The files, and how many more there were.
    """
    return read_all(
        request["paths"],
        rotated=request["rotated"],
        most=request["most"],
        since=request["since"],
        clock=clock(**request["clock"]),
    )


def told(files: Iterable[File]) -> list[dict[str, Any]]:
    """What is said of the files: everything but their lines."""
    return [
        {name: getattr(file, name) for name in ("path", "size", "read", "problem", "newest", "known_from")}
        for file in files
    ]


def search(files: Iterable[File], request: dict[str, Any]) -> dict[str, Any]:
    """Looks for a pattern.

    Args:
        files: that were read.
        request: `match`, `regex`, and the span as `at` and `within_s`.

    Returns:
        `counts` by bin, the `first` moment in the window, the `top` shapes, and of how many lines they are (`shaped`).
    """
    finds = _finder(request["match"], regex=request["regex"])
    tally = Tally(Span(request["at"], request["within_s"]))
    said: list[tuple[float, str]] = []
    for file in files:
        for moment, entry in file.entries:
            if (place := finds(entry)) is not None and tally.add(moment):
                start = entry.rfind("\n", 0, place) + 1
                said.append((moment, entry[start:].partition("\n")[0]))
    said.sort(key=lambda each: each[0])
    newest = said[-MOST_SHAPED:]
    return {
        "counts": tally.counts,
        "first": tally.first,
        "top": top(line for _, line in newest),
        "shaped": len(newest),
    }


def _finder(match: str, *, regex: bool) -> Callable[[str], int | None]:
    if not regex:
        return lambda entry: place if (place := entry.find(match)) >= 0 else None
    compiled = re.compile(match, re.MULTILINE)
    return lambda entry: found.start() if (found := compiled.search(entry)) else None


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Ends what takes longer; also the search of a regular expression, which looks for signals."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise _Slow

    signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def main() -> None:
    """Answers until nobody asks."""
    os.nice(10)  # who answers people comes first
    files: list[File] = []
    for line in sys.stdin:
        request = json.loads(line)
        answer: Any
        if "paths" in request:
            files, left_out = read(request)
            answer = {"files": told(files), "left_out": left_out}
        else:
            try:
                with _at_most(request["seconds"]):
                    answer = search(files, request)
            except _Slow:
                answer = {"slow": True}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

"""What log files are asked: whether they can be read, and how often patterns stand in their latest lines."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.diagnostics import kind
from bot.diagnostics.check import Asking, Check, Thresholds
from bot.diagnostics.checks.logs.counting import AHEAD_S, Span
from bot.diagnostics.checks.logs.judge import Seen, judge
from bot.diagnostics.judging import count, seconds
from bot.diagnostics.kind import Kind, Refusal, SessionLost
from bot.diagnostics.result import Measurement, Rows, Verdict
from bot.diagnostics.target import Target
from bot.policy.durations import format_duration
from bot.policy.targets.logs import LogFilesTarget, PatternRule

_MIB = 1 << 20
#: Characters of an answer of the reader: it tells of twenty files, or of ten shapes.
_ANSWER = 1 << 18
#: Of a check's time, what its pattern has; the rest is for the way there and back.
_SHARE = 0.6
#: Seconds in which a reader that was ended is gone; one that waits for a disk may never be.
_ENDING_S = 1.0

#: Paths that stand beside what was found in them.
_SHOWN = 3
_MENDING = "Mend `paths` or the time in the policy pack, or let Muster's user read them."


@dataclass(frozen=True, slots=True)
class File:
    """What the reader tells of a file; times in seconds since 1970."""

    path: str
    size: int
    read: int
    problem: str
    newest: float | None
    known_from: float | None


class _Unreadable(Exception):
    """None of the files is of any use."""

    def __init__(self, files: Sequence[File]) -> None:
        super().__init__("none of the files can be used")
        self.files = files


@dataclass(frozen=True, slots=True)
class _Read:
    """A reader that has read, and what it told of the files."""

    target: Target
    process: Process
    files: Sequence[File]
    left_out: int

    @property
    def now(self) -> float:
        return _now(self.target)

    @property
    def known_from(self) -> float | None:
        """From when on no file lacks anything."""
        return max((file.known_from for file in self.files if file.known_from is not None), default=None)


@asynccontextmanager
async def _reading(target: Target) -> AsyncIterator[_Read]:
    """Starts a reader, and has it read."""
    options: LogFilesTarget = target.options
    longest = max(rule.within for rule in options.patterns).total_seconds()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "bot.diagnostics.checks.logs.reader"),
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUTF8": "1"},  # it needs none of our settings
        stdin=PIPE,
        stdout=PIPE,
        limit=_ANSWER,
        start_new_session=True,
    )
    try:
        request = {
            "paths": options.paths,
            "rotated": options.rotated,
            "most": options.read_mib * _MIB,
            "since": Span(_now(target), longest).before,
            "clock": {
                "pattern": options.time_pattern,
                "written": options.time_format,
                "zone": options.zone,
                "now": _now(target),
            },
        }
        told = await _ask(process, request)
        files = [File(**file) for file in told["files"]]
        if all(file.problem for file in files):
            raise _Unreadable(files)
        yield _Read(target, process, files, told["left_out"])
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        with suppress(TimeoutError):
            async with asyncio.timeout(_ENDING_S):
                await process.communicate()


async def _ask(process: Process, request: Mapping[str, Any]) -> Any:
    """Sends a line, and reads one.

    Raises:
        SessionLost: the reader has ended, or says what is no answer.
    """
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(request).encode() + b"\n")
        await process.stdin.drain()
        return json.loads(await process.stdout.readline())
    except (OSError, ValueError) as error:
        raise SessionLost("the process that reads the files has ended") from error


def _now(target: Target) -> float:
    assert target.asked_at is not None, "the runner says when it began"
    return target.asked_at.timestamp()


async def _reachability(session: _Read, _thresholds: Thresholds) -> Measurement:
    return judge_files(session.files, session.now, left_out=session.left_out)


def judge_files(files: Sequence[File], now: float, *, left_out: int = 0) -> Measurement:
    """By whether all can be read and say when their lines were written, and by lines from the future.

    Args:
        files: that were found, also those that could not be read.
        now: seconds since 1970.
        left_out: how many more there were, which are older.
    """
    newest = max((file.newest for file in files if file.newest is not None), default=None)
    unread = [file for file in files if file.problem]
    size = sum(file.read for file in files) / _MIB
    said = f"{count(len(files) - len(unread), 'file')} can be read, {size:.1f} MiB were"
    if left_out:
        said += f"; {count(left_out, 'older one')} were left out"
    if newest is None:
        said = f"{said}."
    elif newest > now + AHEAD_S:
        said = f"{said}; the newest line is from {seconds(newest - now)} ahead."
    else:
        said = f"{said}; the newest line is {seconds(max(0, now - newest))} old."
    verdict, advice = Verdict.OK, ""
    if unread:
        verdict, advice = Verdict.ERROR, _MENDING
        said = f"{unread[0].path} was not read: {unread[0].problem}. {said}"
    elif newest is not None and newest > now + AHEAD_S:
        verdict, advice = Verdict.WARN, "Name the time zone of the lines in `zone`, or set that machine's clock."
    return Measurement(
        verdict=verdict,
        explanation=said,
        next_step=advice,
        value=len(files) - len(unread),
        unit="files",
        threshold="must be readable",
        rows=_rows(files),
    )


def _rows(files: Sequence[File]) -> Rows:
    return Rows.of(
        ("file", "read MiB", "of MiB", "newest line", "problem"),
        (
            (file.path, round(file.read / _MIB, 2), round(file.size / _MIB, 2), _at(file.newest), file.problem)
            for file in files
        ),
    )


def _at(moment: float | None) -> datetime | None:
    return None if moment is None else datetime.fromtimestamp(int(moment), UTC)


def _search(options: LogFilesTarget, rule: PatternRule) -> Check[_Read]:
    async def ask(session: _Read, _thresholds: Thresholds) -> Measurement:
        span = Span(session.now, rule.within.total_seconds())
        budget = _SHARE * session.target.check_timeout_s
        request = {
            "match": rule.match,
            "regex": rule.regex,
            "at": span.at,
            "within_s": span.within_s,
            "seconds": budget,
        }
        found = await _ask(session.process, request)
        if found.pop("slow", False):
            return Measurement(
                verdict=Verdict.ERROR,
                explanation=f"The check failed: its pattern was not done within {budget:.1f} s.",
                next_step="Make it simpler, with fewer `*` and `+`, or lower `read_mib` in the policy pack.",
            )
        return judge(rule, Seen(span=span, **found, known_from=session.known_from))

    what = f"/{rule.match}/" if rule.regex else f"“{rule.match}”"
    where = ", ".join(f"{path} and {path}.1" if options.rotated else path for path in options.paths)
    ran = f"{what} in the last {options.read_mib} MiB of {where}, of the last {format_duration(2 * rule.within)}"
    return Asking(name=rule.name, title=rule.title or rule.name, ask=ask, ran=ran)


def _checks(options: LogFilesTarget) -> Sequence[Check[_Read]]:
    reachability = Asking(
        name="reachability", title="Readable", ask=_reachability, ran=f"open({', '.join(options.paths)})"
    )
    return (reachability, *(_search(options, rule) for rule in options.patterns))


def _against(target: Target) -> str:
    paths: Sequence[str] = target.options.paths
    return ", ".join(paths[:_SHOWN]) + (f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else "")


def _refused(error: Exception, target: Target) -> Refusal:
    match error:
        case _Unreadable():
            return Refusal(judge_files(error.files, _now(target)))
        case TimeoutError():
            why = "They could not be read in time."
            advice = "See whether the disk hangs; else lower `read_mib`, or make `time_pattern` simpler."
        case SessionLost():
            why = f"The check failed: {error}."
            advice = "Run it again; if it happens again, see whether this machine is out of memory."
        case _:
            return kind.refused(error, target)
    return Refusal(Measurement(verdict=Verdict.ERROR, explanation=why, next_step=advice, threshold="must be readable"))


LOG_FILES = Kind(
    name="log_files",
    options=LogFilesTarget,
    checks=_checks,
    connect=_reading,
    against=_against,
    refused=_refused,
    in_turn=True,  # one process reads, and answers one question after another
)

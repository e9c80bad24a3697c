"""What the programs say that a pack allows to be run on the machine where Muster runs."""

import asyncio
import platform
import shlex
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from bot.diagnostics import process
from bot.diagnostics.check import Asking, Check, Thresholds
from bot.diagnostics.checks.command.saying import MOST, Said, judge, rows
from bot.diagnostics.judging import count
from bot.diagnostics.kind import Kind
from bot.diagnostics.process import Finished, NotRun, TimedOut
from bot.diagnostics.result import Measurement, Rows, Verdict
from bot.diagnostics.target import Target
from bot.policy.targets.command import CommandRule, CommandTarget

#: A program ends somewhat before its check would, so that what it said until then can be shown.
_OF_ITS_TIME = 0.9
_MISSING = "Install it where Muster runs, mend its rights or the PATH, or correct `argv` in the policy pack."


@asynccontextmanager
async def _ready(target: Target) -> AsyncIterator[Target]:
    yield target


async def _reachability(target: Target, _thresholds: Thresholds) -> Measurement:
    options: CommandTarget = target.options
    names = list(dict.fromkeys(rule.argv[0] for rule in options.commands))
    # In a thread: a folder of the PATH may be far away.
    there = await asyncio.to_thread(lambda: {name: _where(name) for name in names})
    missing = [str(where) for where in there.values() if isinstance(where, NotRun)]
    said = "It is there" if len(names) == 1 else "They are all there"
    return Measurement(
        verdict=Verdict.ERROR if missing else Verdict.OK,
        explanation=f"{_sentence('; '.join(missing)) if missing else said}.",
        next_step=_MISSING if missing else "",
        value=len(names) - len(missing),
        unit="programs" if len(names) != 1 else "program",
        threshold=f"must be there: {count(len(names), 'program')}",
        rows=Rows.of(("program", "where"), there.items()),
    )


def _where(name: str) -> str | NotRun:
    try:
        return process.program(name)
    except NotRun as error:
        return error


def _command(rule: CommandRule) -> Check[Target]:
    ran = shown(rule)

    async def ask(target: Target, _thresholds: Thresholds) -> Measurement:
        env = {name: target.setting(setting) for name, setting in rule.env_from.items()}
        timeout_s = target.check_timeout_s * _OF_ITS_TIME
        try:
            finished = await process.run(rule.argv, timeout_s=timeout_s, most_bytes=MOST, env=env)
        except TimedOut as error:
            return _stopped(error, _secrets(env))
        # In a thread: patterns and paths through a megabyte take a while.
        return await asyncio.to_thread(judge, rule, Said.of(finished, _secrets(env)))

    return Asking(name=rule.name, title=rule.title or rule.name, ask=ask, ran=ran)


def _stopped(error: TimedOut, secrets: Sequence[str]) -> Measurement:
    ended = Finished(status=0, stdout=error.stdout, stderr=error.stderr, cut=error.cut, took_s=0)
    return Measurement(
        verdict=Verdict.ERROR,
        explanation=f"It was stopped: {error}.",
        next_step="See by hand what it waits for, or give it more time with `check_timeout`.",
        rows=rows(Said.of(ended, secrets)),
    )


def _secrets(env: Mapping[str, str]) -> list[str]:
    """What must not be shown: each value, and each line of one that has several, as a key has."""
    return [line.strip() for value in env.values() for line in (value, *value.splitlines())]


def shown(rule: CommandRule) -> str:
    """What is run, as one would write it on a terminal; the environment by the settings that it comes from."""
    return " ".join([*(f'{name}="${setting}"' for name, setting in rule.env_from.items()), shlex.join(rule.argv)])


def _means(error: Exception, _target: Target) -> Measurement | None:
    if isinstance(error, NotRun):
        return Measurement(verdict=Verdict.ERROR, explanation=f"{_sentence(str(error))}.", next_step=_MISSING)
    return None


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _checks(options: CommandTarget) -> Sequence[Check[Target]]:
    programs = dict.fromkeys(rule.argv[0] for rule in options.commands)
    reachability = Asking(
        name="reachability",
        title="Programs",
        ask=_reachability,
        ran="\n".join(shlex.join(("command", "-v", name)) for name in programs),
    )
    return (reachability, *(_command(rule) for rule in options.commands))


COMMAND = Kind(
    name="command",
    options=CommandTarget,
    checks=_checks,
    connect=_ready,
    against=lambda _target: platform.node() or "this machine",
    means=_means,
)

"""Runs a program of this machine: an argv of the pack, in which a value stays within its argument."""

import shlex
from collections.abc import Sequence

from bot.diagnostics import process
from bot.diagnostics.actions.action import MOST_BYTES, Attempt, Ending, Outcome, Rehearsal
from bot.diagnostics.actions.filling import arguments
from bot.diagnostics.actions.kind import ActionKind
from bot.diagnostics.kind import plainly
from bot.diagnostics.result import Measurement, Verdict
from bot.policy.actions.command import CommandAction

#: Seconds of the time that are left for saying what came of it, and for the program's own ending.
_LEFT_S = 3.0


def ran(attempt: Attempt) -> str:
    """The argv, as a shell would be given it; there is none."""
    options: CommandAction = attempt.options
    return shlex.join(arguments(options.argv, attempt.given))


def against(_attempt: Attempt) -> str:
    """This machine."""
    return "the machine that Muster runs on"


async def _run(attempt: Attempt, argv: Sequence[str]) -> process.Finished:
    options: CommandAction = attempt.options
    return await process.run(
        argv,
        timeout_s=max(attempt.action.timeout_s - _LEFT_S, attempt.action.timeout_s / 2),
        most_bytes=MOST_BYTES,
        env={name: attempt.action.setting(setting) for name, setting in options.env_from.items()},
    )


def _heard(finished: process.Finished | process.TimedOut) -> str:
    parts = (finished.stdout, finished.stderr)
    said = "\n".join(text for part in parts if (text := part.decode(errors="replace").strip()))
    return f"{said}\n… (there was more)" if finished.cut else said


async def rehearse(attempt: Attempt) -> Rehearsal:
    """The exact argv; and what the pack's own rehearsal says, where it has one."""
    options: CommandAction = attempt.options
    argv = arguments(options.argv, attempt.given)
    found = process.program(argv[0])
    line = f"Runs {shlex.join(argv)} on {against(attempt)} ({found}), for {attempt.action.timeout_s:g} s at most."
    for setting in options.env_from.values():
        attempt.action.setting(setting)
    if options.rehearse is None:
        return Rehearsal(ready=True, lines=(attempt.action.rule.does, line, "Nothing was tried beforehand."))
    trial = arguments(options.rehearse, attempt.given)
    shown = shlex.join(trial)
    try:
        finished = await _run(attempt, trial)
    except process.TimedOut as late:
        return Rehearsal(ready=False, lines=(line,), why_not=f"{shown}: {plainly(late)}.", output=_heard(late))
    if finished.status != 0:
        return Rehearsal(
            ready=False,
            lines=(line,),
            why_not=f"The rehearsal, {shown}, ended with status {finished.status}.",
            next_step="See what it says, and mend that or what was filled in.",
            output=_heard(finished),
        )
    lines = (attempt.action.rule.does, line, f"Rehearsed with {shown}, which said what stands here.")
    return Rehearsal(ready=True, lines=lines, output=_heard(finished))


async def perform(attempt: Attempt) -> Outcome:
    """Runs it to its end."""
    options: CommandAction = attempt.options
    argv = arguments(options.argv, attempt.given)
    process.program(argv[0])
    for setting in options.env_from.values():
        attempt.action.setting(setting)
    attempt.sent = True
    try:
        finished = await _run(attempt, argv)
    except process.NotRun:
        attempt.sent = False
        raise
    except process.TimedOut as late:
        return Outcome(
            verdict=Ending.UNKNOWN,
            said=f"{argv[0]} was ended: {plainly(late)}. What it had done by then, nobody knows.",
            next_step="See how far it came before you try it again.",
            output=_heard(late),
        )
    said = f"{argv[0]} ended with status {finished.status} after {finished.took_s:.1f} s."
    if finished.status != 0:
        advice = "See what it says: part of it may be done."
        return Outcome(verdict=Ending.FAILED, said=said, next_step=advice, output=_heard(finished))
    return Outcome(verdict=Ending.DONE, said=said, output=_heard(finished))


def means(error: Exception, _attempt: Attempt) -> Measurement | None:
    """What it means that it could not be started."""
    if not isinstance(error, process.NotRun):
        return None
    return Measurement(
        verdict=Verdict.ERROR,
        explanation=f"It cannot be started: {plainly(error)}.",
        next_step="Install it where Muster runs, or mend `argv` in the policy pack.",
    )


COMMAND = ActionKind(
    name="command",
    options=CommandAction,
    ran=ran,
    against=against,
    rehearse=rehearse,
    perform=perform,
    means=means,
)

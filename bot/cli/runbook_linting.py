"""`muster runbooks lint`: what is wrong in runbooks, and what would make them better."""

import json
from collections.abc import Iterator
from pathlib import Path

from bot.cli.outcome import FAULT, OK
from bot.cli.runbook_shelf import Shelf, near, shelf
from bot.cli.terminal import complain, say
from bot.core import wall_clock
from bot.diagnostics.runner import known_checks
from bot.messages.filters import plural
from bot.policy.faults import Fault
from bot.runbooks.bind import bind
from bot.runbooks.check import check_pack
from bot.runbooks.lint import Advice
from bot.runbooks.lint import lint as advice_on


async def lint(pack: str | None, directory: Path | None, *, as_json: bool) -> int:
    """Print what is wrong, then what could be better, as `file:line: message`; returns the exit status.

    Raises:
        PolicyFault: the pack cannot be read.
    """
    held = shelf(pack, directory)
    wrong = sorted(set(_faults(held, own=directory is None)))
    better = advice_on(held.catalogue, held.policy, wall_clock().date())
    found: list[Fault | Advice] = [*wrong, *better]
    rows = [(_kind(one), near(Path(one.file)), one.line, one.message) for one in found]
    if as_json:
        names = ("kind", "file", "line", "message")
        say(json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=2, ensure_ascii=False))
        return FAULT if wrong else OK
    for kind, file, line, message in rows:
        say(f"{file}:{line}: {message}", style="red" if kind == "fault" else "")
    mend = f"{len(wrong)} to mend" if wrong else "Nothing to mend"
    rest = f", {plural(len(better), 'piece')} of advice" if better else ""
    (complain if wrong else say)(f"{mend}{rest} in {plural(len(held.catalogue.list()), 'runbook')}.")
    return FAULT if wrong else OK


def _kind(one: Fault | Advice) -> str:
    return "fault" if isinstance(one, Fault) else "advice"


def _faults(held: Shelf, *, own: bool) -> Iterator[Fault]:
    """What is wrong in the runbooks; where they are the pack's own, also what the pack says of them."""
    if own:
        yield from check_pack(held.directory)
        return
    yield from held.catalogue.faults()
    if held.policy:
        for runbook in held.catalogue.list():
            yield from bind(runbook, held.policy, checks_of=known_checks).faults

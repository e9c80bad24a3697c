"""`muster diag`: the same diagnostics as in Slack."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.text import Text

from bot.cli.acting import application
from bot.cli.terminal import err, legible, say, table
from bot.diagnostics.result import Report, Result, Verdict
from bot.diagnostics.runner import Progress
from bot.messages.filters import figure

#: Exit statuses as monitoring plug-ins have them; `ERROR` and `NO_DATA` are "it could not be told".
UNTOLD = 3
_STATUS = {Verdict.OK: 0, Verdict.WARN: 1, Verdict.CRITICAL: 2, Verdict.ERROR: UNTOLD, Verdict.NO_DATA: UNTOLD}


async def targets(*, as_json: bool) -> None:
    """Print what can be diagnosed. Raises SettingsFault or PolicyFault."""
    async with application() as built:
        rules = built.muster.policy.targets
        rows = [(rule.name, rule.kind, rule.title, ", ".join(built.diagnostics.unset(rule))) for rule in rules]
    if as_json:
        names = ("name", "kind", "title", "unset")
        say(json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=2))
    elif rows:
        table(("Target", "Kind", "Title", "Not set yet"), rows)
    else:
        say("The policy has no targets. docs/diagnostics.md shows how to declare one.")


async def diagnose(typed: str, *, as_json: bool, healthy: bool = False) -> int:
    """Run a target's checks and print what they found, worst first; returns the exit status.

    Args:
        typed: what to diagnose.
        as_json: for machines.
        healthy: whether what is well now is remembered as what is usual.

    Raises:
        UnknownTarget, UnknownCheck: there is nothing by that name.
    """
    async with application() as built:
        with _told() as tell:
            report = await built.diagnostics.diagnose(typed, healthy=healthy, tell=tell)
    if as_json:
        say(json.dumps(report.to_dict(), indent=2, ensure_ascii=False))
    else:
        _print(report)
    return _STATUS[report.verdict]


@contextmanager
def _told() -> Iterator[Callable[[Progress], None]]:
    """Says on a terminal how far it is, in a line that goes away."""
    console = err()
    if not console.is_terminal:
        yield lambda _progress: None
        return
    with console.status("Looking…") as status:

        def tell(progress: Progress) -> None:
            more = f" and {len(progress.waiting) - 3} more" if len(progress.waiting) > 3 else ""
            waiting = f", waiting for {', '.join(progress.waiting[:3])}{more}" if progress.waiting else ""
            status.update(Text(legible(f"{progress.done} of {progress.total} checks done{waiting}")))

        yield tell


def _before(result: Result) -> str:
    """What its number was before, and what it usually is."""
    said = []
    if was := result.was:
        unit = f" {result.unit}" if result.unit else ""
        said.append(f"{figure(was.value or 0)} → {figure(result.value or 0)}{unit} since {was.at:%Y-%m-%d %H:%M} UTC")
    if usual := result.usual:
        said.append(f"usually {figure(usual.value or 0)}")
    return f" ({', '.join(said)})" if said else ""


def _print(report: Report) -> None:
    rows = [
        (result.verdict.value, result.label, f"{result.explanation}{_before(result)}", f"{result.took_ms:.0f} ms")
        for result in report.worst_first
    ]
    table(("Verdict", "Check", "Finding", "Took"), rows)
    say(f"\n{report.target} ({report.against}): {report.verdict.value} in {report.took_ms} ms")
    for result in report.worst_first:
        if result.verdict is not Verdict.OK and result.next_step:
            say(f"  {result.label}: {result.next_step}")

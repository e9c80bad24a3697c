"""`muster diag`: the same diagnostics as in Slack."""

import json

from bot.cli.acting import application
from bot.cli.terminal import say, table
from bot.diagnostics.result import Report, Verdict

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


async def diagnose(typed: str, *, as_json: bool) -> int:
    """Run a target's checks and print what they found, worst first; returns the exit status.

    Raises:
        UnknownTarget, UnknownCheck: there is nothing by that name.
    """
    async with application() as built:
        report = await built.diagnostics.diagnose(typed)
    if as_json:
        say(json.dumps(report.to_dict(), indent=2, ensure_ascii=False))
    else:
        _print(report)
    return _STATUS[report.verdict]


def _print(report: Report) -> None:
    rows = [
        (result.verdict.value, result.label, result.explanation, f"{result.took_ms:.0f} ms")
        for result in report.worst_first
    ]
    table(("Verdict", "Check", "Finding", "Took"), rows)
    say(f"\n{report.target} ({report.against}): {report.verdict.value} in {report.took_ms} ms")
    for result in report.worst_first:
        if result.verdict is not Verdict.OK and result.next_step:
            say(f"  {result.label}: {result.next_step}")

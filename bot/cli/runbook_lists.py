"""`muster runbooks list`, `search` and `lint`: many runbooks at a time."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from bot.cli.runbook_shelf import near, shelf
from bot.cli.runbook_showing import about, unbound
from bot.cli.terminal import advise, legible, out, say, table
from bot.domain.runbook_run import RunKind
from bot.messages.filters import plural
from bot.runbooks.overview import Overview

#: How much of a line names and titles may have.
_WIDEST = 30


async def show_list(pack: str | None, directory: Path | None, *, as_json: bool) -> None:
    """Print all runbooks, by name. Raises PolicyFault."""
    held = shelf(pack, directory)
    found = [held.seen(runbook) for runbook in held.catalogue.list()]
    if as_json:
        rows = [{**about(seen.runbook), "steps": len(seen.steps), "runs": _phrases(seen)} for seen in found]
        say(json.dumps(rows, indent=2, ensure_ascii=False))
    elif not found:
        say(f"There is no runbook in {near(held.directory)}.")
    else:
        _print(found)
        if unsaid := unbound(found[0]):
            say(f"\n{unsaid}")
    if faults := held.catalogue.faults():
        advise(f"{plural(len(faults), 'thing is', 'things are')} wrong in the files: muster runbooks lint says what.")


async def search(
    words: str, pack: str | None, directory: Path | None, *, service: str | None, alert: str | None, as_json: bool
) -> None:
    """Print the runbooks that may help, the likeliest first, each with its reasons. Raises PolicyFault."""
    held = shelf(pack, directory)
    found = held.catalogue.suggest(words, service=service, alert=alert)
    known = {suggestion.runbook.name for suggestion in found}
    found += [one for one in held.catalogue.search(words) if one.runbook.name not in known]
    if as_json:
        rows = [{**about(one.runbook), "reasons": list(one.reasons)} for one in found]
        say(json.dumps(rows, indent=2, ensure_ascii=False))
    elif found:
        table(
            ("Name", "Title", "Why"), [(one.runbook.name, one.runbook.title, ", ".join(one.reasons)) for one in found]
        )
    else:
        say("No runbook says anything of that. Try other words, or muster runbooks list.")


def _print(found: Sequence[Overview]) -> None:
    """A row for each; on a terminal, where seven columns have no room, what belongs together is in one."""
    if not out().is_terminal:
        table(("Name", "Title", "Services", "Alerts", "Steps", "Runs", "Reviewed"), map(_row, found))
        return
    widest = max(max(len(seen.runbook.name), len(seen.runbook.title)) for seen in found)
    drawn = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    drawn.add_column("Runbook", overflow="fold", width=min(widest, _WIDEST))
    drawn.add_column("For", overflow="fold")
    drawn.add_column("Steps", width=11)
    drawn.add_column("Reviewed", width=10)
    for seen in found:
        name, title, services, alerts, _, runs, reviewed = (
            legible("" if cell is None else str(cell)) for cell in _row(seen)
        )
        steps = plural(len(seen.steps), "step")
        drawn.add_row(
            Text.assemble((name, "bold"), f"\n{title}"),
            Text("\n".join(filter(None, (services, alerts)))),
            Text("\n".join((steps, *filter(None, runs.split(", "))))),
            reviewed,
        )
    out().print(drawn, soft_wrap=False)


def _row(seen: Overview) -> tuple[object, ...]:
    runbook = seen.runbook
    return (
        runbook.name,
        runbook.title,
        ", ".join(runbook.services),
        ", ".join(runbook.alerts),
        len(seen.steps),
        _runs(seen),
        runbook.reviewed,
    )


def _runs(seen: Overview) -> str:
    """How many of its blocks run."""
    buttons = [button for view in seen.steps for button in view.buttons]
    kinds = Counter(button.runs.kind if button.runs else None for button in buttons)
    said = [
        plural(kinds[RunKind.CHECK], "check") if kinds[RunKind.CHECK] else "",
        plural(kinds[RunKind.ACTION], "action") if kinds[RunKind.ACTION] else "",
        plural(kinds[None], "that does not", "that do not") if seen.pack and kinds[None] else "",
        plural(kinds[None], "block") if not seen.pack and kinds[None] else "",
    ]
    return ", ".join(filter(None, said))


def _phrases(seen: Overview) -> list[dict[str, str]]:
    """Everything that it would run, each once."""
    found = {(runs.kind.value, runs.does): None for runs in seen.runs}
    return [{"kind": kind, "does": does} for kind, does in found]

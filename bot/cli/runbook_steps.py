"""A runbook's steps on a terminal: what each runs, and where it leads."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from rich.table import Table
from rich.text import Text

from bot.cli.terminal import STYLES, legible, out, say
from bot.domain.runbook_run import END, Branch, RunKind
from bot.runbooks.overview import Button, Overview, StepView

#: How far the text of a step stands in from its number.
_IN = 4
_INDENT = " " * _IN
_KINDS = {RunKind.CHECK: "diag", RunKind.ACTION: "do"}


def put(text: Text, lead: Text | str = "") -> None:
    """Print a paragraph behind what leads it; on a terminal its further lines begin under its first word."""
    console, lead = out(), Text(lead) if isinstance(lead, str) else lead
    if not console.is_terminal:
        console.file.write(f"{lead.plain}{text.plain}\n")
        return
    drawn = Table.grid()
    drawn.add_column(width=lead.cell_len)
    drawn.add_column(overflow="fold")
    drawn.add_row(lead, text)
    console.print(drawn, soft_wrap=False)


def put_steps(seen: Overview, way: Iterable[tuple[StepView, Branch | None]]) -> None:
    """Print steps below their chapters' titles, each with the branch of it that is followed, if any."""
    for chapter, steps in groupby(way, key=lambda step: step[0].chapter):
        say("")
        say(chapter, style="bold underline")
        for view, taken in steps:
            _put_step(seen, view, taken)


def _put_step(seen: Overview, view: StepView, taken: Branch | None) -> None:
    title = Text(legible(view.step.title), style="bold")
    if view.step.takes:
        title.append(f"  ({legible(view.step.takes)})", style="not bold dim")
    put(title, Text(f"{view.number:>{_IN - 2}}  ", style="bold cyan"))
    if view.step.says:
        put(Text(legible(view.step.says)), _INDENT)
    for button in view.buttons:
        for depth, line in _button(button, bound=bool(seen.pack)):
            put(line, _INDENT + "  " * depth)
    for _, together in groupby(view.step.branches, key=lambda branch: branch.to):
        put(_branches(seen, list(together), taken), _INDENT)
    following = view.number + 1 if view.number < len(seen.steps) else END
    if view.step.then != following and not view.step.pick:
        put(Text(f"then → {called(seen, view.step.then)}", style="dim"), _INDENT)


def called(seen: Overview, number: int) -> str:
    """A step as one speaks of it: its number and its title."""
    view = seen.step(number)
    return f"{number} {legible(view.step.title)}" if view else "the end"


def step_json(seen: Overview, view: StepView) -> dict[str, Any]:
    """A step in JSON's types; `runs` of a block is null where it would run nothing."""
    step, begin = view.step, seen.runbook.text_line
    lines = seen.runbook.text.split("\n")[max(step.first - begin, 0) : step.last - begin + 1]
    return {
        "number": view.number,
        "chapter": view.chapter,
        "title": step.title,
        "lines": [step.first, step.last] if step.first else None,
        "text": "\n".join(lines) if step.first else "",
        "says": step.says,
        "takes": step.takes,
        "pick": step.pick,
        "blocks": [_button_json(button) for button in view.buttons],
        "branches": [{"on": branch.on, "to": branch.to} for branch in step.branches],
        "then": step.then,
    }


def _button(button: Button, *, bound: bool) -> Iterator[tuple[int, Text]]:
    """A button's lines, each with how far it stands in."""
    if button.runs is not None:
        typed = legible(f"{_KINDS[button.runs.kind]} {button.phrase}")
        yield 0, Text.assemble(("runs ", "green"), (typed, "bold green"))
    elif bound:
        yield 0, Text(legible(f"does not run: {button.phrase}"), style="red")
    else:
        yield 0, Text(legible(f"names {button.phrase}"), style="green")
    for line in button.about:
        yield 1, Text(legible(line), style="dim")
    if button.wrong:
        yield 1, Text(legible(f"line {button.block.line}: {button.wrong}"), style="yellow")


def _branches(seen: Overview, together: Sequence[Branch], taken: Branch | None) -> Text:
    """Branches that lead to one step; a mark where one of them is followed."""
    followed = any(branch is taken for branch in together)
    words = [Text(legible(branch.on), style=STYLES.get(branch.on, "bold")) for branch in together]
    end = Text(f" → {called(seen, together[0].to)}", style="bold" if followed else "")
    return Text.assemble("▸ " if followed else "", Text(", ").join(words), end)


def _button_json(button: Button) -> dict[str, Any]:
    block, runs = button.block, button.runs
    return {
        "line": block.line,
        "language": block.language,
        "words": list(block.words),
        "named": dict(block.named),
        "body": block.body,
        "runs": {"kind": runs.kind.value, "does": runs.does, "given": dict(runs.given)} if runs else None,
        "about": list(button.about),
        "wrong": button.wrong,
    }

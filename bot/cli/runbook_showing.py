"""`muster runbooks show` and `preview`: one runbook, as Muster understood it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.text import Text

from bot.cli.records import put as write
from bot.cli.runbook_shelf import near, shelf
from bot.cli.runbook_steps import put, put_steps, step_json
from bot.cli.terminal import legible, say, table
from bot.runbooks.overview import Overview
from bot.runbooks.preview import to_page
from bot.runbooks.runbook import Runbook
from bot.runbooks.structure import Chapter

#: The front matter's keys, as people read them.
_KEYS = ("services", "alerts", "symptoms", "tags")


async def show(typed: str, pack: str | None, directory: Path | None, *, as_json: bool) -> None:
    """Print a runbook: its front matter, its chapters and its steps. Raises UnknownRunbook, PolicyFault."""
    held = shelf(pack, directory)
    seen = held.seen(held.find(typed))
    if as_json:
        say(json.dumps(_whole(seen), indent=2, ensure_ascii=False))
        return
    _print(seen)


async def page(typed: str, file: Path | None, pack: str | None, directory: Path | None) -> None:
    """Print a runbook as a page, or write it to a file. Raises UnknownRunbook, PolicyFault."""
    held = shelf(pack, directory)
    write(to_page(held.seen(held.find(typed))), file)


def about(runbook: Runbook) -> dict[str, Any]:
    """A runbook's front matter in JSON's types."""
    return {
        "name": runbook.name,
        "title": runbook.title,
        "file": near(runbook.path),
        "digest": runbook.digest,
        **{key: list(getattr(runbook, key)) for key in _KEYS},
        "severity_hint": runbook.severity_hint,
        "owner": runbook.owner,
        "reviewed": runbook.reviewed.isoformat() if runbook.reviewed else None,
    }


def unbound(seen: Overview) -> str:
    """What is said where no pack was asked; nothing where one was."""
    return "" if seen.pack else "No pack was asked what the blocks run; add --pack NAME for that."


def _whole(seen: Overview) -> dict[str, Any]:
    return {
        **about(seen.runbook),
        "pack": seen.pack or None,
        "chapters": [_chapter(chapter) for chapter in seen.runbook.structure.chapters],
        "steps": [step_json(seen, view) for view in seen.steps],
    }


def _chapter(chapter: Chapter) -> dict[str, Any]:
    return {
        "kind": chapter.kind.value,
        "title": chapter.title,
        "lines": [chapter.first, chapter.last],
        "walked": chapter.walked,
    }


def _print(seen: Overview) -> None:
    runbook = seen.runbook
    say(runbook.title, style="bold")
    for name, text in _front(seen):
        put(Text(legible(text)), Text(f"{name:<10}", style="dim"))
    say("")
    rows = [
        (
            chapter.title or "(before the first heading)",
            chapter.kind.value,
            f"{chapter.first}-{chapter.last}",
            _steps(seen, chapter),
        )
        for chapter in runbook.structure.chapters
    ]
    table(("Chapter", "Is", "Lines", "Steps"), rows)
    put_steps(seen, ((view, None) for view in seen.steps))
    if not seen.steps:
        say("\nIt has no steps: it is read, not walked. docs/runbooks.md says what a step is.")
    elif unsaid := unbound(seen):
        say(f"\n{unsaid}")


def _front(seen: Overview) -> Iterator[tuple[str, str]]:
    """What is known of a runbook, by what people call it."""
    runbook = seen.runbook
    yield "Name", runbook.name
    for key in _KEYS:
        if values := getattr(runbook, key):
            yield key.capitalize(), ", ".join(values)
    for name, value in (("Severity", runbook.severity_hint), ("Owner", runbook.owner), ("Reviewed", runbook.reviewed)):
        if value:
            yield name, str(value)
    yield "File", f"{near(runbook.path)}, version {runbook.digest[:12]}"
    if seen.pack:
        yield "Pack", seen.pack


def _steps(seen: Overview, chapter: Chapter) -> str:
    """The numbers of a chapter's steps."""
    numbers = [view.number for view in seen.steps if chapter.first <= view.step.first <= chapter.last]
    if not numbers:
        return "walked" if chapter.walked else "read"
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}-{numbers[-1]}"

"""`muster incident checklist …`, `text …` and `timeline …`."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.outcome import run

checklist = typer.Typer(
    help="The policy's checklists: what there is, how they stand, what is done.", no_args_is_help=True
)
text = typer.Typer(
    help="The policy's texts, such as letters to customers: filled in, and recorded.", no_args_is_help=True
)

Ref = Annotated[str, typer.Argument(metavar="REF", help="An incident, such as INC-2026-01-31-001.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="As the policy calls it; `list` has the names.")]


@checklist.command("list")
def list_checklists(ref: Ref) -> None:
    """List the checklists, and how far each is."""
    from bot.cli.procedures import checklists as work

    run(work(ref))


@checklist.command("show")
def show_checklist(ref: Ref, name: Name) -> None:
    """Bring a checklist into the channel, if it is not there, and print it."""
    from bot.cli.procedures import checklist as work

    run(work(ref, name))


@checklist.command()
def tick(
    ref: Ref,
    name: Name,
    numbers: Annotated[list[int], typer.Argument(metavar="NUMBER…", min=1, help="The items, from 1.")],
    *,
    undo: Annotated[bool, typer.Option("--undo", help="They are not done after all.")] = False,
) -> None:
    """Tick items off."""
    from bot.cli.procedures import tick as work

    run(work(ref, name, tuple(numbers), undo=undo))


@text.command("list")
def list_texts(ref: Ref) -> None:
    """List the texts, those that fit now first, and by when each is due."""
    from bot.cli.procedures import texts as work

    run(work(ref))


@text.command("print")
def print_text(ref: Ref, name: Name) -> None:
    """Print a text with what is known filled in; [brackets] are for you."""
    from bot.cli.procedures import print_text as work

    run(work(ref, name))


@text.command()
def record(
    ref: Ref,
    name: Name,
    file: Annotated[
        Path, typer.Option(help="What went out, a first line such as “Subject: …” included; - reads standard input.")
    ],
) -> None:
    """Record that a text went out, as it stands in a file."""
    from bot.cli.procedures import record_text as work
    from bot.cli.procedures import written

    run(work(ref, name, written(file)))


def timeline(
    ref: Ref,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[add|move|hide|show|annotate|hidden] [N] [WHEN] [TEXT…]", help="As in Slack."),
    ] = None,
) -> None:
    """Show what happened, or correct it: the original is kept. Times are UTC."""
    from bot.cli.correcting import timeline_of as work

    run(work(ref, tuple(words or ())))

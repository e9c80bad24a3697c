"""`muster outbox …`: what Slack is still to be told, and what it refused."""

from typing import Annotated

import typer

from bot.cli.outcome import USAGE, run, stop

app = typer.Typer(
    help="What Slack is still to be told: see it, ask Slack again for what it refused, or give it up.",
    no_args_is_help=True,
)

Ids = Annotated[list[int], typer.Argument(metavar="ID…", min=1, help="Rows, by the numbers that `list` shows.")]


@app.command("list")
def list_(
    ref: Annotated[str | None, typer.Argument(metavar="[REF]", help="One incident's rows alone.")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="What was sent or dropped, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """List what waits, is being sent, is put off, or was refused: why, since when, and what helps."""
    from bot.cli.deliveries import show

    run(show(ref, everything=everything, as_json=as_json))


@app.command()
def retry(
    which: Annotated[
        list[str] | None, typer.Argument(metavar="ID…", help="Rows by number; with --refused, an incident.")
    ] = None,
    *,
    refused: Annotated[bool, typer.Option("--refused", help="Everything that was refused.")] = False,
) -> None:
    """Ask Slack again for what it refused, each in its place. Mend first what it complained about."""
    from bot.cli.deliveries import retry as work
    from bot.cli.deliveries import retry_refused

    words = which or []
    if refused:
        if len(words) > 1:
            stop("--refused takes one incident at most.", status=USAGE)
        raise typer.Exit(run(retry_refused(words[0] if words else None)))
    if not words or not all(word.isascii() and word.isdecimal() for word in words):
        stop("Say which rows, by number, or --refused for all.", "muster outbox list shows them.", status=USAGE)
    raise typer.Exit(run(work([int(word) for word in words])))


@app.command()
def drop(ids: Ids, why: Annotated[str, typer.Option(metavar="TEXT", help="For the timeline.")] = "") -> None:
    """Give rows up for good that wait or were refused: Slack will never be told."""
    from bot.cli.deliveries import drop as work

    raise typer.Exit(run(work(ids, why)))

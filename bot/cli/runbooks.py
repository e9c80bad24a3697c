"""`muster runbooks …`: the runbooks of a pack, or of any folder, without Slack and without a database."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.outcome import USAGE, run, stop

app = typer.Typer(
    help="Runbooks: what there are, what they would run, and what is wrong in them.", no_args_is_help=True
)

Pack = Annotated[str | None, typer.Option("--pack", metavar="PACK", help="By name or directory, not MUSTER_PACK's.")]
Dir = Annotated[
    Path | None, typer.Option("--dir", metavar="DIR", help="Any folder of Markdown, searched deep; without a pack.")
]
Json = Annotated[bool, typer.Option("--json", help="Everything, for machines.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="A runbook, by its name or its title.")]


@app.command("list")
def list_them(directory: Dir = None, pack: Pack = None, *, as_json: Json = False) -> None:
    """List the runbooks: what they are for, how many steps they have and what those run."""
    from bot.cli.runbook_lists import show_list as work

    run(work(pack, directory, as_json=as_json), fault=USAGE)


@app.command()
def show(name: Name, directory: Dir = None, pack: Pack = None, *, as_json: Json = False) -> None:
    """Show what Muster understood of a runbook: its chapters, its steps, what they run and where they lead."""
    from bot.cli.runbook_showing import show as work

    run(work(name, pack, directory, as_json=as_json), fault=USAGE)


@app.command()
def search(
    words: Annotated[list[str] | None, typer.Argument(metavar="WORDS", help="A symptom, a message, a title.")] = None,
    service: Annotated[str | None, typer.Option(help="The service that is not well.")] = None,
    alert: Annotated[str | None, typer.Option(help="The name of the alert that fired.")] = None,
    directory: Dir = None,
    pack: Pack = None,
    *,
    as_json: Json = False,
) -> None:
    """Find the runbooks that may help, the likeliest first, each with the reasons."""
    from bot.cli.runbook_lists import search as work

    if not (words or service or alert):
        stop("Say what happens: muster runbooks search too many connections, or --service, or --alert.", status=USAGE)
    run(work(" ".join(words or ()), pack, directory, service=service, alert=alert, as_json=as_json), fault=USAGE)


@app.command()
def lint(directory: Dir = None, pack: Pack = None, *, as_json: Json = False) -> None:
    """Say what is wrong in the runbooks, and what would make them better; exit 1 when something is wrong."""
    from bot.cli.runbook_linting import lint as work

    raise typer.Exit(run(work(pack, directory, as_json=as_json), fault=USAGE))


@app.command("run")
def walk(
    name: Name,
    said: Annotated[
        list[str] | None,
        typer.Option("--say", metavar="STEP=WORD", help="What a step comes to: 2=CRITICAL. May be given again."),
    ] = None,
    directory: Dir = None,
    pack: Pack = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Walk it without running anything.")] = False,
    as_json: Json = False,
) -> None:
    """Walk a runbook from its first step to its end, with --dry-run; a run itself belongs to an incident."""
    from bot.cli.runbook_walking import walk as work

    if not dry_run:
        stop(
            f"A run belongs to an incident: type /incident runbook {name} in its channel, or add --dry-run here.",
            status=USAGE,
        )
    run(work(name, said or [], pack, directory, as_json=as_json), fault=USAGE)


@app.command()
def preview(
    name: Name,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="A file in place of the screen.")
    ] = None,
    directory: Dir = None,
    pack: Pack = None,
) -> None:
    """Print a runbook as one HTML page that needs nothing else, with its steps numbered and its buttons marked."""
    from bot.cli.runbook_showing import page as work

    run(work(name, out, pack, directory), fault=USAGE)


@app.command()
def stats(
    since: Annotated[str | None, typer.Option(metavar="DURATION", help="For how long back, such as 90d.")] = None,
    *,
    drills: Annotated[bool, typer.Option("--drills", help="Count practice as well.")] = False,
    as_json: Json = False,
) -> None:
    """Say which runbooks were walked, how their steps went, and which nobody walked or reviewed for a year."""
    from bot.cli.runbook_learning import stats as work

    run(work(since, drills=drills, as_json=as_json))


@app.command()
def draft(
    ref: Annotated[str, typer.Argument(metavar="REF", help="An incident that is over.")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="A file in place of the screen.")
    ] = None,
) -> None:
    """Draft a runbook from what was looked at and done in an incident."""
    from bot.cli.runbook_learning import draft as work

    run(work(ref, out))

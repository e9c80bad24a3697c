"""`muster policy …`: a pack's rules, as a table and as a timetable."""

from datetime import datetime
from typing import Annotated

import typer

from bot.cli.outcome import USAGE, run, stop

app = typer.Typer(help="A policy pack as people read it: its rules, and what they come to.", no_args_is_help=True)

Pack = Annotated[str | None, typer.Option("--pack", metavar="PACK", help="By name or directory, not MUSTER_PACK's.")]
Span = Annotated[str | None, typer.Option(metavar="DURATION", help="So long after the declaration, such as 10m.")]


@app.command()
def show(pack: Pack = None) -> None:
    """Show a pack's severities, statuses, roles, contacts and escalation steps."""
    from bot.cli.rules import show as work

    run(work(pack))


@app.command()
def simulate(
    severity: Annotated[str | None, typer.Argument(metavar="[SEV]", help="As people type it: P1, sev2.")] = None,
    *,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="When it is declared, such as 2026-02-02T14:02, in UTC; now.")
    ] = None,
    service: Annotated[str | None, typer.Option(help="The service that it is about.")] = None,
    ack: Span = None,
    update: Annotated[str | None, typer.Option(metavar="DURATION", help="Somebody posts an update this often.")] = None,
    resolve: Span = None,
    close: Span = None,
    until: Annotated[str, typer.Option("--for", metavar="DURATION", help="How far to look.")] = "1d",
    pack: Pack = None,
) -> None:
    """Print what would ring, and when, if an incident were declared: the policy as a timetable."""
    from bot.cli.rules import simulate as work

    moment = None
    if at is not None:
        try:
            moment = datetime.fromisoformat(at)
        except ValueError:
            stop(f"--at: “{at}” is no time. Write it like 2026-02-02T14:02.", status=USAGE)
    acts = {"ack": ack, "update": update, "resolve": resolve, "close": close, "for": until}
    run(work(severity, at=moment, service=service, spans=acts, pack=pack))

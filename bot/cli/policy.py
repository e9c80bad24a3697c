"""`muster policy …`: a pack's rules, as a table and as a timetable."""

from datetime import datetime
from typing import Annotated

import typer

from bot.cli.outcome import USAGE, run, stop

app = typer.Typer(help="A policy pack as people read it: its rules, and what they come to.", no_args_is_help=True)

Pack = Annotated[str | None, typer.Option("--pack", metavar="PACK", help="By name or directory, not MUSTER_PACK's.")]
Span = Annotated[str | None, typer.Option(metavar="DURATION", help="So long after the declaration, such as 10m.")]
#: What is known by its name and done so long after the declaration.
_NAMED = "NAME@DURATION"


@app.command()
def show(pack: Pack = None) -> None:
    """Show everything that a pack says: severities, statuses, people, escalation, checklists, texts and the rest."""
    from bot.cli.rules import show as work

    run(work(pack))


@app.command()
def schema() -> None:
    """Print the JSON Schema of `policy.yaml`, for editors to complete and check it as it is typed."""
    import json

    from bot.policy.schema import schema_json

    typer.echo(json.dumps(schema_json(), indent=2, ensure_ascii=False))


@app.command()
def simulate(
    severity: Annotated[str | None, typer.Argument(metavar="[SEV]", help="As people type it: P1, sev2.")] = None,
    *,
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="When it is declared, such as 2026-02-02T14:02, in the pack's zone; now."),
    ] = None,
    service: Annotated[str | None, typer.Option(help="The service that it is about.")] = None,
    ack: Span = None,
    update: Annotated[str | None, typer.Option(metavar="DURATION", help="Somebody posts an update this often.")] = None,
    cause: Span = None,
    flag: Annotated[
        list[str] | None,
        typer.Option(metavar=_NAMED, help="A condition is set: data-loss@10m. May be given again, as those below."),
    ] = None,
    status: Annotated[list[str] | None, typer.Option(metavar=_NAMED, help="A status is entered.")] = None,
    severity_change: Annotated[
        list[str] | None, typer.Option("--severity", metavar="SEV@DURATION", help="It becomes another severity then.")
    ] = None,
    text: Annotated[list[str] | None, typer.Option(metavar=_NAMED, help="A text is sent.")] = None,
    tick: Annotated[list[str] | None, typer.Option(metavar=_NAMED, help="A checklist is completed.")] = None,
    escalate: Annotated[
        list[str] | None, typer.Option(metavar=_NAMED, help="Somebody asks for a step, or just for help: @30m.")
    ] = None,
    resolve: Span = None,
    reopen: Span = None,
    close: Span = None,
    until: Annotated[str, typer.Option("--for", metavar="DURATION", help="How far to look.")] = "1d",
    pack: Pack = None,
) -> None:
    """Print what would ring, and when, if an incident were declared: the policy as a timetable."""
    from bot.cli.timetabling import Play
    from bot.cli.timetabling import simulate as work

    moment = None
    if at is not None:
        try:
            moment = datetime.fromisoformat(at)
        except ValueError:
            stop(f"--at: “{at}” is no time. Write it like 2026-02-02T14:02.", status=USAGE)
    spans = {"ack": ack, "update": update, "cause": cause, "resolve": resolve, "reopen": reopen, "close": close}
    given = {
        "flag": flag,
        "status": status,
        "severity": severity_change,
        "text": text,
        "tick": tick,
        "escalate": escalate,
    }
    acts = {name: tuple(one or ()) for name, one in given.items()}
    run(work(Play(severity=severity, at=moment, service=service, spans={**spans, "for": until}, acts=acts), pack))

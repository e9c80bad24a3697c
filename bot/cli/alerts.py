"""`muster alerts …`: what monitors told and what became of it, silence for a while, and a pack's table tried out."""

from enum import StrEnum
from typing import Annotated

import typer

from bot.cli.outcome import USAGE, run

app = typer.Typer(
    help="Alerts: what monitors told and what became of it, mutes, and a pack's table tried on a recorded payload.",
    no_args_is_help=True,
)

#: A row's number in the database is no larger.
_LARGEST = 2**63 - 1

Json = Annotated[bool, typer.Option("--json", help="Everything, for machines.")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", min=1, max=_LARGEST)]


class Format(StrEnum):
    """The monitors that have a format of their own; other names are generic sources of the pack."""

    ALERTMANAGER = "alertmanager"
    GRAFANA = "grafana"
    SENTRY = "sentry"
    PAGERDUTY = "pagerduty"
    DATADOG = "datadog"
    GENERIC = "generic"


_SOURCE = f"{', '.join(Format)}, or one of the pack's own sources."


@app.command("list")
def list_(
    *,
    firing: Annotated[bool, typer.Option("--firing", help="Only where something fires.")] = False,
    as_json: Json = False,
) -> None:
    """List the latest groups of alerts: how many, since when, what became of them and why."""
    from bot.cli.alert_showing import show_list as work

    run(work(firing=firing, as_json=as_json))


@app.command()
def show(number: Number, *, as_json: Json = False) -> None:
    """Show one group with its alerts, each with the reason for what it came to."""
    from bot.cli.alert_showing import show as work

    run(work(number, as_json=as_json))


@app.command()
def mute(
    what: Annotated[
        list[str],
        typer.Argument(metavar="WHAT…", help="HighErrorRate, service=payments, env=prod; * stands for anything."),
    ],
    *,
    lasts: Annotated[str, typer.Option("--for", metavar="DURATION", help="For how long, such as 1h.")],
    why: Annotated[str, typer.Option(metavar="TEXT", help="Why, for whoever wonders.")] = "",
) -> None:
    """Ask for silence about some alerts for a while. All of WHAT has to fit; the same key twice lists alternatives."""
    from bot.cli.alert_showing import mute as work
    from bot.cli.alert_showing import read_mute

    matcher, span = read_mute(what, lasts)
    run(work(matcher, span, why))


@app.command()
def mutes(
    *,
    everything: Annotated[bool, typer.Option("--all", help="The last ones, also those that are over.")] = False,
    as_json: Json = False,
) -> None:
    """List the mutes that hold: what about, until when, by whom and why."""
    from bot.cli.alert_showing import show_mutes as work

    run(work(everything=everything, as_json=as_json))


@app.command()
def unmute(number: Number) -> None:
    """End a mute before its time."""
    from bot.cli.alert_showing import unmute as work

    run(work(number))


@app.command()
def judge(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A payload as the monitor sent it; - reads it here.")],
    *,
    source: Annotated[str, typer.Option(metavar="SOURCE", help=_SOURCE)],
    pack: Annotated[
        str | None, typer.Option("--pack", metavar="PACK", help="By name or directory, not MUSTER_PACK's.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="As if it came then: 2026-02-02T14:02, in the pack's zone; now.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what a pack's table makes of a recorded payload, alert by alert, the worst first. Nothing is stored."""
    from bot.cli.alert_judging import judge as work

    run(work(file, source=source, pack=pack, at=at, as_json=as_json), fault=USAGE)

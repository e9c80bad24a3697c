"""`muster incident …`: the commands of Slack for when Slack is down, or for a script."""

from datetime import datetime
from typing import Annotated

import typer

from bot.cli.outcome import run

app = typer.Typer(
    help="Incidents without Slack: what is said here reaches the channel through the running bot.",
    no_args_is_help=True,
)

Ref = Annotated[str, typer.Argument(metavar="REF", help="An incident, such as INC-2026-01-31-001.")]
Words = Annotated[list[str], typer.Argument(metavar="TEXT…", help="The text; quotes are not needed.")]
OptionalWords = Annotated[list[str] | None, typer.Argument(metavar="[TEXT…]", help="The text, if any.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day by which it is to be done.")]


@app.command()
def declare(
    words: Annotated[list[str], typer.Argument(metavar="[SEVERITY] TITLE…", help="As in: P1 Checkout is down")],
    *,
    service: Annotated[str | None, typer.Option(help="What is broken, as the policy calls it.")] = None,
    private: Annotated[bool, typer.Option("--private", help="Announced nowhere, in a private channel.")] = False,
    drill: Annotated[bool, typer.Option("--drill", help="An exercise, marked as such everywhere.")] = False,
    description: Annotated[str, typer.Option(help="More than fits into a title.")] = "",
) -> None:
    """Open an incident."""
    from bot.cli import acting
    from bot.domain.commands import Declare

    def make(severity: str | None, title: str) -> Declare:
        return Declare(
            by=acting.me(),
            title=title,
            severity=severity,
            service=service,
            private=private,
            drill=drill,
            description=description,
        )

    run(acting.declare(words, make))


@app.command("list")
def list_(
    *,
    closed: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
) -> None:
    """List the incidents that are open."""
    from bot.cli.showing import show_list

    run(show_list(closed=closed))


@app.command()
def show(ref: Ref) -> None:
    """Show an incident and its whole timeline."""
    from bot.cli.showing import show as work

    run(work(ref))


@app.command()
def ack(ref: Ref) -> None:
    """Take responsibility; the escalation clock stops."""
    from bot.cli import acting
    from bot.domain.commands import Acknowledge

    run(acting.act(ref, Acknowledge(by=acting.me())))


@app.command()
def update(
    ref: Ref,
    words: Words,
    status: Annotated[str | None, typer.Option(help="The new status, where it changed.")] = None,
) -> None:
    """Tell people how things stand."""
    from bot.cli import acting
    from bot.domain.commands import PostUpdate

    run(acting.act(ref, PostUpdate(by=acting.me(), text=" ".join(words), status=status)))


@app.command()
def status(ref: Ref, name: Annotated[str, typer.Argument(metavar="STATUS")], words: OptionalWords = None) -> None:
    """Move to another status, with a note."""
    from bot.cli import acting
    from bot.domain.commands import ChangeStatus

    run(acting.act(ref, ChangeStatus(by=acting.me(), status=name, note=" ".join(words or ()))))


@app.command()
def severity(ref: Ref, name: Annotated[str, typer.Argument(metavar="SEVERITY")], words: OptionalWords = None) -> None:
    """Raise or lower the severity, and say why."""
    from bot.cli import acting
    from bot.domain.commands import ChangeSeverity

    run(acting.act(ref, ChangeSeverity(by=acting.me(), severity=name, why=" ".join(words or ()))))


@app.command()
def escalate(
    ref: Ref,
    words: OptionalWords = None,
    who: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="A Slack user or group, in place of the policy's.")
    ] = None,
) -> None:
    """Call more people, and say why."""
    from bot.cli import acting
    from bot.domain.commands import Escalate

    run(acting.act(ref, Escalate(by=acting.me(), why=" ".join(words or ()), people=tuple(who or ()))))


@app.command()
def note(ref: Ref, words: Words) -> None:
    """Write something into the timeline, and nowhere else."""
    from bot.cli import acting
    from bot.domain.commands import AddNote

    run(acting.act(ref, AddNote(by=acting.me(), text=" ".join(words))))


@app.command()
def task(
    ref: Ref,
    words: OptionalWords = None,
    *,
    owner: Annotated[str | None, typer.Option(metavar="ID", help="The Slack user who does it.")] = None,
    by: Day = None,
    done: Annotated[int | None, typer.Option(metavar="NUMBER", min=1, help="This one is done.")] = None,
) -> None:
    """Note something to be done, or that it is done."""
    from bot.cli import acting
    from bot.domain.commands import AddActionItem, FinishActionItem

    if done is not None:
        run(acting.act(ref, FinishActionItem(by=acting.me(), number=done)))
        return
    day = by.date() if by else None
    run(acting.act(ref, AddActionItem(by=acting.me(), text=" ".join(words or ()), owner=owner, due=day)))


@app.command()
def resolve(
    ref: Ref,
    words: Words,
    impact: Annotated[str, typer.Option(help="Who noticed what.")] = "",
    root_cause: Annotated[str, typer.Option(help="What broke.")] = "",
    contributing_factors: Annotated[str, typer.Option(help="What made it worse, or possible.")] = "",
) -> None:
    """Say how it ended."""
    from bot.cli import acting
    from bot.domain.commands import Resolve

    command = Resolve(
        by=acting.me(),
        summary=" ".join(words),
        impact=impact,
        root_cause=root_cause,
        contributing_factors=contributing_factors,
    )
    run(acting.act(ref, command))


@app.command()
def reopen(ref: Ref, words: OptionalWords = None) -> None:
    """Say that it is not over."""
    from bot.cli import acting
    from bot.domain.commands import Reopen

    run(acting.act(ref, Reopen(by=acting.me(), why=" ".join(words or ()))))


@app.command()
def close(ref: Ref, words: OptionalWords = None) -> None:
    """Say the last word."""
    from bot.cli import acting
    from bot.domain.commands import Close

    run(acting.act(ref, Close(by=acting.me(), note=" ".join(words or ()))))

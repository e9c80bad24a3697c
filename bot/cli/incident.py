"""`muster incident …`: the commands of Slack for when Slack is down, or for a script."""

from datetime import datetime
from typing import Annotated

import typer

from bot.cli import duties
from bot.cli.outcome import run

app = typer.Typer(
    help="Incidents without Slack: what is said here reaches the channel through the running bot.",
    no_args_is_help=True,
)
app.add_typer(duties.checklist, name="checklist")
app.add_typer(duties.text, name="text")
app.command()(duties.timeline)

Ref = Annotated[str, typer.Argument(metavar="REF", help="An incident, such as INC-2026-01-31-001.")]
Words = Annotated[list[str], typer.Argument(metavar="TEXT…", help="The text; quotes are not needed.")]
OptionalWords = Annotated[list[str] | None, typer.Argument(metavar="[TEXT…]", help="The text, if any.")]
Override = Annotated[str, typer.Option(metavar="WHY", help="Before all that the policy asks for is so, and why.")]
Clock = Annotated[str, typer.Argument(metavar="CLOCK", help="One that runs, such as update; `clocks` lists them.")]
Span = Annotated[str, typer.Argument(metavar="SPAN", help="How long, such as 10m, 2h or 1d.")]
Condition = Annotated[str, typer.Argument(metavar="CONDITION", help="As the policy calls it.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day by which it is to be done.")]


@app.command()
def declare(
    words: Annotated[list[str], typer.Argument(metavar="[SEVERITY] TITLE…", help="As in: P1 Checkout is down")],
    *,
    service: Annotated[str | None, typer.Option(help="What is broken, as the policy calls it.")] = None,
    flag: Annotated[
        list[str] | None, typer.Option(metavar="CONDITION", help="What is so, as the policy calls it; several times.")
    ] = None,
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
            conditions=tuple(flag or ()),
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
def status(
    ref: Ref,
    name: Annotated[str, typer.Argument(metavar="STATUS")],
    words: OptionalWords = None,
    override: Override = "",
) -> None:
    """Move to another status, with a note."""
    from bot.cli import acting
    from bot.domain.commands import ChangeStatus

    note = " ".join(words or ())
    run(acting.act(ref, ChangeStatus(by=acting.me(), status=name, note=note, override=override)))


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
    step: Annotated[str | None, typer.Option(metavar="STEP", help="A step of the policy's that is asked for.")] = None,
) -> None:
    """Call more people, and say why."""
    from bot.cli import acting
    from bot.domain.commands import Escalate

    run(acting.act(ref, Escalate(by=acting.me(), why=" ".join(words or ()), people=tuple(who or ()), step=step)))


@app.command()
def flag(ref: Ref, condition: Condition, words: OptionalWords = None) -> None:
    """Say that something is so which changes what is to be done, and why."""
    from bot.cli import acting
    from bot.domain.commands import SetCondition

    run(acting.act(ref, SetCondition(by=acting.me(), condition=condition, why=" ".join(words or ()))))


@app.command()
def unflag(ref: Ref, condition: Condition, words: OptionalWords = None) -> None:
    """Say that it is not so after all, and why."""
    from bot.cli import acting
    from bot.domain.commands import ClearCondition

    run(acting.act(ref, ClearCondition(by=acting.me(), condition=condition, why=" ".join(words or ()))))


@app.command()
def cause(ref: Ref, words: Words) -> None:
    """Say what caused it."""
    from bot.cli import acting
    from bot.domain.commands import RecordCause

    run(acting.act(ref, RecordCause(by=acting.me(), text=" ".join(words))))


@app.command()
def clocks(ref: Ref) -> None:
    """List what is due and by when, and who is called next."""
    from bot.cli.procedures import clocks as work

    run(work(ref))


@app.command()
def snooze(ref: Ref, clock: Clock, span: Span, words: OptionalWords = None) -> None:
    """Keep a clock silent for a while, or with `escalation` all of its steps."""
    from bot.cli.procedures import snooze as work

    run(work(ref, clock, span, " ".join(words or ())))


@app.command()
def extend(ref: Ref, clock: Clock, span: Span, words: Words) -> None:
    """Give something more time, and say why."""
    from bot.cli.procedures import extend as work

    run(work(ref, clock, span, " ".join(words)))


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
    priority: Annotated[str | None, typer.Option(metavar="PRIORITY", help="How urgent it is.")] = None,
    kind: Annotated[str | None, typer.Option(metavar="KIND", help="prevent, detect, mitigate or process.")] = None,
    link: Annotated[list[str] | None, typer.Option(metavar="URL", help="What goes with it; several times.")] = None,
    done: Annotated[int | None, typer.Option(metavar="NUMBER", min=1, help="This one is done.")] = None,
) -> None:
    """Write something down that is to be done, as in Slack: TEXT…, 3, done 3, drop 3 WHY…, reopen 3, change 3 …."""
    from bot.cli.tasks import Given
    from bot.cli.tasks import task as work

    day = by.date() if by else None
    given = Given(owner=owner, by=day, priority=priority, sort=kind, links=tuple(link or ()), done=done)
    run(work(ref, tuple(words or ()), given))


@app.command()
def resolve(
    ref: Ref,
    words: Words,
    impact: Annotated[str, typer.Option(help="Who noticed what.")] = "",
    root_cause: Annotated[str, typer.Option(help="What broke.")] = "",
    contributing_factors: Annotated[str, typer.Option(help="What made it worse, or possible.")] = "",
    *,
    override: Override = "",
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
        override=override,
    )
    run(acting.act(ref, command))


@app.command()
def reopen(ref: Ref, words: OptionalWords = None) -> None:
    """Say that it is not over."""
    from bot.cli import acting
    from bot.domain.commands import Reopen

    run(acting.act(ref, Reopen(by=acting.me(), why=" ".join(words or ()))))


@app.command()
def close(ref: Ref, words: OptionalWords = None, override: Override = "") -> None:
    """Say the last word."""
    from bot.cli import acting
    from bot.domain.commands import Close

    run(acting.act(ref, Close(by=acting.me(), note=" ".join(words or ()), override=override)))


@app.command()
def runbook(
    ref: Ref,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A runbook; without one, which may help.")
    ] = None,
    *,
    again: Annotated[bool, typer.Option("--again", help="Although somebody walks it already.")] = False,
) -> None:
    """Walk a runbook, or say which may help and how far those are that are walked."""
    from bot.cli import walks

    run(walks.begin(ref, name, again=again) if name else walks.runbooks(ref))


@app.command()
def step(
    ref: Ref,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RUN] [done|skip|failed|pick|run|back|pause|resume|stop] [TEXT…]", help="As in Slack."),
    ] = None,
) -> None:
    """Show a runbook's step that is next, run what it names, or say what became of it."""
    from bot.cli import walks

    run(walks.step(ref, tuple(words or ())))

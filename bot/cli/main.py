"""The commands and their options, as `muster --help` shows them."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.cli import alerts, incident, outbox, policy, runbooks
from bot.cli.outcome import OK, run

app = typer.Typer(
    name="muster",
    help="The incident bot for Slack. `muster demo` shows it; `muster doctor` says what a real installation lacks.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(alerts.app, name="alerts")
app.add_typer(incident.app, name="incident")
app.add_typer(outbox.app, name="outbox")
app.add_typer(policy.app, name="policy")
app.add_typer(runbooks.app, name="runbooks")

Ref = Annotated[str, typer.Argument(metavar="REF", help="An incident, such as INC-2026-01-31-001.")]


class Part(StrEnum):
    """A part of the bot that can run by itself."""

    WEB = "web"
    WORKER = "worker"


class Format(StrEnum):
    """How a review is written."""

    MARKDOWN = "md"
    HTML = "html"
    JSON = "json"


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="In place of MUSTER_HOST.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="In place of MUSTER_PORT; 0 takes any.")] = None,
    only: Annotated[Part | None, typer.Option(help="One part alone; several processes may share a database.")] = None,
) -> None:
    """Run the bot until it is told to stop."""
    from bot.cli.serving import serve as work

    run(work(host=host, port=port, web=only is not Part.WORKER, worker=only is not Part.WEB))


@app.command()
def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="Stop when the story is told.")] = False,
    pack: Annotated[str | None, typer.Option(help="The policy pack, in place of MUSTER_PACK.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The sandbox page's port; 0 takes any.")] = 0,
    out: Annotated[Path, typer.Option(help="Where the review is put.")] = Path(".muster/demo"),
) -> None:
    """Run one incident from alert to review in a sandbox Slack, and show the conversation."""
    from bot.cli.demo.play import play

    run(play(once=once, pack=pack, port=port, directory=out))


@app.command()
def migrate() -> None:
    """Bring the database's schema to this version's, the queue's included."""
    from bot.cli.serving import migrate as work

    run(work())


@app.command()
def check(
    paths: Annotated[list[Path] | None, typer.Argument(metavar="[PATH]…", help="Packs, or runbooks.")] = None,
    pack: Annotated[Path | None, typer.Option(metavar="DIR", help="One pack, by name or directory.")] = None,
) -> None:
    """Find what is wrong in policies, templates and runbooks; exit 1 when something is."""
    from bot.cli.checking import check as work

    raise typer.Exit(work(paths or [], pack))


@app.command()
def doctor() -> None:
    """Look at Slack, the database and the queue: what is wrong, what it costs, how to mend it; exit 1 on a fault."""
    from bot.cli.doctor.visit import visit

    raise typer.Exit(run(visit()))


@app.command()
def manifest(
    url: Annotated[str | None, typer.Option(metavar="URL", help="Where Slack reaches the bot, for HTTP mode.")] = None,
) -> None:
    """Print the Slack app's manifest: for Socket Mode, or with a public URL for HTTP."""
    from bot.cli.records import manifest as work
    from bot.cli.records import put

    put(run(work(url)), None)


@app.command()
def diag(
    target: Annotated[
        list[str] | None,
        typer.Argument(metavar="TARGET", help="What to diagnose: a target, a service, or all; then its checks."),
    ] = None,
    *,
    list_targets: Annotated[bool, typer.Option("--list", help="The targets that there are.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The whole report, for machines.")] = False,
    baseline: Annotated[bool, typer.Option("--baseline", help="Remember what is well now as what is usual.")] = False,
) -> None:
    """Run diagnostics. The exit status says the worst verdict: 0 OK, 1 WARN, 2 CRITICAL, 3 it could not be told."""
    from bot.cli.diagnosing import UNTOLD, diagnose, targets

    if list_targets or not target:
        run(targets(as_json=as_json), fault=UNTOLD)
        raise typer.Exit(OK)
    raise typer.Exit(run(diagnose(" ".join(target), as_json=as_json, healthy=baseline), fault=UNTOLD))


@app.command()
def review(
    ref: Ref,
    *,
    written_as: Annotated[Format, typer.Option("--format", help="Markdown, a page, or data.")] = Format.MARKDOWN,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="A file in place of the screen.")
    ] = None,
    version: Annotated[int | None, typer.Option(min=1, metavar="N", help="In place of the newest version.")] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="As Muster would write it now, without people's words.")
    ] = False,
    edit: Annotated[bool, typer.Option("--edit", help="Write in it, in your $EDITOR.")] = False,
    taken_from: Annotated[
        str | None,
        typer.Option("--import", metavar="FILE", help="Take over a file that was written in; - is standard input."),
    ] = None,
    history: Annotated[bool, typer.Option("--history", help="Every version: by whom, and what it changed.")] = False,
    diff: Annotated[
        tuple[int, int] | None, typer.Option("--diff", metavar="A B", help="What differs between two versions.")
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Have the bot write it, into the incident's channel.")] = False,
    approve: Annotated[bool, typer.Option("--approve", help="Say who may: it is done in Slack.")] = False,
    publish: Annotated[bool, typer.Option("--publish", help="It is for everybody to read.")] = False,
    summary: Annotated[str, typer.Option(metavar="TEXT", help="What is said as it is published.")] = "",
) -> None:
    """Show an incident's review, write in it, or publish it."""
    from bot.cli.review_asked import Asked, Show, work

    work(
        ref,
        Asked(
            edit=edit, taken_from=taken_from, history=history, diff=diff, write=write, approve=approve,
            publish=publish, summary=summary,
        ),
        Show(written_as=written_as.value, out=out, version=version, fresh=fresh),
    )  # fmt: skip


@app.command()
def export(
    ref: Ref,
    *,
    items: Annotated[str | None, typer.Option(metavar="SYSTEM", help="Action items: github, gitlab or jira.")] = None,
    number: Annotated[
        list[int] | None, typer.Option(metavar="N", help="Only this item; may be given again. Else all open ones.")
    ] = None,
    review: Annotated[str | None, typer.Option(metavar="SYSTEM", help="The review: confluence.")] = None,
    wait: Annotated[int, typer.Option(min=0, max=600, help="Seconds to wait for the links.")] = 20,
) -> None:
    """File action items in a tracker and the review in a wiki, once; without an option, say what is where."""
    from bot.cli.exporting import export as work

    raise typer.Exit(run(work(ref, items=items, numbers=number or [], review=review, wait=wait)))


@app.command()
def tasks(
    *,
    everything: Annotated[bool, typer.Option("--all", help="All of them, which also no option means.")] = False,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those that were due before today.")] = False,
    owner: Annotated[str | None, typer.Option("--owner", metavar="ID", help="Only this Slack user's.")] = None,
    nobody: Annotated[bool, typer.Option("--nobody", help="Only those that nobody has.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, for machines.")] = False,
) -> None:
    """List the action items that are still to be done, of all incidents."""
    from bot.cli.tasks import tasks as work

    run(work(owner=owner, overdue=overdue and not everything, unowned=nobody, as_json=as_json))


@app.command()
def verify(ref: Ref) -> None:
    """Check a timeline's integrity; exit 1 when an entry was altered, removed or reordered."""
    from bot.cli.records import verify as work

    raise typer.Exit(run(work(ref)))


def main() -> None:
    """Run `muster`."""
    app()

"""Walking a runbook at a terminal: the same runs as in Slack, with the same words."""

from datetime import UTC
from typing import Any

from bot.application.present import about
from bot.application.runbooks import opening
from bot.application.suggesting import suggested
from bot.cli.acting import application, carry_out, incident, me, messages, stored
from bot.cli.blocks import Reader
from bot.cli.outcome import stop
from bot.cli.terminal import say, table
from bot.core import Core
from bot.domain import commands as c
from bot.domain import effects as f
from bot.domain.errors import UnknownRunbook
from bot.domain.incident import Incident
from bot.domain.runbook_run import END, RunbookRun, RunKind
from bot.domain.walking_errors import NoSuchBlock
from bot.jobs.walks import more_of
from bot.slack.intents import Walk
from bot.slack.said import Said
from bot.slack.usage import usage_of
from bot.slack.walking import command_of, run_of
from bot.slack.walking import step as read_step


async def runbooks(ref: str) -> None:
    """Print the runs of an incident and how far they are, and which runbooks may help. Raises DomainError."""
    async with application() as built:
        found = await incident(built, ref)
        hits = suggested(found, built.muster.policy, built.catalogue)
    if found.runbooks:
        runs = [(run.number, run.title, run.course.value, _here(run), run.holder.id) for run in found.runbooks]
        table(("Run", "Runbook", "How it stands", "Next", "Led by"), runs)
    if hits:
        table(("May help", "Why"), [(hit.runbook.name, ", ".join(hit.reasons[:3])) for hit in hits])
    if not found.runbooks and not hits:
        say("Nothing is being walked, and no runbook has words in common with it: `muster runbooks list` has them all.")


async def begin(ref: str, name: str, *, again: bool) -> None:
    """Begin to walk a runbook, and print its first step. Raises DomainError or DatabaseUnavailable."""
    async with application() as built:
        runbook = built.catalogue.find(name)
        if runbook is None:
            known = [one.name for one in built.catalogue.list()]
            raise UnknownRunbook(typed=name, nearest=built.catalogue.nearest(name), known=known)
        await carry_out(built, ref, await opening(built.muster, runbook, me(), again=again))
        stands = await incident(built, ref)
        if stands.runbooks and stands.runbooks[-1].name == runbook.name:
            await _print_step(built, ref, stands.runbooks[-1].number)


async def step(ref: str, words: tuple[str, ...]) -> None:
    """Say what became of the step that is next, or run what it names, and print the step that is next then.

    Raises:
        DomainError, DatabaseUnavailable: it was not recorded.
    """
    async with application() as built:
        stands = await incident(built, ref)
        if not words:
            await _print_step(built, ref, run_of(stands, Walk("show")).number)
            return
        asked = _read(built, " ".join(words))
        run = run_of(stands, asked)
        if asked.what in ("help", "handoff"):
            stop("That is for people in Slack: `muster incident escalate` calls them from here.")
        if asked.what == "run":
            await _run(built, ref, stands, run, asked.place)
        else:
            await carry_out(built, ref, command_of(asked, run, me()))
        await _print_step(built, ref, run.number)


async def _run(built: Core, ref: str, stands: Incident, run: RunbookRun, place: int) -> None:
    """A check is run here and now, whether a bot is running or not; an action is rehearsed by the bot that runs."""
    here = run.step(run.current)
    if here is None or place >= len(here.runs):
        raise NoSuchBlock(item=here.title if here else run.title)
    name = f"terminal-{run.number}-{run.current}-{place}-{stands.seq}"
    await carry_out(built, ref, c.RunStep(by=me(), number=run.number, step=run.current, place=place, run=name))
    if here.runs[place].kind is RunKind.CHECK:
        async with built.database.transaction() as connection:
            row = (await stored(connection, ref)).id
        await built.diagnostics.diagnose_incident(row, here.runs[place].does, name)


async def _print_step(built: Core, ref: str, number: int) -> None:
    """The card of a run's next step, as it is in Slack; nothing where the run is over."""
    async with built.database.transaction() as connection:
        found = await stored(connection, ref)
        run = found.incident.runbook(number)
        if run is None or run.current == END:
            return
        more = await more_of(connection, found, f.step(number, run.current), built.muster.policy)
    values: dict[str, Any] = about(found.incident, built.muster.policy, {}) | (more or {})
    card = messages(built).render_safely("step", ref=found.incident.ref, **values)
    say("")
    say(Reader().message(card.blocks, card.text))


def _read(built: Core, typed: str) -> Walk:
    usage = usage_of("step")
    assert usage is not None
    today = built.muster.now().astimezone(UTC).date()
    intent = read_step(Said(rest=typed, usage=usage, by=me(), policy=built.muster.policy, today=today))
    assert isinstance(intent, Walk)
    return intent


def _here(run: RunbookRun) -> str:
    here = run.step(run.current)
    return f"{run.current}. {here.title}" if here else ""

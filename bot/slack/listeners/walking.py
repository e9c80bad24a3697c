"""Walking a runbook: beginning, the buttons of its cards and of its steps, and the same as it is typed."""

from dataclasses import dataclass, replace

from bot.application.runbooks import opening
from bot.diagnostics.result import Report
from bot.domain import commands as c
from bot.domain.action_rules import WrongParameter, parse
from bot.domain.errors import UnknownRunbook
from bot.domain.incident import Incident
from bot.domain.runbook_run import Outcome, RunbookRun, RunKind
from bot.domain.walked import what_was_tried
from bot.domain.walking_errors import NoSuchBlock, NoSuchRun
from bot.messages import Message
from bot.runbooks.runbook import Runbook
from bot.slack import answers
from bot.slack.intents import Walk
from bot.slack.listeners.doing import taken_up
from bot.slack.room import Request
from bot.slack.views import forms
from bot.slack.views.opening import open_about, open_form
from bot.slack.walking import command_of, run_of
from bot.store import evidence
from bot.store.incidents import Stored

Answered = Message | None

#: Of a number in a button's value, at most.
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class _At:
    """What a button is about: a run, a step of it, and a block or branch of that by its place."""

    run: int
    step: int = 0
    place: int = 0


async def begin(request: Request, typed: str, *, again: bool = False) -> c.Command:
    """The command that begins to walk a runbook in an incident. Raises UnknownRunbook or DatabaseUnavailable."""
    muster = request.room.muster
    return await opening(muster, found(request, typed), request.by, again=again, within=request.left())


def found(request: Request, typed: str) -> Runbook:
    """The runbook that is called so. Raises UnknownRunbook, which has the nearest."""
    catalogue = request.room.catalogue
    runbook = catalogue.find(typed)
    if runbook is None:
        known = [one.name for one in catalogue.list()]
        raise UnknownRunbook(typed=typed, nearest=catalogue.nearest(typed), known=known)
    return runbook


async def done(request: Request, ref: str, argument: str) -> Answered:
    """A step is done; it goes on where what was found leads."""
    at = _at(ref, argument)
    command = c.MarkStep(by=request.by, number=at.run, step=at.step, outcome=Outcome.DONE)
    return await answers.if_late(request, await request.carry_out(command, ref=ref))


async def pick(request: Request, ref: str, argument: str) -> Answered:
    """Somebody says which branch of a step it is."""
    at = _at(ref, argument)
    command = c.MarkStep(by=request.by, number=at.run, step=at.step, outcome=Outcome.DONE, branch=at.place)
    return await answers.if_late(request, await request.carry_out(command, ref=ref))


async def skip(request: Request, ref: str, argument: str) -> Answered:
    """Ask why a step is skipped."""
    await _reason(request, ref, _at(ref, argument), Outcome.SKIPPED)
    return None


async def failed(request: Request, ref: str, argument: str) -> Answered:
    """Ask what went wrong with a step."""
    await _reason(request, ref, _at(ref, argument), Outcome.FAILED)
    return None


async def _reason(request: Request, ref: str, at: _At, outcome: Outcome) -> None:
    await open_about(request, ref, lambda s: forms.reason(_run(s.incident, at.run), at.step, ref, outcome), "step")


async def check(request: Request, ref: str, argument: str) -> Answered:
    """Run a block of a step; a form asks for what an action needs and nobody has found."""
    at = _at(ref, argument)
    return await _block(request, await request.incident(ref), at)


async def back(request: Request, ref: str, argument: str) -> Answered:
    """Go back to a step."""
    at = _at(ref, argument)
    command = c.GoBack(by=request.by, number=at.run, step=at.step)
    return await answers.if_late(request, await request.carry_out(command, ref=ref))


async def pause(request: Request, ref: str, argument: str) -> Answered:
    """Let a run rest."""
    command = c.PauseRunbook(by=request.by, number=_at(ref, argument).run)
    return await answers.if_late(request, await request.carry_out(command, ref=ref))


async def resume(request: Request, ref: str, argument: str) -> Answered:
    """Go on with a run."""
    command = c.ResumeRunbook(by=request.by, number=_at(ref, argument).run)
    return await answers.if_late(request, await request.carry_out(command, ref=ref))


async def give_up(request: Request, ref: str, argument: str) -> Answered:
    """Ask why a run is given up."""
    at = _at(ref, argument)
    await open_about(request, ref, lambda s: forms.giving_up(_run(s.incident, at.run), ref), "step")
    return None


async def hand_over(request: Request, ref: str, argument: str) -> Answered:
    """Ask who leads a run from now on."""
    at = _at(ref, argument)
    await open_about(request, ref, lambda s: forms.handing_over(_run(s.incident, at.run), ref), "step")
    return None


async def assist(request: Request, ref: str, argument: str) -> Answered:
    """Show who would be called to help, with what was tried, before they are."""
    at = _at(ref, argument)
    await open_about(request, ref, lambda s: _escalation(request, s, _run(s.incident, at.run)), "escalate")
    return None


def _escalation(request: Request, stored: Stored, run: RunbookRun, said: str = "") -> forms.View:
    muster, incident = request.room.muster, stored.incident
    told = what_was_tried(incident, run, besides=said)
    asked = c.Escalate(by=request.by, why=f"{said}\n\n{told}" if said else told)
    return forms.escalation(muster.policy, incident, asked, muster.now())


async def typed(request: Request, asked: Walk, ref: str | None, channel: str | None) -> Message | None:
    """What somebody typed about the step that is next.

    Raises:
        NoRunGoing: nothing is being walked. WhichRun: several are, and no number was said.
    """
    stored = await request.incident(ref, channel)
    run = run_of(stored.incident, asked)
    if asked.what == "run":
        return await _block(request, stored, _At(run.number, run.current, asked.place), typed_in=True)
    if asked.what == "help":
        await open_form(request, _escalation(request, stored, run, asked.text), "escalate")
        return None
    command = command_of(asked, run, request.by)
    return await answers.recorded(request, await request.carry_out(command, ref=stored.incident.ref))


async def _block(request: Request, stored: Stored, at: _At, *, typed_in: bool = False) -> Message | None:
    incident = stored.incident
    run = _run(incident, at.run)
    step = run.step(at.step)
    if step is None or at.place >= len(step.runs):
        raise NoSuchBlock(item=step.title if step else run.title)
    block, policy = step.runs[at.place], request.room.muster.policy
    command = c.RunStep(by=request.by, number=at.run, step=at.step, place=at.place, run=request.run)
    rule = policy.action(block.does) if block.kind is RunKind.ACTION else None
    if rule is not None:
        filled: dict[str, str] = {}
        for report in await _reports(request, stored, run):
            filled |= taken_up(rule, report, policy)
        filled |= block.given
        try:
            parse(rule, filled)
        except WrongParameter:
            at_step = f"{at.run}.{at.step}.{at.place}"
            await open_form(request, forms.action(rule, incident.ref, filled, at_step=at_step), "do")
            return None
        command = replace(command, said=filled)
    outcome = await request.carry_out(command, ref=incident.ref)
    if typed_in or rule is not None:
        return await answers.recorded(request, outcome)
    return await answers.if_late(request, outcome)


async def _reports(request: Request, stored: Stored, run: RunbookRun) -> list[Report]:
    """What the checks of a run found, the latest last."""
    names = [tried.run for tried in sorted(run.tried, key=lambda one: one.at) if tried.run and tried.verdict]
    async with request.room.muster.database.transaction(request.left()) as connection:
        kept = [await evidence.of_run(connection, stored.id, name) for name in names]
    return [Report.from_dict(report) for report in kept if report]


def _run(incident: Incident, number: int) -> RunbookRun:
    run = incident.runbook(number)
    if run is None:
        raise NoSuchRun(ref=incident.ref, number=number)
    return run


def _at(ref: str, argument: str) -> _At:
    """What a button is about. Raises NoSuchRun for what no button of ours says."""
    parts = argument.split(".")
    if not 1 <= len(parts) <= 3 or not all(p.isascii() and p.isdigit() and len(p) <= _DIGITS for p in parts):
        raise NoSuchRun(ref=ref, number=argument[:20])
    return _At(*map(int, parts))

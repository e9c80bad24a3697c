"""What commands about runs of runbooks come to. Pure, as `bot.domain.decide`, which calls it."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain import acting, errors, looking
from bot.domain import action_commands as a
from bot.domain import evidence_commands as v
from bot.domain import runbook_commands as c
from bot.domain import runbook_events as e
from bot.domain import walking_errors as wrong
from bot.domain.action_events import ActionRequested
from bot.domain.evidence_events import DiagnosticRequested, RunbookOpened
from bot.domain.incident import Incident
from bot.domain.naming import nearest, spoken
from bot.domain.rules import Category, Policy
from bot.domain.runbook_run import END, Branch, Course, Outcome, Place, RunbookRun, RunKind, Tried
from bot.domain.runbook_run import StepRule as Step
from bot.domain.text import text_or
from bot.domain.walked import described, selected

#: How many runs of an incident may be going on, and how many there may be: each has its steps in the incident's row.
MOST_OPEN, MOST = 5, 20
#: A check without an answer after so long is asked again where somebody wants it.
_ASKED = timedelta(minutes=2)

Events = list[e.RunbookEvent]


def open_text(_incident: Incident, command: c.OpenRunbook, _policy: Policy, _now: datetime) -> list[RunbookOpened]:
    """A runbook without steps is shown."""
    return [RunbookOpened(name=command.name, title=command.title, digest=command.digest)]


def start(incident: Incident, command: c.StartRunbook, _policy: Policy, _now: datetime) -> Events:
    """Somebody begins to walk a runbook. Raises IncidentOver, WalkedAlready or TooManyRuns."""
    _not_closed(incident)
    going = [run for run in incident.runbooks if not run.over]
    same = next((run for run in going if run.name == command.name), None)
    if same is not None and not command.again:
        raise wrong.WalkedAlready(title=same.title, number=same.number, who=_who(same), name=same.name)
    _room_for_one(incident)
    if len(incident.runbooks) >= MOST:
        raise wrong.TooManyRuns(open=MOST_OPEN, most=MOST)
    return [
        e.RunbookStarted(
            number=len(incident.runbooks) + 1,
            name=command.name,
            title=command.title,
            digest=command.digest,
            phases=command.phases,
            steps=command.steps,
        )
    ]


def mark(incident: Incident, command: c.MarkStep, _policy: Policy, now: datetime) -> Events:
    """Somebody says what became of the step that is next.

    Raises:
        IncidentOver, NoSuchRun, RunOver, RunPaused, NotTheStep, StepMarkedAlready, MissingText, TooLong, NoSuchBranch:
            why it cannot be.
    """
    run, step = _here(incident, command.number, command.step)
    why = text_or(command.why, "reason")
    if not why and command.outcome is not Outcome.DONE:
        what = "why it is skipped" if command.outcome is Outcome.SKIPPED else "what went wrong"
        raise errors.MissingText(what=f"{what}: the review tells it to whoever keeps the runbook")
    branch = _branch(incident, run, step, command)
    then = step.then if branch is None else branch.to
    following = run.step(then)
    marked = e.StepMarked(
        number=run.number,
        runbook=run.name,
        step=command.step,
        item=step.title,
        phase=run.phases[step.phase],
        outcome=command.outcome,
        why=why,
        picked=branch.on if branch else "",
        then=then,
        next_item=following.title if following else "",
        took_ms=max(round((now - run.since) / timedelta(milliseconds=1)), 0),
    )
    if then != END:
        return [marked]
    outcomes = [one.outcome for one in run.marks] + [command.outcome]
    return [
        marked,
        e.RunbookFinished(
            number=run.number,
            runbook=run.name,
            title=run.title,
            digest=run.digest,
            done=outcomes.count(Outcome.DONE),
            skipped=outcomes.count(Outcome.SKIPPED),
            failed=outcomes.count(Outcome.FAILED),
        ),
    ]


def run_block(
    incident: Incident, command: c.RunStep, policy: Policy, now: datetime
) -> list[DiagnosticRequested] | list[ActionRequested]:
    """What a block names is run as if somebody had typed it, with all that the policy asks for.

    Raises:
        IncidentOver, NoSuchRun, RunOver, RunPaused, NotTheStep, StepMarkedAlready, NoSuchBlock, StepAtWork: why not.
        DomainError: whatever `looking.ask` and `acting.request` raise.
    """
    run, step = _here(incident, command.number, command.step)
    if not 0 <= command.place < len(step.runs):
        raise wrong.NoSuchBlock(item=step.title)
    block, place = step.runs[command.place], Place(run=run.number, step=command.step, place=command.place)
    known = next((one for one in run.tries(command.step) if one.place == command.place), None)
    if known is not None and _at_work(incident, known, now):
        raise wrong.StepAtWork(what=described(block))
    if block.kind is RunKind.CHECK:
        wanted = v.RequestDiagnostic(by=command.by, target=block.does, run=command.run, groups=command.groups)
        return [
            replace(event, at_step=place)
            for event in looking.ask(incident, wanted, policy, now)
            if isinstance(event, DiagnosticRequested)
        ]
    asked = a.RequestAction(
        by=command.by, action=block.does, said={**block.given, **command.said}, groups=command.groups
    )
    return [replace(event, at_step=place) for event in acting.request(incident, asked, policy, now)]


def go_back(incident: Incident, command: c.GoBack, _policy: Policy, _now: datetime) -> Events:
    """Somebody goes back to a step. Raises IncidentOver, NoSuchRun, RunOver, RunPaused, NotThere or TooManyRuns."""
    _not_closed(incident)
    run = _run(incident, command.number)
    if run.course is Course.STOPPED:
        raise wrong.RunOver(title=run.title, course=run.course.value)
    _not_paused(run)
    step = run.step(command.step)
    if step is None or run.mark(command.step) is None:
        raise wrong.NotThere(title=run.title, step=command.step)
    if run.over:  # one that was walked to its end goes on
        _room_for_one(incident)
    after = {*(number for number in run.marked if number >= command.step), *({run.current} - {END})}
    undone = tuple(sorted(after))
    return [e.WentBack(number=run.number, runbook=run.name, step=command.step, item=step.title, undone=undone)]


def pause(incident: Incident, command: c.PauseRunbook, _policy: Policy, _now: datetime) -> Events:
    """A run rests. Raises NoSuchRun, RunOver or RunPaused."""
    run = _going(incident, command.number)
    return [e.RunbookPaused(number=run.number, runbook=run.name, title=run.title, why=text_or(command.why, "reason"))]


def resume(incident: Incident, command: c.ResumeRunbook, _policy: Policy, _now: datetime) -> Events:
    """A run goes on. Raises IncidentOver, NoSuchRun or NotPaused."""
    _not_closed(incident)
    run = _run(incident, command.number)
    if run.course is not Course.PAUSED:
        raise wrong.NotPaused(title=run.title)
    return [e.RunbookResumed(number=run.number, runbook=run.name, title=run.title)]


def hand_over(incident: Incident, command: c.HandOverRunbook, _policy: Policy, _now: datetime) -> Events:
    """Somebody else leads a run. Raises NoSuchRun, RunOver, MissingText or AlreadySo."""
    run = _run(incident, command.number)
    if not command.user:
        raise errors.MissingText(what="who leads the runbook from now on")
    if run.over:
        raise wrong.RunOver(title=run.title, course=run.course.value)
    if run.holder.user == command.user:
        raise errors.AlreadySo(ref=incident.ref, what="lead of the runbook", value=f"<@{command.user}>")
    note = text_or(command.note, "note")
    return [
        e.RunbookHandedOver(
            number=run.number, runbook=run.name, title=run.title, user=command.user, before=run.holder.id, note=note
        )
    ]


def stop(incident: Incident, command: c.StopRunbook, _policy: Policy, _now: datetime) -> Events:
    """A run is given up. Raises NoSuchRun or RunOver."""
    run = _run(incident, command.number)
    if run.over:
        raise wrong.RunOver(title=run.title, course=run.course.value)
    step, why = run.step(run.current), text_or(command.why, "reason")
    item = step.title if step else ""
    return [
        e.RunbookStopped(number=run.number, runbook=run.name, title=run.title, step=run.current, item=item, why=why)
    ]


def _at_work(incident: Incident, tried: Tried, now: datetime) -> bool:
    if tried.number:
        action = incident.action(tried.number)
        return action is not None and action.stage.open
    return not tried.verdict and now - tried.at < _ASKED


def _branch(incident: Incident, run: RunbookRun, step: Step, command: c.MarkStep) -> Branch | None:
    """The branch that is taken; None where it goes on as it stands. Raises NoSuchBranch."""
    if command.branch is not None or command.picked:
        return _picked(step, command)
    if command.outcome is Outcome.FAILED:
        return next((branch for branch in step.branches if branch.on == "FAILED"), None)
    if command.outcome is Outcome.DONE:
        if step.pick:
            raise wrong.NoSuchBranch(typed="done", known=[branch.on for branch in step.branches])
        return selected(incident, run, command.step)
    return None


def _picked(step: Step, command: c.MarkStep) -> Branch:
    """The branch that somebody names. Words that mean two of them, as `80` does `> 80 %` and `< 80 %`, mean neither."""
    if command.branch is not None:
        found = [branch for place, branch in enumerate(step.branches) if place == command.branch]
    else:
        said = spoken(command.picked)
        found = [branch for branch in step.branches if branch.on == command.picked]
        found = found or [branch for branch in step.branches if said and spoken(branch.on) == said]
    if len({branch.to for branch in found}) != 1:
        words = [branch.on for branch in step.branches]
        typed = command.picked or f"branch {command.branch}"
        raise wrong.NoSuchBranch(typed=typed, known=words, nearest=None if found else nearest(typed, words))
    return found[0]


def _here(incident: Incident, number: int, at: int) -> tuple[RunbookRun, Step]:
    """A run that goes on, and the step that is next in it."""
    _not_closed(incident)
    run = _going(incident, number)
    step = run.step(at)
    if at != run.current or step is None:
        said, here = run.mark(at), run.step(run.current)
        if said is not None and step is not None:
            raise wrong.StepMarkedAlready(
                item=step.title, outcome=said.outcome.value, who=_name(said.by.user, said.by.id)
            )
        raise wrong.NotTheStep(step=at, title=run.title, current=run.current, item=here.title if here else "")
    return run, step


def _going(incident: Incident, number: int) -> RunbookRun:
    run = _run(incident, number)
    if run.over:
        raise wrong.RunOver(title=run.title, course=run.course.value)
    _not_paused(run)
    return run


def _run(incident: Incident, number: int) -> RunbookRun:
    run = incident.runbook(number)
    if run is None:
        raise wrong.NoSuchRun(ref=incident.ref, number=number)
    return run


def _room_for_one(incident: Incident) -> None:
    if sum(not run.over for run in incident.runbooks) >= MOST_OPEN:
        raise wrong.TooManyRuns(open=MOST_OPEN, most=MOST)


def _not_paused(run: RunbookRun) -> None:
    if run.course is Course.PAUSED:
        raise wrong.RunPaused(title=run.title)


def _not_closed(incident: Incident) -> None:
    if incident.category is Category.CLOSED:
        raise errors.IncidentOver(ref=incident.ref, status=incident.status)


def _who(run: RunbookRun) -> str:
    return _name(run.holder.user, run.holder.id)


def _name(user: str | None, otherwise: str) -> str:
    return f"<@{user}>" if user else otherwise

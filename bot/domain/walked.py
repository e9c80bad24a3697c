"""What runs of runbooks came to: as their events have it, and as it is told. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from bot.domain import runbook_events as e
from bot.domain.action import VERIFY
from bot.domain.action_events import ActionRequested
from bot.domain.actor import Actor
from bot.domain.evidence_events import DiagnosticRecorded, DiagnosticRequested
from bot.domain.incident import Incident
from bot.domain.runbook_run import Branch, Course, Mark, Place, RunbookRun, RunKind, Runnable, Tried
from bot.domain.timeline import Entry

#: The verdicts of diagnostics, the worst first.
_WORST = ("CRITICAL", "ERROR", "WARN", "NO_DATA", "OK")
#: Those that hold only once all checks of a step have answered: what is wrong is wrong whatever else comes.
_WELL = frozenset({"NO_DATA", "OK"})
#: How an action may end, the worst first.
_ENDED = ("UNKNOWN", "FAILED", "REFUSED", "DONE")
#: All that decides by itself where a step leads.
VERDICTS = frozenset({*_WORST, *_ENDED})
#: Characters of a reason, of what is told of one step, and of all of it, where help is asked for: a form's field holds
#: 3,000.
_REASON, _STEP, _TOLD = 200, 500, 2_800


def verdict_of(incident: Incident, tried: Tried) -> str:
    """What a block came to: a check's verdict, or how an action stands, in capitals; empty while a check runs."""
    if not tried.number:
        return tried.verdict
    action = incident.action(tried.number)
    return action.stage.value.upper() if action else ""


def selected(incident: Incident, run: RunbookRun, number: int) -> Branch | None:
    """The branch to which a step's blocks lead, by the worst of what they came to; None where they lead to none."""
    step = run.step(number)
    if step is None:
        return None
    tries = run.tries(number)
    came = {verdict_of(incident, tried) for tried in tries}
    worst = next((verdict for verdict in _WORST if verdict in came), None)
    answered = {tried.place for tried in tries if tried.verdict}
    if worst in _WELL and any(
        block.kind is RunKind.CHECK and place not in answered for place, block in enumerate(step.runs)
    ):
        worst = None
    decide = (worst, next((ended for ended in _ENDED if ended in came), None))
    return next((branch for branch in step.branches if branch.on in decide), None)


def described(block: Runnable) -> str:
    """A block as people would type it: `diag db locks`, `do restart service=api`."""
    given = " ".join(f"{name}={value}" for name, value in block.given.items())
    return f"diag {block.does}" if block.kind is RunKind.CHECK else f"do {block.does} {given}".rstrip()


def ahead(run: RunbookRun, number: int) -> tuple[int, ...]:
    """The steps from `number` on, as they follow where no branch leads elsewhere."""
    found: list[int] = []
    while (step := run.step(number)) is not None and number not in found:
        found.append(number)
        number = step.then
    return tuple(found)


def what_was_tried(incident: Incident, run: RunbookRun, *, besides: str = "") -> str:
    """What somebody who is called to help has to know: the runbook, what was done, and what came of it.

    Of a long run, the last steps: with what is said `besides`, some 2,900 characters.
    """
    first, *steps = (line if len(line) <= _STEP else f"{line[: _STEP - 1]}…" for line in _told(incident, run))
    kept: list[str] = []
    for line in reversed(steps):
        if len(besides) + len(first) + sum(len(one) + 1 for one in kept) + len(line) > _TOLD:
            break
        kept.insert(0, line)
    left = len(steps) - len(kept)
    before = [f"• … {left} {'step' if left == 1 else 'steps'} before these, in the timeline"] if left else []
    return "\n".join([first, *before, *kept])


def _told(incident: Incident, run: RunbookRun) -> Iterator[str]:
    here = run.step(run.current)
    at = f", at step {run.current} of {len(run.steps)}: {here.title}" if here else ""
    yield f"Help is needed with the runbook “{run.title}”{at}"
    for number in sorted({*run.marked, *(tried.step for tried in run.tried)}):
        step, said = run.step(number), run.mark(number)
        if step is None:
            continue
        came = ", ".join(
            f"{described(step.runs[one.place])}: {verdict_of(incident, one) or 'no answer yet'}"
            for one in run.tries(number)
            if one.place < len(step.runs)
        )
        outcome = said.outcome.value if said else "begun"
        reason = f" ({' '.join(said.why[:_REASON].split())})" if said and said.why else ""
        yield f"• {step.title}: {outcome}{reason}" + (f"; {came}" if came else "")


def asked_from(incident: Incident, run: str) -> Place | None:
    """The step (0: an action of one) from which a diagnostic's run was asked for; None where it was from none."""
    for walked in incident.runbooks:
        for tried in walked.tried:
            if tried.run == run:
                return Place(run=walked.number, step=tried.step, place=tried.place)
    number = run.removeprefix(VERIFY)
    if number != run and number.isdigit() and (action := incident.action(int(number))) and action.at_step:
        return Place(run=action.at_step.run)
    return None


def with_run(runs: tuple[RunbookRun, ...], entry: Entry, event: e.RunbookEvent) -> tuple[RunbookRun, ...]:
    """The runs of an incident after one more event about one of them."""
    if isinstance(event, e.RunbookStarted):
        begun = RunbookRun(
            number=event.number,
            name=event.name,
            title=event.title,
            digest=event.digest,
            phases=event.phases,
            steps=event.steps,
            by=entry.by,
            at=entry.at,
            holder=entry.by,
            current=1,
            since=entry.at,
        )
        return (*runs, begun)
    return tuple(_after(run, entry, event) if run.number == event.number else run for run in runs)


def _after(run: RunbookRun, entry: Entry, event: e.RunbookEvent) -> RunbookRun:
    match event:
        case e.StepMarked():
            said = Mark(
                step=event.step,
                outcome=event.outcome,
                by=entry.by,
                at=entry.at,
                since=run.since,
                why=event.why,
                picked=event.picked,
            )
            return replace(run, marks=(*run.marks, said), current=event.then, since=entry.at)
        case e.WentBack():
            kept = tuple(mark for mark in run.marks if mark.step < event.step)
            tried = (one if one.step <= event.step else _stray(one) for one in run.tried)
            left = tuple(one for one in tried if one is not None)
            return replace(run, marks=kept, tried=left, current=event.step, since=entry.at, course=Course.GOING)
        case e.RunbookPaused():
            return replace(run, course=Course.PAUSED, paused_at=entry.at)
        case e.RunbookResumed():
            rested = max(entry.at - (run.paused_at or entry.at), timedelta())
            return replace(run, course=Course.GOING, paused_at=None, since=run.since + rested)
        case e.RunbookHandedOver():
            return replace(run, holder=Actor.person(event.user))
        case e.RunbookFinished():
            return replace(run, course=Course.FINISHED)
        case e.RunbookStopped():
            return replace(run, course=Course.STOPPED)
        case _:
            return run


def _stray(tried: Tried) -> Tried | None:
    """What is left of a try that counts no more: a check that is still at work tells the run what it finds."""
    return replace(tried, step=0) if tried.run and not tried.verdict else None


def with_tried(
    runs: tuple[RunbookRun, ...], entry: Entry, event: DiagnosticRequested | ActionRequested
) -> tuple[RunbookRun, ...]:
    """The runs of an incident after a block of a step was run."""
    at = event.at_step
    if at is None or not at.step:
        return runs
    run = event.run if isinstance(event, DiagnosticRequested) else ""
    number = event.number if isinstance(event, ActionRequested) else 0
    new = Tried(step=at.step, place=at.place, by=entry.by, at=entry.at, run=run, number=number)
    return tuple(replace(one, tried=(*_others(one, at), new)) if one.number == at.run else one for one in runs)


def _others(run: RunbookRun, at: Place) -> Iterator[Tried]:
    for tried in run.tried:
        kept = _stray(tried) if (tried.step, tried.place) == (at.step, at.place) else tried
        if kept is not None:
            yield kept


def with_verdict(runs: tuple[RunbookRun, ...], event: DiagnosticRecorded) -> tuple[RunbookRun, ...]:
    """The runs of an incident after a diagnostic came back: by its name, since an older version keeps no `at_step`."""
    return tuple(
        replace(
            run,
            tried=tuple(
                replace(tried, verdict=event.verdict) if tried.run == event.run else tried
                for tried in run.tried
                if tried.step or tried.run != event.run
            ),
        )
        if any(tried.run == event.run for tried in run.tried)
        else run
        for run in runs
    )

"""What follows from what is looked at, done and walked: its cards, what is said in their threads, and what is run."""

from collections.abc import Iterator
from typing import assert_never

from bot.domain import acting, looking
from bot.domain import effects as f
from bot.domain import events as e
from bot.domain.acting import ActionEvent
from bot.domain.action import Stage
from bot.domain.effects import Effect, Surface
from bot.domain.evidence_events import DiagnosticEvent
from bot.domain.incident import Incident
from bot.domain.looking import WELL
from bot.domain.runbook_events import RunbookEvent
from bot.domain.runbook_run import END
from bot.domain.timeline import Entry


def looked(incident: Incident, event: DiagnosticEvent, entry: Entry) -> Iterator[Effect]:
    """One card for each run: it is there while the run is at work, and then says what it found."""
    match event:
        case e.DiagnosticRequested():
            if not event.watch:
                yield _shown_at(event)
            yield f.RunCheck(target=event.target, run=event.run, watch=event.watch)
        case e.DiagnosticRecorded():
            card = f.walk(event.at_step.run) if event.at_step else ""
            yield _shown_at(event)
            if not card or event.verdict != WELL:  # in a runbook's thread what is well is said on its step, and no more
                yield f.Reply(message="diagnostic_details", under=card or f.diagnostic(event.run))
            yield from (f.DrawChart(run=event.run, result=result, under=card) for result in event.charts)
            if event.before:
                yield f.Refresh(surface=f.diagnostic(event.before))  # what can be done is offered on the new one
            yield f.Refresh(surface=Surface.SUMMARY)
        case _ if run := incident.diagnosed.get(event.target):
            yield f.Refresh(surface=f.diagnostic(run))
        case _:
            pass
    if isinstance(event, e.DiagnosticUnwatched):
        yield f.CancelTimer(name=looking.timer_of(event.target))
    watched = incident.watched(event.target)
    begins = isinstance(event, e.DiagnosticWatched) or (isinstance(event, e.DiagnosticRequested) and event.watch)
    if watched and begins:
        yield f.SetTimer(name=looking.timer_of(event.target), due_at=entry.recorded_at + watched.every)


def _shown_at(event: e.DiagnosticRequested | e.DiagnosticRecorded) -> Effect:
    """Where a run is shown: on the step of a runbook that it was asked for from, or on a card of its own."""
    at = event.at_step
    if at is not None and at.step:
        return f.Refresh(surface=f.step(at.run, at.step))
    return f.Publish(surface=f.diagnostic(event.run), under=f.walk(at.run) if at else "")


def walked(incident: Incident, event: RunbookEvent) -> Iterator[Effect]:
    """A card for each run; in its thread a card for each step that came up, and a word for what happens to the run."""
    card = f.walk(event.number)
    run = incident.runbook(event.number)
    assert run is not None, "a run is folded before it is reacted to"
    yield f.Refresh(surface=Surface.SUMMARY)  # it says who leads the run, and how far it is
    match event:
        case e.RunbookStarted():
            yield f.Publish(surface=card)
            yield f.Publish(surface=f.step(event.number, 1), under=card)
            return
        case e.StepMarked():
            yield f.Refresh(surface=f.step(event.number, event.step))
            if event.then != END:
                yield f.Publish(surface=f.step(event.number, event.then), under=card)
            yield f.Refresh(surface=card)
            return
        case e.WentBack():
            yield from (f.Refresh(surface=f.step(event.number, step)) for step in event.undone)
        case e.RunbookHandedOver():
            yield invited(incident, (event.user,))
        case e.RunbookFinished() | e.RunbookStopped() | e.RunbookPaused() | e.RunbookResumed():
            pass
        case _:
            assert_never(event)
    yield f.Reply(message="walk_told", under=card)
    yield f.Refresh(surface=card)
    if run.current != END:
        yield f.Refresh(surface=f.step(event.number, run.current))


def acted(incident: Incident, event: ActionEvent) -> Iterator[Effect]:
    """One card for each action that was rehearsed, and a word in its thread for each thing that happens to it.

    One that a runbook's step asked for is in that run's thread, and the step shows how it stands.
    """
    card = f.action(event.number)
    action = incident.action(event.number)
    at = action.at_step if action else None
    thread = f.walk(at.run) if at else ""
    if at:
        yield f.Refresh(surface=f.step(at.run, at.step))
    match event:
        case e.ActionRequested():
            yield f.CarryAction(number=event.number)
            return
        case e.ActionProposed():
            yield f.Publish(surface=card, under=thread)
            yield f.SetTimer(name=acting.timer_of(event.number), due_at=event.expires_at)
            return
        case e.ActionImpossible():
            yield f.Publish(surface=card, under=thread)
            return
        case e.ActionApproved():
            yield f.SetTimer(name=acting.timer_of(event.number), due_at=event.expires_at)
        case e.ActionStarted():
            yield f.CancelTimer(name=acting.timer_of(event.number))
            yield f.CarryAction(number=event.number)
        case e.ActionFinished():
            yield f.Refresh(surface=Surface.SUMMARY)
        case e.ActionDeclined():
            yield f.CancelTimer(name=acting.timer_of(event.number))
        case e.ActionExpired():
            pass
        case _:
            assert_never(event)
    yield f.Reply(message="action_told", under=thread or card)
    yield f.Refresh(surface=card)


def offered(incident: Incident) -> Iterator[Effect]:
    """The cards whose buttons are only for while the incident runs."""
    yield from (f.Refresh(surface=f.diagnostic(run)) for run in incident.diagnosed.values())
    yield from (f.Refresh(surface=f.action(one.number)) for one in incident.actions if one.stage is Stage.PROPOSED)
    for run in incident.runbooks:
        yield f.Refresh(surface=f.walk(run.number))
        if not run.over:
            yield f.Refresh(surface=f.step(run.number, run.current))


def invited(incident: Incident, people: tuple[str, ...]) -> Effect:
    """An invitation side by side with the channel's posts, or in their lane while there is no channel yet."""
    return f.Invite(people=people, lane=f.INVITES if incident.channel_id else f.ROOM)

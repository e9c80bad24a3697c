"""What an event does to an incident. Folding a timeline with this gives the incident's row, always."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from bot.domain import events as e
from bot.domain.acting import ActionEvent, with_action
from bot.domain.action_item import with_item
from bot.domain.alert_events import AlertEvent
from bot.domain.alerting import tallied
from bot.domain.clocks import EFFECTIVE, FOLLOW_UP, REVIEW, TEXT, UPDATE, WATCH
from bot.domain.correction_events import CorrectionEvent
from bot.domain.escalation import STEP
from bot.domain.incident import Incident, Tally, Tick, Watched
from bot.domain.item_events import ItemEvent
from bot.domain.procedures import Audience
from bot.domain.review_events import ReviewEvent
from bot.domain.review_state import taken_up_again, with_review
from bot.domain.rules import Category
from bot.domain.runbook_events import RunbookEvent
from bot.domain.timeline import Entry
from bot.domain.walked import with_run, with_tried, with_verdict

#: Which rules an incident's row was folded by. To be raised with every change to `Incident` or to what is below:
#: a row that older rules wrote is folded anew from its timeline before anything is built on it.
FOLD = 8


def fold(entries: Iterable[Entry]) -> Incident:
    """The incident that a whole timeline tells of. Raises ValueError for a timeline without a declaration."""
    incident: Incident | None = None
    for entry in entries:
        incident = evolve(incident, entry)
    if incident is None:
        raise ValueError("a timeline begins with a declaration")
    return incident


def evolve(incident: Incident | None, entry: Entry) -> Incident:
    """The incident after one more entry; None before the first, which is its declaration.

    Raises:
        ValueError: the first entry is no declaration, or a later one is.
    """
    event = entry.event
    if isinstance(event, e.Declared):
        if incident is not None:
            raise ValueError(f"{event.ref} is declared twice")
        return _declared(entry, event)
    if incident is None:
        raise ValueError(f"a timeline begins with a declaration, not with {type(event).__name__}")
    return _next(replace(incident, seq=entry.seq), entry, event)


def _declared(entry: Entry, event: e.Declared) -> Incident:
    people = {*event.responders, *((entry.by.user,) if entry.by.user else ())}
    return Incident(
        ref=event.ref,
        seq=entry.seq,
        title=event.title,
        severity=event.severity,
        status=event.status,
        category=Category.TRIAGE,
        declared_by=entry.by,
        declared_at=entry.at,
        service=event.service,
        private=event.private,
        drill=event.drill,
        channel_name=event.channel_name,
        participants=frozenset(people),
        next_update_at=event.next_update_at,
        status_at=entry.at,
        conditions=dict.fromkeys(event.conditions, entry.at),
        details=event.details,
    )


def _next(now: Incident, entry: Entry, event: e.Event) -> Incident:  # noqa: C901, PLR0912, PLR0915 (a table)
    if isinstance(event, ActionEvent):
        walks = with_tried(now.runbooks, entry, event) if isinstance(event, e.ActionRequested) else now.runbooks
        return _with_actor(replace(now, actions=with_action(now.actions, entry, event), runbooks=walks), entry)
    if isinstance(event, RunbookEvent):
        people = {event.user} if isinstance(event, e.RunbookHandedOver) else frozenset()
        walked = replace(now, runbooks=with_run(now.runbooks, entry, event), participants=now.participants | people)
        return _with_actor(walked, entry)
    if isinstance(event, AlertEvent):
        return replace(now, alerts=tallied(now.alerts, entry, event))
    if isinstance(event, ItemEvent):
        return _with_items(now, entry, event)
    if isinstance(event, ReviewEvent):
        return _with_review(now, entry, event)
    if isinstance(event, CorrectionEvent):
        return _with_actor(now, entry)
    match event:
        case e.Declared():
            return now
        case e.ChannelOpened():
            return replace(now, channel_id=event.channel, channel_name=event.name)
        case e.PersonJoined():
            return replace(now, participants=now.participants | {event.user})
        case e.PersonLeft():
            return replace(now, participants=now.participants - {event.user})
        case e.Acknowledged():
            roles = {**now.roles, event.role: entry.by.id} if event.role else now.roles
            taken = replace(now, acknowledged_at=entry.at, acknowledged_by=entry.by, roles=roles)
            return _with_actor(taken, entry)
        case e.UpdatePosted():
            told = replace(_with_details(now, event), updates=event.number, last_update=event.text)
            told = replace(told, last_update_at=entry.at)
            return _with_actor(replace(_anew(told, UPDATE), next_update_at=event.next_update_at), entry)
        case e.StatusChanged():
            moved = _in_status(now, event.after, event.category, entry.at)
            known = now.identified_at or (entry.at if event.cause_known else moved.identified_at)
            return _with_actor(replace(moved, identified_at=known), entry)
        case e.SeverityChanged():
            # More time was given, and silence asked for, while it was taken for something else.
            changed = replace(now, severity=event.after, next_update_at=event.next_update_at, extended={}, snoozed={})
            return _with_actor(changed, entry)
        case e.RoleAssigned():
            roles = {**now.roles, event.role: event.user}
            return replace(now, roles=roles, participants=now.participants | {event.user})
        case e.Escalated():
            people = now.participants | {p for p in event.people if p.startswith(("U", "W"))}
            rung = {**now.escalated_steps, event.step: event.round} if event.step else now.escalated_steps
            last = {**now.escalated_at, event.step: entry.at} if event.step else now.escalated_at
            called = replace(_with_details(now, event), escalations=event.level, participants=people)
            return replace(called, escalated_steps=rung, escalated_at=last)
        case e.UpdateOverdue():
            return replace(now, next_update_at=event.next_update_at)
        case e.DiagnosticRecorded():
            runs = {**now.diagnosed, event.target: event.run}
            found = replace(now, diagnostics=now.diagnostics + 1, last_verdict=event.verdict, diagnosed=runs)
            return replace(found, runbooks=with_verdict(now.runbooks, event))
        case e.DiagnosticRequested() if event.watch:
            looked = (replace(w, looked_at=entry.at) if w.target == event.target else w for w in now.watches)
            return replace(now, watches=tuple(looked))
        case e.DiagnosticRequested():
            return replace(now, runbooks=with_tried(now.runbooks, entry, event))
        case e.DiagnosticWatched():
            watched = Watched(target=event.target, every=event.every, looked_at=entry.at)
            return replace(now, watches=(*_unwatched(now, event.target), watched))
        case e.DiagnosticUnwatched():
            return replace(now, watches=_unwatched(now, event.target))
        case e.Resolved():
            over = _in_status(_with_details(now, event), event.status, Category.RESOLVED, entry.at)
            return replace(
                over,
                summary=event.summary,
                root_cause=event.root_cause or now.root_cause,
                contributing_factors=event.contributing_factors or now.contributing_factors,
                impact=event.impact or now.impact,
            )
        case e.Reopened():
            again = _in_status(now, event.status, event.category, entry.at)
            # Its clocks begin anew, so what rang before it was over may ring again.
            anew = replace(again, reopened_at=entry.at, mitigated_at=None, identified_at=None)
            anew = replace(anew, escalated_steps={}, escalated_at={}, rang={}, snoozed={}, extended={})
            return replace(anew, next_update_at=event.next_update_at, review=taken_up_again(now.review))
        case e.Closed():
            return replace(_in_status(now, event.status, Category.CLOSED, entry.at), closed_at=entry.at)
        case e.ConditionSet():
            return _with_actor(replace(now, conditions={**now.conditions, event.condition: entry.at}), entry)
        case e.ConditionCleared():
            left = {name: at for name, at in now.conditions.items() if name != event.condition}
            rung = {name: times for name, times in now.escalated_steps.items() if name not in event.steps}
            last = {name: at for name, at in now.escalated_at.items() if name not in event.steps}
            cleared = _anew(now, *(f"{STEP}{name}" for name in event.steps))
            return _with_actor(replace(cleared, conditions=left, escalated_steps=rung, escalated_at=last), entry)
        case e.CauseFound():
            return _with_actor(replace(now, root_cause=event.text, identified_at=now.identified_at or entry.at), entry)
        case e.ChecklistShown():
            tally = Tally(name=event.name, title=event.title, items=event.items, roles=event.roles)
            return replace(now, checklists=(*now.checklists, tally))
        case e.ItemTicked():
            tick = Tick(number=event.number, by=entry.by.id, at=entry.at)
            return _with_actor(_ticked(now, event.checklist, event.number, tick), entry)
        case e.ItemUnticked():
            return _with_actor(_ticked(now, event.checklist, event.number, None), entry)
        case e.TextSent():
            page = entry.at if event.audience == Audience.STATUS_PAGE else now.status_page_at
            sent = {**now.texts, event.text: entry.at}
            answered = _anew(now, f"{TEXT}{event.text}")
            return _with_actor(replace(answered, texts=sent, status_page_at=page), entry)
        case e.ClockMissed():
            return _rung(now, event.clock, event.due_at)
        case e.WatchEnded():
            return _rung(now, WATCH, event.due_at)
        case e.TextDue():
            return _rung(now, f"{TEXT}{event.text}", event.due_at)
        case e.FollowUpDue():
            people = now.participants | {p for p in event.people if p.startswith(("U", "W"))}
            return replace(_rung(now, f"{FOLLOW_UP}{event.follow_up}", event.due_at), participants=people)
        case e.ClockSnoozed():
            return _with_actor(replace(now, snoozed={**now.snoozed, event.clock: event.until}), entry)
        case e.ClockExtended():
            longer = replace(now, extended={**now.extended, event.clock: event.due_at})
            # The next update's time is kept by itself: each update sets it anew.
            due = event.due_at if event.clock == UPDATE else now.next_update_at
            return _with_actor(replace(longer, next_update_at=due), entry)
        case e.DeliveryFailed():
            return replace(now, troubles=now.troubles + event.final)
        case e.DeliveryRetried() | e.DeliveryDropped():
            return replace(now, troubles=max(now.troubles - event.trouble, 0))
        case (
            e.NoteAdded()
            | e.MessageCaptured()
            | e.MessageEdited()
            | e.MessageDeleted()
            | e.MessagePinned()
            | e.MessageUnpinned()
            | e.DiagnosticRepeated()
            | e.RunbookOpened()
            | e.Replanned()
            | e.Unknown()
        ):
            return now
        case _:
            assert_never(event)


def _with_items(now: Incident, entry: Entry, event: ItemEvent) -> Incident:
    """Whoever is to do something about a private incident takes part in it."""
    # Other words for what they have bring nobody back who has gone.
    given = isinstance(event, e.ActionItemAdded) or (
        isinstance(event, e.ActionItemChanged) and "owner" in event.changed
    )
    owner = getattr(event, "owner", None) if given else None
    people = now.participants | ({owner} if owner and owner.startswith(("U", "W")) else set())
    return _with_actor(replace(now, action_items=with_item(now.action_items, entry, event), participants=people), entry)


def _with_review(now: Incident, entry: Entry, event: ReviewEvent) -> Incident:
    told = _with_actor(replace(now, review=with_review(now.review, entry, event)), entry)
    match event:
        case e.ReviewNudged():
            return _rung(told, REVIEW, event.due_at)
        case e.EffectivenessAsked():
            return _rung(told, EFFECTIVE, event.due_at)
        case _:
            return told


def _unwatched(now: Incident, target: str) -> tuple[Watched, ...]:
    return tuple(watched for watched in now.watches if watched.target != target)


def _with_details(now: Incident, event: e.UpdatePosted | e.Escalated | e.Resolved) -> Incident:
    """What further fields said last; those that were left empty keep what they said before."""
    return replace(now, details={**now.details, **event.details}) if event.details else now


def _with_actor(now: Incident, entry: Entry) -> Incident:
    """Whoever acts on a private incident takes part in it."""
    return replace(now, participants=now.participants | {entry.by.user}) if entry.by.user else now


def _in_status(now: Incident, status: str, category: Category, at: datetime) -> Incident:
    """Enter a status. Mitigation is the first time that it is being watched, or over without having been."""
    calm = category is Category.MONITORING or category.over
    return replace(
        now if category is Category.MONITORING else _anew(now, WATCH),
        status=status,
        category=category,
        status_at=at,
        watched_since=(now.watched_since or at) if category is Category.MONITORING else None,
        identified_at=now.identified_at or (at if calm else None),
        mitigated_at=now.mitigated_at or (at if calm else None),
        resolved_at=now.resolved_at or at if category.over else None,
        closed_at=now.closed_at if category is Category.CLOSED else None,
        next_update_at=None if category.over else now.next_update_at,
        # Nobody watches what is over.
        watches=() if category.over else now.watches,
    )


def _anew(now: Incident, *clocks: str) -> Incident:
    """Clocks were answered: what they were given ends with that."""
    return replace(now, extended={name: at for name, at in now.extended.items() if name not in clocks})


def _rung(now: Incident, clock: str, due_at: datetime) -> Incident:
    return replace(now, rang={**now.rang, clock: due_at})


def _ticked(now: Incident, name: str, number: int, tick: Tick | None) -> Incident:
    """Put a tick on an item of a checklist, or take it off."""
    return replace(
        now,
        checklists=tuple(
            replace(t, ticks=(*(k for k in t.ticks if k.number != number), *((tick,) if tick else ())))
            if t.name == name
            else t
            for t in now.checklists
        ),
    )

"""What an event does to an incident. Folding a timeline with this gives the incident's row, always."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from bot.domain import events as e
from bot.domain.incident import ActionItem, Incident
from bot.domain.rules import Category
from bot.domain.timeline import Entry

#: Which rules an incident's row was folded by. To be raised with every change to `Incident` or to what is below:
#: a row that older rules wrote is folded anew from its timeline before anything is built on it.
FOLD = 2


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
    )


def _next(now: Incident, entry: Entry, event: e.Event) -> Incident:  # noqa: C901, PLR0912 (a table, one line an event)
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
            told = replace(now, updates=event.number, last_update=event.text, last_update_at=entry.at)
            return _with_actor(replace(told, next_update_at=event.next_update_at), entry)
        case e.StatusChanged():
            return _with_actor(_in_status(now, event.after, event.category, entry.at), entry)
        case e.SeverityChanged():
            return replace(now, severity=event.after, next_update_at=event.next_update_at)
        case e.RoleAssigned():
            roles = {**now.roles, event.role: event.user}
            return replace(now, roles=roles, participants=now.participants | {event.user})
        case e.Escalated():
            people = now.participants | {p for p in event.people if p.startswith(("U", "W"))}
            rung = {**now.escalated_steps, event.step: event.round} if event.step else now.escalated_steps
            return replace(now, escalations=event.level, participants=people, escalated_steps=rung)
        case e.UpdateOverdue():
            return replace(now, next_update_at=event.next_update_at)
        case e.ActionItemAdded():
            item = ActionItem(number=event.number, text=event.text, owner=event.owner, due=event.due)
            return replace(now, action_items=(*now.action_items, item))
        case e.ActionItemDone():
            items = tuple(replace(i, done=True) if i.number == event.number else i for i in now.action_items)
            return replace(now, action_items=items)
        case e.DiagnosticRecorded():
            return replace(now, diagnostics=now.diagnostics + 1, last_verdict=event.verdict)
        case e.Resolved():
            over = _in_status(now, event.status, Category.RESOLVED, entry.at)
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
            anew = replace(again, reopened_at=entry.at, mitigated_at=None, escalated_steps={})
            return replace(anew, next_update_at=event.next_update_at)
        case e.Closed():
            return replace(_in_status(now, event.status, Category.CLOSED, entry.at), closed_at=entry.at)
        case e.ReviewDrafted():
            return replace(now, review_version=event.version)
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
            | e.DiagnosticRequested()
            | e.RunbookOpened()
            | e.ReviewRequested()
            | e.ReviewNudged()
            | e.Unknown()
        ):
            return now
        case _:
            assert_never(event)


def _with_actor(now: Incident, entry: Entry) -> Incident:
    """Whoever acts on a private incident takes part in it."""
    return replace(now, participants=now.participants | {entry.by.user}) if entry.by.user else now


def _in_status(now: Incident, status: str, category: Category, at: datetime) -> Incident:
    """Enter a status. Mitigation is the first time that it is being watched, or over without having been."""
    calm = category is Category.MONITORING or category.over
    return replace(
        now,
        status=status,
        category=category,
        mitigated_at=now.mitigated_at or (at if calm else None),
        resolved_at=now.resolved_at or at if category.over else None,
        closed_at=now.closed_at if category is Category.CLOSED else None,
        next_update_at=None if category.over else now.next_update_at,
    )

"""What follows from an event: what is posted, refreshed, timed and run, in the order it is to happen."""

from collections.abc import Iterator
from typing import assert_never

from bot.domain import correcting, items, reviewing
from bot.domain import effects as f
from bot.domain import events as e
from bot.domain.acting import ActionEvent
from bot.domain.alert_events import AlertEvent
from bot.domain.alerting import alerted, told_back
from bot.domain.clocks import ACKNOWLEDGE, plan
from bot.domain.correction_events import CorrectionEvent
from bot.domain.effects import Effect, Surface
from bot.domain.evidence_events import DiagnosticEvent
from bot.domain.following import acted, invited, looked, offered, walked
from bot.domain.incident import Incident
from bot.domain.item_events import ItemEvent
from bot.domain.review_events import ReviewEvent
from bot.domain.rules import Policy, Trigger, Via
from bot.domain.runbook_events import RunbookEvent
from bot.domain.timeline import Entry

#: The bot's own mark on a message that the timeline has.
RECORDED = "pushpin"


def react(incident: Incident, entry: Entry, policy: Policy) -> list[Effect]:
    """The effects of one entry, given the incident as it is after it."""
    return [*_effects(incident, entry, policy), *reviewing.again(incident, entry)]


def _effects(incident: Incident, entry: Entry, policy: Policy) -> Iterator[Effect]:  # noqa: C901, PLR0912, PLR0915 (a table)
    event = entry.event
    if isinstance(event, ActionEvent):
        yield from acted(incident, event)
        return
    if isinstance(event, RunbookEvent):
        yield from walked(incident, event)
        return
    if isinstance(event, DiagnosticEvent):
        yield from looked(incident, event, entry)
        return
    if isinstance(event, AlertEvent):
        yield from alerted(incident, event, policy)
        return
    if isinstance(event, ItemEvent):
        yield from items.followed(incident, event, policy, entry.recorded_at)
        return
    if isinstance(event, ReviewEvent):
        yield from reviewing.followed(incident, entry, event, policy)
        return
    if isinstance(event, CorrectionEvent):
        yield from correcting.followed()
        return
    match event:
        case e.Declared():
            yield f.OpenChannel(name=event.channel_name, private=event.private)
            yield f.Post(message="alert")
            yield f.Publish(surface=Surface.SUMMARY)
            yield from plan(incident, policy, entry.recorded_at, fresh=True)
        case e.ChannelOpened():
            yield from _furnish(incident, policy)
        case e.Acknowledged():
            yield f.Post(message="acknowledged", thread=True, broadcast=True)
            if event.role and entry.by.user and _instructions(policy, event.role):
                yield f.Post(message="role_instructions", lane=f.direct(entry.by.user), person=entry.by.user)
            yield from plan(incident, policy, entry.recorded_at)
            yield from told_back(incident, policy, "acknowledged")
            yield from _state(incident)
        case e.UpdatePosted():
            yield f.Post(message="update", thread=True, broadcast=True)
            yield from plan(incident, policy, entry.recorded_at)
            yield from _state(incident)
        case e.StatusChanged():
            yield f.Post(message="status_change", thread=True, broadcast=True)
            yield from plan(incident, policy, entry.recorded_at)
            yield from _state(incident)
        case e.SeverityChanged():
            yield f.Post(message="severity_change", thread=True, broadcast=True)
            yield from plan(incident, policy, entry.recorded_at)
            yield from _raised(incident, event, policy)
            yield from _state(incident)
        case e.RoleAssigned():
            yield invited(incident, (event.user,))
            yield f.Post(message="role_change", thread=True, broadcast=True)
            if entry.by.user != event.user or _instructions(policy, event.role):
                yield f.Post(message="role_instructions", lane=f.direct(event.user), person=event.user)
            yield from _state(incident)
        case e.Escalated():
            yield from _escalated(incident, entry, event, policy)
        case e.UpdateOverdue():
            yield f.Post(message="update_overdue", thread=True, broadcast=True)
            yield from plan(incident, policy, entry.recorded_at)
            yield f.Refresh(surface=Surface.SUMMARY)
        case e.Resolved():
            yield f.Post(message="resolution", thread=True, broadcast=True)
            yield from plan(incident, policy, entry.recorded_at)
            yield from _told_elsewhere(incident, policy)
            yield from told_back(incident, policy, "resolved")
            yield from _state(incident)
            # Nothing is looked at again from now on, nor done.
            yield from offered(incident)
            yield f.DraftReview()
        case e.Reopened():
            yield f.Post(message="reopened", thread=True, broadcast=True)
            yield from plan(incident, policy, entry.recorded_at)
            if incident.channel_id:
                yield from _told_elsewhere(incident, policy)
            yield from _state(incident)
            yield from offered(incident)
        case e.Closed():
            yield f.Post(message="closed", thread=True, broadcast=True)
            yield from plan(incident, policy, entry.recorded_at)
            yield from _state(incident)
            yield from offered(incident)
        case e.MessageCaptured():
            if event.via == "pin":
                yield f.React(channel=event.channel, ts=event.ts, emoji=RECORDED)
        case e.MessagePinned():
            if event.first and event.captured:
                yield f.React(channel=event.channel, ts=event.ts, emoji=RECORDED)
            elif event.first:
                yield f.FetchMessage(channel=event.channel, ts=event.ts)
        case e.MessageUnpinned():
            if event.last:
                yield f.React(channel=event.channel, ts=event.ts, emoji=RECORDED, on=False)
        case e.RunbookOpened():
            yield f.Post(message="runbook")
        case e.ClockMissed():
            yield from _missed(incident, event, policy)
        case e.WatchEnded():
            yield f.Post(message="watch_ended", thread=True, broadcast=True)
            yield f.Refresh(surface=Surface.SUMMARY)
        case e.TextDue():
            yield f.Post(message="text_due", thread=True, broadcast=True)
            yield from plan(incident, policy, entry.recorded_at)
            yield f.Refresh(surface=Surface.SUMMARY)
        case e.FollowUpDue():
            if event.people:
                yield invited(incident, event.people)
            yield f.Post(message="follow_up", thread=True, broadcast=True)
            yield f.Refresh(surface=Surface.SUMMARY)
        case e.ClockSnoozed() | e.ClockExtended():
            yield f.Post(message="clock_changed", thread=True)
            yield from plan(incident, policy, entry.recorded_at)
            yield f.Refresh(surface=Surface.SUMMARY)
        case e.Replanned():
            yield from plan(incident, policy, entry.recorded_at)
            yield from items.replanned(incident, policy, entry.recorded_at)
            yield f.Refresh(surface=Surface.SUMMARY)
        case e.ConditionSet() | e.ConditionCleared():
            yield f.Post(message="condition", thread=True, broadcast=True)
            yield from plan(incident, policy, entry.recorded_at)
            yield f.Refresh(surface=Surface.SUMMARY)
        case e.CauseFound():
            yield f.Post(message="cause_found", thread=True, broadcast=True)
            yield from plan(incident, policy, entry.recorded_at)
            yield f.Refresh(surface=Surface.SUMMARY)
        case e.ChecklistShown():
            yield f.Publish(surface=f.checklist(event.name))
        case e.ItemTicked() | e.ItemUnticked():
            yield from plan(incident, policy, entry.recorded_at)
            yield f.Refresh(surface=f.checklist(event.checklist))
            yield f.Refresh(surface=Surface.SUMMARY)
        case e.TextSent():
            yield f.Post(message="text_sent", thread=True, broadcast=True)
            if event.channel:
                yield f.Post(message="text_elsewhere", lane=f.elsewhere(event.channel))
            yield from plan(incident, policy, entry.recorded_at)
            yield f.Refresh(surface=Surface.SUMMARY)
        case e.DeliveryFailed():
            yield from _failed(incident, policy)
        case e.DeliveryRetried():
            yield f.Requeue(outbox=event.outbox)
            yield f.Refresh(surface=Surface.SUMMARY)
        case e.DeliveryDropped():
            yield f.GiveUp(outbox=event.outbox)
            yield f.Refresh(surface=Surface.SUMMARY)
        case e.NoteAdded() | e.MessageEdited() | e.MessageDeleted() | e.PersonJoined() | e.PersonLeft() | e.Unknown():
            pass
        case _:
            assert_never(event)


def _furnish(incident: Incident, policy: Policy) -> Iterator[Effect]:
    """Everything that needs only the channel's id, side by side."""
    if people := tuple(sorted(incident.participants)):
        yield f.Invite(people=people)
    yield f.Refresh(surface=Surface.TOPIC)
    yield f.Refresh(surface=Surface.PURPOSE)
    if _announced(incident.severity, incident, policy):
        yield f.Publish(surface=Surface.ANNOUNCEMENT, lane=f.ANNOUNCE)
    yield from _told_elsewhere(incident, policy)


def _announced(severity: str, incident: Incident, policy: Policy) -> bool:
    """Whether everybody hears of an incident of a severity; of one that the pack dropped they do."""
    known = policy.find_severity(severity)
    return not incident.private and (known is None or known.announced)


def _channels(severity: str, incident: Incident, policy: Policy) -> tuple[str, ...]:
    """The further channels that hear of it."""
    known = policy.find_severity(severity)
    return known.announce if known and not incident.private else ()


def _told_elsewhere(incident: Incident, policy: Policy) -> Iterator[Effect]:
    """Say in the severity's further channels how things stand."""
    for channel in _channels(incident.severity, incident, policy):
        yield f.Post(message="announced", lane=f.elsewhere(channel))


def _raised(incident: Incident, event: e.SeverityChanged, policy: Policy) -> Iterator[Effect]:
    """Those who hear of it only at this severity hear of it now, and those who will hear no more, that it changed."""
    if incident.channel_id is None:
        return
    if _announced(event.after, incident, policy) and not _announced(event.before, incident, policy):
        yield f.Publish(surface=Surface.ANNOUNCEMENT, lane=f.ANNOUNCE)
    before, after = (_channels(severity, incident, policy) for severity in (event.before, event.after))
    for channel in (*after, *before):
        if channel not in after or channel not in before:
            yield f.Post(message="announced", lane=f.elsewhere(channel))


def _missed(incident: Incident, event: e.ClockMissed, policy: Policy) -> Iterator[Effect]:
    """Say so, unless those who are called because of it say it already."""
    calls = [s for s in policy.escalation if s.trigger is Trigger.UNACKNOWLEDGED]
    if event.clock != ACKNOWLEDGE or not any(s.meant_for(incident.severity, incident.service) for s in calls):
        yield f.Post(message="clock_missed", thread=True, broadcast=True)
    yield f.Refresh(surface=Surface.SUMMARY)


def _state(incident: Incident) -> Iterator[Effect]:
    """The surfaces that show severity, status and people. A private incident is announced nowhere."""
    yield f.Refresh(surface=Surface.SUMMARY)
    yield f.Refresh(surface=Surface.TOPIC)
    if not incident.private:
        yield f.Refresh(surface=Surface.ANNOUNCEMENT)


def _instructions(policy: Policy, role: str) -> str:
    return next((r.instructions for r in policy.roles if r.name == role), "")


def _escalated(incident: Incident, entry: Entry, event: e.Escalated, policy: Policy) -> Iterator[Effect]:
    if event.people and Via.INVITE in event.via:
        yield invited(incident, event.people)
    yield f.Post(message="escalation")
    for person in event.people if Via.DIRECT in event.via else ():
        if person.startswith(("U", "W")):
            yield f.Post(message="escalation_call", lane=f.direct(person), person=person)
    if _announced(incident.severity, incident, policy):
        yield f.Post(message="escalation_notice", lane=f.ANNOUNCE)
    for address in policy.addresses(event.emails):
        yield f.SendMail(message="escalation", address=address)
    for name in dict.fromkeys(event.webhooks):
        yield f.CallWebhook(name=name)
    if event.step:
        yield from plan(incident, policy, entry.recorded_at)
    yield f.Refresh(surface=Surface.SUMMARY)


def _failed(incident: Incident, policy: Policy) -> Iterator[Effect]:
    """Tell the commander, or whoever declared it, privately: the channel itself may be what failed."""
    person = incident.roles.get(policy.commander) or incident.declared_by.user
    if person:
        yield f.Post(message="delivery_failed", lane=f.direct(person), person=person)
    yield f.Refresh(surface=Surface.SUMMARY)

"""What a command comes to: the events that happen, or the reason why it cannot be.

`decide` knows nothing but its arguments. An empty list means that there is nothing left to do: a timer
that no longer matters, a delivery told twice.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.domain import acting, alerting, correcting, errors, items, looking, reviewing, walking
from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.attendance import record_channel, record_join, record_leave
from bot.domain.clocks import next_update
from bot.domain.deliveries import on_delivery
from bot.domain.duties import (
    clear_condition,
    details,
    lists_at,
    record_cause,
    record_text,
    set_condition,
    show_checklist,
    suggested,
    tick_items,
)
from bot.domain.escalation import asked_for
from bot.domain.incident import Incident, channel_name
from bot.domain.messages import on_message
from bot.domain.procedures import Form, Moment
from bot.domain.requirements import missing
from bot.domain.rules import SERVICE_OWNERS, Category, EscalationStep, Policy, Status, Trigger, nearest, spoken
from bot.domain.scopes import first_looks
from bot.domain.text import TITLE_LIMIT, legible, said, text_or
from bot.domain.timing import called, extend, fire, snooze

Events = list[e.Event]


def declare(command: c.Declare, policy: Policy, now: datetime) -> Events:
    """The events that open an incident. Raises UnknownSeverity, UnknownCondition, MissingText or TooLong.

    Raises:
        ValueError: the store gave no reference.
    """
    if command.ref is None:
        raise ValueError("a declaration needs its reference")
    title = said(command.title, "title", "a title, such as `declare P1 Checkout is down`", limit=TITLE_LIMIT)
    conditions = tuple(dict.fromkeys(policy.condition(name).name for name in command.conditions))
    worst = suggested(policy, conditions)
    severity = policy.severity(command.severity or (worst.name if worst else policy.default_severity))
    service = policy.service(command.service) if command.service else None
    named = service.name if service else None
    responders = policy.people((*severity.responders, SERVICE_OWNERS), {}, service=named, at=now)
    lists = [
        *lists_at(policy, severity.name, Moment.DECLARED),
        *lists_at(policy, severity.name, Moment.CONDITION, conditions=conditions),
    ]
    return [
        e.Declared(
            ref=command.ref,
            title=" ".join(title.split()),
            severity=severity.name,
            status=policy.first_status(Category.TRIAGE).name,
            channel_name=channel_name(command.ref, "" if command.private else title),
            service=service.name if service else text_or(command.service or "", "service", TITLE_LIMIT) or None,
            private=command.private,
            drill=command.drill,
            description=text_or(command.description, "description"),
            responders=responders,
            next_update_at=next_update(policy, severity.name, now),
            conditions=conditions,
            details=details(command.details, policy, Form.DECLARE),
        ),
        *lists,
        *(
            e.DiagnosticRequested(target=target, run=f"declared-{number}")
            for number, target in enumerate(first_looks(policy, severity.name, named, title), start=1)
        ),
    ]


def decide(incident: Incident, command: c.Command, policy: Policy, now: datetime) -> Events:
    """The events that a command to a living incident comes to.

    Args:
        incident: as it is, under its lock.
        command: what somebody wants.
        policy: the pack's rules.
        now: the time, in UTC.

    Raises:
        DomainError: it cannot be done; the sentence says why and what to do.
    """
    match command:
        case c.CaptureMessage() | c.EditMessage() | c.DeleteMessage() | c.PinMessage() | c.UnpinMessage():
            return on_message(command)
        case c.RetryDelivery() | c.DropDelivery():
            return on_delivery(incident, command)
        case c.FireTimer():
            return fire(incident, command, policy, now)
        case _:
            return list(_DECIDE[type(command)](incident, command, policy, now))


def _acknowledge(incident: Incident, _command: c.Acknowledge, policy: Policy, _now: datetime) -> Events:
    _must_run(incident)
    if incident.acknowledged_by:
        who = f"<@{incident.acknowledged_by.user}>" if incident.acknowledged_by.user else incident.acknowledged_by.id
        raise errors.AlreadyAcknowledged(ref=incident.ref, by=who)
    vacant = policy.commander not in incident.roles and _command.by.user is not None
    return [e.Acknowledged(severity=incident.severity, role=policy.commander if vacant else None)]


def _update(incident: Incident, command: c.PostUpdate, policy: Policy, now: datetime) -> Events:
    if incident.category is Category.CLOSED:
        raise errors.IncidentOver(ref=incident.ref, status=incident.status)
    text = said(command.text, "update", "what people should know, such as `update Failing over, 10 minutes`")
    moved: Events = []
    status = policy.status(command.status).name if command.status else incident.status
    if status != incident.status:
        moved = _status(incident, c.ChangeStatus(by=command.by, status=status), policy, now)
    due = None if incident.over else next_update(policy, incident.severity, now)
    update = e.UpdatePosted(
        number=incident.updates + 1,
        text=text,
        severity=incident.severity,
        status=status,
        next_update_at=due,
        details=details(command.details, policy, Form.UPDATE),
    )
    return [*moved, update]


def _status(incident: Incident, command: c.ChangeStatus, policy: Policy, now: datetime) -> Events:
    status = policy.status(command.status)
    note = text_or(command.note, "note")
    if status.name == incident.status:
        raise errors.AlreadySo(ref=incident.ref, what="status", value=status.name)
    if status.category is Category.RESOLVED:
        over = c.Resolve(by=command.by, summary=note, status=status.name, override=command.override)
        return _resolve(incident, over, policy, now)
    if status.category is Category.CLOSED:
        closed = c.Close(by=command.by, note=note, status=status.name, override=command.override)
        return _close(incident, closed, policy, now)
    _must_run(incident)
    overrode, because = _entering(incident, status, policy, now, filled={}, override=command.override)
    changed = e.StatusChanged(
        before=incident.status,
        after=status.name,
        category=status.category,
        note=note,
        cause_known=status.cause_known,
        overrode=overrode,
        because=because,
    )
    return [changed, *_entered(incident, status, policy)]


def _entering(
    incident: Incident, status: Status, policy: Policy, now: datetime, *, filled: Mapping[str, str], override: str
) -> tuple[tuple[str, ...], str]:
    """What of the policy's requirements is passed over, and why; nothing where all of it is so. Raises NotYet."""
    lacking = missing(incident, status, policy, now, filled)
    because = text_or(override, "reason")
    if lacking and not because:
        raise errors.NotYet(ref=incident.ref, status=status.name, what="; ".join(lacking))
    return (lacking, because) if lacking else ((), "")


def _lists(incident: Incident, policy: Policy, moment: Moment, *, status: str | None = None) -> Events:
    shown = [tally.name for tally in incident.checklists]
    return [*lists_at(policy, incident.severity, moment, shown, status=status)]


def _severity(incident: Incident, command: c.ChangeSeverity, policy: Policy, now: datetime) -> Events:
    severity = policy.severity(command.severity)
    _must_run(incident)
    if severity.name == incident.severity:
        raise errors.AlreadySo(ref=incident.ref, what="severity", value=severity.name)
    shown = [tally.name for tally in incident.checklists]
    return [
        e.SeverityChanged(
            before=incident.severity,
            after=severity.name,
            why=text_or(command.why, "reason"),
            next_update_at=next_update(policy, severity.name, now),
        ),
        *lists_at(policy, severity.name, Moment.DECLARED, shown),
        *lists_at(policy, severity.name, Moment.CONDITION, shown, conditions=incident.conditions),
    ]


def _role(incident: Incident, command: c.AssignRole, policy: Policy, _now: datetime) -> Events:
    role = policy.role(command.role)
    before = incident.roles.get(role.name)
    if before == command.user:
        raise errors.AlreadySo(ref=incident.ref, what=role.title, value=f"<@{command.user}>")
    return [e.RoleAssigned(role=role.name, user=command.user, before=before, note=text_or(command.note, "note"))]


def _escalate(incident: Incident, command: c.Escalate, policy: Policy, now: datetime) -> Events:
    _must_run(incident)
    why, more = text_or(command.why, "reason"), details(command.details, policy, Form.ESCALATE)
    step = _request(command.step, policy) if command.step else None
    if step is None and not command.people:
        step = asked_for(incident, policy)
    if step is not None:
        return [called(incident, step, policy, now, why=why or step.why, besides=command.people, details=more)]
    names = command.people or policy.manual_escalation
    return [
        e.Escalated(
            level=incident.escalations + 1,
            why=why,
            names=names,
            people=policy.people(names, incident.roles, service=incident.service, at=now),
            severity=incident.severity,
            # Whoever is named is called, and nobody else is woken.
            emails=() if command.people else policy.manual_email,
            webhooks=() if command.people else policy.manual_webhooks,
            details=more,
        )
    ]


def _request(typed: str, policy: Policy) -> EscalationStep:
    """The step that is asked for by its name or by what people say for it. Raises UnknownStep."""
    asked = [s for s in policy.escalation if s.trigger is Trigger.REQUEST]
    words = {spoken(word): s for s in asked for word in (s.name, *s.aliases)}
    if spoken(typed) not in words:
        known = [s.name for s in asked]
        raise errors.UnknownStep(typed=typed, known=known, nearest=nearest(typed, known))
    return words[spoken(typed)]


def _note(_incident: Incident, command: c.AddNote, _policy: Policy, _now: datetime) -> Events:
    return [e.NoteAdded(text=said(command.text, "note", "what to write down, such as `note Pool was at 98 %`"))]


def _resolve(incident: Incident, command: c.Resolve, policy: Policy, now: datetime) -> Events:
    _must_run(incident)
    status = policy.status(command.status) if command.status else policy.first_status(Category.RESOLVED)
    filled = {
        "summary": text_or(command.summary, "summary"),
        "root_cause": text_or(command.root_cause, "root cause"),
        "contributing_factors": text_or(command.contributing_factors, "contributing factors"),
        "impact": text_or(command.impact, "impact"),
    }
    if not filled["summary"]:
        raise errors.SummaryNeeded(ref=incident.ref)
    overrode, because = _entering(incident, status, policy, now, filled=filled, override=command.override)
    resolved = e.Resolved(
        before=incident.status,
        status=status.name,
        **filled,
        overrode=overrode,
        because=because,
        details=details(command.details, policy, Form.RESOLVE),
    )
    return [resolved, *_lists(incident, policy, Moment.RESOLVED), *_entered(incident, status, policy)]


def _entered(incident: Incident, status: Status, policy: Policy) -> Events:
    return _lists(incident, policy, Moment.STATUS, status=status.name)


def _reopen(incident: Incident, command: c.Reopen, policy: Policy, now: datetime) -> Events:
    if not incident.over:
        raise errors.NotOver(ref=incident.ref, status=incident.status)
    # What was thought to be the cause may not have been it: looking begins again.
    status = policy.first_status(Category.TRIAGE)
    return [
        e.Reopened(
            before=incident.status,
            status=status.name,
            category=status.category,
            why=text_or(command.why, "reason"),
            next_update_at=next_update(policy, incident.severity, now),
        )
    ]


def _close(incident: Incident, command: c.Close, policy: Policy, now: datetime) -> Events:
    if incident.category is Category.CLOSED:
        raise errors.AlreadySo(ref=incident.ref, what="status", value=incident.status)
    if not incident.over:
        raise errors.NotResolved(ref=incident.ref, status=incident.status)
    status = policy.status(command.status) if command.status else policy.first_status(Category.CLOSED)
    overrode, because = _entering(incident, status, policy, now, filled={}, override=command.override)
    note = text_or(command.note, "note")
    closed = e.Closed(before=incident.status, status=status.name, note=note, overrode=overrode, because=because)
    return [closed, *_entered(incident, status, policy)]


def _failure(_incident: Incident, command: c.RecordFailure, _policy: Policy, _now: datetime) -> Events:
    what, reason, remedy = (legible(text) for text in (command.what, command.reason, command.remedy))
    return [e.DeliveryFailed(outbox=command.outbox, what=what, reason=reason, remedy=remedy, final=command.final)]


def _replan(_incident: Incident, command: c.Replan, _policy: Policy, _now: datetime) -> Events:
    return [e.Replanned(rules=command.rules)]


def _must_run(incident: Incident) -> None:
    if incident.over:
        raise errors.IncidentOver(ref=incident.ref, status=incident.status)


_DECIDE: Mapping[type, Callable[[Incident, Any, Policy, datetime], Sequence[Any]]] = {
    c.Acknowledge: _acknowledge,
    c.PostUpdate: _update,
    c.ChangeStatus: _status,
    c.ChangeSeverity: _severity,
    c.AssignRole: _role,
    c.Escalate: _escalate,
    c.AddNote: _note,
    c.RecordChannel: record_channel,
    c.RecordJoin: record_join,
    c.RecordLeave: record_leave,
    c.AddActionItem: items.add,
    c.ChangeActionItem: items.change,
    c.FinishActionItem: items.finish,
    c.DropActionItem: items.drop,
    c.ReopenActionItem: items.reopen,
    c.FileActionItem: items.to_file,
    c.RecordFiled: items.filed,
    c.RecordOwnerLeft: items.owner_left,
    c.AddEntry: correcting.add,
    c.MoveEntry: correcting.move,
    c.HideEntry: correcting.hide,
    c.ShowEntry: correcting.show,
    c.AnnotateEntry: correcting.annotate,
    c.RequestDiagnostic: looking.ask,
    c.RecordDiagnostic: looking.record,
    c.WatchDiagnostic: looking.watch,
    c.StopWatching: looking.stop,
    c.RequestAction: acting.request,
    c.RecordRehearsal: acting.rehearsed,
    c.ApproveAction: acting.approve,
    c.DeclineAction: acting.decline,
    c.StartAction: acting.start,
    c.RecordAction: acting.finished,
    c.OpenRunbook: walking.open_text,
    c.StartRunbook: walking.start,
    c.MarkStep: walking.mark,
    c.RunStep: walking.run_block,
    c.GoBack: walking.go_back,
    c.PauseRunbook: walking.pause,
    c.ResumeRunbook: walking.resume,
    c.HandOverRunbook: walking.hand_over,
    c.StopRunbook: walking.stop,
    c.Resolve: _resolve,
    c.Reopen: _reopen,
    c.Close: _close,
    c.RequestReview: reviewing.request,
    c.RecordReview: reviewing.record,
    c.RecordReviewEdit: reviewing.edited,
    c.ApproveReview: reviewing.approve,
    c.PublishReview: reviewing.publish,
    c.ScheduleReview: reviewing.schedule,
    c.FileReview: reviewing.to_file,
    c.RecordReviewFiled: reviewing.filed,
    c.JudgeEffectiveness: reviewing.judge,
    c.RecordFailure: _failure,
    c.SetCondition: set_condition,
    c.ClearCondition: clear_condition,
    c.RecordCause: record_cause,
    c.ShowChecklist: show_checklist,
    c.TickItems: tick_items,
    c.RecordText: record_text,
    c.SnoozeClock: snooze,
    c.ExtendClock: extend,
    c.Replan: _replan,
    c.RecordAlerts: alerting.record,
}

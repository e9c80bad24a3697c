"""What commands about actions come to, and what their events do. Pure, as `bot.domain.decide`, which calls it."""

from dataclasses import replace
from datetime import datetime

from bot.domain import action_commands as c
from bot.domain import action_events as a
from bot.domain import errors
from bot.domain.action import VERIFY, Action, Stage
from bot.domain.action_rules import ActionRule, parse
from bot.domain.actor import Actor, ActorKind
from bot.domain.event import BaseEvent
from bot.domain.evidence_events import DiagnosticRequested
from bot.domain.incident import Incident
from bot.domain.naming import nearest
from bot.domain.params import as_text
from bot.domain.permission import may, meant
from bot.domain.rules import Policy
from bot.domain.runbook_run import Place
from bot.domain.scopes import scope
from bot.domain.text import text_or
from bot.domain.timeline import Entry

ActionEvent = (
    a.ActionRequested
    | a.ActionProposed
    | a.ActionImpossible
    | a.ActionApproved
    | a.ActionDeclined
    | a.ActionExpired
    | a.ActionStarted
    | a.ActionFinished
)

#: What the timers of proposals begin with.
TIMER = "action:"


def timer_of(number: int) -> str:
    """The timer that ends a proposal which nobody runs."""
    return f"{TIMER}{number}"


def request(incident: Incident, command: c.RequestAction, policy: Policy, now: datetime) -> list[a.ActionRequested]:
    """An action is asked for. Raises UnknownAction, NotAllowed, WrongParameter or IncidentOver."""
    rule = _rule(policy, command.action)
    if incident.over:
        raise errors.IncidentOver(ref=incident.ref, status=incident.status)
    if not may(rule.allowed, command.by, command.groups, policy=policy, incident=incident, now=now):
        raise errors.NotAllowed(what=rule.title, who=meant(rule.allowed, policy))
    given = {name: as_text(value) for name, value in parse(rule, command.said).items()}
    number = len(incident.actions) + 1
    return [a.ActionRequested(number=number, action=rule.name, title=rule.title, given=given)]


def rehearsed(incident: Incident, command: c.RecordRehearsal, policy: Policy, now: datetime) -> list[BaseEvent]:
    """It was found out what an action would do; told twice, once."""
    action = incident.action(command.number)
    if action is None or action.stage is not Stage.REHEARSING:
        return []
    if not command.ready:
        return [a.ActionImpossible(number=action.number, action=action.name, title=action.title, why=command.why)]
    rule = _rule(policy, action.name)
    return [
        a.ActionProposed(
            number=action.number,
            action=action.name,
            title=action.title,
            given=action.given,
            would=command.would,
            ran=command.ran,
            against=command.against,
            seen=command.seen,
            bound=command.bound,
            needed=rule.approvals.count,
            expires_at=now + rule.expires,
        )
    ]


def approve(incident: Incident, command: c.ApproveAction, policy: Policy, now: datetime) -> list[a.ActionApproved]:
    """Somebody agrees.

    Raises:
        NoSuchAction, ActionOver, IncidentOver, OwnAction, ApprovedAlready, InSlackOnly, NotAllowed: why it cannot be.
    """
    action = _proposed(incident, command.number, now)
    rule = _runnable(incident, action, policy)
    if command.by.kind is not ActorKind.PERSON:
        raise errors.InSlackOnly
    if rule.approvals.other_person and command.by == action.by:
        raise errors.OwnAction(title=action.title)
    if command.by in action.approved_by:
        raise errors.ApprovedAlready(title=action.title)
    if not may(rule.approvals, command.by, command.groups, policy=policy, incident=incident, now=now):
        raise errors.NotAllowed(what=f"Approving of “{action.title}”", who=meant(rule.approvals, policy))
    left = lacking(replace(action, approved_by=(*action.approved_by, command.by)), rule)
    return [a.ActionApproved(number=action.number, title=action.title, left=left, expires_at=now + rule.expires)]


def decline(incident: Incident, command: c.DeclineAction, _policy: Policy, now: datetime) -> list[a.ActionDeclined]:
    """Anybody may say no. Raises NoSuchAction or ActionOver."""
    action = _proposed(incident, command.number, now)
    return [a.ActionDeclined(number=action.number, title=action.title, why=text_or(command.why, "reason"))]


def start(incident: Incident, command: c.StartAction, policy: Policy, now: datetime) -> list[a.ActionStarted]:
    """It is run.

    Raises:
        NoSuchAction, ActionOver, IncidentOver, NotAllowed, ApprovalMissing, EmergencyRefused, ADrill: why it cannot be.
    """
    action = _proposed(incident, command.number, now)
    rule = _runnable(incident, action, policy)
    if not may(rule.allowed, command.by, command.groups, policy=policy, incident=incident, now=now):
        raise errors.NotAllowed(what=rule.title, who=meant(rule.allowed, policy))
    if incident.drill:
        raise errors.ADrill(title=action.title)
    emergency = text_or(command.emergency, "reason")
    left = lacking(action, rule)
    if left and not emergency:
        hint = ", or in an emergency run it with a reason" if rule.approvals.emergency else ""
        raise errors.ApprovalMissing(title=action.title, left=left, what=hint)
    if left and not rule.approvals.emergency:
        raise errors.EmergencyRefused(title=action.title, left=left)
    told = emergency if left else ""
    return [a.ActionStarted(number=action.number, title=action.title, emergency=told, missing=left)]


def lacking(action: Action, rule: ActionRule) -> int:
    """How many must still approve, where the pack may have changed since it was proposed: the stricter holds."""
    counted = [who for who in action.approved_by if not rule.approvals.other_person or who != action.by]
    return max(max(action.needed, rule.approvals.count) - len(counted), 0)


def finished(incident: Incident, command: c.RecordAction, policy: Policy, _now: datetime) -> list[BaseEvent]:
    """How it went; what nobody could say may become known later. Then it is looked at what came of it."""
    action = incident.action(command.number)
    if action is None or action.stage not in (Stage.RUNNING, Stage.UNKNOWN):
        return []
    late = action.stage is Stage.UNKNOWN
    if late and command.verdict == Stage.UNKNOWN:
        return []
    done = a.ActionFinished(
        number=action.number,
        action=action.name,
        title=action.title,
        verdict=command.verdict,
        said=command.said,
        ran=command.ran,
        against=command.against,
        output=command.output,
        took_ms=command.took_ms,
    )
    rule = policy.action(action.name)
    if late or rule is None or not rule.verify or command.verdict == Stage.REFUSED:
        return [done]
    try:
        looked_at = scope(policy, rule.verify).phrase
    except errors.UnknownTarget:  # how it went is told, whatever has become of the pack
        return [done]
    return [done, DiagnosticRequested(target=looked_at, run=f"{VERIFY}{action.number}", at_step=_place(action))]


def expired(incident: Incident, number: int, now: datetime) -> list[a.ActionExpired]:
    """A proposal's time is over; nothing where it was run, declined, or given more time by an approval."""
    action = incident.action(number)
    if action is None or action.stage is not Stage.PROPOSED or action.expires_at is None or action.expires_at > now:
        return []
    return [a.ActionExpired(number=number, title=action.title)]


def _place(action: Action) -> Place | None:
    """What follows from an action of a runbook's stands where that does."""
    return Place(run=action.at_step.run) if action.at_step else None


def _rule(policy: Policy, typed: str) -> ActionRule:
    rule = policy.action(typed)
    if rule is None:
        known = [one.name for one in policy.actions]
        raise errors.UnknownAction(typed=typed, known=known, nearest=nearest(typed, known))
    return rule


def _runnable(incident: Incident, action: Action, policy: Policy) -> ActionRule:
    """Its rule, while anything is done at all. Raises IncidentOver or UnknownAction."""
    if incident.over:
        raise errors.IncidentOver(ref=incident.ref, status=incident.status)
    return _rule(policy, action.name)


def _proposed(incident: Incident, number: int, now: datetime) -> Action:
    action = incident.action(number)
    if action is None:
        raise errors.NoSuchAction(ref=incident.ref, number=number)
    if action.stage is Stage.PROPOSED and action.expires_at is not None and action.expires_at <= now:
        raise errors.ActionOver(title=action.title, stage=Stage.EXPIRED.value)
    if action.stage is not Stage.PROPOSED:
        raise errors.ActionOver(title=action.title, stage=action.stage.value)
    return action


def with_action(actions: tuple[Action, ...], entry: Entry, event: ActionEvent) -> tuple[Action, ...]:
    """The actions of an incident after one more event about one of them."""
    if isinstance(event, a.ActionRequested):
        new = Action(
            number=event.number,
            name=event.action,
            title=event.title,
            by=entry.by,
            at=entry.at,
            given=event.given,
            at_step=event.at_step,
        )
        return (*actions, new)
    return tuple(
        _after(action, entry.by, entry.at, event) if action.number == event.number else action for action in actions
    )


def _after(action: Action, by: Actor, at: datetime, event: ActionEvent) -> Action:
    match event:
        case a.ActionProposed():
            return replace(
                action,
                stage=Stage.PROPOSED,
                would=event.would,
                ran=event.ran,
                against=event.against,
                seen=event.seen,
                bound=event.bound,
                needed=event.needed,
                expires_at=event.expires_at,
            )
        case a.ActionApproved():
            return replace(action, approved_by=(*action.approved_by, by), expires_at=event.expires_at)
        case a.ActionStarted():
            return replace(action, stage=Stage.RUNNING, started_by=by, started_at=at, emergency=event.emergency)
        case a.ActionFinished():
            ended = replace(action, stage=Stage(event.verdict), ended_by=by, ended_at=at, said=event.said)
            return replace(
                ended, ran=event.ran or action.ran, output=event.output, against=event.against or action.against
            )
        case a.ActionImpossible():
            return replace(action, stage=Stage.IMPOSSIBLE, ended_by=by, ended_at=at, said=event.why)
        case a.ActionDeclined():
            return replace(action, stage=Stage.DECLINED, ended_by=by, ended_at=at, said=event.why)
        case a.ActionExpired():
            return replace(action, stage=Stage.EXPIRED, ended_by=by, ended_at=at)
        case a.ActionRequested():
            return action

"""A moment of a simulated incident as a line of a timetable: what happens, and who is told of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from bot.domain import events as e
from bot.domain.clocks import ACKNOWLEDGE, RESOLVE, STATUS_PAGE
from bot.domain.effects import Post
from bot.domain.incident import Incident
from bot.domain.react import react
from bot.domain.rules import SERVICE_OWNERS, Policy, Via
from bot.domain.timetable import Moment

#: What happens, and who is told.
Line = tuple[str, str]

_SOMEBODY, _CHANNEL = "somebody", "the channel"
_MISSED = {
    ACKNOWLEDGE: "nobody has acknowledged it in time",
    RESOLVE: "it is not resolved in time",
    STATUS_PAGE: "asks for the status page",
}
_VIA = {Via.MENTION: "mentioned", Via.INVITE: "invited", Via.DIRECT: "by direct message"}


def said(moment: Moment, policy: Policy) -> Line | None:
    """A moment's line; None where nobody would hear of it, or it says what the line before has said."""
    event = moment.entry.event
    if isinstance(event, e.ClockMissed):
        told = any(isinstance(effect, Post) for effect in react(moment.incident, moment.entry, policy))
        return (_MISSED.get(event.clock, f"“{event.clock}” is late"), _CHANNEL) if told else None
    line = _LINES.get(type(event))
    return line(event, moment.incident, policy) if line else None


def _declared(event: e.Declared, incident: Incident, policy: Policy) -> Line:
    severity, service = policy.severity(event.severity), policy.service(incident.service or "")
    come = dict.fromkeys((*severity.responders, *(service.owners if service else ())))
    places = [f"#{channel}" for channel in severity.announce]
    where = f"announced in {', '.join(places)}" if places else "" if severity.announced else "not announced"
    return "declared", ", ".join([*come, *([where] if where else [])])


def _escalated(event: e.Escalated, incident: Incident, policy: Policy) -> Line:
    again = f", round {event.round}" if event.round > 1 else ""
    who = ", ".join((*_names(event.names, incident, policy), *_outside(event)))
    ways = "" if set(event.via) == set(Via) else f" ({', '.join(_VIA[way] for way in event.via)})"
    return f"escalates: {event.why}{again}", f"{who}{ways}"


def _names(names: Iterable[str], incident: Incident, policy: Policy) -> Iterator[str]:
    """Names as the policy has them, with who is behind those that stand for others."""
    roles = {role.name: role for role in policy.roles}
    for name in names:
        if name == SERVICE_OWNERS:
            service = policy.service(incident.service or "")
            behind = service.owners if service else ()
            yield f"{name} ({', '.join(behind) or 'nobody: say --service'})"
        elif name in roles and name not in incident.roles:
            yield f"{name} ({', '.join(roles[name].contacts) or 'nobody yet'})"
        else:
            yield name


def _outside(event: e.Escalated) -> Iterator[str]:
    yield from (f"{name} by e-mail" for name in event.emails)
    yield from (f"webhook {name}" for name in event.webhooks)


def _follow_up(event: e.FollowUpDue, incident: Incident, policy: Policy) -> Line:
    return f"follow-up: {event.title}", ", ".join(_names(event.names, incident, policy)) or _CHANNEL


def _checklist(event: e.ChecklistShown, _incident: Incident, _policy: Policy) -> Line:
    items = f"{len(event.items)} item{'' if len(event.items) == 1 else 's'}"
    whose = ", ".join(dict.fromkeys(role for role in event.roles if role))
    return f"shows the checklist “{event.title}”, {items}", whose or _CHANNEL


def _ticked(event: e.ItemTicked, incident: Incident, _policy: Policy) -> Line | None:
    tally = incident.tally(event.checklist)
    return (f"all of “{event.title}” is done", _SOMEBODY) if tally and tally.complete else None


def _overridden(what: str, event: e.StatusChanged | e.Resolved | e.Closed) -> Line:
    return (f"{what}, though {'; '.join(event.overrode)}" if event.overrode else what), _SOMEBODY


def _published(event: e.ReviewPublished) -> Line:
    return "the review is published", ", ".join([_CHANNEL, *(f"#{channel}" for channel in event.channels)])


_LINES: Mapping[type, Callable[[Any, Incident, Policy], Line | None]] = {
    e.Declared: _declared,
    e.Acknowledged: lambda _e, _i, _p: ("acknowledged", _SOMEBODY),
    e.UpdatePosted: lambda event, _i, _p: (f"update {event.number}", _SOMEBODY),
    e.StatusChanged: lambda event, _i, _p: _overridden(f"status {event.after}", event),
    e.SeverityChanged: lambda event, _i, _p: (f"severity {event.after}", _SOMEBODY),
    e.Escalated: _escalated,
    e.UpdateOverdue: lambda _e, _i, _p: ("asks for an update", _CHANNEL),
    e.WatchEnded: lambda _e, _i, _p: ("it was watched for long enough: asks to resolve it", _CHANNEL),
    e.TextDue: lambda event, _i, _p: (f"asks for the text “{event.title}”", _CHANNEL),
    e.TextSent: lambda event, _i, _p: (f"text “{event.title}” sent", _SOMEBODY),
    e.ConditionSet: lambda event, _i, _p: (f"it is so: {event.title}", _SOMEBODY),
    e.CauseFound: lambda _e, _i, _p: ("the cause is known", _SOMEBODY),
    e.ChecklistShown: _checklist,
    e.ItemTicked: _ticked,
    e.Resolved: lambda event, _i, _p: _overridden("resolved", event),
    e.Reopened: lambda _e, _i, _p: ("reopened", _SOMEBODY),
    e.ReviewNudged: lambda _e, _i, _p: ("reminds of the review", _CHANNEL),
    e.ReviewPublished: lambda event, _i, _p: _published(event),
    e.EffectivenessAsked: lambda _e, _i, _p: ("asks whether what was done has helped", _CHANNEL),
    e.FollowUpDue: _follow_up,
    e.Closed: lambda event, _i, _p: _overridden("closed", event),
}

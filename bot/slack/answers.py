"""What people are answered privately: what was recorded, what they asked to read, and what went wrong."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from bot.application import outbox, overviews
from bot.application.execute import Outcome
from bot.application.outbox import Depth
from bot.application.present import about, about_entry
from bot.application.queries import open_incidents, story
from bot.application.suggesting import suggested
from bot.domain.errors import DomainError
from bot.domain.events import Declared, DiagnosticWatched
from bot.domain.incident import Incident, Tally
from bot.domain.rules import Policy
from bot.domain.scopes import scopes
from bot.messages import Message
from bot.slack.alerting import TooLate
from bot.slack.intents import Look, UsageProblem
from bot.slack.room import ANSWERED_WITHIN, Request, SlackRoom
from bot.slack.usage import USAGES, Usage, usage_of
from bot.store.database import DatabaseUnavailable
from bot.store.incidents import Stored

_logger = logging.getLogger(__name__)

#: How many entries an answer shows: a message holds no more with ease.
_LAST: Mapping[Look, int] = {Look.TIMELINE: 30, Look.CATCHUP: 8, Look.HIDDEN: 0}
#: What is read of the policy, for an incident.
_OVERVIEWS: Mapping[Look, Callable[[Incident, Policy], dict[str, Any]]] = {
    Look.CONDITIONS: overviews.conditions,
    Look.CHECKLISTS: overviews.checklists,
    Look.TEXTS: overviews.texts,
    Look.CLOCKS: overviews.clocks,
}
#: Seconds in which the database may say what waits, after what was asked for is done.
_GLANCE = 0.4


class WentWrong(Exception):
    """Something went wrong on my side; what it was is in my log. Look whether it was recorded before you repeat it."""


def ephemeral(message: Message) -> dict[str, Any]:
    """A message as the answer to a slash command, for one person's eyes."""
    return {"response_type": "ephemeral", "text": message.text, "blocks": message.blocks}


async def recorded(request: Request, outcome: Outcome) -> Message:
    """What a command came to, and whether Slack shows it late. A command told twice says so."""
    return _recorded(request.room, outcome, await _behind(request, outcome))


async def if_late(request: Request, outcome: Outcome) -> Message | None:
    """Like `recorded`, where Slack shows it late; None where people see it anyway."""
    behind = await _behind(request, outcome)
    return _recorded(request.room, outcome, behind) if behind else None


async def _behind(request: Request, outcome: Outcome) -> Depth | None:
    """How far Slack is behind with an incident. Never at the cost of the answer: then nothing is said of it."""
    within = min(_GLANCE, request.left(ANSWERED_WITHIN))
    found = await outbox.behind(request.room.muster, outcome.incident_id, within=within)
    return found.get(outcome.incident.ref)


def _recorded(room: SlackRoom, outcome: Outcome, behind: Depth | None) -> Message:
    incident = outcome.incident
    if outcome.entries:
        # A declaration is answered as one, whatever else follows from it, and so is a watch.
        begun = (entry for entry in outcome.entries if isinstance(entry.event, Declared | DiagnosticWatched))
        context = about_entry(incident, next(begun, None) or outcome.entries[-1], room.muster.policy, {})
    else:
        context = about(incident, room.muster.policy, {}) | {"entry": None, "event": None, "kind": None}
    context |= {"duplicate": not outcome.entries, "behind": behind}
    return room.messages.render_safely("answer", ref=incident.ref, **context)


def problem(room: SlackRoom, error: Exception) -> Message:
    """What went wrong, in a sentence, with what to do instead."""
    match error:
        case TooLate(message=message):
            return message
        case DomainError():
            usage = error.usage if isinstance(error, UsageProblem) else usage_of(error.command or "")
            return room.messages.render_safely(
                "error",
                title=error.sentence,
                sentence=error.sentence,
                hint=error.hint,
                usage=usage if error.command or isinstance(error, UsageProblem) else None,
                command=room.command,
            )
        case DatabaseUnavailable():
            return _plain(error)
        case _:
            _logger.error("a request from Slack failed", exc_info=error)
            return _plain(WentWrong())


def explain(room: SlackRoom, usage: Usage | None) -> Message:
    """The help: for one command, or for all."""
    if usage is None:
        return room.messages.render_safely("help", commands=USAGES, command=room.command)
    return room.messages.render_safely("help_command", usage=usage, command=room.command)


def targets(room: SlackRoom) -> Message:
    """What can be diagnosed."""
    named = [(one.name, what) for one, what in scopes(room.muster.policy)]
    return room.messages.render_safely("diag_list", scopes=named, command=room.command)


def actions(room: SlackRoom) -> Message:
    """What may be done to systems."""
    return room.messages.render_safely("action_list", actions=room.muster.policy.actions, command=room.command)


def runbooks(room: SlackRoom, stored: Stored | None) -> Message:
    """The runbooks, with those first that may help in the incident."""
    found, incident = room.catalogue.list(), stored.incident if stored else None
    hits = suggested(incident, room.muster.policy, room.catalogue) if incident else []
    ref = incident.ref if incident else None
    return room.messages.render_safely(
        "runbook_list", ref=ref, runbooks=found, suggested=hits, incident=incident, command=room.command
    )


async def look(request: Request, what: Look, *, ref: str | None, channel: str | None) -> Message:
    """What somebody wants to read about an incident, or about all.

    Raises:
        DomainError: there is none, or it is not for them.
        DatabaseUnavailable: nothing could be read.
    """
    room = request.room
    database, policy, render = room.muster.database, room.muster.policy, room.messages.render_safely
    if what is Look.LIST:
        found = await open_incidents(database, request.by, within=request.left())
        late = await outbox.behind(room.muster, within=min(_GLANCE, request.left(ANSWERED_WITHIN)))
        return render(what.value, incidents=found, behind=late)
    stored = await request.incident(ref, channel)
    incident = stored.incident
    if what in _OVERVIEWS:
        return overview(room, incident, what)
    context = about(incident, policy, {})
    if what in _LAST:
        told = await story(database, stored.id, last=_LAST[what], within=request.left())
        context |= {"entries": told.entries, "more": told.more, "corrections": told.corrections}
    elif what is Look.SHOW:
        within = min(_GLANCE, request.left(ANSWERED_WITHIN))
        late = await outbox.behind(room.muster, stored.id, within=within)
        context |= {"behind": late.get(incident.ref)}
    return render(what.value, ref=incident.ref, **context)


def overview(room: SlackRoom, incident: Incident, what: Look) -> Message:
    """What the policy has for an incident: its conditions, checklists, texts or clocks."""
    policy = room.muster.policy
    context = about(incident, policy, {}) | _OVERVIEWS[what](incident, policy)
    return room.messages.render_safely(what.value, ref=incident.ref, **context)


def checklist(room: SlackRoom, incident: Incident, tally: Tally) -> Message:
    """A checklist that is in the channel, to be ticked off here too."""
    context = about(incident, room.muster.policy, {}) | {"tally": tally}
    return room.messages.render_safely("checklist", ref=incident.ref, **context)


def rules(room: SlackRoom, severity: str | None) -> Message:
    """The policy: all in short, or one severity. Raises UnknownSeverity."""
    policy = room.muster.policy
    asked = policy.severity(severity) if severity else None
    return room.messages.render_safely("policy", policy=policy, severity_asked=asked, command=room.command)


def _plain(error: Exception) -> Message:
    """A sentence that has to work when nothing else does."""
    text = (type(error).__doc__ or "").strip()
    return Message(text=text, blocks=[])

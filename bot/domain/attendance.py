"""Who is in an incident's channel. `bot.domain.decide` calls it; it is as pure."""

from datetime import datetime, timedelta

from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.incident import Incident
from bot.domain.rules import Policy

Events = list[e.Event]

#: Slack dates a coming or leaving in two ways, by the line in the history and by the event, a moment apart.
_SAME = timedelta(seconds=2)


def record_channel(incident: Incident, command: c.RecordChannel, _policy: Policy, _now: datetime) -> Events:
    """The channel is there; a second time changes nothing."""
    return [] if incident.channel_id else [e.ChannelOpened(channel=command.channel, name=command.name)]


def record_join(incident: Incident, command: c.RecordJoin, _policy: Policy, now: datetime) -> Events:
    """Somebody came in, unless that is known, or they have left since."""
    facts, at = command.facts, command.at or now
    # Slack keeps no order: who has left since does not come back by a join that is told late.
    late = facts.left_at is not None and at < facts.left_at
    # Who comes in twice has left in between, which has yet to be told. Who is there has come in only once.
    again = not command.noticed and facts.inside and facts.joined_at is not None and at - facts.joined_at > _SAME
    if late or (command.user in incident.participants and not again):
        return []
    return [e.PersonJoined(user=command.user)]


def record_leave(incident: Incident, command: c.RecordLeave, _policy: Policy, now: datetime) -> Events:
    """Somebody left, unless that is known, or they have come back since."""
    facts, at = command.facts, command.at or now
    if facts.came_at is not None and at < facts.came_at:
        return []
    # A leave of somebody who is not in is kept, for their join may be on its way; told twice, it is one.
    known = facts.left_at is not None and at - facts.left_at <= _SAME and not facts.inside
    if (known or command.noticed) and command.user not in incident.participants:
        return []
    return [e.PersonLeft(user=command.user)]

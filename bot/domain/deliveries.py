"""Deliveries in people's hands: what Slack refused is tried again, or is given up for good."""

from typing import assert_never

from bot.domain import commands as c
from bot.domain import errors
from bot.domain import events as e
from bot.domain.incident import Incident
from bot.domain.standing import Standing
from bot.domain.text import text_or


def on_delivery(incident: Incident, command: c.DeliveryCommand) -> list[e.Event]:
    """The event of a command about one row of the outbox.

    Raises:
        UnknownDelivery: the incident has no such row.
        NotRefused: there is nothing to try again.
        ChannelFirst: it needs the channel, which is not there.
        BeingSent: it may be in Slack by the time that it is given up.
        DeliveryOver: there is nothing left to give up.
    """
    number, facts = command.outbox, command.facts
    if facts is None:
        raise errors.UnknownDelivery(number=number)
    match command:
        case c.RetryDelivery():
            if facts.standing is not Standing.REFUSED:
                raise errors.NotRefused(number=number, standing=facts.standing)
            if facts.opening is not None and incident.channel_id is None:
                raise errors.ChannelFirst(number=number, opening=facts.opening)
            return [e.DeliveryRetried(outbox=number, what=facts.what, behind=facts.behind, trouble=facts.trouble)]
        case c.DropDelivery():
            if facts.standing is Standing.SENDING:
                raise errors.BeingSent(number=number)
            if facts.standing in (Standing.SENT, Standing.DROPPED):
                raise errors.DeliveryOver(number=number, standing=facts.standing)
            why = text_or(command.why, "reason")
            return [
                e.DeliveryDropped(outbox=number, what=facts.what, why=why, behind=facts.behind, trouble=facts.trouble)
            ]
        case _:
            assert_never(command)

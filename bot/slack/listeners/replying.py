"""Answers that come after a request was acknowledged."""

import logging

from bot.application.ports import Refused, TryAgain, Unclear
from bot.messages import Message
from bot.slack.room import Request

_logger = logging.getLogger(__name__)


async def respond(request: Request, message: Message) -> None:
    """Answer privately, after the request was acknowledged; an answer that can't be brought is only logged."""
    if request.response_url is None:
        return
    try:
        await request.room.gateway.respond(request.response_url, message.text, message.blocks)
    except (TryAgain, Unclear, Refused) as error:
        # It is personal and recorded nowhere: the person asks again when it does not come.
        _logger.warning("a private answer did not arrive: %s", error)

"""Opening a form while its trigger lives."""

import asyncio
import logging

from bot.application.ports import Refused, TryAgain, Unclear
from bot.slack.intents import UsageProblem
from bot.slack.room import ANSWERED_WITHIN, Request
from bot.slack.usage import usage_of
from bot.slack.views.parts import View

_logger = logging.getLogger(__name__)


class FormNotOpened(UsageProblem):
    """Slack did not open the form. Type it all in one line instead."""


async def open_form(request: Request, view: View, command: str) -> None:
    """Open a form.

    Args:
        request: whose trigger opens it.
        view: the form.
        command: the command that does the same in one line.

    Raises:
        FormNotOpened: Slack was too slow, or refused.
    """
    try:
        async with asyncio.timeout(request.left(ANSWERED_WITHIN)):
            await request.room.gateway.open_view(request.trigger_id, view)
    except (TryAgain, Unclear, Refused, TimeoutError) as error:
        _logger.warning("the form %s did not open: %s", command, error)
        raise FormNotOpened(usage_of(command)) from error

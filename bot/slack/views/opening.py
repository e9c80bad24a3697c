"""Opening a form while its trigger lives."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from bot.application.ports import Refused, TryAgain, Unclear
from bot.domain.errors import DomainError
from bot.slack import answers
from bot.slack.gateway import Shown
from bot.slack.intents import UsageProblem
from bot.slack.room import ANSWERED_WITHIN, Request
from bot.slack.usage import usage_of
from bot.slack.views.parts import View, notice, notice_of
from bot.store.database import DatabaseUnavailable
from bot.store.incidents import Stored

T = TypeVar("T")

_logger = logging.getLogger(__name__)
#: Seconds in which a form comes whole; after that one opens that says that it is coming.
_AT_ONCE = 0.8


class FormNotOpened(UsageProblem):
    """Slack did not open the form. Type it all in one line instead."""


async def open_form(request: Request, view: View, command: str) -> Shown:
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
            return await request.room.gateway.open_view(request.trigger_id, view)
    except (TryAgain, Unclear, Refused, TimeoutError) as error:
        _logger.warning("the form %s did not open: %s", command, error)
        raise FormNotOpened(usage_of(command)) from error


async def open_about(request: Request, ref: str, make: Callable[[Stored], View], command: str) -> None:
    """Open a form about an incident: whole if it can be read at once, else it says that it is coming and is filled.

    Args:
        request: whose trigger opens it.
        ref: the incident.
        make: the form, once the incident is known. May raise DomainError.
        command: the command that does the same in one line.

    Raises:
        DomainError: there is no such incident, it is not for them, or there is nothing to fill in.
        FormNotOpened: Slack was too slow, or refused.
        DatabaseUnavailable: the incident could not be read.
    """
    await open_once_read(request, lambda asked: asked.incident(ref), make, command)


async def open_once_read(
    request: Request, read: Callable[[Request], Awaitable[T]], make: Callable[[T], View], command: str
) -> None:
    """As `open_about`, for a form about something else, which `read` finds. It may raise what `open_about` does."""
    try:
        async with asyncio.timeout(_AT_ONCE):
            found = await read(request)
    except TimeoutError:
        shown = await open_form(request, notice_of("One moment", "The form is coming…"), command)
        request.room.spawn(_fill(request, read, make, shown))
        return
    await open_form(request, make(found), command)


async def _fill(
    request: Request, read: Callable[[Request], Awaitable[T]], make: Callable[[T], View], shown: Shown
) -> None:
    try:
        # Whoever pressed has been answered: the database gets its time anew.
        again = replace(request, started=asyncio.get_running_loop().time())
        view = make(await read(again))
    except (DomainError, DatabaseUnavailable) as error:
        view = notice("Not this time", answers.problem(request.room, error))
    await request.room.redrawing.redraw(request.room.gateway, shown, view)

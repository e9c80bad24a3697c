"""Tick boxes: those of a checklist in a message, and those and the menus of a form that changes with them."""

import asyncio
import contextlib
import re
from collections.abc import Mapping
from typing import Any

from bot.domain import commands as c
from bot.domain.errors import DomainError
from bot.slack.gateway import Shown
from bot.slack.room import ANSWERED_WITHIN, Request
from bot.slack.views import declare, escalate
from bot.slack.views.parts import View, metadata

_TICK = re.compile(r"tick:([^:]+)(?::([0-9]{1,2}))?")
_VALUE = re.compile(r"(?:(\S+) )?([0-9]{1,3})")


class OnlyInTheChannel(DomainError):
    """Take it back in the list that stands in the incident's channel: from here I cannot tell what was ticked."""


async def tick(request: Request, action: Mapping[str, Any]) -> None:
    """Record what somebody ticked, or took back.

    Slack says what is selected now, and what the message showed at first. The difference is theirs; what others ticked
    meanwhile is not. What an ephemeral message showed Slack does not say, nor what one did that has changed since: then
    what is selected is done, and of the rest only what they ticked themselves is taken back.

    Raises:
        DomainError: it cannot be done, and says why.
        DatabaseUnavailable: nothing was recorded.
    """
    found = _TICK.fullmatch(str(action["action_id"]))
    if found is None:
        return
    element = _element(request.body, action)
    selected, ref = _numbers(action.get("selected_options"))
    shown, offered = selected, _tenth(int(found[2] or 1))
    if element is not None:
        offered, ref = _numbers(element.get("options"))
        shown, _ = _numbers(element.get("initial_options"))
    elif not selected:
        raise OnlyInTheChannel
    stored = await request.incident(ref)
    tally = stored.incident.tally(found[1])
    ticks = tally.ticks if tally else ()
    done = selected - shown if element else selected
    undone = shown - selected
    # Ticked and taken back, or the other way round, before the message could show it.
    undone |= (frozenset(t.number for t in ticks if t.by == request.by.id) & offered) - selected - shown
    if selected == shown:
        done |= shown - frozenset(t.number for t in ticks)
    command = c.TickItems(by=request.by, checklist=found[1], done=tuple(sorted(done)), undone=tuple(sorted(undone)))
    execute = request.room.muster.execute
    await execute(command, incident_id=stored.id, key=request.key, within=request.left())


async def redraw(request: Request) -> None:
    """Show a form as it is to be after a choice in it; forms that do not change are left alone.

    Raises:
        DomainError: the incident that it is about is not for them.
        DatabaseUnavailable: the incident could not be read.
    """
    view, muster = request.body["view"], request.room.muster
    match view.get("callback_id"):
        case declare.DECLARE:
            fresh = declare.redrawn(muster.policy, view)
        case escalate.ESCALATE:
            stored = await request.incident(metadata(view).get("ref"))
            fresh = escalate.redrawn(muster.policy, stored.incident, view, request.by, muster.now())
        case _:
            return
    await _shown(request, Shown(str(view["id"]), str(view["hash"])), fresh)


async def _shown(request: Request, known: Shown, fresh: View) -> None:
    """Wait for it as long as Slack waits for us; after that it comes when it comes."""
    done = asyncio.Event()

    async def show() -> None:
        await request.room.redrawing.redraw(request.room.gateway, known, fresh)
        done.set()

    request.room.spawn(show())
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(request.left(ANSWERED_WITHIN)):
            await done.wait()


def _element(body: Mapping[str, Any], action: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The boxes as the message showed them; None where that is not known."""
    message = body.get("message")
    blocks = message.get("blocks") if isinstance(message, dict) else None
    for block in blocks if isinstance(blocks, list) else ():
        if isinstance(block, dict) and block.get("block_id") == action.get("block_id"):
            elements = block.get("elements")
            for element in elements if isinstance(elements, list) else ():
                if isinstance(element, dict) and element.get("action_id") == action["action_id"]:
                    return element
    return None


def _numbers(options: object) -> tuple[frozenset[int], str | None]:
    """The items (from 1) that options stand for, and the incident that they name."""
    listed = options if isinstance(options, list) else []
    values = [str(option.get("value")) for option in listed if isinstance(option, dict)]
    found = [match for value in values if (match := _VALUE.fullmatch(value))]
    return frozenset(int(match[2]) for match in found), next((match[1] for match in found if match[1]), None)


def _tenth(number: int) -> frozenset[int]:
    """The items of a list's `number`-th ten boxes."""
    return frozenset(range(10 * number - 9, 10 * number + 1))

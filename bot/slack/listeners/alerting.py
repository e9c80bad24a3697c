"""Alerts: what is typed about them, the buttons of a group's card, and the forms that those open."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from bot.application import queries
from bot.application.alert_view import differing_labels, shared_labels
from bot.domain import alert_errors as errors
from bot.domain.alert_group import GroupState
from bot.domain.alert_rules import Mute
from bot.domain.incident import Incident
from bot.domain.judging import under_way
from bot.messages import Message
from bot.slack import answers
from bot.slack.alerting import TooLate, group_of
from bot.slack.intents import MuteAlerts, ReadAlerts, Unmute
from bot.slack.room import ANSWERED_WITHIN, Request
from bot.slack.views import alerting as views
from bot.slack.views.opening import open_once_read
from bot.slack.views.parts import View, notice, values
from bot.store import alert_groups, incidents
from bot.store.alert_reading import Found
from bot.store.database import DatabaseUnavailable

Answered = Message | None
T = TypeVar("T")

#: How many groups a list shows, and how many are looked at for those that are open.
_LISTED, _LOOKED_AT = 20, 100


async def read(request: Request, asked: ReadAlerts, ref: str | None, channel: str | None) -> Message:
    """A group whole, an incident's groups, or those that are open, in which something fires first.

    Raises:
        UnknownGroup: there is none of that number, or it is not for them.
        DatabaseUnavailable: nothing could be read.
    """
    room = request.room
    try:
        async with asyncio.timeout(request.left(ANSWERED_WITHIN)):
            stored = await request.incident_if_any(ref, channel)
            if asked.number is not None:
                return await _whole(request, asked.number)
            if stored is not None and not asked.everywhere:
                found = await room.alerts.listing(incident_id=stored.id, limit=_LISTED)
            else:
                stored, found = None, await _open(request)
    except TimeoutError as error:
        raise DatabaseUnavailable from error
    groups = sorted(found, key=lambda one: not one.group.firing)[:_LISTED]
    incident = stored.incident if stored else None
    return room.messages.render_safely("alert_list", groups=groups, incident=incident, command=room.command)


async def _whole(request: Request, number: int) -> Message:
    room = request.room
    shown = await room.alerts.show(number, request.by)
    return room.messages.render_safely(
        "alert_show",
        found=shown.found,
        alerts=shown.alerts,
        shared=shared_labels(shown.alerts),
        differing=differing_labels(shown.alerts),
        policy=room.muster.policy,
        command=room.command,
    )


async def _open(request: Request) -> list[Found]:
    """The groups that are not over, and what is told of which still matters."""
    desk, now = request.room.alerts, request.room.muster.now()
    found = [*await desk.listing(firing=True, limit=_LISTED), *await desk.listing(limit=_LOOKED_AT)]
    once = {one.group.id: one for one in found}.values()
    return [one for one in once if one.group.firing or (one.group.live(now) and not one.group.ended)]


async def mute(request: Request, asked: MuteAlerts) -> Message:
    """Keep quiet what somebody typed.

    Raises:
        DomainError: it cannot be done, and says why.
        DatabaseUnavailable: nothing was recorded.
    """
    desk, number = request.room.alerts, asked.number
    if number is None:
        return _muted(request, await desk.mute(asked.matcher, asked.lasts, request.by, asked.why, key=request.key))
    made = desk.mute_group(number, asked.lasts, request.by, asked.why, key=request.key)
    return _muted(request, await _in_time(request, number, made))


async def mutes(request: Request) -> Message:
    """What is quiet now, because somebody asked for it or because the pack says that it is expected."""
    room = request.room
    policy, now = room.muster.policy, room.muster.now()
    expected = [one for one in policy.alerts.maintenance if under_way(one, policy.calendar.zone, now)]
    asked_for = await room.alerts.mutes()
    return room.messages.render_safely("mute_list", mutes=asked_for, maintenance=expected, command=room.command)


async def unmute(request: Request, asked: Unmute) -> Message:
    """End a mute. Raises UnknownMute or DatabaseUnavailable."""
    return views.unmuted(await request.room.alerts.unmute(asked.number, request.by))


async def declare(request: Request, ref: str, _argument: str) -> Answered:
    """Ask for what an incident of a group is called, and how bad it is."""
    policy = request.room.muster.policy
    await _ask(request, ref, _still_open, lambda found: views.declaring(found, policy))
    return None


async def attach(request: Request, ref: str, _argument: str) -> Answered:
    """Ask which incident a group is part of."""
    await _ask(request, ref, _with_incidents, lambda both: views.attaching(*both))
    return None


async def quieten(request: Request, ref: str, _argument: str) -> Answered:
    """Ask for how long a group's alerts are to be quiet."""
    await _ask(request, ref, _still_open, views.muting)
    return None


async def dismiss(request: Request, ref: str, _argument: str) -> Answered:
    """Ask why a group is no incident."""
    await _ask(request, ref, _undecided, views.dismissing)
    return None


async def submitted(request: Request) -> dict[str, Any] | str:
    """Do what a form about a group says. Nobody else is told by this: the group's card shows it.

    Raises:
        TooLate: it was settled meanwhile.
        DomainError: it cannot be done, and says why.
        DatabaseUnavailable: nothing was recorded.
    """
    view, by, key, desk = request.body["view"], request.by, request.key, request.room.alerts
    number, given = group_of(views.group_named(view)), values(view)
    why = given.get("why") or ""
    match view["callback_id"]:
        case views.DECLARE:
            severity, title = given.get("severity"), given.get("title") or ""
            made = desk.declare(number, by, severity=severity, title=title, key=key)
            outcome = await _in_time(request, number, made)
            return _notice("Declared", await answers.recorded(request, outcome))
        case views.ATTACH:
            joined = desk.attach(number, given.get("incident") or "", by, key=key)
            return _notice("Attached", views.attached(await _in_time(request, number, joined)))
        case views.MUTE:
            lasts = views.read_lasts(given, request.room.muster.now())
            muted = desk.mute_group(number, lasts, by, why, key=key)
            return _notice("Muted", _muted(request, await _in_time(request, number, muted)))
        case views.DISMISS:
            await _in_time(request, number, desk.dismiss(number, by, why, key=key))
            return ""
        case other:
            raise ValueError(f"there is no form {other!r}")


async def _ask(
    request: Request,
    value: str,
    read_it: Callable[[Request, int], Awaitable[T]],
    make: Callable[[T], View],
) -> None:
    number = group_of(value)
    await open_once_read(request, lambda asked: read_it(asked, number), make, "alerts")


async def _still_open(request: Request, number: int) -> Found:
    """A group that nobody has settled. Raises UnknownGroup, GroupOver, or TooLate, which says who has it."""
    async with request.room.muster.database.transaction(request.left()) as connection:
        found = await alert_groups.find(connection, number)
        running = found.group.running if found else None
        stored = await incidents.by_id(connection, running.id) if running and running.id else None
    if found is None:
        raise errors.UnknownGroup
    if stored is not None:
        raise TooLate(views.taken(stored.incident if stored.incident.seen_by(request.by) else None))
    if found.group.state is GroupState.OVER:
        raise errors.GroupOver
    return found


async def _undecided(request: Request, number: int) -> Found:
    """As `_still_open`, and nobody has said that it is no incident either."""
    found = await _still_open(request, number)
    if found.group.state is GroupState.DISMISSED:
        raise TooLate(views.no_incident(found))
    return found


async def _with_incidents(request: Request, number: int) -> tuple[Found, list[Incident]]:
    """As `_still_open`, with the incidents that they may see and that are not over."""
    found = await _still_open(request, number)
    return found, await queries.open_incidents(request.room.muster.database, request.by, within=request.left())


async def _in_time(request: Request, number: int, doing: Awaitable[T]) -> T:
    """What somebody does with a group; where it was settled meanwhile, they read who has it."""
    try:
        return await doing
    except (errors.GroupTaken, errors.GroupOver):
        with contextlib.suppress(DatabaseUnavailable):
            await _still_open(request, number)
        raise


def _muted(request: Request, made: Mute | None) -> Message:
    """What is quiet now, until when, and how to end it; None: it was done before, by the same request."""
    if made is None:
        return views.plain(":ok_hand: That was done already.")
    return request.room.messages.render_safely("muted", mute=made, command=request.room.command)


def _notice(title: str, message: Message) -> dict[str, Any]:
    return {"response_action": "update", "view": notice(title, message)}

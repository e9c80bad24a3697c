"""Diagnostics that somebody asked for: in an incident what is found is evidence, elsewhere it is for them alone."""

import contextlib

from bot.domain import commands as c
from bot.domain import looking
from bot.domain.errors import UnknownCheck, UnknownTarget
from bot.messages import Message
from bot.slack import answers
from bot.slack.intents import Diagnose
from bot.slack.listeners.replying import respond
from bot.slack.room import Request
from bot.store.measured import EVERYBODY


async def diagnose(request: Request, asked: Diagnose, ref: str | None, channel: str | None) -> Message:
    """Have it run, watched, watched no more, or remembered as what is usual.

    Raises:
        DomainError: there is no such thing, or it is not for them.
        DatabaseUnavailable: nothing was recorded.
    """
    room = request.room
    if asked.stop:
        target = asked.target
        with contextlib.suppress(UnknownTarget, UnknownCheck):  # the pack may have dropped what is being watched
            target = room.diagnostics.meant(target).phrase
        stop = c.StopWatching(by=request.by, target=target)
        return await answers.recorded(request, await request.carry_out(stop, ref=ref, channel=channel))
    target = room.diagnostics.meant(asked.target).phrase
    if asked.every is not None:
        watch = c.WatchDiagnostic(by=request.by, target=target, every=asked.every, run=request.run)
        return await answers.recorded(request, await request.carry_out(watch, ref=ref, channel=channel))
    stored = await request.incident_if_any(ref, channel)
    if stored is not None and not asked.healthy:
        command = c.RequestDiagnostic(by=request.by, target=target, run=request.run)
        return await answers.recorded(request, await request.carry_out(command, ref=stored.incident.ref))
    incident = stored.incident if stored else None
    looking.allowed(
        target, request.by, await request.groups(), policy=room.muster.policy, incident=incident, now=room.muster.now()
    )
    scope = stored.id if stored and stored.incident.private else EVERYBODY
    room.spawn(_privately(request, target, healthy=asked.healthy, scope=scope))
    return room.messages.render_safely("diagnosing", target=target)


async def _privately(request: Request, target: str, *, healthy: bool, scope: int) -> None:
    report = await request.room.diagnostics.diagnose(target, healthy=healthy, scope=scope)
    await respond(request, request.room.messages.render_safely("diag_report", report=report, healthy=healthy))

"""What Slack tells of messages, reactions and people. What concerns no incident is let go."""

import asyncio
from typing import Any

from bot.application.ports import Refused
from bot.application.queries import behind_message, of_channel, told_in
from bot.domain import commands as c
from bot.domain.actor import MUSTER, Actor
from bot.domain.react import RECORDED
from bot.slack import heard
from bot.slack.heard import Said, moment
from bot.slack.room import Request, SlackRoom
from bot.store.incidents import Stored

#: Seconds in which a message that was marked may be looked up.
_LOOK_UP = 1.5


def request_of(room: SlackRoom, body: dict[str, Any]) -> Request:
    """An event as a request. Who did it is in the event, where anybody did."""
    user = body["event"].get("user")
    by = Actor.person(user) if isinstance(user, str) and user else MUSTER
    return Request(room=room, by=by, key=f"event:{body['event_id']}", body=body)


async def message(request: Request) -> None:
    """A message: a reply in an incident's thread is captured, and what was captured is followed."""
    event: Said = request.body["event"]
    match event.get("subtype"):
        case "message_changed":
            await _changed(request, event)
        case "message_deleted":
            await _deleted(request, event, event.get("previous_message") or {}, str(event.get("deleted_ts")))
        case subtype if subtype in heard.WRITTEN:
            await _replied(request, event)
        case _:
            pass


async def _replied(request: Request, event: Said) -> None:
    thread, ts, channel = event.get("thread_ts"), event.get("ts"), event.get("channel")
    if not (thread and ts and channel) or thread == ts or _by_a_bot(request, event):
        return
    stored = await behind_message(request.room.muster.database, channel, thread, within=request.left())
    if stored is not None:
        await _record(request, stored, heard.capture(request.by, event, channel))


async def _changed(request: Request, event: Said) -> None:
    now, before = event.get("message") or {}, event.get("previous_message") or {}
    if now.get("subtype") == heard.TOMBSTONE:  # a message that others replied to leaves this in its place
        await _deleted(request, event, before, str(now.get("ts")))
        return
    if _by_a_bot(request, now) or not now.get("ts"):
        return
    channel, ts = event["channel"], now["ts"]
    thread = now.get("thread_ts")
    stored = await _incident_of(request, channel, ts, thread)
    if stored is None:
        return
    editor = (now.get("edited") or {}).get("user")
    if editor == now["user"] and thread and thread != ts and await _hangs_on(request, stored, channel, thread):
        # Slack keeps no order: the reply itself may still be on its way, with words that are no longer so.
        await _record(request, stored, heard.capture(Actor.person(editor), now, channel), keyed=False)
    await _record(request, stored, heard.edit(stored.incident, now, channel, moment(event.get("event_ts"))))


async def _deleted(request: Request, event: Said, before: Said, ts: str) -> None:
    channel, thread = event["channel"], before.get("thread_ts")
    stored = await _incident_of(request, channel, ts, thread)
    if stored is None:
        return
    by_a_bot = _by_a_bot(request, before)
    by = MUSTER if by_a_bot else heard.author(stored.incident, before["user"])
    # Slack keeps no order: the reply itself may still be on its way.
    ours = not by_a_bot and thread and thread != ts and await _hangs_on(request, stored, channel, thread)
    deletion = c.DeleteMessage(by=by, at=moment(event.get("event_ts")), channel=channel, ts=ts, ours=bool(ours))
    await _record(request, stored, deletion)


async def pinned(request: Request) -> None:
    """A :pushpin: was put on a message."""
    await _pin(request, on=True)


async def unpinned(request: Request) -> None:
    """A :pushpin: was taken off."""
    await _pin(request, on=False)


async def _pin(request: Request, *, on: bool) -> None:
    event: Said = request.body["event"]
    item = event.get("item") or {}
    channel, ts, user = item.get("channel"), item.get("ts"), event.get("user")
    if event.get("reaction") != RECORDED or item.get("type") != "message" or not (channel and ts and user):
        return
    if _by_a_bot(request, event):
        return
    stored = await _incident_of(request, channel, ts)
    if stored is None and (thread := await _thread_of(request, channel, ts)):
        stored = await _incident_of(request, channel, thread)
    if stored is None:
        return
    kind = c.PinMessage if on else c.UnpinMessage
    await _record(
        request, stored, kind(by=request.by, at=moment(event.get("event_ts")), channel=channel, ts=ts, user=user)
    )


async def joined(request: Request) -> None:
    """Somebody came into a channel."""
    event: Said = request.body["event"]
    stored = await _channel_of(request, event)
    if stored is not None:
        join = c.RecordJoin(by=MUSTER, at=moment(event.get("event_ts")), user=event["user"])
        await _record(request, stored, join)


async def left(request: Request) -> None:
    """Somebody left a channel."""
    event: Said = request.body["event"]
    stored = await _channel_of(request, event)
    if stored is not None:
        leave = c.RecordLeave(by=MUSTER, at=moment(event.get("event_ts")), user=event["user"])
        await _record(request, stored, leave)


async def _channel_of(request: Request, event: Said) -> Stored | None:
    channel, user = event.get("channel"), event.get("user")
    if not channel or not user or user == _ourselves(request):
        return None
    return await of_channel(request.room.muster.database, channel, within=request.left())


async def _incident_of(request: Request, channel: str, *messages: str | None) -> Stored | None:
    """The incident whose channel it is, or that one of the messages is about."""
    database = request.room.muster.database
    known = [ts for ts in messages if ts]
    return await of_channel(database, channel, within=request.left()) or await behind_message(
        database, channel, *known, within=request.left()
    )


async def _thread_of(request: Request, channel: str, ts: str) -> str | None:
    """The thread that a message outside of incidents' channels hangs in: it may be an announcement's."""
    if not await told_in(request.room.muster.database, channel, within=request.left()):
        return None  # people mark messages everywhere, and Slack allows only so many questions a minute
    try:
        async with asyncio.timeout(_LOOK_UP):
            found = await request.room.gateway.read_message(channel, ts)
    except Refused:
        return None
    return found.thread_ts if found else None


async def _hangs_on(request: Request, stored: Stored, channel: str, thread: str) -> bool:
    """Whether a thread is one of the incident's."""
    behind = await behind_message(request.room.muster.database, channel, thread, within=request.left())
    return behind is not None and behind.id == stored.id


async def _record(request: Request, stored: Stored, command: c.Command, *, keyed: bool = True) -> None:
    """Record what an event came to; `keyed` uses the event's key up."""
    key = request.key if keyed else None
    await heard.record(request.room.muster, stored, command, key=key, within=request.left())


def _by_a_bot(request: Request, written: Said) -> bool:
    return heard.by_a_bot(written, _ourselves(request))


def _ourselves(request: Request) -> str | None:
    """The bot's own user id; Slack says in each event whom it tells."""
    told = request.body.get("authorizations") or ()
    first: str | None = next((one.get("user_id") for one in told if one.get("is_bot")), None)
    known = request.room.gateway.known
    return first or (known.user_id if known else None)

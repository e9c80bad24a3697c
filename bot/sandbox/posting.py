"""Messages: posting, editing, deleting, reacting and pinning, by whoever does it."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.sandbox import payloads
from bot.sandbox.errors import SlackError
from bot.sandbox.model import Channel, Json, Message, Person, Pin
from bot.sandbox.workspace import Workspace

#: Where Slack cuts a message's text, in characters.
TEXT_LIMIT = 40_000

_EMOJI = re.compile(r"[a-z0-9_+'\-]{1,100}(::skin-tone-[2-6])?")


def post(workspace: Workspace, channel: Channel, draft: Message) -> Message:
    """Puts `draft` into `channel` with a fresh `ts` and tells the bot.

    Raises:
        SlackError: `thread_not_found`, `is_archived`.
    """
    if channel.is_archived:
        raise SlackError("is_archived")
    if draft.thread_ts is not None:
        parent = channel.message(draft.thread_ts)
        if parent is None:
            raise SlackError("thread_not_found")
        draft.thread_ts = parent.thread_ts if parent.is_reply else parent.ts
    draft.ts, draft.channel, draft.text = workspace.next_ts(), channel.id, draft.text[:TEXT_LIMIT]
    if draft.broadcast and draft.is_reply:
        draft.subtype = "thread_broadcast"
    channel.messages.append(draft)
    workspace.emit(_event(workspace, channel, draft), channel)
    mention = f"<@{workspace.bot.id}>"
    if mention in draft.text and draft.user != workspace.bot.id and draft.subtype is None and not channel.is_im:
        workspace.emit(_event(workspace, channel, draft) | {"type": "app_mention"}, channel)
    workspace.changed()
    return draft


def note(workspace: Workspace, channel: Channel, subtype: str, user: str, text: str, **extra: object) -> None:
    """Posts one of Slack's own lines, such as `channel_join`, into the history."""
    message = Message(workspace.next_ts(), channel.id, user, text, subtype=subtype, extra=dict(extra))
    channel.messages.append(message)
    workspace.emit(_event(workspace, channel, message), channel)
    workspace.changed()


def _event(workspace: Workspace, channel: Channel, message: Message) -> Json:
    data = payloads.message(workspace, message, with_metadata=True)
    for computed in ("reply_count", "reply_users_count", "latest_reply", "reply_users", "is_locked", "subscribed"):
        data.pop(computed, None)
    if message.files:
        data["subtype"] = "file_share"
    return data | {"channel": channel.id, "channel_type": channel.event_kind, "event_ts": message.ts}


def edit(workspace: Workspace, channel: Channel, message: Message, editor: Person, change: Json) -> None:
    """Changes a message's text, blocks, attachments or metadata, whichever `change` names.

    Raises:
        SlackError: `is_archived`, `cant_update_message`: somebody else's.
    """
    if channel.is_archived:
        raise SlackError("is_archived")
    if message.user != editor.id or message.subtype not in {None, "thread_broadcast"}:
        raise SlackError("cant_update_message")
    before = payloads.message(workspace, replace(message), with_metadata=True)
    for name, value in change.items():
        setattr(message, name, value)
    message.text = message.text[:TEXT_LIMIT]
    message.edited_by, message.edited_at = editor.id, workspace.next_ts()
    workspace.emit(
        {
            "type": "message",
            "subtype": "message_changed",
            "message": payloads.message(workspace, message, with_metadata=True),
            "previous_message": before,
            **_aside(workspace, channel),
        },
        channel,
    )
    workspace.changed()


def delete(workspace: Workspace, channel: Channel, message: Message, deleter: Person) -> None:
    """Removes a message; one with replies leaves a tombstone.

    Raises:
        SlackError: `cant_delete_message`: somebody else's.
    """
    if message.user != deleter.id or message.subtype not in {None, "thread_broadcast"}:
        raise SlackError("cant_delete_message")
    before = payloads.message(workspace, replace(message), with_metadata=True)
    channel.pins = [pin for pin in channel.pins if pin.ts != message.ts]
    if channel.replies(message.ts):
        message.subtype, message.text, message.blocks = "tombstone", "This message was deleted.", []
        message.attachments, message.files, message.metadata = [], [], None
        message.reactions = {}
    else:
        channel.messages.remove(message)
    workspace.emit(
        {
            "type": "message",
            "subtype": "message_deleted",
            "previous_message": before,
            "deleted_ts": message.ts,
            **_aside(workspace, channel),
        },
        channel,
    )
    workspace.changed()


def _aside(workspace: Workspace, channel: Channel) -> Json:
    """What an event about a message carries around it; its own `ts` is not the message's."""
    ts = workspace.next_ts()
    return {"hidden": True, "channel": channel.id, "channel_type": channel.event_kind, "ts": ts, "event_ts": ts}


def react(workspace: Workspace, channel: Channel, message: Message, person: Person, emoji: str) -> None:
    """Adds a reaction.

    Raises:
        SlackError: `invalid_name`, `already_reacted`, `is_archived`, `too_many_emoji`.
    """
    name = emoji.strip(":")
    if not _EMOJI.fullmatch(name):
        raise SlackError("invalid_name")
    if channel.is_archived:
        raise SlackError("is_archived")
    if person.id in message.reactions.get(name, []):
        raise SlackError("already_reacted")
    if name not in message.reactions and len(message.reactions) >= 50:
        raise SlackError("too_many_emoji")
    message.reactions.setdefault(name, []).append(person.id)
    workspace.emit(_reaction(workspace, "reaction_added", message, person, name), channel)
    workspace.changed()


def unreact(workspace: Workspace, channel: Channel, message: Message, person: Person, emoji: str) -> None:
    """Takes a reaction away.

    Raises:
        SlackError: `no_reaction`.
    """
    name = emoji.strip(":")
    users = message.reactions.get(name, [])
    if person.id not in users:
        raise SlackError("no_reaction")
    users.remove(person.id)
    if not users:
        del message.reactions[name]
    workspace.emit(_reaction(workspace, "reaction_removed", message, person, name), channel)
    workspace.changed()


def _reaction(workspace: Workspace, kind: str, message: Message, person: Person, name: str) -> Json:
    return {
        "type": kind,
        "user": person.id,
        "reaction": name,
        "item_user": message.user,
        "item": {"type": "message", "channel": message.channel, "ts": message.ts},
        "event_ts": workspace.next_ts(),
    }


def pin(workspace: Workspace, channel: Channel, message: Message, person: Person) -> None:
    """Pins a message.

    Raises:
        SlackError: `already_pinned`, `is_archived`.
    """
    if channel.is_archived:
        raise SlackError("is_archived")
    if any(existing.ts == message.ts for existing in channel.pins):
        raise SlackError("already_pinned")
    channel.pins.append(Pin(message.ts, person.id, workspace.seconds()))
    workspace.emit(_pinning(workspace, "pin_added", channel, message, person), channel)
    workspace.changed()


def unpin(workspace: Workspace, channel: Channel, ts: str, person: Person) -> None:
    """Takes a pin out.

    Raises:
        SlackError: `no_pin`, `message_not_found`.
    """
    message = channel.message(ts)
    if message is None:
        raise SlackError("message_not_found")
    if not any(existing.ts == ts for existing in channel.pins):
        raise SlackError("no_pin")
    channel.pins = [existing for existing in channel.pins if existing.ts != ts]
    workspace.emit(_pinning(workspace, "pin_removed", channel, message, person), channel)
    workspace.changed()


def _pinning(workspace: Workspace, kind: str, channel: Channel, message: Message, person: Person) -> Json:
    shown = payloads.message(workspace, message)
    item = {"type": "message", "channel": channel.id, "message": shown, "created": workspace.seconds()}
    return {
        "type": kind,
        "user": person.id,
        "channel_id": channel.id,
        "item": item | {"created_by": person.id},
        "item_user": message.user,
        "pin_count": len(channel.pins),
        "event_ts": workspace.next_ts(),
    }

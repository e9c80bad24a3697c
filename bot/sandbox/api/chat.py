"""chat.*: what the bot says."""

from __future__ import annotations

import json

from bot.sandbox import payloads, posting
from bot.sandbox.api.registry import Context, method
from bot.sandbox.errors import SlackError
from bot.sandbox.kit.attachments import check_attachments
from bot.sandbox.kit.message import check_message
from bot.sandbox.model import Channel, Json, Message
from bot.sandbox.text import tidy

#: Characters of JSON.
METADATA_LIMIT = 16_000
#: Characters of `markdown_text`.
MARKDOWN_LIMIT = 12_000
#: Characters of a changed text; Slack cuts a new one at 40,000 but refuses a change over this.
UPDATE_LIMIT = 4_000


def _metadata(context: Context) -> Json | None:
    metadata = context.params.json("metadata", "invalid_metadata_format")
    if metadata is None:
        return None
    if not isinstance(metadata, dict):
        raise SlackError("invalid_metadata_format")
    if metadata == {}:
        return {}
    if len(json.dumps(metadata)) > METADATA_LIMIT:
        raise SlackError("metadata_too_large")
    payload = metadata.get("event_payload")
    if not isinstance(metadata.get("event_type"), str) or not isinstance(payload, dict):
        raise SlackError("invalid_metadata_format")
    return {"event_type": metadata["event_type"], "event_payload": payload}


def _said(context: Context) -> Message:
    """The message that the parameters describe, checked and ready to be posted."""
    params, bot = context.params, context.bot
    blocks = params.items("blocks", "invalid_blocks_format") or []
    attachments = params.items("attachments", "invalid_attachments") or []
    text = tidy(params.text("text"))
    if markdown := params.text("markdown_text"):
        if text or blocks:
            raise SlackError("markdown_text_conflict")
        if len(markdown) > MARKDOWN_LIMIT:
            raise SlackError("msg_too_long")
        text, blocks = tidy(markdown), [{"type": "markdown", "text": markdown}]
    if not (text.strip() or blocks or attachments):
        raise SlackError("no_text")
    return Message(
        ts="",
        channel="",
        user=bot.id,
        bot_id=bot.bot_id,
        text=text,
        blocks=check_message(blocks),
        attachments=check_attachments(attachments),
        metadata=_metadata(context) or None,
        thread_ts=params.maybe("thread_ts"),
        broadcast=params.flag("reply_broadcast"),
        username=params.maybe("username"),
    )


def _destination(context: Context) -> Channel:
    """Where a message may go: a conversation's id or name, or a member's id for the direct conversation."""
    workspace, wanted = context.workspace, context.params.text("channel")
    if not wanted:
        raise SlackError("channel_not_found")
    if person := workspace.user(wanted):
        if wanted == context.bot.id:
            raise SlackError("cannot_dm_bot")
        # A message to somebody who has left is taken where there was a conversation before, and nobody reads it.
        if person.deleted and workspace.known_direct([wanted, context.bot.id]) is None:
            raise SlackError("channel_not_found")
        return workspace.direct([wanted, context.bot.id])
    found = workspace.find_channel(wanted)
    channel = workspace.seen_by(context.bot.id, found.id if found else wanted)
    if channel.is_archived:
        raise SlackError("is_archived")
    if context.bot.id not in channel.members and "chat:write.public" not in context.scopes:
        raise SlackError("not_in_channel")
    return channel


@method("chat.postMessage")
def post_message(context: Context) -> Json:
    """Says something in a conversation or a thread."""
    channel = _destination(context)
    message = posting.post(context.workspace, channel, _said(context))
    shown = payloads.message(context.workspace, message, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shown}


@method("chat.postEphemeral")
def post_ephemeral(context: Context) -> Json:
    """Shows something to one member of the conversation; it is kept nowhere else."""
    channel = _destination(context)
    if context.bot.id not in channel.members:
        raise SlackError("not_in_channel")
    message = _said(context)
    user = context.params.need("user")
    reader = context.workspace.user(user)
    if reader is None or reader.deleted or user not in channel.members:
        raise SlackError("user_not_in_channel")
    if message.thread_ts is not None and channel.message(message.thread_ts) is None:
        raise SlackError("thread_not_found")
    message.ts, message.channel, message.only_for = context.workspace.next_ts(), channel.id, user
    context.workspace.ephemerals.append(message)
    context.workspace.changed()
    return {"message_ts": message.ts}


@method("chat.update")
def update(context: Context) -> Json:
    """Changes one of the bot's own messages; what isn't given stays as it was."""
    params = context.params
    channel = context.channel()
    message = context.message(channel, "ts")
    change: Json = {}
    blocks = params.items("blocks", "invalid_blocks_format")
    attachments = params.items("attachments", "invalid_attachments")
    if blocks is not None:
        change["blocks"] = check_message(blocks)
    if attachments is not None:
        change["attachments"] = check_attachments(attachments)
    if "text" in params:
        change["text"] = tidy(params.text("text"))
        if len(change["text"]) > UPDATE_LIMIT:
            raise SlackError("msg_too_long")
    if not change:
        raise SlackError("no_text")
    text = change.get("text", message.text)
    if not (text.strip() or change.get("blocks", message.blocks) or change.get("attachments", message.attachments)):
        raise SlackError("no_text")
    if (metadata := _metadata(context)) is not None:
        change["metadata"] = metadata or None
    posting.edit(context.workspace, channel, message, context.bot, change)
    shown = payloads.message(context.workspace, message, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


@method("chat.delete")
def delete(context: Context) -> Json:
    """Removes one of the bot's own messages."""
    channel = context.channel()
    message = context.message(channel, "ts")
    posting.delete(context.workspace, channel, message, context.bot)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.getPermalink")
def get_permalink(context: Context) -> Json:
    """A link to a message."""
    channel = context.channel()
    message = context.message(channel, "message_ts")
    link = f"{context.workspace.url}archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}

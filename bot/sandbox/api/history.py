"""conversations.history and conversations.replies."""

from __future__ import annotations

from bot.sandbox import payloads
from bot.sandbox.api.registry import Context, method
from bot.sandbox.errors import SlackError
from bot.sandbox.model import Channel, Json, Message


def _readable(context: Context) -> Channel:
    channel = context.channel()
    if context.bot.id not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _number(context: Context, name: str, default: float) -> float:
    text = context.params.text(name)
    if not text:
        return default
    try:
        return float(text)
    except ValueError:
        raise SlackError(f"invalid_ts_{name}") from None


def _between(context: Context, messages: list[Message]) -> list[Message]:
    oldest, latest = _number(context, "oldest", 0.0), _number(context, "latest", float("inf"))
    if context.params.flag("inclusive"):
        return [message for message in messages if oldest <= float(message.ts) <= latest]
    return [message for message in messages if oldest < float(message.ts) < latest]


def _answer(context: Context, messages: list[Message]) -> Json:
    visible = [message for message in messages if message.ts >= context.workspace.hidden_before]
    page, cursor = context.params.page(visible)
    with_metadata = context.params.flag("include_all_metadata")
    shown = [payloads.message(context.workspace, item, with_metadata=with_metadata) for item in page]
    more: Json = {"response_metadata": {"next_cursor": cursor}} if cursor else {}
    limited = {"is_limited": True} if len(visible) < len(messages) else {}
    return {"messages": shown, "has_more": bool(cursor)} | more | limited


@method("conversations.history")
def history(context: Context) -> Json:
    """What was said in the channel itself, newest first."""
    channel = _readable(context)
    said = [item for item in reversed(channel.messages) if not item.is_reply or item.broadcast]
    return _answer(context, _between(context, said)) | {"pin_count": len(channel.pins)}


@method("conversations.replies")
def replies(context: Context) -> Json:
    """A thread, its first message first; given a reply's `ts`, just that reply."""
    channel = _readable(context)
    ts = context.params.need("ts")
    parent = channel.message(ts)
    if parent is None:
        raise SlackError("thread_not_found")
    answers = _between(context, channel.replies(ts))
    return _answer(context, [parent, *answers])

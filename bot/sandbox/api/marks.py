"""pins.*, bookmarks.* and reactions.*: what people mark."""

from __future__ import annotations

from bot.sandbox import payloads, posting
from bot.sandbox.api.registry import Context, method
from bot.sandbox.errors import SlackError, invalid_arguments
from bot.sandbox.model import Bookmark, Channel, Json, Message


@method("pins.add")
def pins_add(context: Context) -> Json:
    """Pins a message to its channel."""
    channel = context.joined()
    posting.pin(context.workspace, channel, context.message(channel), context.bot)
    return {}


@method("pins.remove")
def pins_remove(context: Context) -> Json:
    """Takes a pin out."""
    channel = context.joined()
    posting.unpin(context.workspace, channel, context.params.need("timestamp"), context.bot)
    return {}


@method("pins.list")
def pins_list(context: Context) -> Json:
    """A channel's pins, newest first."""
    channel = context.joined(open_only=False)
    items = []
    for pin in reversed(channel.pins):
        message = channel.message(pin.ts)
        if message is not None:
            shown = payloads.message(context.workspace, message)
            item = {"type": "message", "channel": channel.id, "message": shown}
            items.append(item | {"created": pin.at, "created_by": pin.by})
    return {"items": items}


def _link(context: Context, default: str = "") -> str:
    link = context.params.text("link", default)
    if not link.startswith(("http://", "https://")):
        raise SlackError("invalid_link")
    return link


@method("bookmarks.add")
def bookmarks_add(context: Context) -> Json:
    """Adds a link to a channel's bar."""
    channel = context.joined("channel_id")
    title, kind = context.params.need("title"), context.params.need("type")
    if kind != "link":
        raise SlackError("invalid_bookmark_type")
    if len(channel.bookmarks) >= 100:
        raise SlackError("too_many_bookmarks")
    emoji = context.params.text("emoji")
    bookmark = context.workspace.new_bookmark(title, _link(context), emoji, context.bot.id)
    channel.bookmarks.append(bookmark)
    context.workspace.changed()
    return {"bookmark": payloads.bookmark(bookmark, channel.id)}


def _bookmark(context: Context, channel: Channel) -> Bookmark:
    wanted = context.params.need("bookmark_id")
    for bookmark in channel.bookmarks:
        if bookmark.id == wanted:
            return bookmark
    raise SlackError("not_found")


@method("bookmarks.edit")
def bookmarks_edit(context: Context) -> Json:
    """Changes a link's title, address or emoji."""
    channel = context.joined("channel_id")
    bookmark = _bookmark(context, channel)
    if not {"title", "link", "emoji"} & set(context.params.raw):
        raise invalid_arguments("one of title, link and emoji is required")
    bookmark.title = context.params.text("title", bookmark.title)
    bookmark.link = _link(context, bookmark.link)
    bookmark.emoji = context.params.text("emoji", bookmark.emoji)
    bookmark.by, bookmark.updated = context.bot.id, context.workspace.seconds()
    context.workspace.changed()
    return {"bookmark": payloads.bookmark(bookmark, channel.id)}


@method("bookmarks.remove")
def bookmarks_remove(context: Context) -> Json:
    """Takes a link out."""
    channel = context.joined("channel_id")
    channel.bookmarks.remove(_bookmark(context, channel))
    context.workspace.changed()
    return {}


@method("bookmarks.list")
def bookmarks_list(context: Context) -> Json:
    """A channel's bar."""
    channel = context.joined("channel_id", open_only=False)
    return {"bookmarks": [payloads.bookmark(item, channel.id) for item in channel.bookmarks]}


def _reacted(context: Context) -> tuple[Channel, Message]:
    channel = context.joined()
    return channel, context.message(channel)


@method("reactions.add")
def reactions_add(context: Context) -> Json:
    """Reacts as the bot."""
    posting.react(context.workspace, *_reacted(context), context.bot, context.params.need("name"))
    return {}


@method("reactions.remove")
def reactions_remove(context: Context) -> Json:
    """Takes the bot's reaction away."""
    posting.unreact(context.workspace, *_reacted(context), context.bot, context.params.need("name"))
    return {}


@method("reactions.get")
def reactions_get(context: Context) -> Json:
    """A message with its reactions."""
    channel = context.joined(open_only=False)
    shown = payloads.message(context.workspace, context.message(channel))
    return {"type": "message", "channel": channel.id, "message": shown}

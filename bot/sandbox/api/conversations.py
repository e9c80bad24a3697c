"""conversations.*: everything about a conversation but its messages."""

from __future__ import annotations

from bot.sandbox import channels, payloads
from bot.sandbox.api.meta import listing, visible
from bot.sandbox.api.registry import Context, method
from bot.sandbox.errors import SlackError
from bot.sandbox.model import Channel, Json


def _shown(context: Context, channel: Channel, *, with_count: bool = False) -> Json:
    return {"channel": payloads.channel(channel, context.bot.id, with_count=with_count)}


def _closed_to_direct(channel: Channel) -> None:
    if channel.is_im or channel.is_mpim:
        raise SlackError("method_not_supported_for_channel_type")


@method("conversations.create")
def create(context: Context) -> Json:
    """Opens a channel, with the bot as its creator and first member."""
    name = context.params.text("name")
    channel = channels.create(context.workspace, name, context.bot, is_private=context.params.flag("is_private"))
    return _shown(context, channel)


@method("conversations.info")
def info(context: Context) -> Json:
    """One conversation."""
    return _shown(context, context.channel(), with_count=context.params.flag("include_num_members"))


@method("conversations.list")
def list_all(context: Context) -> Json:
    """The conversations that the bot can see, in pages."""
    return listing(context, visible(context))


@method("conversations.members")
def members(context: Context) -> Json:
    """Who is in a conversation, in pages."""
    page, cursor = context.params.page(list(context.channel().members))
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


@method("conversations.join")
def join(context: Context) -> Json:
    """Enters a public channel."""
    channel = context.channel()
    if channel.kind != "public":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    if context.bot.id in channel.members:
        warned = {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
        return _shown(context, channel) | warned
    channels.enter(context.workspace, channel, context.bot)
    return _shown(context, channel)


@method("conversations.leave")
def leave(context: Context) -> Json:
    """Leaves a channel; having left already is no failure."""
    channel = context.channel()
    _closed_to_direct(channel)
    if context.bot.id not in channel.members:
        return {"not_in_channel": True}
    if channel.is_archived:
        raise SlackError("is_archived")
    channels.leave(context.workspace, channel, context.bot)
    return {}


@method("conversations.invite")
def invite(context: Context) -> Json:
    """Brings up to a hundred members in; with `force` the good ones come although others can't."""
    channel = context.joined()
    _closed_to_direct(channel)
    wanted = context.params.names("users")
    if not wanted:
        raise SlackError("no_user")
    if len(wanted) > channels.MEMBER_LIMIT_PER_INVITE:
        raise SlackError("too_many_users")
    troubles = [
        {"user": user, "ok": False, "error": why} for user in wanted if (why := _obstacle(context, channel, user))
    ]
    if troubles and (len(wanted) == 1 or not context.params.flag("force")):
        raise SlackError(str(troubles[0]["error"]), errors=troubles)
    bad = {trouble["user"] for trouble in troubles}
    for user in wanted:
        person = context.workspace.user(user)
        if person is not None and user not in bad and user not in channel.members:
            channels.enter(context.workspace, channel, person, inviter=context.bot)
    return _shown(context, channel) | ({"errors": troubles} if troubles else {})


def _obstacle(context: Context, channel: Channel, user: str) -> str | None:
    person = context.workspace.user(user)
    if person is None or person.deleted:
        return "user_not_found"
    if person is context.bot:
        return "cant_invite_self"
    return "already_in_channel" if user in channel.members else None


@method("conversations.kick")
def kick(context: Context) -> Json:
    """Takes a member out."""
    channel = context.joined()
    _closed_to_direct(channel)
    person = context.user()
    if person is context.bot:
        raise SlackError("cant_kick_self")
    if channel.is_general:
        raise SlackError("cant_kick_from_general")
    if person.id not in channel.members:
        raise SlackError("not_in_channel")
    channels.leave(context.workspace, channel, person)
    return {"errors": {}}


@method("conversations.setTopic")
def set_topic(context: Context) -> Json:
    """Sets the topic, 250 characters at most."""
    channel = context.joined()
    topic = context.params.text("topic")
    if len(topic) > channels.TOPIC_LIMIT:
        raise SlackError("too_long")
    channels.set_topic(context.workspace, channel, context.bot, topic)
    return _shown(context, channel)


@method("conversations.setPurpose")
def set_purpose(context: Context) -> Json:
    """Sets the purpose, 250 characters at most."""
    channel = context.joined()
    _closed_to_direct(channel)
    purpose = context.params.text("purpose")
    if len(purpose) > channels.TOPIC_LIMIT:
        raise SlackError("too_long")
    channels.set_purpose(context.workspace, channel, context.bot, purpose)
    return _shown(context, channel) | {"purpose": purpose}


@method("conversations.rename")
def rename(context: Context) -> Json:
    """Renames a channel that the bot made."""
    channel = context.joined()
    _closed_to_direct(channel)
    if channel.creator != context.bot.id:
        raise SlackError("not_authorized")
    channels.rename(context.workspace, channel, context.bot, context.params.text("name"))
    return _shown(context, channel)


@method("conversations.archive")
def archive(context: Context) -> Json:
    """Closes a channel."""
    channel = context.channel()
    _closed_to_direct(channel)
    if context.bot.id not in channel.members:
        raise SlackError("not_in_channel")
    channels.archive(context.workspace, channel, context.bot)
    return {}


@method("conversations.unarchive")
def unarchive(context: Context) -> Json:
    """Refuses: Slack documents that bot tokens can't reopen a channel. People can."""
    channel = context.channel()
    raise SlackError("not_in_channel" if channel.is_archived else "not_archived")


@method("conversations.open")
def open_direct(context: Context) -> Json:
    """Opens the direct conversation with one member, or with up to eight."""
    workspace = context.workspace
    if "channel" in context.params:
        channel = context.channel()
        if not (channel.is_im or channel.is_mpim):
            raise SlackError("method_not_supported_for_channel_type")
    else:
        users = context.params.names("users")
        if not users:
            raise SlackError("users_list_not_supplied")
        if len(users) > 8:
            raise SlackError("too_many_users")
        guests = [workspace.user(user) for user in users]
        if None in guests:
            raise SlackError("user_not_found")
        if any(guest.deleted for guest in guests if guest is not None):
            raise SlackError("user_disabled")
        channel = workspace.direct([*users, context.bot.id])
    if context.params.flag("return_im"):
        return _shown(context, channel)
    return {"channel": {"id": channel.id}}

"""auth, api, team, bots, users and user groups."""

from __future__ import annotations

from bot.sandbox import cast, payloads
from bot.sandbox.api.registry import Context, method
from bot.sandbox.errors import SlackError
from bot.sandbox.model import Channel, Json


@method("auth.test")
def auth_test(context: Context) -> Json:
    """Who the token belongs to."""
    bot = context.bot
    return {
        "url": context.workspace.url,
        "team": cast.TEAM_NAME,
        "user": bot.name,
        "team_id": cast.TEAM_ID,
        "user_id": bot.id,
        "bot_id": bot.bot_id,
        "is_enterprise_install": False,
    }


@method("api.test")
def api_test(context: Context) -> Json:
    """Echoes its arguments, and fails on request."""
    args = {name: value for name, value in context.params.raw.items() if name != "token"}
    if error := context.params.maybe("error"):
        raise SlackError(error, args=args)
    return {"args": args}


@method("team.info")
def team_info(context: Context) -> Json:
    """The team."""
    address = context.workspace.url
    return {"team": {"id": cast.TEAM_ID, "name": cast.TEAM_NAME, "domain": cast.TEAM_DOMAIN, "url": address}}


@method("bots.info")
def bots_info(context: Context) -> Json:
    """A bot user; the caller's own unless told otherwise."""
    bot = context.bot
    if context.params.text("bot", bot.bot_id or "") != bot.bot_id:
        raise SlackError("bot_not_found")
    about = {"id": bot.bot_id, "deleted": False, "name": bot.real_name, "updated": 0}
    return {"bot": about | {"app_id": cast.APP_ID, "user_id": bot.id, "icons": {}}}


@method("users.info")
def users_info(context: Context) -> Json:
    """One member."""
    return {"user": _user(context, context.user().id)}


@method("users.lookupByEmail")
def users_lookup_by_email(context: Context) -> Json:
    """The member with that address; of somebody who has left Slack says that there is nobody."""
    wanted = context.params.need("email").lower()
    for person in context.workspace.people.values():
        if not person.deleted and payloads.user(person)["profile"]["email"] == wanted:
            return {"user": _user(context, person.id)}
    raise SlackError("users_not_found")


@method("users.list")
def users_list(context: Context) -> Json:
    """The members, in pages."""
    page, cursor = context.params.page([person.id for person in context.workspace.people.values()])
    members = [_user(context, user_id) for user_id in page]
    return {
        "members": members,
        "cache_ts": context.workspace.seconds(),
        "response_metadata": {"next_cursor": cursor},
    }


def _user(context: Context, user_id: str) -> Json:
    person = context.workspace.user(user_id)
    if person is None:
        raise SlackError("user_not_found")
    data = payloads.user(person)
    if "users:read.email" not in context.scopes:
        data["profile"].pop("email")
    return data


@method("users.conversations")
def users_conversations(context: Context) -> Json:
    """The conversations that a member is in, of the kinds asked for, as far as the bot can see them."""
    user = context.user("user").id if "user" in context.params else context.bot.id
    return listing(context, [item for item in visible(context) if user in item.members])


def visible(context: Context) -> list[Channel]:
    """Every conversation that the bot may know of."""
    channels = context.workspace.channels.values()
    return [item for item in channels if item.kind == "public" or context.bot.id in item.members]


_KINDS = {"public_channel": "public", "private_channel": "private", "im": "im", "mpim": "mpim"}


def listing(context: Context, channels: list[Channel]) -> Json:
    """A page of `channels`, after `types` and `exclude_archived`.

    Raises:
        SlackError: `invalid_types`.
    """
    wanted = context.params.names("types") or ["public_channel"]
    if not set(wanted) <= set(_KINDS):
        raise SlackError("invalid_types")
    kinds = {_KINDS[name] for name in wanted}
    hide = context.params.flag("exclude_archived")
    found = [item for item in channels if item.kind in kinds and not (hide and item.is_archived)]
    page, cursor = context.params.page(found)
    shown = [payloads.channel(item, context.bot.id, with_count=True) for item in page]
    return {"channels": shown, "response_metadata": {"next_cursor": cursor}}


@method("usergroups.list")
def usergroups_list(context: Context) -> Json:
    """The user groups, with their members if asked for."""
    with_users = context.params.flag("include_users")
    groups = []
    for group in context.workspace.groups:
        about: Json = {"id": group.id, "team_id": cast.TEAM_ID, "is_usergroup": True, "name": group.name}
        about |= {"handle": group.handle, "description": "", "user_count": str(len(group.users))}
        groups.append(about | ({"users": list(group.users)} if with_users else {}))
    return {"usergroups": groups}


@method("usergroups.users.list")
def usergroups_users_list(context: Context) -> Json:
    """One group's members."""
    wanted = context.params.need("usergroup")
    for group in context.workspace.groups:
        if group.id == wanted:
            return {"users": list(group.users)}
    raise SlackError("no_such_subteam")

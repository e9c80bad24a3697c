"""Slack's JSON for people, conversations, messages, files and views."""

from __future__ import annotations

from bot.sandbox import cast
from bot.sandbox.model import Bookmark, Canvas, Channel, File, Json, Message, Person, View
from bot.sandbox.workspace import Workspace


def team() -> Json:
    """The team as interactions carry it."""
    return {"id": cast.TEAM_ID, "domain": cast.TEAM_DOMAIN}


#: What a `user` object says of those alone who are still there.
_OF_MEMBERS = frozenset(
    {
        "color",
        "real_name",
        "tz",
        "tz_label",
        "tz_offset",
        "is_admin",
        "is_owner",
        "is_primary_owner",
        "is_restricted",
        "is_ultra_restricted",
    }
)


def user(person: Person) -> Json:
    """A `user` object, as in `users.info`. Of somebody who has left, Slack tells less."""
    data: Json = {
        "id": person.id,
        "team_id": cast.TEAM_ID,
        "name": person.name,
        "deleted": person.deleted,
        "color": person.colour.removeprefix("#"),
        "real_name": person.real_name,
        "tz": person.tz,
        "tz_label": person.tz,
        "tz_offset": 0,
        "profile": {
            "title": person.title,
            "real_name": person.real_name,
            "real_name_normalized": person.real_name,
            "display_name": person.name,
            "display_name_normalized": person.name,
            "first_name": person.first_name,
            "email": None if person.is_bot else f"{person.name}@{cast.TEAM_DOMAIN}.example",
            "status_text": "",
            "status_emoji": "",
            "team": cast.TEAM_ID,
            **({"bot_id": person.bot_id, "api_app_id": cast.APP_ID} if person.is_bot else {}),
        },
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": person.is_bot,
        "is_app_user": False,
        "updated": 0,
    }
    return {name: value for name, value in data.items() if name not in _OF_MEMBERS} if person.deleted else data


def channel(subject: Channel, viewer: str, *, with_count: bool = False) -> Json:
    """A `channel` object as `viewer` (a user id) gets it."""
    data: Json = {
        "id": subject.id,
        "created": subject.created,
        "creator": subject.creator,
        "is_archived": subject.is_archived,
        "is_im": subject.is_im,
        "is_org_shared": False,
        "context_team_id": cast.TEAM_ID,
        "updated": subject.created * 1000,
    }
    if subject.is_im:
        other = next((member for member in subject.members if member != viewer), viewer)
        return {**data, "user": other, "is_user_deleted": False, "is_open": True, "priority": 0}
    data |= {
        "name": subject.name,
        "name_normalized": subject.name,
        "is_channel": subject.kind == "public",
        "is_group": subject.kind == "private",
        "is_mpim": subject.is_mpim,
        "is_private": subject.is_private,
        "is_general": subject.is_general,
        "is_shared": False,
        "is_ext_shared": False,
        "is_pending_ext_shared": False,
        "pending_shared": [],
        "unlinked": 0,
        "is_member": viewer in subject.members,
        "topic": {"value": subject.topic, "creator": subject.topic_by[0], "last_set": subject.topic_by[1]},
        "purpose": {"value": subject.purpose, "creator": subject.purpose_by[0], "last_set": subject.purpose_by[1]},
        "previous_names": list(subject.previous_names),
    }
    if with_count:
        data["num_members"] = len(subject.members)
    if subject.canvas:
        data["properties"] = {"canvas": {"file_id": subject.canvas, "is_empty": False}}
    return data


def message(workspace: Workspace, subject: Message, *, with_metadata: bool = False) -> Json:
    """A message as history and events show it."""
    data: Json = {"type": "message", "user": subject.user, "text": subject.text, "ts": subject.ts}
    if subject.subtype:
        data["subtype"] = subject.subtype
    if subject.bot_id:
        data |= {"bot_id": subject.bot_id, "app_id": cast.APP_ID, "team": cast.TEAM_ID}
        data["bot_profile"] = bot_profile(workspace)
    if subject.username:
        data["username"] = subject.username
    if subject.blocks:
        data["blocks"] = subject.blocks
    if subject.attachments:
        data["attachments"] = subject.attachments
    if subject.files:
        data |= {"files": [file(workspace, item) for item in subject.files], "upload": True}
    if with_metadata and subject.metadata:
        data["metadata"] = subject.metadata
    return data | _marks(workspace, subject) | _thread(workspace, subject) | subject.extra


def _marks(workspace: Workspace, subject: Message) -> Json:
    data: Json = {}
    if subject.edited_by:
        data["edited"] = {"user": subject.edited_by, "ts": subject.edited_at}
    if subject.reactions:
        data["reactions"] = [
            {"name": name, "users": _named(workspace, users), "count": len(users)}
            for name, users in subject.reactions.items()
        ]
    home = workspace.channels.get(subject.channel)
    if home and any(pin.ts == subject.ts for pin in home.pins):
        data["pinned_to"] = [home.id]
    return data


def _named(workspace: Workspace, users: list[str]) -> list[str]:
    """Those who reacted, as far as Slack names them: the one who asks is always among them."""
    others = [user for user in users if user != workspace.bot.id][: workspace.named_reactors]
    return [user for user in users if user == workspace.bot.id or user in others]


def _thread(workspace: Workspace, subject: Message) -> Json:
    home = workspace.channels.get(subject.channel)
    if home is None:
        return {}
    if subject.is_reply:
        parent = home.message(subject.thread_ts)
        return {"thread_ts": subject.thread_ts, **({"parent_user_id": parent.user} if parent else {})}
    replies = home.replies(subject.ts)
    if not replies:
        return {}
    return {
        "thread_ts": subject.ts,
        "reply_count": len(replies),
        "reply_users_count": len({reply.user for reply in replies}),
        "latest_reply": replies[-1].ts,
        "reply_users": list(dict.fromkeys(reply.user for reply in replies)),
        "is_locked": False,
        "subscribed": False,
    }


def bot_profile(workspace: Workspace) -> Json:
    """The posting app, as messages carry it."""
    bot = workspace.bot
    return {
        "id": bot.bot_id,
        "app_id": cast.APP_ID,
        "user_id": bot.id,
        "name": bot.real_name,
        "team_id": cast.TEAM_ID,
        "deleted": False,
        "updated": 0,
        "icons": {},
    }


def file(workspace: Workspace, subject: File) -> Json:
    """A `file` object."""
    address = f"{workspace.url}files/{subject.id}/{subject.name}"
    return {
        "id": subject.id,
        "created": subject.created,
        "timestamp": subject.created,
        "name": subject.name,
        "title": subject.title or subject.name,
        "alt_txt": subject.alt_txt,
        "filetype": subject.name.rsplit(".", maxsplit=1)[-1] if "." in subject.name else "text",
        "user": subject.user,
        "size": subject.length,
        "mode": "hosted",
        "is_external": False,
        "is_public": True,
        "url_private": address,
        "url_private_download": address,
        "permalink": address,
        "channels": list(subject.channels),
    }


def canvas(workspace: Workspace, subject: Canvas) -> Json:
    """The `file` object of a canvas. "Quip" is what Slack calls its kind."""
    return {
        "id": subject.id,
        "created": subject.created,
        "timestamp": subject.created,
        "name": subject.title or "Untitled",
        "title": subject.title or "Untitled",
        "mimetype": "application/vnd.slack-docs",
        "filetype": "quip",
        "pretty_type": "Canvas",
        "user": subject.user,
        "editable": True,
        "size": len(subject.markdown),
        "mode": "quip",
        "is_external": False,
        "is_public": False,
        "permalink": f"{workspace.url}docs/{cast.TEAM_ID}/{subject.id}",
        "channels": [subject.channel] if subject.channel else [],
    }


def bookmark(subject: Bookmark, channel_id: str) -> Json:
    """A `bookmark` object."""
    return {
        "id": subject.id,
        "channel_id": channel_id,
        "title": subject.title,
        "link": subject.link,
        "emoji": subject.emoji,
        "icon_url": "",
        "type": "link",
        "entity_id": None,
        "date_created": subject.created,
        "date_updated": subject.updated,
        "rank": "i",
        "last_updated_by_user_id": subject.by,
        "last_updated_by_team_id": cast.TEAM_ID,
        "shortcut_id": "",
        "app_id": None,
    }


def view(workspace: Workspace, subject: View) -> Json:
    """A `view` object, as the API returns it and as interactions carry it."""
    return {
        "id": subject.id,
        "team_id": cast.TEAM_ID,
        "type": subject.type,
        "blocks": subject.blocks,
        "private_metadata": subject.private_metadata,
        "callback_id": subject.callback_id,
        "state": {"values": subject.values},
        "hash": subject.hash,
        "title": subject.title,
        "clear_on_close": subject.clear_on_close,
        "notify_on_close": subject.notify_on_close,
        "close": subject.close,
        "submit": subject.submit,
        "previous_view_id": subject.previous,
        "root_view_id": subject.root or subject.id,
        "app_id": cast.APP_ID,
        "external_id": subject.external_id,
        "app_installed_team_id": cast.TEAM_ID,
        "bot_id": workspace.bot.bot_id,
    }

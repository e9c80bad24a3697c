"""Conversations: making, naming, entering, leaving and closing them, by whoever does it."""

from __future__ import annotations

import re

from bot.sandbox import payloads
from bot.sandbox.errors import SlackError
from bot.sandbox.model import Channel, Person
from bot.sandbox.posting import note
from bot.sandbox.workspace import Workspace

NAME_LIMIT = 80
TOPIC_LIMIT = 250
MEMBER_LIMIT_PER_INVITE = 100

_SPECIALS = re.compile(r"[^\w\-]|[A-Z]")


def check_name(workspace: Workspace, name: str, *, besides: Channel | None = None) -> None:
    """Holds a channel's name to Slack's rules.

    Raises:
        SlackError: `invalid_name_required`, `invalid_name_maxlength`, `invalid_name_specials`,
            `invalid_name_punctuation`, `name_taken` (also by an archived channel).
    """
    if not name:
        raise SlackError("invalid_name_required")
    if len(name) > NAME_LIMIT:
        raise SlackError("invalid_name_maxlength")
    if _SPECIALS.search(name) or name != name.lower():
        raise SlackError("invalid_name_specials")
    if not name.strip("-_"):
        raise SlackError("invalid_name_punctuation")
    if any(channel.name == name and channel is not besides for channel in workspace.channels.values()):
        raise SlackError("name_taken")


def create(workspace: Workspace, name: str, creator: Person, *, is_private: bool) -> Channel:
    """Opens a channel; the creator is its first member."""
    check_name(workspace, name)
    channel = workspace.new_channel(name, creator=creator.id, is_private=is_private)
    if not is_private:
        summary = {"id": channel.id, "name": name, "created": channel.created, "creator": creator.id}
        workspace.emit({"type": "channel_created", "channel": summary, "event_ts": workspace.next_ts()})
    enter(workspace, channel, creator)
    return channel


def enter(workspace: Workspace, channel: Channel, person: Person, *, inviter: Person | None = None) -> None:
    """Makes someone a member and says so in the history."""
    if person.id not in channel.members:
        channel.members.append(person.id)
    asked = {"inviter": inviter.id} if inviter else {}
    note(workspace, channel, "channel_join", person.id, f"<@{person.id}> has joined the channel", **asked)
    event = {"type": "member_joined_channel", "user": person.id, "channel": channel.id}
    where = {"channel_type": channel.id[0], "team": payloads.team()["id"], "event_ts": workspace.next_ts()}
    workspace.emit(event | where | asked, channel)
    workspace.changed()


def leave(workspace: Workspace, channel: Channel, person: Person) -> None:
    """Takes someone out.

    Raises:
        SlackError: `cant_leave_general`, `last_member`.
    """
    if channel.is_general:
        raise SlackError("cant_leave_general")
    if channel.is_private and channel.members == [person.id]:
        raise SlackError("last_member")
    note(workspace, channel, "channel_leave", person.id, f"<@{person.id}> has left the channel")
    channel.members.remove(person.id)
    event = {"type": "member_left_channel", "user": person.id, "channel": channel.id}
    where = {"channel_type": channel.id[0], "team": payloads.team()["id"], "event_ts": workspace.next_ts()}
    workspace.emit(event | where, channel)
    if person is workspace.bot:
        kind = "channel_left" if channel.kind == "public" else "group_left"
        workspace.emit({"type": kind, "channel": channel.id, "event_ts": workspace.next_ts()}, channel, always=True)
    workspace.changed()


def set_topic(workspace: Workspace, channel: Channel, person: Person, topic: str) -> None:
    """Sets the topic; the same topic again leaves no line in the history."""
    if topic == channel.topic:
        return
    channel.topic, channel.topic_by = topic, (person.id, workspace.seconds())
    text = f"<@{person.id}> set the channel topic: {topic}" if topic else f"<@{person.id}> cleared the channel topic"
    note(workspace, channel, "channel_topic", person.id, text, topic=topic)


def set_purpose(workspace: Workspace, channel: Channel, person: Person, purpose: str) -> None:
    """Sets the purpose, in the same way."""
    if purpose == channel.purpose:
        return
    channel.purpose, channel.purpose_by = purpose, (person.id, workspace.seconds())
    said = f"set the channel purpose: {purpose}" if purpose else "cleared the channel purpose"
    note(workspace, channel, "channel_purpose", person.id, f"<@{person.id}> {said}", purpose=purpose)


def rename(workspace: Workspace, channel: Channel, person: Person, name: str) -> None:
    """Gives a channel another name.

    Raises:
        SlackError: as in `check_name`.
    """
    check_name(workspace, name, besides=channel)
    old, channel.name = channel.name, name
    channel.previous_names.insert(0, old)
    text = f'<@{person.id}> has renamed the channel from "{old}" to "{name}"'
    note(workspace, channel, "channel_name", person.id, text, old_name=old, name=name)
    event = {"id": channel.id, "name": name, "name_normalized": name, "created": channel.created}
    kind = f"{channel.event_kind}_rename"
    workspace.emit({"type": kind, "channel": event, "event_ts": workspace.next_ts()}, channel)


def archive(workspace: Workspace, channel: Channel, person: Person) -> None:
    """Closes a channel.

    Raises:
        SlackError: `already_archived`, `cant_archive_general`.
    """
    if channel.is_archived:
        raise SlackError("already_archived")
    if channel.is_general:
        raise SlackError("cant_archive_general")
    note(workspace, channel, "channel_archive", person.id, f"<@{person.id}> archived the channel")
    channel.is_archived = True
    _closing(workspace, channel, person, "archive")


def unarchive(workspace: Workspace, channel: Channel, person: Person) -> None:
    """Opens it again; whoever does it is a member then.

    Raises:
        SlackError: `not_archived`.
    """
    if not channel.is_archived:
        raise SlackError("not_archived")
    channel.is_archived = False
    if person.id not in channel.members:
        channel.members.append(person.id)
    note(workspace, channel, "channel_unarchive", person.id, f"<@{person.id}> un-archived the channel")
    _closing(workspace, channel, person, "unarchive")


def _closing(workspace: Workspace, channel: Channel, person: Person, what: str) -> None:
    kind = f"{channel.event_kind}_{what}"
    event = {"type": kind, "channel": channel.id, "user": person.id, "event_ts": workspace.next_ts()}
    workspace.emit(event, channel)
    workspace.changed()

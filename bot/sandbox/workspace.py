"""The workspace's state: who is in it, its conversations, and the ids and timestamps it hands out."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from bot.sandbox import cast
from bot.sandbox.changes import Changes
from bot.sandbox.errors import SlackError
from bot.sandbox.model import (
    Bookmark,
    Canvas,
    Channel,
    File,
    Json,
    Message,
    Person,
    ResponseUrl,
    Trigger,
    UserGroup,
    View,
)

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class Workspace:
    """One team's data. Nothing here does I/O: `events` holds what the bot is still to be told.

    Args:
        now: The clock that timestamps and expiry follow; aware datetimes.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.url = ""
        #: How many of those who reacted are named, beside the bot; the count is of all.
        self.named_reactors = 50
        #: Whether the app's settings have its Home tab switched on.
        self.home_tab = True
        #: Messages before this `ts` are hidden, as they are after ninety days where nobody pays.
        self.hidden_before = ""
        self.changes = Changes()
        self.bot: Person = replace(cast.BOT)
        self.people: dict[str, Person] = {person.name: replace(person) for person in cast.PEOPLE}
        self.people[self.bot.name] = self.bot
        self.groups: list[UserGroup] = [replace(group, users=list(group.users)) for group in cast.GROUPS]
        self.channels: dict[str, Channel] = {}
        self.ephemerals: list[Message] = []
        self.files: dict[str, File] = {}
        self.canvases: dict[str, Canvas] = {}
        self.views: dict[str, View] = {}
        self.modals: dict[str, list[str]] = {}
        self.homes: dict[str, str] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.events: list[tuple[Json, float]] = []
        self._counter = 0
        self._last_ts = 0
        everyone = [person.id for person in cast.PEOPLE]
        for name, purpose, is_private, has_bot in cast.CHANNELS:
            channel = self.new_channel(name, creator=everyone[0], is_private=is_private)
            channel.members = [*everyone[: 2 if is_private else None], *([self.bot.id] if has_bot else [])]
            channel.purpose, channel.is_general = purpose, name == "general"

    # Ids and times

    def seconds(self) -> int:
        """The time now, in whole seconds since 1970."""
        return int(self.now().timestamp())

    def next_ts(self) -> str:
        """A message's `ts`: the time in seconds with six decimals, greater than every one before it."""
        micros = int(self.now().timestamp() * 1_000_000)
        self._last_ts = max(micros, self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def new_id(self, prefix: str) -> str:
        """An id that looks like Slack's: `prefix`, then ten upper-case characters, never the same twice."""
        self._counter += 1
        number, tail = self._counter, ""
        while number:
            number, digit = divmod(number, len(_ALPHABET))
            tail = _ALPHABET[digit] + tail
        noise = "".join(secrets.choice(_ALPHABET) for _ in range(6))
        return f"{prefix}0{noise}{tail:0>4}"

    def changed(self) -> None:
        """Wakes those who wait for the state to change."""
        self.changes.tell()

    # People

    def person(self, name_or_id: str) -> Person:
        """The member called `name_or_id`.

        Raises:
            KeyError: Nobody is.
        """
        wanted = name_or_id.removeprefix("@")
        for person in self.people.values():
            if wanted in {person.name, person.id}:
                return person
        raise KeyError(f"nobody in the sandbox is called {name_or_id!r}; there are {', '.join(self.people)}")

    def user(self, user_id: str) -> Person | None:
        """The member with that id, or None."""
        return next((person for person in self.people.values() if person.id == user_id), None)

    # Conversations

    def channel(self, name_or_id: str) -> Channel:
        """The channel called `name_or_id`, seen from nobody's side.

        Raises:
            KeyError: There is none.
        """
        found = self.find_channel(name_or_id)
        if found is None:
            names = ", ".join(f"#{channel.name}" for channel in self.channels.values() if not channel.is_im)
            raise KeyError(f"the sandbox has no channel {name_or_id!r}; there are {names}")
        return found

    def find_channel(self, name_or_id: str) -> Channel | None:
        """The same, or None."""
        if name_or_id in self.channels:
            return self.channels[name_or_id]
        wanted = name_or_id.removeprefix("#")
        return next((channel for channel in self.channels.values() if channel.name == wanted), None)

    def seen_by(self, user: str, channel_id: str) -> Channel:
        """The conversation with that id, if `user` may know that it exists.

        Raises:
            SlackError: `channel_not_found`: no such conversation, or a closed one that `user` is not in.
        """
        channel = self.channels.get(channel_id)
        if channel is None or (channel.kind != "public" and user not in channel.members):
            raise SlackError("channel_not_found")
        return channel

    def new_channel(self, name: str, *, creator: str, is_private: bool = False) -> Channel:
        """Adds a channel with its creator in it. The name is taken as it is."""
        channel = Channel(self.new_id("C"), name, creator, self.seconds(), is_private, members=[creator])
        self.channels[channel.id] = channel
        self.changed()
        return channel

    def known_direct(self, users: Iterable[str]) -> Channel | None:
        """The direct conversation between these members, if there is one."""
        members = sorted(set(users))
        direct = (channel for channel in self.channels.values() if channel.is_im or channel.is_mpim)
        return next((channel for channel in direct if sorted(channel.members) == members), None)

    def direct(self, users: Iterable[str]) -> Channel:
        """The direct conversation between these members, made if need be."""
        members = sorted(set(users))
        if (known := self.known_direct(members)) is not None:
            return known
        is_im = len(members) <= 2
        people = [person.name for member in members if (person := self.user(member))]
        name = "" if is_im else f"mpdm-{'--'.join(people)}-1"
        channel = Channel(self.new_id("D" if is_im else "G"), name, members[0], self.seconds(), is_private=True)
        channel.is_im, channel.is_mpim, channel.members = is_im, not is_im, members
        self.channels[channel.id] = channel
        self.changed()
        return channel

    # What the bot is told

    def emit(self, event: Json, channel: Channel | None = None, *, always: bool = False) -> None:
        """Queues an event for the bot, if it happened where the bot can see it.

        Args:
            event: The inner event.
            channel: Where it happened; None for what concerns no conversation.
            always: Tell the bot although it is not in `channel` (it has just left).
        """
        if always or channel is None or self.bot.id in channel.members:
            self.events.append((event, self.now().timestamp()))

    # What gestures hand out

    def new_trigger(self, user: str) -> Trigger:
        """A trigger for one modal, good for three seconds."""
        first, second = secrets.randbelow(10**12), secrets.randbelow(10**10)
        trigger = Trigger(f"{first}.{second}.{secrets.token_hex(16)}", user, self.now())
        self.triggers[trigger.id] = trigger
        return trigger

    def new_response_url(self, user: str, channel: str, message_ts: str | None = None) -> str:
        """A `response_url` for a gesture of `user` in `channel`, on the message at `message_ts` if any."""
        token = secrets.token_urlsafe(24)
        self.response_urls[token] = ResponseUrl(token, user, channel, self.now(), message_ts)
        return f"{self.url}response/{token}"

    def new_bookmark(self, title: str, link: str, emoji: str, by: str) -> Bookmark:
        """A bookmark that is not in any channel's bar yet."""
        return Bookmark(self.new_id("Bk"), title, link, emoji, by, self.seconds(), self.seconds())

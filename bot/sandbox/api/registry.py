"""The Web API's methods, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.errors import SlackError
from bot.sandbox.model import Channel, Json, Message, Person
from bot.sandbox.params import Params
from bot.sandbox.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Context:
    """What a method works with: the caller is always the bot."""

    workspace: Workspace
    params: Params
    scopes: frozenset[str]

    @property
    def bot(self) -> Person:
        """Who calls."""
        return self.workspace.bot

    def channel(self, name: str = "channel") -> Channel:
        """The conversation that the parameter names, as far as the bot can see it.

        Raises:
            SlackError: `channel_not_found`, `invalid_arguments`.
        """
        return self.workspace.seen_by(self.bot.id, self.params.need(name))

    def joined(self, name: str = "channel", *, open_only: bool = True) -> Channel:
        """The same, where the bot has to be a member.

        Raises:
            SlackError: also `not_in_channel`, and `is_archived` if `open_only`.
        """
        channel = self.channel(name)
        if open_only and channel.is_archived:
            raise SlackError("is_archived")
        if self.bot.id not in channel.members:
            raise SlackError("not_in_channel")
        return channel

    def message(self, channel: Channel, name: str = "timestamp", error: str = "message_not_found") -> Message:
        """The message that the parameter names.

        Raises:
            SlackError: `error`.
        """
        message = channel.message(self.params.need(name))
        if message is None or message.subtype == "tombstone":
            raise SlackError(error)
        return message

    def user(self, name: str = "user") -> Person:
        """The member that the parameter names.

        Raises:
            SlackError: `user_not_found`.
        """
        person = self.workspace.user(self.params.need(name))
        if person is None:
            raise SlackError("user_not_found")
        return person


Handler = Callable[[Context], Json]

METHODS: dict[str, Handler] = {}


def method(name: str) -> Callable[[Handler], Handler]:
    """Registers a handler under a Web API method's name. What it returns is the answer without `ok`."""

    def register(handler: Handler) -> Handler:
        METHODS[name] = handler
        return handler

    return register

"""What the outside has to offer. Two protocols, and how their calls can fail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol


class TryAgain(Exception):
    """The call surely did nothing; try again after `wait`."""

    def __init__(self, reason: str, wait: timedelta) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait


class Unclear(Exception):
    """The call may have acted: its answer never came. Look before trying again."""

    def __init__(self, reason: str, wait: timedelta) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait


class Refused(Exception):
    """Slack will not do this however often it is asked; `remedy` says what a person can do."""

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackMessage:
    """A message as Slack has it."""

    channel: str
    ts: str
    user: str
    text: str
    thread_ts: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackChannel:
    """A channel as Slack has it."""

    id: str
    name: str


class SlackGateway(Protocol):
    """Slack, as the jobs need it. Every method raises TryAgain, Unclear or Refused, and nothing else."""

    async def create_channel(self, name: str, *, private: bool) -> SlackChannel:
        """Create a channel. `Refused("name_taken")` where somebody has the name."""
        ...

    async def our_channel(self, name: str, *, private: bool) -> SlackChannel | None:
        """The live channel of that name if the bot created it; None where there is none, or it is not ours."""
        ...

    async def find_channel(self, name: str) -> str | None:
        """The id of a channel by name (or by id); None where the bot can't see one."""
        ...

    async def post(
        self,
        channel: str,
        text: str,
        blocks: Sequence[Mapping[str, Any]],
        *,
        outbox_id: str,
        thread_ts: str | None = None,
        broadcast: bool = False,
    ) -> SlackMessage:
        """Post a message (to a user id: directly). `outbox_id` travels in its metadata."""
        ...

    async def find_post(self, channel: str, outbox_id: str, *, thread_ts: str | None = None) -> SlackMessage | None:
        """The bot's own message that carries `outbox_id`, among the latest of a channel or thread."""
        ...

    async def update(self, channel: str, ts: str, text: str, blocks: Sequence[Mapping[str, Any]]) -> None:
        """Replace what a message of the bot's says."""
        ...

    async def read_message(self, channel: str, ts: str) -> SlackMessage | None:
        """One message, in a channel or in a thread; None where it is gone."""
        ...

    async def invite(self, channel: str, users: Sequence[str]) -> None:
        """Bring users in. Those who are there already, or can't come, don't keep the others out."""
        ...

    async def members_of_group(self, group: str) -> Sequence[str]:
        """The users of a user group (`S…`)."""
        ...

    async def set_topic(self, channel: str, text: str) -> None:
        """Set a channel's topic."""
        ...

    async def set_purpose(self, channel: str, text: str) -> None:
        """Set a channel's purpose."""
        ...

    async def put_bookmark(self, channel: str, title: str, link: str, known: str | None, *, look: bool) -> str:
        """Add a bookmark, or change the one that is `known` by id; returns its id.

        `look` first for one of that title: an earlier call may have made it before its answer was lost.
        """
        ...

    async def pin(self, channel: str, ts: str) -> None:
        """Pin a message; one that is pinned already is fine."""
        ...

    async def react(self, channel: str, ts: str, emoji: str, *, on: bool) -> None:
        """Put the bot's reaction on a message or take it off; already so is fine."""
        ...

    async def upload(
        self, channel: str, *, filename: str, title: str, content: str, comment: str, thread_ts: str | None = None
    ) -> None:
        """Upload a text file into a channel."""
        ...

    async def find_upload(self, channel: str, filename: str) -> bool:
        """Whether a file of that name is in the channel."""
        ...

    async def respond(self, url: str, text: str, blocks: Sequence[Mapping[str, Any]]) -> None:
        """Answer privately by a command's `response_url`."""
        ...

    async def permalink(self, channel: str, ts: str) -> str:
        """A link to a message, made from the workspace's address (known from `auth.test`) without another call."""
        ...

    async def name_of(self, user: str) -> str | None:
        """The display name of a user, remembered for a while; None where there is none."""
        ...

    async def join(self, channel: str) -> None:
        """Enter a public channel, so that replies there are heard; being in it already is fine."""
        ...

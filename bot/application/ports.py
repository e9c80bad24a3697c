"""What the outside has to offer: Slack as a protocol, the rest as functions, and how calls can fail."""

import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from bot.domain.procedures import ProviderRule

#: Why a call was put off: Slack said that it was one too many, in a method or in all of the workspace.
RATE_LIMITED, WORKSPACE_LIMITED = "ratelimited", "message_limit_exceeded"
#: Why a call was not made: it would have been one too many.
PACED = "paced"
#: Reasons whose `wait` is known and no guess, so that there is nothing to wait ever longer for.
HELD_BACK = frozenset({RATE_LIMITED, WORKSPACE_LIMITED, PACED})

#: On whose behalf the running task calls Slack: the priority of its incident. None is a person who waits for an answer.
urgency: ContextVar[int | None] = ContextVar("urgency", default=None)


@contextlib.contextmanager
def calling_for(priority: int) -> Iterator[None]:
    """Calls in the block are made on behalf of something of a priority (60 is the most urgent), and nobody waits."""
    token = urgency.set(priority)
    try:
        yield
    finally:
        urgency.reset(token)


class TryAgain(Exception):
    """The call surely did nothing; try again after `wait`."""

    def __init__(self, reason: str, wait: timedelta) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait


class Paced(TryAgain):
    """Slack's limit has no room for the call now, and it was not made."""

    def __init__(self, wait: timedelta, each: timedelta) -> None:
        """Take `wait` until there is room for one, and `each` until there is for every further one."""
        super().__init__(PACED, wait)
        self.each = each


class Unclear(Exception):
    """The call may have acted: its answer never came. Look before trying again."""

    def __init__(self, reason: str, wait: timedelta) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait


class Refused(Exception):
    """Slack, or whoever was called, will not do this however often it is asked; `remedy` says what a person can do."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that goes with an e-mail; `kind` is its media type with parameters, such as `text/calendar`."""

    filename: str
    kind: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """An e-mail to one address.

    Attributes:
        id: the same at every try, and of no other mail: it becomes the Message-ID.
        thread: what mail programs keep it together with: the incident's reference.
        to: the address.
        subject: one line.
        text: plain text.
        html: the same as HTML, or None.
        said_at: when it was recorded, which may be long before it is sent.
        files: what goes with it.
    """

    id: str
    thread: str
    to: str
    subject: str
    text: str
    html: str | None
    said_at: datetime
    files: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A call to one of the policy's webhooks: its name, the delivery's id (the same at every try), and the body."""

    webhook: str
    id: str
    body: Mapping[str, Any]


class Happened(StrEnum):
    """What is told to a monitor."""

    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerned:
    """An alert that a monitor is told about, by what that monitor said of it (as in `bot.domain.alert.Alert`)."""

    source: str
    fingerprint: str
    name: str
    labels: Mapping[str, str]
    reference: str = ""


#: So many alerts are in an answer at most; what is told of an incident with more is about the first of them.
MOST_CONCERNED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a monitor is told by one of the pack's `tell_back` rules. Of a private incident: no title, nobody's name.

    Attributes:
        rule: the name of the rule.
        id: the same at every try, and of no other answer.
        incident: the incident's reference.
        title: one line, perhaps empty.
        severity: perhaps empty.
        link: where people see more, or empty.
        by: who did it, in words, or empty.
        at: when it was done, UTC; silences are counted from here, so that a later try comes to the same.
        alerts: those concerned, at most `MOST_CONCERNED`, those that came first at the beginning. The order has to
            stay: what a later answer undoes is looked for by the same alerts.
    """

    rule: str
    id: str
    what: Happened
    incident: str
    at: datetime
    alerts: Sequence[Concerned]
    title: str = ""
    severity: str = ""
    link: str = ""
    by: str = ""


#: Both raise TryAgain, Unclear or Refused, and nothing else. After Unclear they may be called again with the same id.
SendMail = Callable[[Mail], Awaitable[None]]
CallWebhook = Callable[[Notice], Awaitable[None]]
#: Tells a monitor, and returns what came of it in words. Raises TryAgain or Refused, and may be called again.
TellSource = Callable[[Answer], Awaitable[str]]
#: Asks a monitor, by the name of a `tell_back` rule, which of these alerts may still fire. What it can't say of fires.
#: An Alertmanager tells nobody that an alert cleared while it was silenced. Raises TryAgain or Refused.
AskSource = Callable[[str, Sequence[Concerned]], Awaitable[Sequence[Concerned]]]
#: Asks an on-call provider for Slack ids and e-mail addresses. Raises TryAgain or Refused, and may be called again.
AskProvider = Callable[[ProviderRule], Awaitable[Sequence[str]]]
#: The Slack member with an e-mail address; None where there is none. Raises TryAgain, Unclear or Refused.
FindByEmail = Callable[[str], Awaitable[str | None]]


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

    async def put_canvas(self, channel: str, title: str, markdown: str, known: str | None) -> str:
        """Show a text as a canvas in a channel, in the one that is `known` by id or in a new one; returns its id."""
        ...

    async def publish_home(self, user: str, blocks: Sequence[Mapping[str, Any]]) -> None:
        """Show this in a user's Home tab, instead of what it showed before; 100 blocks at most."""
        ...

    async def pin(self, channel: str, ts: str) -> None:
        """Pin a message; one that is pinned already is fine."""
        ...

    async def react(self, channel: str, ts: str, emoji: str, *, on: bool) -> None:
        """Put the bot's reaction on a message or take it off; already so is fine."""
        ...

    async def upload(
        self,
        channel: str,
        *,
        filename: str,
        title: str,
        content: str | bytes,
        comment: str,
        thread_ts: str | None = None,
        alt: str = "",
    ) -> None:
        """Upload a file into a channel; `alt` says what a picture shows."""
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

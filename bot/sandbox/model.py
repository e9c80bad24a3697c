"""What a workspace holds: people, channels, messages and what hangs on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]


@dataclass(slots=True)
class Person:
    """A member of the workspace; bots are people too, with a `bot_id`."""

    id: str
    name: str
    real_name: str
    title: str
    colour: str = "#5b6b7b"
    tz: str = "Europe/London"
    bot_id: str | None = None
    deleted: bool = False

    @property
    def is_bot(self) -> bool:
        """Whether an app stands behind this member."""
        return self.bot_id is not None

    @property
    def first_name(self) -> str:
        """What the page calls them."""
        return self.real_name.split(" ", maxsplit=1)[0]


@dataclass(slots=True)
class UserGroup:
    """A group that can be mentioned with `@handle`."""

    id: str
    handle: str
    name: str
    users: list[str]


@dataclass(slots=True)
class File:
    """An upload. It can be shared once its bytes have come and `files.completeUploadExternal` has been called."""

    id: str
    name: str
    length: int
    user: str
    created: int
    title: str = ""
    content: bytes | None = None
    completed: bool = False
    channels: list[str] = field(default_factory=list)
    upload_token: str = ""
    alt_txt: str = ""


@dataclass(slots=True)
class Message:
    """One message, kept as it was posted. `only_for` makes it an ephemeral for that user id."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    subtype: str | None = None
    bot_id: str | None = None
    thread_ts: str | None = None
    metadata: Json | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    edited_by: str | None = None
    edited_at: str | None = None
    files: list[File] = field(default_factory=list)
    broadcast: bool = False
    only_for: str | None = None
    username: str | None = None
    extra: Json = field(default_factory=dict)

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread without having started it."""
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass(slots=True)
class Pin:
    """A pinned message."""

    ts: str
    by: str
    at: int


@dataclass(slots=True)
class Bookmark:
    """A link in a channel's bar."""

    id: str
    title: str
    link: str
    emoji: str
    by: str
    created: int
    updated: int


@dataclass(slots=True)
class Channel:
    """A conversation of any kind. `messages` is in order of `ts` and includes thread replies."""

    id: str
    name: str
    creator: str
    created: int
    is_private: bool = False
    is_im: bool = False
    is_mpim: bool = False
    is_general: bool = False
    is_archived: bool = False
    members: list[str] = field(default_factory=list)
    topic: str = ""
    topic_by: tuple[str, int] = ("", 0)
    purpose: str = ""
    purpose_by: tuple[str, int] = ("", 0)
    previous_names: list[str] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    pins: list[Pin] = field(default_factory=list)
    bookmarks: list[Bookmark] = field(default_factory=list)
    canvas: str | None = None

    @property
    def kind(self) -> str:
        """`im`, `mpim`, `private` or `public`."""
        if self.is_im:
            return "im"
        if self.is_mpim:
            return "mpim"
        return "private" if self.is_private else "public"

    @property
    def event_kind(self) -> str:
        """What events call it: `channel`, `group`, `im` or `mpim`."""
        return {"public": "channel", "private": "group"}.get(self.kind, self.kind)

    def message(self, ts: str | None) -> Message | None:
        """The message with that `ts`, or None."""
        return next((message for message in self.messages if message.ts == ts), None)

    def replies(self, ts: str) -> list[Message]:
        """The replies in the thread that the message at `ts` started, oldest first."""
        return [message for message in self.messages if message.thread_ts == ts and message.is_reply]


@dataclass(slots=True)
class View:
    """A modal or a Home tab as Slack keeps it. `values` is what was typed and chosen: block → action → state."""

    id: str
    type: str
    blocks: list[Json]
    hash: str
    user: str
    title: Json | None = None
    submit: Json | None = None
    close: Json | None = None
    private_metadata: str = ""
    callback_id: str = ""
    external_id: str = ""
    clear_on_close: bool = False
    notify_on_close: bool = False
    root: str = ""
    previous: str | None = None
    values: dict[str, dict[str, Json]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Trigger:
    """A `trigger_id`: whose gesture it came from, when, and whether it has been used."""

    id: str
    user: str
    made: datetime
    used: bool = False


@dataclass(slots=True)
class ResponseUrl:
    """Where an app may answer a gesture: five times within thirty minutes."""

    token: str
    user: str
    channel: str
    made: datetime
    message_ts: str | None = None
    uses: int = 0


@dataclass(slots=True)
class Canvas:
    """A document of Markdown, with whoever made it. `channel` is where it is a tab."""

    id: str
    title: str
    markdown: str
    user: str
    created: int
    channel: str | None = None
    deleted: bool = False

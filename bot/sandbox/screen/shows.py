"""What the page shows to one reader, ready for its templates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bot.sandbox import answers, modals
from bot.sandbox.forms import CHOICES, options_of
from bot.sandbox.model import Canvas, Channel, File, Json, Message, View
from bot.sandbox.screen.emoji import emoji
from bot.sandbox.screen.mrkdwn import Reader
from bot.sandbox.workspace import Workspace

#: Messages of one author within this many seconds share a heading.
TOGETHER = 300

HOME = "~muster"


@dataclass(frozen=True, slots=True)
class Line:
    """One message as it is drawn."""

    message: Message
    author: str
    initials: str
    colour: str
    title: str
    is_app: bool
    clock: str
    full_time: str
    day: str
    first_of_day: bool
    continues: bool
    quiet: bool
    pinned_by: str
    reactions: list[Json]
    replies: int
    last_reply: str
    mine: bool


@dataclass(frozen=True, slots=True)
class Look:
    """Where a reader is: a channel, perhaps a thread in it."""

    reader: Reader
    channel: Channel
    thread: str | None
    home: bool = False

    @property
    def workspace(self) -> Workspace:
        """Everything."""
        return self.reader.workspace

    @classmethod
    def of(cls, workspace: Workspace, who: str, channel: str, thread: str) -> Look:
        """What the page's address asks for; what it can't have becomes the nearest thing."""
        people = workspace.people
        here = people.get(who)
        person = here if here and not here.deleted else next(one for one in people.values() if not one.deleted)
        reader = Reader(workspace, person)
        found = workspace.find_channel(channel) if channel else None
        if found is None or (found.kind != "public" and person.id not in found.members):
            found = workspace.channel("general")
        return cls(reader, found, thread if thread and found.message(thread) else None, channel == HOME)

    def name_of(self, channel: Channel) -> str:
        """What a conversation is called in the list."""
        if not channel.is_im:
            return channel.name
        others = [member for member in channel.members if member != self.reader.person.id]
        person = self.workspace.user(others[0]) if others else self.reader.person
        return person.real_name if person else "Somebody"

    def conversations(self, kind: str) -> list[Channel]:
        """The reader's conversations of a kind (`channel` or `direct`), in the list's order."""
        me = self.reader.person.id
        found = []
        for channel in self.workspace.channels.values():
            visible = channel.kind == "public" or me in channel.members
            if visible and (channel.is_im or channel.is_mpim) == (kind == "direct"):
                found.append(channel)
        return sorted(found, key=lambda item: (item.is_archived, self.name_of(item)))

    def lines(self) -> list[Line]:
        """The channel's own messages and what only the reader sees, oldest first."""
        own = [item for item in self.channel.messages if not item.is_reply or item.broadcast]
        return self._drawn(_joined_up([*own, *self._private(None)]))

    def thread_lines(self) -> list[Line]:
        """The open thread, its first message first."""
        parent = self.channel.message(self.thread)
        if parent is None or self.thread is None:
            return []
        return self._drawn([parent]) + self._drawn([*self.channel.replies(self.thread), *self._private(self.thread)])

    def _private(self, thread: str | None) -> list[Message]:
        me = self.reader.person.id
        return [
            item
            for item in self.workspace.ephemerals
            if item.only_for == me and item.channel == self.channel.id and item.thread_ts == thread
        ]

    def _drawn(self, messages: list[Message]) -> list[Line]:
        lines: list[Line] = []
        for message in sorted(messages, key=lambda item: item.ts):
            lines.append(self._line(message, lines[-1] if lines else None))
        return lines

    def _line(self, message: Message, before: Line | None) -> Line:
        person = self.workspace.user(message.user)
        moment = self.reader.moment(float(message.ts))
        day = f"{moment:%A} {moment.day} {moment:%B}"
        new_day = before is None or before.day != day
        quiet = (message.subtype or "").startswith("channel_") or message.subtype == "tombstone"
        together = (
            before is not None
            and not (new_day or quiet or before.quiet or _has_heading(message))
            and before.message.user == message.user
            and before.message.only_for == message.only_for
            and float(message.ts) - float(before.message.ts) < TOGETHER
        )
        pin = next((item for item in self.channel.pins if item.ts == message.ts), None)
        replies = self.channel.replies(message.ts) if message.only_for is None else []
        name = person.real_name if person else "Workspace"
        if message.user == answers.HOST:
            name = "Workspace"
        return Line(
            message=message,
            author=message.username or name,
            initials="".join(part[0] for part in name.split()[:2]),
            colour=person.colour if person else "#7a7f87",
            title=person.title if person else "",
            is_app=message.bot_id is not None,
            clock=f"{moment:%H:%M}",
            full_time=f"{moment:%A} {moment.day} {moment:%B %Y, %H:%M:%S %Z}",
            day=day,
            first_of_day=new_day,
            continues=together,
            quiet=quiet,
            pinned_by=self._name(pin.by) if pin else "",
            reactions=[self._reaction(name, users) for name, users in message.reactions.items()],
            replies=len(replies),
            last_reply=f"{self.reader.moment(float(replies[-1].ts)):%H:%M}" if replies else "",
            mine=message.user == self.reader.person.id,
        )

    def _name(self, user: str) -> str:
        person = self.workspace.user(user)
        return person.first_name if person else "Somebody"

    def _reaction(self, name: str, users: list[str]) -> Json:
        who = ", ".join(self._name(user) for user in users)
        mine = self.reader.person.id in users
        return {"name": name, "shown": emoji(name), "count": len(users), "who": who, "mine": mine}

    def pinned(self) -> list[Line]:
        """The channel's pinned messages, newest first."""
        messages = [self.channel.message(pin.ts) for pin in reversed(self.channel.pins)]
        return [self._line(message, None) for message in messages if message is not None]

    def modal(self) -> View | None:
        """The modal that is open."""
        return modals.current(self.workspace, self.reader.person.id)

    def canvases(self) -> list[Canvas]:
        """The channel's canvases, its own first."""
        tabs = [item for item in self.workspace.canvases.values() if item.channel == self.channel.id]
        kept = [item for item in tabs if not item.deleted]
        return sorted(kept, key=lambda item: item.id != self.channel.canvas)

    def home_view(self) -> View | None:
        """The bot's Home tab."""
        return self.workspace.views.get(self.workspace.homes.get(self.reader.person.id, ""))


def _has_heading(message: Message) -> bool:
    """Whether it begins something new, even when its author has just spoken."""
    return any(block["type"] == "header" for block in message.blocks)


def _joined_up(messages: list[Message]) -> list[Message]:
    """The same with people who came in one after the other on one line."""
    found: list[Message] = []
    for message in sorted(messages, key=lambda item: item.ts):
        before = found[-1] if found else None
        if before is not None and before.subtype == message.subtype == "channel_join":
            names, _, rest = before.text.partition(" has joined ")
            names, rest = (names, rest) if rest else before.text.split(" joined ", maxsplit=1)
            found[-1] = replace(before, text=f"{names}, <@{message.user}> joined {rest}")
        else:
            found.append(message)
    return found


def state_of(view: View | None, block: Json, element: Json) -> Any:
    """What is chosen or typed in an element: in a view what people did, in a message its initial value."""
    key, initial = CHOICES[element["type"]]
    if view is None:
        return element.get(initial)
    return view.values.get(block["block_id"], {}).get(element["action_id"], {}).get(key)


def choices_of(look: Look, element: Json) -> list[tuple[str, str, str]]:
    """A menu's entries: value, label, description."""
    kind, workspace = element["type"], look.workspace
    if "users" in kind:
        return [(person.id, person.real_name, person.title) for person in workspace.people.values()]
    if "channels" in kind or "conversations" in kind:
        return [(item.id, f"#{item.name}", "") for item in look.conversations("channel") if not item.is_archived]
    return [
        (item["value"], item["text"]["text"], (item.get("description") or {}).get("text", ""))
        for item in options_of(element)
    ]


def is_chosen(value: str, chosen: Any) -> bool:
    """Whether an entry is among what is chosen."""
    picked = chosen if isinstance(chosen, list) else [chosen]
    return any(value == (item.get("value") if isinstance(item, dict) else item) for item in picked)


def size_of(file: File) -> str:
    """A file's size in words."""
    return f"{file.length} bytes" if file.length < 1024 else f"{file.length / 1024:.1f} kB"

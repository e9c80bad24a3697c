"""The conversation on the terminal, as it happens."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal

from rich.padding import Padding
from rich.text import Text

from bot.cli.blocks import Reader
from bot.cli.terminal import out
from bot.sandbox.model import Channel, Message, Person
from bot.sandbox.server import Sandbox

_WIDEST = 110
#: Messages that Slack itself writes into a channel.
_TOPIC = "channel_topic"
_SYSTEM = frozenset({"channel_join", "group_join", "channel_purpose", "channel_name", "pinned_item", _TOPIC})
#: How a card begins whose matter is still under way.
_PASSING = (":hourglass_flowing_sand:", ":wrench:")
_LONGEST_NAME = 28
_LONGEST = 14
_LONGEST_ADDRESS = 60


class _Briefly(Reader):
    """Reads a message without the addresses of its links where they are long: the page has them."""

    def _token(self, found: re.Match[str]) -> str:
        return found[3] if found[3] and len(found[2]) > _LONGEST_ADDRESS else super()._token(found)


class Screen:
    """Prints what is new in the sandbox: messages, private answers, files and reactions."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._seen: set[tuple[str, str, str | None]] = set()
        self._passing: set[tuple[str, str, str | None]] = set()
        self._reactions: set[tuple[str, str, str, str]] = set()
        self._width = min(out().width, _WIDEST)

    async def watch(self) -> None:
        """Print until cancelled."""
        while True:
            self.catch_up()
            await self._sandbox.workspace.changes.next(None)

    def catch_up(self) -> None:
        """Print everything that has not been printed yet, in the order in which it was said."""
        for message in sorted(self._new_messages(), key=lambda message: message.ts):
            self._print(message)
        for who, emoji, message in self._new_reactions():
            shown = self._reader().mrkdwn(message.text).plain.split("\n")[0]
            quoted = shown if len(shown) <= 60 else f"{shown[:59]}…"
            self._line(Text(f"{who} put :{emoji}: on “{quoted}”", style="dim"))

    def gesture(self, who: Person, where: str, what: str) -> None:
        """Print what somebody does that is no message: types a command, presses a button."""
        self.catch_up()
        head = self._head(self._sandbox.workspace.now(), where, who)
        self._line(head.append(f"  {what}", style="bold"))

    def request(self, who: str, what: str) -> None:
        """Print what a program posts to the bot."""
        self.catch_up()
        head = Text(f"{self._sandbox.workspace.now():%H:%M:%S}  ", style="dim").append("webhook", style="cyan")
        self._line(head.append(f"  {who}  {what}", style="bold"))

    def again(self, message: Message) -> None:
        """Print a message as it reads by now, though it was printed before."""
        self._seen.discard((message.channel, message.ts, message.only_for))
        self.catch_up()

    def aside(self, text: str) -> None:
        """Print a word of the narrator's."""
        self.catch_up()
        out().print()
        out().print(Padding(Text(text, style="italic"), (0, 0, 0, 0)), width=self._width, soft_wrap=False)

    def _new_messages(self) -> Iterator[Message]:
        spoken = (message for channel in self._sandbox.workspace.channels.values() for message in channel.messages)
        for message in (*spoken, *self._sandbox.workspace.ephemerals):
            # A card that says that something is under way is told again when it says what came of it.
            passing = message.text.startswith(_PASSING)
            key = (message.channel, message.ts, message.only_for)
            if key not in self._seen or (key in self._passing and not passing):
                self._seen.add(key)
                yield message
            (self._passing.add if passing else self._passing.discard)(key)

    def _new_reactions(self) -> Iterator[tuple[str, str, Message]]:
        for channel in self._sandbox.workspace.channels.values():
            for message in channel.messages:
                for emoji, users in message.reactions.items():
                    for user in users:
                        key = (message.channel, message.ts, emoji, user)
                        if key not in self._reactions:
                            self._reactions.add(key)
                            yield self._name(user), emoji, message

    def _print(self, message: Message) -> None:
        channel = self._sandbox.workspace.channels[message.channel]
        who = self._sandbox.workspace.user(message.user)
        if message.subtype in _SYSTEM:
            if message.subtype != _TOPIC:
                return  # who came in and what the purpose is can be seen on the page
            said = self._reader().mrkdwn(message.text).plain
            self._line(Text(f"{_time(message)}  {self.place(channel)}  {said}", style="dim"))
            return
        where = self.place(channel) + (" ⤷ thread" if message.is_reply else "")
        head = self._head(datetime.fromtimestamp(float(Decimal(message.ts)), UTC), where, who)
        if message.only_for:
            head.append(f"  (only {self._name(message.only_for)} sees this)", style="dim")
        self._line(head)
        typed = not message.bot_id
        body = self._reader().message(() if typed else message.blocks, message.text)
        for file in message.files:
            body = Text("\n").join([*([body] if body.plain else []), Text(f"📎 {file.name} ({file.length:,} bytes)")])
        self._line(_cut(body), indent=4)

    def _head(self, at: datetime, where: str, who: Person | None) -> Text:
        head = Text(f"{at:%H:%M:%S}  ", style="dim")
        head.append(where, style="cyan").append("  ")
        return head.append(who.real_name if who else "Slack", style=f"bold {who.colour}" if who else "bold")

    def place(self, channel: Channel) -> str:
        """How a conversation is called on the screen."""
        if channel.is_im:
            people = [user for user in channel.members if user != self._sandbox.workspace.bot.id]
            return f"direct message to {', '.join(self._name(user) for user in people)}"
        name = channel.name
        return f"#{name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + '…'}"

    def _name(self, user: str) -> str:
        person = self._sandbox.workspace.user(user)
        return person.real_name if person else user

    def _reader(self) -> Reader:
        people = {person.id: person.real_name for person in self._sandbox.people.values()}
        groups = {group.id: group.handle for group in self._sandbox.workspace.groups}
        channels = {channel.id: channel.name for channel in self._sandbox.workspace.channels.values()}
        return _Briefly(people | groups | channels)

    def _line(self, text: Text, indent: int = 0) -> None:
        out().print(Padding(text, (0, 0, 0, indent)), width=self._width, soft_wrap=False)


def _time(message: Message) -> str:
    return f"{datetime.fromtimestamp(float(Decimal(message.ts)), UTC):%H:%M:%S}"


def _cut(body: Text) -> Text:
    """A long message's first lines: the page and the review have the rest."""
    lines: Iterable[Text] = body.split("\n", allow_blank=True)
    kept = [line for line in lines if line.plain.strip()]
    if len(kept) <= _LONGEST:
        return Text("\n").join(kept)
    return Text("\n").join([*kept[:_LONGEST], Text(f"… {len(kept) - _LONGEST} lines more", style="dim")])

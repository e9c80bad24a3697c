"""What people do with messages and channels, on `Sandbox`."""

from __future__ import annotations

from bot.sandbox import canvas, channels, leaving, payloads, posting
from bot.sandbox.desk import Desk
from bot.sandbox.errors import SlackError
from bot.sandbox.model import Canvas, Channel, Json, Message, Person, View
from bot.sandbox.text import typed


class People(Desk):
    """Gestures that Slack itself answers. The bot hears of them as events, and each waits for its first answer.

    A person is named by name or id; a channel by name or id, or as `@muster` for the direct conversation with
    the bot. What a client would not let them do raises `SlackError` or `ValueError`.
    """

    async def say(self, who: str, channel: str, text: str, thread_ts: str | None = None) -> str:
        """Posts a message; `@bob`, `#general` and web addresses become what Slack makes of them.

        Returns:
            The message's `ts`.
        """
        person, place = self._at(who, channel)
        draft = Message("", place.id, person.id, typed(self.workspace, text, with_names=False), thread_ts=thread_ts)
        draft.blocks = [_rich_text(draft.text)]
        message = posting.post(self.workspace, place, draft)
        await self.tell_bot()
        return message.ts

    async def edit(self, who: str, channel: str, ts: str, text: str) -> None:
        """Changes one's own message."""
        person, place = self._at(who, channel)
        new = typed(self.workspace, text, with_names=False)
        change = {"text": new, "blocks": [_rich_text(new)]}
        posting.edit(self.workspace, place, self._message(place, ts), person, change)
        await self.tell_bot()

    async def delete(self, who: str, channel: str, ts: str) -> None:
        """Deletes one's own message."""
        person, place = self._at(who, channel)
        posting.delete(self.workspace, place, self._message(place, ts), person)
        await self.tell_bot()

    async def react(self, who: str, channel: str, ts: str, emoji: str) -> None:
        """Reacts to a message."""
        person, place = self._at(who, channel)
        posting.react(self.workspace, place, self._message(place, ts), person, emoji)
        await self.tell_bot()

    async def unreact(self, who: str, channel: str, ts: str, emoji: str) -> None:
        """Takes one's reaction away."""
        person, place = self._at(who, channel)
        posting.unreact(self.workspace, place, self._message(place, ts), person, emoji)
        await self.tell_bot()

    async def pin(self, who: str, channel: str, ts: str) -> None:
        """Pins a message."""
        person, place = self._at(who, channel)
        posting.pin(self.workspace, place, self._message(place, ts), person)
        await self.tell_bot()

    async def unpin(self, who: str, channel: str, ts: str) -> None:
        """Takes a pin out."""
        person, place = self._at(who, channel)
        posting.unpin(self.workspace, place, ts, person)
        await self.tell_bot()

    async def create_channel(self, who: str, name: str, *, private: bool = False) -> Channel:
        """Opens a channel."""
        channel = channels.create(self.workspace, name, self._person(who), is_private=private)
        await self.tell_bot()
        return channel

    async def join(self, who: str, channel: str) -> None:
        """Enters a channel."""
        person, place = self._person(who), self.workspace.channel(channel)
        if place.is_archived:
            raise SlackError("is_archived")
        if person.id not in place.members:
            channels.enter(self.workspace, place, person)
        await self.tell_bot()

    async def invite(self, who: str, channel: str, guest: str) -> None:
        """Brings someone into a channel; the bot too (`muster`)."""
        person, place = self._at(who, channel)
        invited = self._person(guest)
        if invited.id in place.members:
            raise SlackError("already_in_channel")
        channels.enter(self.workspace, place, invited, inviter=person)
        await self.tell_bot()

    async def leave(self, who: str, channel: str) -> None:
        """Leaves a channel."""
        person, place = self._person(who), self.workspace.channel(channel)
        if person.id in place.members:
            channels.leave(self.workspace, place, person)
        await self.tell_bot()

    async def archive(self, who: str, channel: str) -> None:
        """Closes a channel."""
        person, place = self._at(who, channel)
        channels.archive(self.workspace, place, person)
        await self.tell_bot()

    async def unarchive(self, who: str, channel: str) -> None:
        """Opens it again."""
        channels.unarchive(self.workspace, self.workspace.channel(channel), self._person(who))
        await self.tell_bot()

    async def set_topic(self, who: str, channel: str, topic: str) -> None:
        """Sets a channel's topic by hand."""
        person, place = self._at(who, channel)
        channels.set_topic(self.workspace, place, person, typed(self.workspace, topic, with_names=False))
        await self.tell_bot()

    async def write_canvas(self, who: str, channel: str, markdown: str, title: str = "") -> Canvas:
        """Writes the channel's canvas by hand; there is one afterwards."""
        person, place = self._at(who, channel)
        words = canvas.content({"type": "markdown", "markdown": markdown}, "canvas_editing_failed")
        kept = self.workspace.canvases.get(place.canvas or "")
        if kept is None:
            kept = Canvas(self.workspace.new_id("F"), title, words, person.id, self.workspace.seconds(), place.id)
            self.workspace.canvases[kept.id], place.canvas = kept, kept.id
        kept.title, kept.markdown = title or kept.title, words
        self.workspace.changed()
        return kept

    async def delete_canvas(self, who: str, canvas_id: str) -> None:
        """Deletes a canvas. Nobody brings it back, and its channel may have another."""
        self._person(who)
        kept = self.workspace.canvases[canvas_id]
        kept.deleted = True
        for place in self.workspace.channels.values():
            place.canvas = None if place.canvas == canvas_id else place.canvas
        self.workspace.changed()

    async def open_home(self, who: str) -> View | None:
        """Opens the bot's Home tab, and returns what it shows once the bot has heard of it."""
        person = self._person(who)
        home = self.workspace.views.get(self.workspace.homes.get(person.id, ""))
        event = {"type": "app_home_opened", "user": person.id, "tab": "home", "event_ts": self.workspace.next_ts()}
        direct = self.workspace.direct([person.id, self.workspace.bot.id])
        known = {"view": payloads.view(self.workspace, home)} if home else {}
        self.workspace.emit(event | {"channel": direct.id} | known)
        await self.tell_bot()
        return self.workspace.views.get(self.workspace.homes.get(person.id, ""))

    async def leave_workspace(self, who: str) -> None:
        """Has someone's account deactivated: they do nothing here any more, and the bot hears of it."""
        leaving.deactivate(self.workspace, self._person(who))
        await self.tell_bot()

    def _person(self, who: str) -> Person:
        """Someone who is still here.

        Raises:
            ValueError: their account was deactivated.
        """
        person = self.workspace.person(who)
        if person.deleted:
            raise ValueError(f"{person.name} has left the workspace")
        return person

    def _at(self, who: str, channel: str) -> tuple[Person, Channel]:
        """Someone in a conversation; a public channel is joined on the way, as the client offers."""
        person = self._person(who)
        place = self._place(person, channel)
        if person.id not in place.members:
            if place.kind != "public":
                raise ValueError(f"{person.name} is not in {place.name or place.id}")
            if not place.is_archived:
                channels.enter(self.workspace, place, person)
        return person, place

    def _place(self, person: Person, channel: str) -> Channel:
        """A conversation by name or id; `@bob` is the direct one with Bob."""
        if channel.startswith("@"):
            return self.workspace.direct([person.id, self.workspace.person(channel).id])
        return self.workspace.channel(channel)

    def _message(self, channel: Channel, ts: str) -> Message:
        message = channel.message(ts)
        if message is None:
            raise SlackError("message_not_found")
        return message


def _rich_text(text: str) -> Json:
    """The block that Slack's own client adds beside a person's text."""
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "block_id": "typed", "elements": [section]}

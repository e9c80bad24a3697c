"""Shortcuts: what an app adds to the menu of each message and to the search box, on `Sandbox`."""

from __future__ import annotations

from bot.sandbox import payloads
from bot.sandbox.gestures import Gestures
from bot.sandbox.model import Json, Person
from bot.sandbox.records import Reply


class Shortcuts(Gestures):
    """Each sends one signed request, waits up to the three seconds and shows what the bot answered."""

    async def shortcut(self, who: str, callback_id: str, channel: str, ts: str) -> Reply:
        """Chooses an entry of the app's from a message's menu.

        Args:
            who: Who does it.
            callback_id: What the app calls the entry.
            channel: Where the message is; the bot need not be there.
            ts: The message. Ephemeral ones have no such menu.

        Raises:
            LookupError: There is no such message, or entry.
            ValueError: They are not where the message is.
        """
        person = self._person(who)
        if self.shortcuts is not None and callback_id not in self.shortcuts:
            raise LookupError(f"a message's menu has no {callback_id}; it has {', '.join(self.shortcuts)}")
        place = self._place(person, channel)
        if place.kind != "public" and person.id not in place.members:
            raise ValueError(f"{person.name} is not in {place.name or place.id}")
        message = place.message(ts)
        if message is None or message.subtype == "tombstone":
            raise LookupError(f"{person.name} sees no message {ts} in {place.name or place.id}")
        payload = self._shortcut("message_action", person, callback_id) | {
            "response_url": self.workspace.new_response_url(person.id, place.id),
            "message_ts": message.ts,
            "channel": {"id": place.id, "name": place.name or "directmessage"},
            "message": payloads.message(self.workspace, message),
        }
        return self._answered(await self.courier.deliver("message_action", payload), person, place, ack_only=True)

    async def global_shortcut(self, who: str, callback_id: str) -> Reply:
        """Chooses an entry of the app's from the search box: it is about nothing, and has no response URL."""
        person = self._person(who)
        payload = self._shortcut("shortcut", person, callback_id)
        return self._answered(await self.courier.deliver("shortcut", payload), person, None, ack_only=True)

    def _shortcut(self, kind: str, person: Person, callback_id: str) -> Json:
        told = self._interaction(kind, person) | {"callback_id": callback_id, "action_ts": self.workspace.next_ts()}
        told.pop("api_app_id")
        return told

"""Commands, clicks and forms: the gestures that an app answers itself, on `Sandbox`."""

from __future__ import annotations

from typing import Any

from bot.sandbox import cast, forms, modals, payloads
from bot.sandbox.answers import note_failure, take_answer
from bot.sandbox.courier import VERIFICATION_TOKEN
from bot.sandbox.errors import SlackError
from bot.sandbox.model import Channel, Json, Message, Person, View
from bot.sandbox.people import People
from bot.sandbox.records import Delivery, Reply
from bot.sandbox.text import typed


class Gestures(People):
    """Each sends one signed request, waits up to the three seconds and shows what the bot answered."""

    async def command(self, who: str, text: str = "", channel: str = "general", *, name: str | None = None) -> Reply:
        """Types the slash command.

        Args:
            who: Who types it.
            text: What follows the command; `@bob` and `#general` are sent as Slack sends them.
            channel: Where.
            name: Another command than the sandbox's own.
        """
        person = self._person(who)
        place = self._place(person, channel)
        if place.kind != "public" and person.id not in place.members:
            raise ValueError(f"{person.name} is not in {place.name or place.id}")
        form = {
            "token": VERIFICATION_TOKEN,
            "team_id": cast.TEAM_ID,
            "team_domain": cast.TEAM_DOMAIN,
            "channel_id": place.id,
            "channel_name": {"im": "directmessage", "private": "privategroup"}.get(place.kind, place.name),
            "user_id": person.id,
            "user_name": person.name,
            "command": name or self.slash,
            "text": typed(self.workspace, text.strip(), with_names=True),
            "api_app_id": cast.APP_ID,
            "is_enterprise_install": "false",
            "response_url": self.workspace.new_response_url(person.id, place.id),
            "trigger_id": self.workspace.new_trigger(person.id).id,
        }
        delivery = await self.courier.deliver("command", form)
        return self._answered(delivery, person, place)

    async def click(
        self,
        who: str,
        channel: str | None = None,
        ts: str | None = None,
        action_id: str | None = None,
        *,
        value: Any = None,
        block_id: str | None = None,
        typed: Json | None = None,
    ) -> Reply:
        """Presses a button or chooses from a menu.

        Args:
            who: Who does it.
            channel: The message's channel; None looks in the person's open modal, then in their Home tab.
            ts: The message, an ephemeral too.
            action_id: Which element; None takes the only one.
            value: For menus: the option's value or label, an id, a date; a list where several can be chosen.
                For buttons it tells two with the same `action_id` apart.
            block_id: In which block, when the same `action_id` stands in several.
            typed: What stands in a modal's other fields by then, as for `submit`.

        Raises:
            LookupError: There is no such message or element.
        """
        person = self._person(who)
        if channel is None:
            return await self._click_view(person, action_id, value, block_id, typed)
        place = self._place(person, channel)
        if place.kind != "public" and person.id not in place.members:
            raise ValueError(f"{person.name} is not in {place.name or place.id}")
        message = self._visible(person, place, ts)
        blocks = [*message.blocks, *(block for item in message.attachments for block in item.get("blocks", []))]
        block, element = forms.find(blocks, action_id, block_id, value)
        hidden = message.only_for is not None
        # Slack says what a message showed, but for one that it keeps nowhere.
        shown = {} if hidden else {"message": payloads.message(self.workspace, message)}
        state = forms.initial_values(message.blocks)
        if element["type"] in forms.CHOICES:
            state.setdefault(block["block_id"], {})[element["action_id"]] = forms.chosen(element, value)
        where = {"type": "message", "message_ts": message.ts, "channel_id": place.id, "is_ephemeral": hidden}
        payload = (
            shown
            | self._interaction("block_actions", person)
            | {
                "container": where,
                "channel": {"id": place.id, "name": place.name or "directmessage"},
                "state": {"values": state},
                "response_url": self.workspace.new_response_url(person.id, place.id, message.ts),
                "actions": [self._action(block, element, value)],
            }
        )
        return self._answered(await self.courier.deliver("block_actions", payload), person, place, ack_only=True)

    async def _click_view(
        self, person: Person, action_id: str | None, value: Any, block_id: str | None, typed: Json | None
    ) -> Reply:
        view = self.view(person.name) or self.workspace.views.get(self.workspace.homes.get(person.id, ""))
        if view is None:
            raise LookupError(f"{person.name} has no view open")
        block, element = forms.find(view.blocks, action_id, block_id, value)
        forms.fill_in(view, typed or {})
        if element["type"] in forms.CHOICES:
            view.values[block["block_id"]][element["action_id"]] = forms.chosen(element, value)
            if block["type"] == "input" and not block.get("dispatch_action"):
                return Reply(200, 0.0)
        payload = self._interaction("block_actions", person) | {
            "container": {"type": "view", "view_id": view.id},
            "view": payloads.view(self.workspace, view),
            "actions": [self._action(block, element, value)],
        }
        return self._answered(await self.courier.deliver("block_actions", payload), person, None, ack_only=True)

    def view(self, who: str) -> View | None:
        """The modal that this person sees, or None."""
        return modals.current(self.workspace, self.workspace.person(who).id)

    async def submit(self, who: str, values: Json | None = None, view: View | str | None = None) -> Reply:
        """Fills in a modal and submits it.

        Args:
            who: Who does it.
            values: What to put in, by `block_id.action_id`, `action_id` or `block_id`.
            view: The modal or its id, if not the one that is open.

        Returns:
            `body` is the bot's response action. A required field left empty is reported by the client
            (`error` is "incomplete") and nothing is sent.

        Raises:
            LookupError: No such modal or field.
        """
        person = self._person(who)
        wanted = view.id if isinstance(view, View) else view
        shown = self.workspace.views.get(wanted) if wanted else self.view(who)
        if shown is None:
            raise LookupError(f"{person.name} has no modal open")
        forms.fill_in(shown, values or {})
        shown.errors = forms.missing(shown.blocks, shown.values)
        if shown.errors:
            self.workspace.changed()
            return Reply(0, 0.0, body={"response_action": "errors", "errors": shown.errors}, error="incomplete")
        payload = self._interaction("view_submission", person) | {
            "view": payloads.view(self.workspace, shown),
            "response_urls": [],
        }
        delivery = await self.courier.deliver("view_submission", payload)
        reply = _reply(delivery)
        if reply.error is None:
            self._respond(person, shown, reply)
        else:
            shown.errors = {"": "We had some trouble connecting. Try again?"}
        self.workspace.changed()
        return reply

    def _respond(self, person: Person, view: View, reply: Reply) -> None:
        """Does what a submission's answer asks for."""
        body = reply.body if isinstance(reply.body, dict) else {}
        try:
            match body.get("response_action"):
                case "errors":
                    known = {block["block_id"] for block in view.blocks if block["type"] == "input"}
                    view.errors = {str(name): str(text) for name, text in body.get("errors", {}).items()}
                    if not view.errors or not set(view.errors) <= known:
                        reply.error = "invalid_response_action"
                case "update":
                    modals.update(self.workspace, view, body.get("view") or {})
                case "push":
                    modals.push(self.workspace, person.id, body.get("view") or {})
                case "clear":
                    modals.close_all(self.workspace, person.id)
                case None:
                    modals.close_top(self.workspace, person.id)
                case _:
                    reply.error = "invalid_response_action"
        except SlackError as refusal:
            reply.error, reply.body = refusal.error, refusal.as_slack()
        if reply.error is not None:
            view.errors = {"": "We had some trouble connecting. Try again?"}

    async def close_view(self, who: str) -> Reply:
        """Closes the modal on top; the bot hears of it if it asked to."""
        person, view = self._person(who), self.view(who)
        if view is None:
            raise LookupError(f"{who} has no modal open")
        told = payloads.view(self.workspace, view)
        asked, clears = view.notify_on_close, view.clear_on_close
        if clears:
            modals.close_all(self.workspace, person.id)
        else:
            modals.close_top(self.workspace, person.id)
        if not asked:
            return Reply(200, 0.0)
        payload = self._interaction("view_closed", person) | {"view": told, "is_cleared": clears}
        payload.pop("trigger_id")
        return _reply(await self.courier.deliver("view_closed", payload))

    async def redeliver(self, *, last: bool = True, kind: str | None = None) -> Reply:
        """Sends a request again, with the same ids and a fresh signature.

        Args:
            last: The latest rather than the first.
            kind: Only a command, an event, a block_actions, …
        """
        fitting = [item for item in self.courier.deliveries if kind in {None, item.kind}]
        if not fitting:
            raise LookupError("nothing has been sent to the bot yet")
        again = fitting[-1 if last else 0]
        retry = (1, "http_timeout") if again.kind == "event" else None
        return _reply(await self.courier.deliver(again.kind, again.payload, retry))

    # Payloads and answers

    def _interaction(self, kind: str, person: Person) -> Json:
        return {
            "type": kind,
            "token": VERIFICATION_TOKEN,
            "api_app_id": cast.APP_ID,
            "team": payloads.team(),
            "enterprise": None,
            "is_enterprise_install": False,
            "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": cast.TEAM_ID},
            "trigger_id": self.workspace.new_trigger(person.id).id,
        }

    def _action(self, block: Json, element: Json, value: Any) -> Json:
        common = {"action_id": element["action_id"], "block_id": block["block_id"], "type": element["type"]}
        common["action_ts"] = self.workspace.next_ts()
        if element["type"] == "button":
            kept = {name: element[name] for name in ("text", "value", "style", "url") if name in element}
            return common | kept
        if element["type"] == "overflow":
            return common | {
                "selected_option": forms.chosen(element | {"type": "static_select"}, value)["selected_option"]
            }
        return common | forms.chosen(element, value)

    def _visible(self, person: Person, channel: Channel, ts: str | None) -> Message:
        private = [item for item in self.workspace.ephemerals if item.only_for == person.id]
        for message in [*channel.messages, *private]:
            if message.ts == ts and message.channel == channel.id:
                return message
        raise LookupError(f"{person.name} sees no message {ts} in {channel.name or channel.id}")

    def _answered(
        self, delivery: Delivery, person: Person, channel: Channel | None, *, ack_only: bool = False
    ) -> Reply:
        reply = _reply(delivery)
        if channel is not None and not ack_only:
            if reply.error is not None:
                note_failure(self.workspace, person, channel, self.slash, reply.error)
            else:
                reply.error = take_answer(self.workspace, person, channel, reply.body)
            self.courier.send_events()
        return reply


def _reply(delivery: Delivery) -> Reply:
    body = delivery.answer
    reply = Reply(delivery.status or 0, delivery.seconds or 0.0, body=body)
    if delivery.error is not None:
        shown = {"connection_failed": "dispatch_failed", "http_error": "dispatch_unknown_error"}
        reply.error = shown.get(delivery.error, delivery.error)
    if isinstance(body, dict):
        reply.text, reply.blocks = body.get("text"), body.get("blocks") or []
    elif isinstance(body, str) and body:
        reply.text = body
    return reply

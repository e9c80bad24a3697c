"""`SlackGateway` over the Web API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.application.ports import Refused, SlackChannel, SlackMessage, TryAgain
from bot.slack.calls import failing_as_data
from bot.slack.canvases import Canvases
from bot.slack.failures import SOON
from bot.slack.limits import ALT_TEXT, UPLOAD
from bot.slack.wording import words_of

#: What the bot's own posts carry, to be found by after an unclear outcome.
OUTBOX_EVENT = "muster_outbox"
_INVITES_A_CALL = 100
#: How far back an own post is looked for: it was sent moments ago.
_SEARCHED_PAGES, _SEARCHED_PAGE = 3, 100
#: Replies come oldest first, so a thread is read to its end, within reason.
_REPLIES_PAGE = 1000
#: Who cannot be brought in for a reason that is no trouble.
_THERE_ALREADY = frozenset({"already_in_channel", "cant_invite_self"})
_CANT_COME = frozenset({"cant_invite", "user_is_restricted", "user_not_found", "ura_max_channels", "user_disabled"})

Blocks = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Shown:
    """A modal that somebody sees; its `hash` changes with what it shows."""

    id: str
    hash: str


class SlackWeb(Canvases):
    """Slack. Every method raises TryAgain, Unclear or Refused, and nothing else."""

    async def create_channel(self, name: str, *, private: bool) -> SlackChannel:
        """Create a channel. `Refused("name_taken")` where somebody has the name."""
        made = (await self._call("conversations.create", name=name, is_private=private))["channel"]
        return SlackChannel(id=made["id"], name=made["name"])

    async def post(
        self,
        channel: str,
        text: str,
        blocks: Blocks,
        *,
        outbox_id: str,
        thread_ts: str | None = None,
        broadcast: bool = False,
    ) -> SlackMessage:
        """Post a message (to a user id: directly). `outbox_id` travels in its metadata."""
        try:
            posted = await self._call(
                "chat.postMessage",
                channel=channel,
                text=text,
                blocks=list(blocks),
                thread_ts=thread_ts,
                reply_broadcast=broadcast or None,
                metadata={"event_type": OUTBOX_EVENT, "event_payload": {"outbox_id": outbox_id}},
                unfurl_links=False,
                unfurl_media=False,
            )
        except Refused as refusal:
            if refusal.reason in ("channel_not_found", "is_archived"):
                self._forget(channel)
            raise
        return SlackMessage(channel=posted["channel"], ts=posted["ts"], user="", text=text, thread_ts=thread_ts or None)

    async def find_post(self, channel: str, outbox_id: str, *, thread_ts: str | None = None) -> SlackMessage | None:
        """The bot's own message that carries `outbox_id`, among the latest of a channel or thread."""
        if channel[:1] in ("U", "W"):
            channel = (await self._call("conversations.open", repeatable=True, users=channel))["channel"]["id"]
        where: dict[str, Any] = {"channel": channel, "include_all_metadata": True, "most": _SEARCHED_PAGES}
        if thread_ts:
            pages = self._pages("conversations.replies", "messages", ts=thread_ts, limit=_REPLIES_PAGE, **where)
        else:
            pages = self._pages("conversations.history", "messages", limit=_SEARCHED_PAGE, **where)
        async for message in pages:
            metadata = message.get("metadata") or {}
            carried = (metadata.get("event_payload") or {}).get("outbox_id")
            if metadata.get("event_type") == OUTBOX_EVENT and str(carried) == outbox_id:
                return _message(channel, message)
        return None

    async def update(self, channel: str, ts: str, text: str, blocks: Blocks) -> None:
        """Replace what a message of the bot's says."""
        await self._call("chat.update", repeatable=True, channel=channel, ts=ts, text=text, blocks=list(blocks))

    async def read_message(self, channel: str, ts: str) -> SlackMessage | None:
        """One message, in a channel or in a thread; None where it is gone."""
        for method, fields in (
            ("conversations.history", {"latest": ts, "oldest": ts, "inclusive": True, "limit": 1}),
            ("conversations.replies", {"ts": ts, "latest": ts, "oldest": ts, "inclusive": True, "limit": 2}),
        ):
            try:
                answer = await self._call(method, repeatable=True, channel=channel, **fields)
            except Refused as refusal:
                if refusal.reason in ("thread_not_found", "message_not_found"):
                    return None
                raise
            for message in answer.get("messages") or ():
                if message.get("ts") == ts:
                    return _message(channel, message)
        return None

    async def invite(self, channel: str, users: Sequence[str]) -> None:
        """Bring users in. Those who are there already, or can't come, don't keep the others out.

        Raises:
            Refused: some can't come; the others are in.
        """
        absent: dict[str, str] = {}
        for start in range(0, len(users), _INVITES_A_CALL):
            chunk = users[start : start + _INVITES_A_CALL]
            try:
                answer = await self._call(
                    "conversations.invite", repeatable=True, channel=channel, users=",".join(chunk), force=True
                )
            except Refused as refusal:
                if refusal.reason not in _THERE_ALREADY | _CANT_COME:
                    raise
                # Slack names nobody when nobody of the call came in.
                answer = {"errors": [{"user": ", ".join(chunk), "error": refusal.reason}]}
            absent |= {
                trouble.get("user", "somebody"): trouble.get("error", "") for trouble in answer.get("errors", ())
            }
        troubles = {user: why for user, why in absent.items() if why not in _THERE_ALREADY}
        if troubles:
            said = "; ".join(f"{user}: {why}" for user, why in troubles.items())
            raise Refused(said, "Invite them by hand, and check the Slack ids of the pack's contacts.")

    async def set_topic(self, channel: str, text: str) -> None:
        """Set a channel's topic."""
        await self._call("conversations.setTopic", repeatable=True, channel=channel, topic=text)

    async def set_purpose(self, channel: str, text: str) -> None:
        """Set a channel's purpose."""
        await self._call("conversations.setPurpose", repeatable=True, channel=channel, purpose=text)

    async def put_bookmark(self, channel: str, title: str, link: str, known: str | None, *, look: bool) -> str:
        """Add a bookmark, or change the one that is `known` by id; returns its id.

        `look` first for one of that title: an earlier call may have made it before its answer was lost.
        """
        if known is None and look:
            there = (await self._call("bookmarks.list", repeatable=True, channel_id=channel)).get("bookmarks") or ()
            known = next((mark["id"] for mark in there if mark.get("title") == title), None)
        if known is not None:
            try:
                edit = {"channel_id": channel, "bookmark_id": known, "title": title, "link": link}
                await self._call("bookmarks.edit", repeatable=True, **edit)
            except Refused as refusal:
                if refusal.reason not in ("not_found", "bookmark_not_found"):
                    raise
            else:
                return known
        added = await self._call("bookmarks.add", channel_id=channel, title=title, link=link, type="link")
        return str(added["bookmark"]["id"])

    async def pin(self, channel: str, ts: str) -> None:
        """Pin a message; one that is pinned already is fine."""
        await self._unless("already_pinned", "pins.add", channel=channel, timestamp=ts)

    async def react(self, channel: str, ts: str, emoji: str, *, on: bool) -> None:
        """Put the bot's reaction on a message or take it off; already so is fine, and so is a message that is gone."""
        method, already = ("reactions.add", "already_reacted") if on else ("reactions.remove", "no_reaction")
        await self._unless(f"{already} message_not_found", method, channel=channel, timestamp=ts, name=emoji)

    async def _unless(self, already: str, method: str, **fields: Any) -> None:
        """Call a method that may say, in one of these words, that there is nothing left to do."""
        try:
            await self._call(method, repeatable=True, **fields)
        except Refused as refusal:
            if refusal.reason not in already.split():
                raise

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
        self._caller.session()
        async with self._caller.turn(UPLOAD, channel):
            await self._caller.client.files_upload_v2(
                channel=channel,
                filename=filename,
                title=title,
                content=content,
                initial_comment=comment,
                thread_ts=thread_ts,
                alt_txt=alt[:ALT_TEXT] or None,
            )

    async def find_upload(self, channel: str, filename: str) -> bool:
        """Whether a file of that name is in the channel."""
        files = (await self._call("files.list", repeatable=True, channel=channel, count=100)).get("files") or ()
        return any(file.get("name") == filename for file in files)

    async def respond(self, url: str, text: str, blocks: Blocks) -> None:
        """Answer privately by a command's `response_url`."""
        body = {"response_type": "ephemeral", "replace_original": False, "text": text, "blocks": list(blocks)}
        with failing_as_data():
            async with self._caller.session().post(url, json=body) as response:
                status = response.status
        if status == 429 or status >= 500:
            raise TryAgain(f"http_{status}", SOON)
        if status >= 400:
            raise Refused(f"http_{status}", "A response URL is good for thirty minutes and five answers.")

    async def open_view(self, trigger_id: str, view: Mapping[str, Any]) -> Shown:
        """Open a modal; its trigger lives three seconds."""
        return _shown(await self._call("views.open", trigger_id=trigger_id, view=dict(view)))

    async def update_view(self, known: Shown, view: Mapping[str, Any]) -> Shown:
        """Show something else in a modal, if it is still as it is `known`. Fields of the same ids keep what is in them.

        Raises:
            Refused: it was closed, or shows something else by now.
        """
        return _shown(await self._call("views.update", view_id=known.id, hash=known.hash, view=dict(view)))

    async def publish_home(self, user: str, blocks: Blocks) -> None:
        """Show this in a user's Home tab, instead of what it showed before; 100 blocks at most.

        It has no `callback_id`, so that what is pressed there is never taken for something in a form.
        """
        view = {"type": "home", "blocks": list(blocks)}
        await self._call("views.publish", repeatable=True, user_id=user, view=view)


def _shown(answer: Mapping[str, Any]) -> Shown:
    view = answer.get("view") or {}
    return Shown(str(view.get("id")), str(view.get("hash")))


def _message(channel: str, message: Mapping[str, Any]) -> SlackMessage:
    return SlackMessage(
        channel=channel,
        ts=message["ts"],
        user=str(message.get("user") or message.get("bot_id") or "unknown"),
        text=words_of(message),
        thread_ts=message.get("thread_ts"),
    )

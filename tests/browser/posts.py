"""What the app in a workspace without the bot posts and opens."""

from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox
from tests.sandbox.fake_bot import FakeBot
from tests.sandbox.test_page import every_kind_of_block, plain


def asking(text: str) -> list[dict[str, Any]]:
    """A message with one button that asks first."""
    question = {"title": plain("Close it?"), "text": plain(text), "confirm": plain("Close"), "deny": plain("Keep")}
    button = {"type": "button", "text": plain("Close"), "action_id": "close", "confirm": question}
    return [{"type": "actions", "elements": [button]}]


def field(name: str, label: str, **element: Any) -> dict[str, Any]:
    """An input block."""
    return {"type": "input", "block_id": name, "label": plain(label), "element": {"action_id": name, **element}}


async def open_form(client: AsyncWebClient, sandbox: Sandbox, app: FakeBot, text: str = "A form") -> None:
    """Have the app open a form for Alice."""
    await sandbox.command("alice")
    options = [{"text": plain(name), "value": name} for name in ("one", "two")]
    blocks = [
        field("what", text, type="plain_text_input", placeholder=plain(text)),
        field("more", "More", type="plain_text_input", multiline=True, initial_value=text),
        field("which", "Which", type="static_select", options=options),
        field("special", "Special", type="checkboxes", options=options),
        field("who", "Who", type="multi_users_select"),
    ]
    view = {"type": "modal", "title": plain("A form"), "submit": plain("Send"), "blocks": blocks}
    await client.views_open(trigger_id=app.commands[-1]["trigger_id"], view=view)


async def fill(client: AsyncWebClient, sandbox: Sandbox, app: FakeBot) -> str:
    """Put one of everything into #general; returns the timestamp of the thread's first message."""
    general = sandbox.channel("general").id
    first = await sandbox.say("bob", "general", "What *happened* to `checkout`? See #random, @alice, <!here>")
    await sandbox.say("alice", "general", "> A deploy\n```SELECT 1```\nhttps://example.com/page", thread_ts=first)
    await sandbox.react("bob", "general", first, "eyes")
    await client.reactions_add(channel=general, timestamp=first, name="pushpin")
    await client.chat_postMessage(channel=general, text="Ours", blocks=every_kind_of_block("Checkout is *down*"))
    await client.chat_postMessage(channel=general, text="A question", blocks=asking("For good?"))
    styled = [
        {"type": "button", "text": plain(style), "action_id": style, "style": style} for style in ("primary", "danger")
    ]
    await client.chat_postMessage(channel=general, text="Buttons", blocks=[{"type": "actions", "elements": styled}])
    await client.chat_postEphemeral(channel=general, user=sandbox.people["alice"].id, text="Between us")
    await client.pins_add(channel=general, timestamp=first)
    await client.conversations_setTopic(channel=general, topic="Everything that everyone should know, at length")
    await client.bookmarks_add(channel_id=general, title="The runbook", link="https://example.com", type="link")
    await client.files_upload_v2(channel=general, content="# Review", filename="review.md", title="The review")
    await sandbox.quiet()
    return first

"""Entries in a message's menu, the Home tab, and people who leave the workspace."""

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox
from tests.sandbox.conftest import Clock
from tests.sandbox.fake_bot import FakeBot
from tests.sandbox.test_strictness import refusal

HOME = {"type": "home", "blocks": [{"type": "divider"}]}


async def test_an_entry_of_a_messages_menu_tells_all_of_the_message(
    client: AsyncWebClient, sandbox: Sandbox, bot: FakeBot
) -> None:
    ts = await sandbox.say("bob", "payments", "The queue has no alarm")
    reply = await sandbox.shortcut("carol", "task", "payments", ts)
    told = bot.interactions[-1]
    assert (reply.status, told["type"], told["callback_id"], told["message_ts"]) == (200, "message_action", "task", ts)
    assert told["user"]["id"] == sandbox.people["carol"].id
    assert told["channel"] == {"id": sandbox.channel("payments").id, "name": "payments"}
    assert (told["message"]["text"], told["message"]["user"]) == ("The queue has no alarm", sandbox.people["bob"].id)
    view = {"type": "modal", "title": {"type": "plain_text", "text": "Task"}, "blocks": [{"type": "divider"}]}
    await client.views_open(trigger_id=told["trigger_id"], view=view)
    async with aiohttp.ClientSession() as session:
        assert (await session.post(told["response_url"], json={"text": "Noted"})).status == 200
    assert [message.text for message in sandbox.ephemerals("carol")] == ["Noted"]


async def test_only_what_a_person_sees_has_a_menu(sandbox: Sandbox, bot: FakeBot) -> None:
    ts = await sandbox.say("alice", "leads", "secret")
    with pytest.raises(ValueError, match="not in leads"):
        await sandbox.shortcut("erin", "task", "leads", ts)
    with pytest.raises(LookupError):
        await sandbox.shortcut("alice", "task", "leads", "1.000000")
    bot.will_answer({"text": "for you alone"})
    await sandbox.command("alice", "show")
    with pytest.raises(LookupError):
        await sandbox.shortcut("alice", "task", "general", sandbox.ephemerals("alice")[0].ts)
    assert bot.interactions == []


async def test_a_menu_has_the_entries_of_the_manifest(clock: Clock) -> None:
    sandbox = Sandbox(now=clock, shortcuts={"task": "Make it an action item"})
    await sandbox.start()
    try:
        ts = await sandbox.say("bob", "general", "words")
        with pytest.raises(LookupError, match="it has task"):
            await sandbox.shortcut("bob", "note", "general", ts)
        async with aiohttp.ClientSession() as session, session.get(sandbox.url) as answer:
            assert 'data-shortcut="task" title="Make it an action item"' in await answer.text()
    finally:
        await sandbox.stop()


async def test_a_global_shortcut_is_about_nothing(sandbox: Sandbox, bot: FakeBot) -> None:
    await sandbox.global_shortcut("carol", "declare")
    told = bot.interactions[-1]
    assert (told["type"], told["callback_id"]) == ("shortcut", "declare")
    assert not {"channel", "message", "response_url"} & set(told)


async def test_a_home_tab_is_switched_on_bounded_and_somebodys(client: AsyncWebClient, sandbox: Sandbox) -> None:
    bob = sandbox.people["bob"].id
    shown = (await client.views_publish(user_id=bob, view=HOME))["view"]
    await client.views_publish(user_id=bob, view=HOME, hash=shown["hash"])
    assert await refusal(client.views_publish(user_id=bob, view=HOME, hash=shown["hash"])) == "hash_conflict"
    long = {"type": "home", "blocks": [{"type": "divider"}] * 101}
    assert await refusal(client.views_publish(user_id=bob, view=long)) == "invalid_arguments"
    with pytest.raises(SlackApiError) as caught:
        await client.views_publish(user_id="U0NOBODY", view=HOME)
    assert caught.value.response["response_metadata"]["messages"] == ["invalid `user_id`"]
    sandbox.workspace.home_tab = False
    assert await refusal(client.views_publish(user_id=bob, view=HOME)) == "not_enabled"


async def test_the_bot_hears_that_somebody_left_and_of_them_less_is_told(
    client: AsyncWebClient, sandbox: Sandbox, bot: FakeBot
) -> None:
    await sandbox.leave_workspace("bob")
    bob = sandbox.people["bob"].id
    event = bot.event("user_change")
    assert (event["user"]["id"], event["user"]["deleted"]) == (bob, True)
    asked = (await client.users_info(user=bob))["user"]
    assert asked == event["user"]
    assert (asked["profile"]["real_name"], "tz" in asked, "is_admin" in asked) == ("Bob Lindqvist", False, False)


async def test_who_left_is_not_brought_in_and_not_written_to(client: AsyncWebClient, sandbox: Sandbox) -> None:
    bob, carol = sandbox.people["bob"].id, sandbox.people["carol"].id
    await client.chat_postMessage(channel=carol, text="before")
    await sandbox.leave_workspace("bob")
    await sandbox.leave_workspace("carol")
    room = (await client.conversations_create(name="inc-1"))["channel"]["id"]
    assert await refusal(client.conversations_invite(channel=room, users=bob)) == "user_not_found"
    assert await refusal(client.conversations_open(users=bob)) == "user_disabled"
    assert await refusal(client.chat_postMessage(channel=bob, text="hello")) == "channel_not_found"
    # Where they talked before, Slack takes it, and nobody reads it.
    assert (await client.chat_postMessage(channel=carol, text="after"))["ok"]
    general = sandbox.channel("general").id
    private = client.chat_postEphemeral(channel=general, user=carol, text="x")
    assert await refusal(private) == "user_not_in_channel"
    assert await refusal(client.views_publish(user_id=bob, view=HOME)) == "invalid_arguments"


async def test_who_left_does_nothing_any_more(sandbox: Sandbox, bot: FakeBot) -> None:
    ts = await sandbox.say("bob", "general", "words")
    await sandbox.leave_workspace("bob")
    for gesture in (
        sandbox.say("bob", "general", "again"),
        sandbox.command("bob"),
        sandbox.shortcut("bob", "task", "general", ts),
        sandbox.open_home("bob"),
        sandbox.invite("alice", "leads", "bob"),
    ):
        with pytest.raises(ValueError, match="has left the workspace"):
            await gesture
    assert bot.commands == []
    async with aiohttp.ClientSession() as session, session.get(sandbox.url, params={"as": "bob"}) as answer:
        assert '<option value="bob"' not in await answer.text()

"""What the bot reads back, and the quieter methods."""

from collections.abc import Awaitable
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox
from tests.sandbox.fake_bot import FakeBot


async def refusal(call: Awaitable[Any]) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_a_thread_is_read_parent_first_and_kept_out_of_the_history(
    client: AsyncWebClient, sandbox: Sandbox
) -> None:
    general = sandbox.channel("general").id
    root = await sandbox.say("bob", "general", "root")
    first = await sandbox.say("alice", "general", "first", thread_ts=root)
    await client.chat_postMessage(channel=general, text="also in the channel", thread_ts=root, reply_broadcast=True)
    thread = await client.conversations_replies(channel=general, ts=root)
    assert [message["text"] for message in thread["messages"]] == ["root", "first", "also in the channel"]
    assert thread["messages"][0]["reply_count"] == 2
    assert thread["messages"][1]["thread_ts"] == root
    history = await client.conversations_history(channel=general)
    assert [message["text"] for message in history["messages"]] == ["also in the channel", "root"]
    assert history["messages"][0]["subtype"] == "thread_broadcast"
    alone = await client.conversations_replies(channel=general, ts=first)
    assert [message["text"] for message in alone["messages"]] == ["first"]
    assert await refusal(client.conversations_replies(channel=general, ts="1.000000")) == "thread_not_found"
    await sandbox.say("bob", "general", "to a reply", thread_ts=first)
    assert sandbox.channel("general").messages[-1].thread_ts == root


async def test_history_is_bounded_by_times(client: AsyncWebClient, sandbox: Sandbox) -> None:
    general = sandbox.channel("general").id
    times = [await sandbox.say("bob", "general", word) for word in ("one", "two", "three")]

    async def texts(**bounds: Any) -> list[str]:
        answer = await client.conversations_history(channel=general, **bounds)
        return [message["text"] for message in answer["messages"]]

    assert await texts(oldest=times[0]) == ["three", "two"]
    assert await texts(oldest=times[0], inclusive=True) == ["three", "two", "one"]
    assert await texts(oldest=times[1], latest=times[1], inclusive=True) == ["two"]
    assert await refusal(client.conversations_history(channel=general, oldest="noon")) == "invalid_ts_oldest"


async def test_marks_are_listed(client: AsyncWebClient, sandbox: Sandbox) -> None:
    general = sandbox.channel("general").id
    ts = await sandbox.say("bob", "general", "pin me")
    await sandbox.react("bob", "general", ts, "eyes")
    await sandbox.pin("bob", "general", ts)
    pins = await client.pins_list(channel=general)
    assert pins["items"][0]["message"]["text"] == "pin me"
    got = await client.reactions_get(channel=general, timestamp=ts)
    assert got["message"]["reactions"] == [{"name": "eyes", "users": [sandbox.people["bob"].id], "count": 1}]
    await sandbox.unreact("bob", "general", ts, "eyes")
    await sandbox.unpin("bob", "general", ts)
    assert (await client.pins_list(channel=general))["items"] == []
    link = {"title": "Docs", "type": "link", "link": "https://example.com"}
    made = (await client.bookmarks_add(channel_id=general, **link))["bookmark"]["id"]
    assert [item["title"] for item in (await client.bookmarks_list(channel_id=general))["bookmarks"]] == ["Docs"]
    await client.bookmarks_remove(channel_id=general, bookmark_id=made)
    assert await refusal(client.bookmarks_remove(channel_id=general, bookmark_id=made)) == "not_found"
    bad = client.bookmarks_add(channel_id=general, title="x", type="link", link="javascript:alert(1)")
    assert await refusal(bad) == "invalid_link"


async def test_people_groups_and_the_team_are_listed(client: AsyncWebClient, sandbox: Sandbox) -> None:
    names = [member["name"] for member in (await client.users_list(limit=3))["members"]]
    assert names == ["alice", "bob", "carol"]
    assert (await client.users_info(user=sandbox.people["carol"].id))["user"]["tz"] == "America/Sao_Paulo"
    assert await refusal(client.users_info(user="U0NOBODY")) == "user_not_found"
    groups = (await client.usergroups_list(include_users=True))["usergroups"]
    assert groups[0]["handle"] == "oncall"
    members = await client.usergroups_users_list(usergroup=groups[0]["id"])
    assert members["users"] == groups[0]["users"]
    assert (await client.team_info())["team"]["name"] == "Harbour Lane"
    assert (await client.bots_info())["bot"]["user_id"] == sandbox.people["muster"].id
    assert (await client.api_test(foo="bar"))["args"]["foo"] == "bar"
    assert await refusal(client.api_test(error="my_error")) == "my_error"


async def test_channels_are_listed_by_kind_and_membership(client: AsyncWebClient, sandbox: Sandbox) -> None:
    await client.conversations_create(name="closed", is_private=True)
    made = await client.conversations_create(name="finished")
    await client.conversations_archive(channel=made["channel"]["id"])

    async def names(answer: Awaitable[Any]) -> list[str]:
        return [channel["name"] for channel in (await answer)["channels"]]

    assert "finished" in await names(client.conversations_list())
    assert "finished" not in await names(client.conversations_list(exclude_archived=True))
    assert await names(client.conversations_list(types="private_channel")) == ["closed"]
    assert await names(client.users_conversations(exclude_archived=True)) == ["general", "incidents"]
    assert await refusal(client.conversations_list(types="secret")) == "invalid_types"
    about = (await client.conversations_info(channel=sandbox.channel("closed").id, include_num_members=True))["channel"]
    assert (about["is_private"], about["num_members"], about["is_member"]) == (True, 1, True)
    everyone = await client.conversations_members(channel=sandbox.channel("general").id)
    assert len(everyone["members"]) == 6


async def test_the_bot_comes_goes_renames_and_removes(client: AsyncWebClient, sandbox: Sandbox, bot: FakeBot) -> None:
    payments = sandbox.channel("payments").id
    await client.conversations_join(channel=payments)
    assert (await client.conversations_join(channel=payments))["warning"] == "already_in_channel"
    assert await refusal(client.conversations_rename(channel=payments, name="mine")) == "not_authorized"
    erin = sandbox.people["erin"].id
    await client.conversations_kick(channel=payments, user=erin)
    assert erin not in sandbox.channel("payments").members
    me = sandbox.people["muster"].id
    assert await refusal(client.conversations_kick(channel=payments, user=me)) == "cant_kick_self"
    await client.conversations_leave(channel=payments)
    await sandbox.quiet()
    assert bot.event("channel_left")["channel"] == payments
    assert (await client.conversations_leave(channel=payments))["not_in_channel"] is True
    assert await refusal(client.conversations_leave(channel=sandbox.channel("general").id)) == "cant_leave_general"
    own = (await client.conversations_create(name="own"))["channel"]["id"]
    await client.conversations_rename(channel=own, name="renamed")
    assert sandbox.channel("renamed").previous_names == ["own"]
    await client.conversations_setPurpose(channel=own, purpose="Why it is here")
    assert sandbox.channel("renamed").purpose == "Why it is here"


async def test_direct_conversations_are_opened_for_one_and_for_several(
    client: AsyncWebClient, sandbox: Sandbox
) -> None:
    bob, carol = sandbox.people["bob"].id, sandbox.people["carol"].id
    one = (await client.conversations_open(users=bob, return_im=True))["channel"]
    assert (one["is_im"], one["user"]) == (True, bob)
    several = (await client.conversations_open(users=[bob, carol]))["channel"]["id"]
    assert sandbox.channel(several).is_mpim
    assert await refusal(client.conversations_open(users="U0NOBODY")) == "user_not_found"
    refused = client.conversations_invite(channel=several, users=sandbox.people["dave"].id)
    assert await refusal(refused) == "method_not_supported_for_channel_type"


async def test_files_go_through_their_three_steps(client: AsyncWebClient, sandbox: Sandbox) -> None:
    general = sandbox.channel("general").id
    announced = await client.files_getUploadURLExternal(filename="review.md", length=5)
    early = client.files_completeUploadExternal(files=[{"id": announced["file_id"]}], channel_id=general)
    assert await refusal(early) == "file_not_found"
    assert await refusal(client.files_info(file=announced["file_id"])) == "file_not_found"
    root = await sandbox.say("bob", "general", "root")
    done = await client.files_upload_v2(channel=general, content="hello", filename="a.md", thread_ts=root)
    assert (await client.files_info(file=done["file"]["id"]))["file"]["size"] == 5
    assert len((await client.files_list(channel=general))["files"]) == 1
    message = sandbox.channel("general").messages[-1]
    assert (message.thread_ts, message.files[0].content) == (root, b"hello")


async def test_attachments_and_markdown_text_are_taken_and_checked(client: AsyncWebClient, sandbox: Sandbox) -> None:
    good = {"color": "#b00020", "fallback": "x", "blocks": [{"type": "divider"}]}
    await client.chat_postMessage(channel="general", text="x", attachments=[good])
    assert sandbox.channel("general").messages[-1].attachments[0]["color"] == "#b00020"
    bad = good | {"blocks": [{"type": "banner"}]}
    assert await refusal(client.chat_postMessage(channel="general", text="x", attachments=[bad])) == "invalid_blocks"
    odd = {"fallback": "x", "colour": "red"}
    assert (
        await refusal(client.chat_postMessage(channel="general", text="x", attachments=[odd])) == "invalid_attachments"
    )
    await client.chat_postMessage(channel="general", markdown_text="**bold**")
    assert sandbox.channel("general").messages[-1].blocks[0]["type"] == "markdown"
    both = client.chat_postMessage(channel="general", text="x", markdown_text="y")
    assert await refusal(both) == "markdown_text_conflict"


async def test_an_update_keeps_the_blocks_unless_it_names_them(client: AsyncWebClient, sandbox: Sandbox) -> None:
    general = sandbox.channel("general").id
    made = await client.chat_postMessage(channel=general, text="x", blocks=[{"type": "divider"}])
    await client.api_call("chat.update", json={"channel": general, "ts": made["ts"], "text": "y"})
    message = sandbox.channel("general").message(made["ts"])
    assert message is not None
    assert (message.text, len(message.blocks)) == ("y", 1)
    await client.chat_update(channel=general, ts=made["ts"], text="z", blocks=[])
    assert message.blocks == []
    assert await refusal(client.chat_update(channel=general, ts=made["ts"], text="x" * 4001)) == "msg_too_long"
    await client.chat_delete(channel=general, ts=made["ts"])
    assert sandbox.channel("general").message(made["ts"]) is None


async def test_a_long_text_is_cut_at_40_000_characters(client: AsyncWebClient, sandbox: Sandbox) -> None:
    await client.chat_postMessage(channel="general", text="x" * 50_000)
    assert len(sandbox.channel("general").messages[-1].text) == 40_000


async def test_an_ephemeral_needs_its_reader_in_the_channel(client: AsyncWebClient, sandbox: Sandbox) -> None:
    leads = await sandbox.create_channel("alice", "small", private=True)
    await sandbox.invite("alice", "small", "muster")
    bob = sandbox.people["bob"].id
    assert await refusal(client.chat_postEphemeral(channel=leads.id, user=bob, text="x")) == "user_not_in_channel"


async def test_of_many_who_react_some_are_named_and_all_are_counted(client: AsyncWebClient, sandbox: Sandbox) -> None:
    general = sandbox.channel("general").id
    ts = await sandbox.say("bob", "general", "who else?")
    for name in ("alice", "bob", "carol"):
        await sandbox.react(name, "general", ts, "wave")
    await client.reactions_add(channel=general, timestamp=ts, name="wave")
    sandbox.workspace.named_reactors = 1
    (said,) = (await client.conversations_history(channel=general, limit=1))["messages"]
    (waves,) = said["reactions"]
    assert waves["count"] == 4
    assert waves["users"] == [sandbox.people["alice"].id, sandbox.workspace.bot.id], "the one who asks is always named"


async def test_who_comes_and_goes_leaves_a_line_with_the_time(client: AsyncWebClient, sandbox: Sandbox) -> None:
    channel = await sandbox.create_channel("alice", "war-room")
    await sandbox.invite("alice", "war-room", "muster")
    await sandbox.invite("alice", "war-room", "bob")
    await sandbox.leave("bob", "war-room")
    messages = (await client.conversations_history(channel=channel.id, limit=2))["messages"]
    assert [message["subtype"] for message in messages] == ["channel_leave", "channel_join"]
    assert {message["user"] for message in messages} == {sandbox.people["bob"].id}
    assert messages[1]["inviter"] == sandbox.people["alice"].id
    assert sandbox.people["bob"].id not in (await client.conversations_members(channel=channel.id))["members"]

"""What Slack would refuse is refused, under Slack's names."""

import json
from collections.abc import Awaitable
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox
from bot.sandbox.api import limits, scopes
from bot.sandbox.api.registry import METHODS
from tests.sandbox.conftest import Clock
from tests.sandbox.fake_bot import FakeBot


async def refusal(call: Awaitable[Any]) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_a_call_without_a_token_is_not_authed(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession() as session, session.post(sandbox.api_url + "auth.test") as answer:
        assert await answer.json() == {"ok": False, "error": "not_authed"}


async def test_a_wrong_token_is_invalid(sandbox: Sandbox) -> None:
    assert await refusal(AsyncWebClient("xoxb-other", base_url=sandbox.api_url).auth_test()) == "invalid_auth"


async def test_an_app_token_only_opens_connections(sandbox: Sandbox, client: AsyncWebClient) -> None:
    app = AsyncWebClient(sandbox.app_token, base_url=sandbox.api_url)
    assert (await app.apps_connections_open(app_token=sandbox.app_token))["url"].startswith("ws://")
    assert await refusal(app.auth_test()) == "not_allowed_token_type"
    assert await refusal(client.apps_connections_open(app_token=sandbox.bot_token)) == "not_allowed_token_type"


async def test_an_unknown_method_is_refused_and_an_old_one_is_deprecated(client: AsyncWebClient) -> None:
    assert await refusal(client.api_call("chat.shout")) == "unknown_method"
    assert await refusal(client.api_call("files.upload")) == "method_deprecated"


async def test_a_missing_scope_is_named(clock: Clock) -> None:
    sandbox = Sandbox(now=clock, scopes={"channels:manage"})
    await sandbox.start()
    client = AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url)
    try:
        await client.conversations_create(name="allowed")
        with pytest.raises(SlackApiError) as caught:
            await client.conversations_create(name="refused", is_private=True)
        assert caught.value.response["error"] == "missing_scope"
        assert caught.value.response["needed"] == "groups:write"
        assert caught.value.response["provided"] == "channels:manage"
        assert await refusal(client.chat_postMessage(channel="general", text="hello")) == "missing_scope"
    finally:
        await sandbox.stop()


def test_every_method_has_a_rate_limit_and_a_decision_about_scopes() -> None:
    needs_none = {"api.test", "auth.test", "chat.getPermalink", "files.upload"}
    needs_none |= {"views.open", "views.push", "views.publish", "views.update"}
    looks_first = {"conversations.create", "conversations.join", "conversations.list", "conversations.open"}
    looks_first |= {"users.conversations"}
    assert set(METHODS) <= set(limits.TIER_OF)
    assert set(METHODS) == needs_none | looks_first | set(scopes.FIXED) | set(scopes.BY_CONVERSATION)


@pytest.mark.parametrize("encode", ["query", "form", "json"])
async def test_arguments_come_as_query_form_or_json(sandbox: Sandbox, encode: str) -> None:
    blocks = [{"type": "divider"}]
    args: dict[str, Any] = {"channel": sandbox.channel("general").id, "text": "hi", "blocks": json.dumps(blocks)}
    headers = {"Authorization": f"Bearer {sandbox.bot_token}"}
    how: dict[str, Any] = {
        "query": {"params": args},
        "form": {"data": args},
        "json": {"json": args | {"blocks": blocks}},
    }[encode]
    async with aiohttp.ClientSession(headers=headers) as session:
        answer = await session.post(sandbox.api_url + "chat.postMessage", **how)
        assert (await answer.json())["message"]["blocks"][0]["type"] == "divider"


async def test_reading_methods_ignore_json_bodies(sandbox: Sandbox) -> None:
    headers = {"Authorization": f"Bearer {sandbox.bot_token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        answer = await session.post(sandbox.api_url + "users.info", json={"user": sandbox.people["bob"].id})
        assert (await answer.json())["error"] == "invalid_arguments"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "invalid_name_required"),
        ("Inc", "invalid_name_specials"),
        ("inc 1", "invalid_name_specials"),
        ("inc.1", "invalid_name_specials"),
        ("--", "invalid_name_punctuation"),
        ("x" * 81, "invalid_name_maxlength"),
        ("general", "name_taken"),
    ],
)
async def test_a_bad_channel_name_is_refused(client: AsyncWebClient, name: str, error: str) -> None:
    assert await refusal(client.conversations_create(name=name)) == error


async def test_an_archived_channel_keeps_its_name_and_takes_nothing_more(
    client: AsyncWebClient, sandbox: Sandbox
) -> None:
    channel = (await client.conversations_create(name="inc-1"))["channel"]["id"]
    await client.conversations_archive(channel=channel)
    assert await refusal(client.conversations_create(name="inc-1")) == "name_taken"
    assert await refusal(client.chat_postMessage(channel=channel, text="late")) == "is_archived"
    assert await refusal(client.conversations_setTopic(channel=channel, topic="late")) == "is_archived"
    assert await refusal(client.conversations_invite(channel=channel, users=sandbox.people["bob"].id)) == "is_archived"
    assert await refusal(client.conversations_archive(channel=channel)) == "already_archived"
    assert await refusal(client.conversations_unarchive(channel=channel)) == "not_in_channel"


async def test_a_private_channel_without_the_bot_does_not_exist(client: AsyncWebClient, sandbox: Sandbox) -> None:
    leads = sandbox.channel("leads").id
    assert await refusal(client.conversations_info(channel=leads)) == "channel_not_found"
    assert await refusal(client.chat_postMessage(channel=leads, text="hello")) == "channel_not_found"
    listed = await client.conversations_list(types="public_channel,private_channel")
    assert leads not in {channel["id"] for channel in listed["channels"]}


async def test_a_public_channel_can_be_posted_to_from_outside_only_with_the_scope(clock: Clock) -> None:
    sandbox = Sandbox(now=clock, scopes=scopes.ALL - {"chat:write.public"})
    await sandbox.start()
    client = AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url)
    payments = sandbox.channel("payments").id
    try:
        assert await refusal(client.chat_postMessage(channel=payments, text="hello")) == "not_in_channel"
        assert await refusal(client.conversations_history(channel=payments)) == "not_in_channel"
        await client.conversations_join(channel=payments)
        await client.chat_postMessage(channel=payments, text="hello")
    finally:
        await sandbox.stop()


async def test_an_invitation_with_one_bad_guest_fails_unless_forced(client: AsyncWebClient, sandbox: Sandbox) -> None:
    channel = (await client.conversations_create(name="inc-2"))["channel"]["id"]
    bob = sandbox.people["bob"].id
    assert await refusal(client.conversations_invite(channel=channel, users=[bob, "U0NOBODY"])) == "user_not_found"
    assert bob not in sandbox.channel("inc-2").members
    answer = await client.conversations_invite(channel=channel, users=[bob, "U0NOBODY"], force=True)
    assert answer["errors"] == [{"user": "U0NOBODY", "ok": False, "error": "user_not_found"}]
    assert bob in sandbox.channel("inc-2").members
    assert await refusal(client.conversations_invite(channel=channel, users=bob)) == "already_in_channel"
    me = sandbox.people["muster"].id
    assert await refusal(client.conversations_invite(channel=channel, users=me)) == "cant_invite_self"
    assert await refusal(client.conversations_invite(channel=channel, users=["U1"] * 101)) == "too_many_users"


async def test_a_topic_over_250_characters_is_too_long(client: AsyncWebClient, sandbox: Sandbox) -> None:
    general = sandbox.channel("general").id
    assert await refusal(client.conversations_setTopic(channel=general, topic="x" * 251)) == "too_long"
    await client.conversations_setTopic(channel=general, topic="P1 · open")
    assert sandbox.channel("general").topic == "P1 · open"
    assert sandbox.channel("general").messages[-1].subtype == "channel_topic"


async def test_only_ones_own_message_can_be_changed(client: AsyncWebClient, sandbox: Sandbox) -> None:
    general = sandbox.channel("general").id
    theirs = await sandbox.say("bob", "general", "mine")
    assert await refusal(client.chat_update(channel=general, ts=theirs, text="yours")) == "cant_update_message"
    assert await refusal(client.chat_delete(channel=general, ts=theirs)) == "cant_delete_message"
    assert await refusal(client.chat_update(channel=general, ts="1.000000", text="x")) == "message_not_found"


async def test_a_message_needs_something_in_it_and_a_thread_that_exists(client: AsyncWebClient) -> None:
    assert await refusal(client.api_call("chat.postMessage", json={"channel": "general", "text": "  "})) == "no_text"
    assert await refusal(client.chat_postMessage(channel="general", text="x", thread_ts="1.0")) == "thread_not_found"
    assert await refusal(client.chat_postMessage(channel="nowhere", text="x")) == "channel_not_found"


async def test_marks_cannot_be_made_twice_or_removed_when_absent(client: AsyncWebClient, sandbox: Sandbox) -> None:
    channel = sandbox.channel("general").id
    ts = (await client.chat_postMessage(channel=channel, text="x"))["ts"]
    assert await refusal(client.pins_remove(channel=channel, timestamp=ts)) == "no_pin"
    await client.pins_add(channel=channel, timestamp=ts)
    assert await refusal(client.pins_add(channel=channel, timestamp=ts)) == "already_pinned"
    assert await refusal(client.reactions_remove(channel=channel, timestamp=ts, name="eyes")) == "no_reaction"
    await client.reactions_add(channel=channel, timestamp=ts, name="eyes")
    assert await refusal(client.reactions_add(channel=channel, timestamp=ts, name="eyes")) == "already_reacted"
    assert await refusal(client.reactions_add(channel=channel, timestamp=ts, name="Big Eyes")) == "invalid_name"


async def test_a_trigger_lives_three_seconds_and_works_once(
    client: AsyncWebClient, sandbox: Sandbox, bot: FakeBot, clock: Clock
) -> None:
    view = {"type": "modal", "title": {"type": "plain_text", "text": "Hello"}, "blocks": [{"type": "divider"}]}
    assert await refusal(client.views_open(trigger_id="1.2.3", view=view)) == "invalid_trigger_id"
    await sandbox.command("alice")
    await client.views_open(trigger_id=bot.commands[-1]["trigger_id"], view=view)
    again = client.views_open(trigger_id=bot.commands[-1]["trigger_id"], view=view)
    assert await refusal(again) == "exchanged_trigger_id"
    await sandbox.command("alice")
    clock.forward(seconds=3.5)
    late = client.views_open(trigger_id=bot.commands[-1]["trigger_id"], view=view)
    assert await refusal(late) == "expired_trigger_id"


async def test_two_views_can_be_pushed_and_an_update_holds_to_its_hash(
    client: AsyncWebClient, sandbox: Sandbox, bot: FakeBot
) -> None:
    view = {"type": "modal", "title": {"type": "plain_text", "text": "Hello"}, "blocks": [{"type": "divider"}]}

    async def trigger() -> str:
        await sandbox.command("alice")
        return bot.commands[-1]["trigger_id"]

    await client.views_open(trigger_id=await trigger(), view=view)
    await client.views_push(trigger_id=await trigger(), view=view)
    top = (await client.views_push(trigger_id=await trigger(), view=view))["view"]
    assert await refusal(client.views_push(trigger_id=await trigger(), view=view)) == "push_limit_reached"
    await client.views_update(view_id=top["id"], view=view, hash=top["hash"])
    stale = client.views_update(view_id=top["id"], view=view, hash="0.0")
    assert await refusal(stale) == "hash_conflict"
    assert await refusal(client.views_update(view_id="V1", view=view)) == "not_found"


async def test_rate_limits_hold_when_they_are_switched_on(client: AsyncWebClient, sandbox: Sandbox) -> None:
    sandbox.rate_limited = True
    for index in range(limits.POST_BURST):
        await client.chat_postMessage(channel="general", text=f"burst {index}")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="general", text="one too many")
    assert caught.value.response.status_code == 429
    assert int(caught.value.response.headers["Retry-After"]) >= 1
    await client.chat_postMessage(channel="random", text="another channel is free")


async def test_a_response_url_works_five_times_within_half_an_hour(
    sandbox: Sandbox, bot: FakeBot, clock: Clock
) -> None:
    await sandbox.command("alice", "show")
    await sandbox.command("alice", "show")
    first, second = [form["response_url"] for form in bot.commands]
    async with aiohttp.ClientSession() as session:
        for _ in range(5):
            assert (await session.post(first, json={"text": "a private answer"})).status == 200
        used = await session.post(first, json={"text": "once more"})
        assert (used.status, await used.text()) == (404, "used_url")
        clock.forward(minutes=31)
        expired = await session.post(second, json={"text": "late"})
        assert (expired.status, await expired.text()) == (404, "expired_url")
    assert len(sandbox.ephemerals("alice")) == 5


async def test_metadata_is_kept_and_shown_only_when_asked_for(client: AsyncWebClient, sandbox: Sandbox) -> None:
    channel = sandbox.channel("general").id
    metadata = {"event_type": "outbox", "event_payload": {"id": 7}}
    await client.chat_postMessage(channel=channel, text="x", metadata=metadata)
    plain = await client.conversations_history(channel=channel, limit=1)
    assert "metadata" not in plain["messages"][0]
    full = await client.conversations_history(channel=channel, limit=1, include_all_metadata=True)
    assert full["messages"][0]["metadata"] == metadata
    bad = client.chat_postMessage(channel=channel, text="x", metadata={"event_type": "only"})
    assert await refusal(bad) == "invalid_metadata_format"


async def test_lists_come_in_pages(client: AsyncWebClient, sandbox: Sandbox) -> None:
    channel = sandbox.channel("random").id
    await client.conversations_join(channel=channel)
    for index in range(5):
        await client.chat_postMessage(channel=channel, text=f"number {index}")
    first = await client.conversations_history(channel=channel, limit=2)
    assert [message["text"] for message in first["messages"]] == ["number 4", "number 3"]
    assert first["has_more"]
    cursor = first["response_metadata"]["next_cursor"]
    second = await client.conversations_history(channel=channel, limit=2, cursor=cursor)
    assert [message["text"] for message in second["messages"]] == ["number 2", "number 1"]
    assert await refusal(client.conversations_history(channel=channel, cursor="what")) == "invalid_cursor"
    assert await refusal(client.conversations_history(channel=channel, limit=-1)) == "invalid_limit"


async def test_a_bot_cannot_write_to_itself_but_to_a_person(client: AsyncWebClient, sandbox: Sandbox) -> None:
    assert await refusal(client.chat_postMessage(channel=sandbox.people["muster"].id, text="x")) == "cannot_dm_bot"
    answer = await client.chat_postMessage(channel=sandbox.people["bob"].id, text="You are needed")
    assert answer["channel"].startswith("D")


async def test_a_person_is_found_by_their_address(client: AsyncWebClient, sandbox: Sandbox) -> None:
    found = await client.users_lookupByEmail(email="bob@harbour-lane.example")
    assert found["user"]["id"] == sandbox.people["bob"].id
    assert await refusal(client.users_lookupByEmail(email="nobody@harbour-lane.example")) == "users_not_found"


def test_a_tier_is_so_many_calls_in_any_minute() -> None:
    limiter = limits.RateLimiter()
    assert [limiter.wait("pins.add", "", second) for second in range(20)] == [0] * 20
    assert limiter.wait("pins.add", "", 20.0) == 40
    assert limiter.wait("pins.remove", "", 20.0) == 0
    assert limiter.wait("pins.add", "", 60.5) == 0


async def test_only_events_that_were_subscribed_to_arrive(clock: Clock) -> None:
    sandbox = Sandbox(now=clock, events={"message.groups", "reaction_added"})
    await sandbox.start()
    bot = FakeBot(sandbox.signing_secret)
    sandbox.deliver_to(await bot.start())
    try:
        ts = await sandbox.say("bob", "general", "public")
        await sandbox.react("bob", "general", ts, "eyes")
        await sandbox.invite("alice", "leads", "muster")
        await sandbox.say("alice", "leads", "closed")
        assert [event["event"]["type"] for event in bot.events] == ["reaction_added", "message", "message"]
        assert bot.event("message")["channel_type"] == "group"
    finally:
        await sandbox.stop()
        await bot.stop()


async def test_what_a_picture_shows_may_be_a_thousand_characters_long(client: AsyncWebClient) -> None:
    async def announce(alt: str) -> bool:
        return bool((await client.files_getUploadURLExternal(filename="chart.png", length=5, alt_txt=alt))["ok"])

    assert await announce("x" * 1000)
    assert await refusal(announce("x" * 1001)) == "alt_txt_too_large"


async def test_a_picture_in_a_thread_that_is_not_there_is_refused(client: AsyncWebClient, sandbox: Sandbox) -> None:
    general = sandbox.channel("general").id
    upload = client.files_upload_v2(channel=general, content="x", filename="chart.png", thread_ts="1.000000")
    assert await refusal(upload) == "thread_not_found"
    assert not (await client.files_list(channel=general))["files"]

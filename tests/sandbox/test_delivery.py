"""How events, commands and interactions travel to the bot, and what happens when they don't arrive."""

import asyncio
import time
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Fault, Sandbox
from tests.sandbox.conftest import Clock
from tests.sandbox.fake_bot import FakeBot


async def test_an_event_is_tried_again_with_the_same_id_until_it_is_taken(sandbox: Sandbox, bot: FakeBot) -> None:
    bot.will_answer(500, 500, 503)
    await sandbox.say("bob", "general", "hello")
    await sandbox.wait_for(lambda _: len(bot.events) == 4)
    assert len({event["event_id"] for event in bot.events}) == 1
    assert "X-Slack-Retry-Num" not in bot.headers[0]
    assert [headers["X-Slack-Retry-Num"] for headers in bot.headers[1:]] == ["1", "2", "3"]
    assert bot.headers[1]["X-Slack-Retry-Reason"] == "http_error"


async def test_an_event_that_is_not_answered_in_time_is_tried_again(sandbox: Sandbox, bot: FakeBot) -> None:
    sandbox.courier.ack_timeout = 0.05
    bot.will_answer(...)
    await sandbox.say("bob", "general", "hello")
    await sandbox.wait_for(lambda _: len(bot.events) == 2)
    assert bot.headers[1]["X-Slack-Retry-Reason"] == "http_timeout"


async def test_a_command_that_is_not_answered_shows_operation_timeout(sandbox: Sandbox, bot: FakeBot) -> None:
    sandbox.courier.ack_timeout = 0.05
    bot.will_answer(...)
    reply = await sandbox.command("alice", "declare")
    assert (reply.status, reply.error) == (0, "operation_timeout")
    assert "operation_timeout" in sandbox.ephemerals("alice")[-1].text


async def test_a_bot_that_is_down_shows_dispatch_failed(sandbox: Sandbox) -> None:
    sandbox.deliver_to("http://127.0.0.1:9/slack/events")
    assert (await sandbox.command("alice", "declare")).error == "dispatch_failed"


async def test_a_redelivery_carries_the_same_ids(sandbox: Sandbox, bot: FakeBot) -> None:
    await sandbox.command("alice", "declare P1 x")
    await sandbox.redeliver()
    assert bot.commands[0] == bot.commands[1]
    await sandbox.say("bob", "general", "hello")
    await sandbox.redeliver(kind="event")
    assert bot.events[-1] == bot.events[-2]


async def test_the_bot_hears_nothing_of_conversations_that_it_is_not_in(sandbox: Sandbox, bot: FakeBot) -> None:
    await sandbox.say("bob", "payments", "between us")
    assert bot.events == []
    await sandbox.invite("bob", "payments", "muster")
    assert {event["event"]["type"] for event in bot.events} == {"member_joined_channel", "message"}


async def test_edits_deletions_and_replies_are_events_of_their_own(sandbox: Sandbox, bot: FakeBot) -> None:
    ts = await sandbox.say("bob", "general", "helo")
    reply = await sandbox.say("alice", "general", "typo", thread_ts=ts)
    assert bot.event("message")["thread_ts"] == ts
    await sandbox.edit("bob", "general", ts, "hello")
    changed = bot.event("message")
    assert (changed["subtype"], changed["message"]["text"], changed["message"]["ts"]) == (
        "message_changed",
        "hello",
        ts,
    )
    assert changed["previous_message"]["text"] == "helo"
    await sandbox.delete("alice", "general", reply)
    gone = bot.event("message")
    assert (gone["subtype"], gone["deleted_ts"]) == ("message_deleted", reply)


async def test_the_bots_own_messages_come_back_to_it(client: AsyncWebClient, sandbox: Sandbox, bot: FakeBot) -> None:
    await client.chat_postMessage(channel="general", text="An update")
    await sandbox.quiet()
    assert bot.event("message")["bot_id"] == sandbox.people["muster"].bot_id


@pytest.mark.parametrize("status", [500, 429])
async def test_a_fault_answers_with_a_status(sandbox: Sandbox, client: AsyncWebClient, status: int) -> None:
    sandbox.faults.add(Fault(method="chat.postMessage", http_status=status, retry_after=7))
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="general", text="x")
    assert caught.value.response.status_code == status
    assert caught.value.response.headers["Retry-After"] == "7"
    await client.chat_postMessage(channel="general", text="x")
    assert [call.status for call in sandbox.calls] == [status, 200]


async def test_a_fault_hits_only_the_calls_that_it_is_meant_for(sandbox: Sandbox, client: AsyncWebClient) -> None:
    sandbox.faults.add(Fault(method="*", error="is_archived", when=lambda params: params.get("text") == "b"))
    await client.chat_postMessage(channel="general", text="a")
    with pytest.raises(SlackApiError, match="is_archived"):
        await client.chat_postMessage(channel="general", text="b")


async def test_a_lost_answer_has_done_its_work_and_a_refused_connection_has_not(sandbox: Sandbox) -> None:
    general = sandbox.channel("general")
    client = AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url, retry_handlers=[])
    sandbox.faults.add(Fault(method="chat.postMessage", refuse_connection=True))
    sandbox.faults.add(Fault(method="chat.postMessage", lose_answer=True))
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="general", text="first")
    assert general.messages == []
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="general", text="second")
    assert [message.text for message in general.messages] == ["second"]
    assert [call.error for call in sandbox.calls] == ["connection_refused", "answer_lost"]


async def test_slow_answers_overlap(sandbox: Sandbox, client: AsyncWebClient) -> None:
    sandbox.latency = 0.1
    started = time.perf_counter()
    await asyncio.gather(*(client.auth_test() for _ in range(10)))
    assert 0.1 <= time.perf_counter() - started < 0.8
    assert all(call.seconds and call.seconds >= 0.1 for call in sandbox.calls)


async def test_waiting_in_vain_shows_the_last_calls(sandbox: Sandbox, client: AsyncWebClient) -> None:
    await client.auth_test()
    with pytest.raises(TimeoutError, match=r"auth\.test"):
        await sandbox.wait_for(lambda _: False, timeout=0.01)


async def test_socket_mode_carries_commands_events_and_answers(sandbox: Sandbox) -> None:
    heard: list[SocketModeRequest] = []

    async def listen(client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        heard.append(request)
        payload = {"text": "Recorded."} if request.type == "slash_commands" else None
        await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload))

    web = AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url)
    client = SocketModeClient(app_token=sandbox.app_token, web_client=web)
    client.socket_mode_request_listeners.append(listen)
    await client.connect()  # type: ignore[no-untyped-call]  # slack_sdk leaves it bare
    await sandbox.wait_for(lambda it: len(it.courier.sockets) == 1)
    try:
        reply = await sandbox.command("alice", "ack")
        assert (reply.status, reply.text) == (200, "Recorded.")
        ts = await sandbox.say("bob", "general", "hello")
        assert [request.type for request in heard] == ["slash_commands", "events_api"]
        assert heard[1].payload["event"]["ts"] == ts
        assert heard[1].retry_attempt == 0
        await sandbox.disconnect_sockets()
        await sandbox.wait_for(lambda it: len(it.courier.sockets) == 1)
        assert (await sandbox.command("alice", "ack")).text == "Recorded."
    finally:
        await client.close()  # type: ignore[no-untyped-call]  # the same


async def test_an_eleventh_connection_is_turned_away(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession() as session:
        sockets = []
        for _ in range(11):
            socket = await session.ws_connect(sandbox.courier.sockets.ticket())
            sockets.append(socket)
        assert [(await socket.receive_json())["type"] for socket in sockets] == ["hello"] * 10 + ["disconnect"]


async def test_a_stalled_call_is_done_late_although_nobody_waits_for_it(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(method="chat.postMessage", stall=0.2))
    hurried = AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url, retry_handlers=[])
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await hurried.chat_postMessage(channel="general", text="late")
    assert sandbox.channel("general").messages == []
    await sandbox.wait_for(lambda it: it.channel("general").messages)


async def test_a_sandbox_stops_although_a_call_is_stalled(clock: Clock) -> None:
    sandbox = Sandbox(now=clock)
    await sandbox.start()
    sandbox.faults.add(Fault(method="*", stall=600))
    client = AsyncWebClient(sandbox.bot_token, base_url=sandbox.api_url, retry_handlers=[])
    call = asyncio.ensure_future(client.auth_test())
    await sandbox.wait_for(lambda it: it.in_flight)
    await sandbox.stop()
    await asyncio.gather(call, return_exceptions=True)
    assert sandbox.in_flight == 0


async def test_a_missing_scope_on_purpose_names_the_scope_of_that_call(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    sandbox.faults.add(Fault(method="pins.add", error="missing_scope"))
    with pytest.raises(SlackApiError) as caught:
        await client.pins_add(channel=sandbox.channel("general").id, timestamp="1.0")
    assert caught.value.response["needed"] == "pins:write"
    assert "pins:write" not in caught.value.response["provided"].split(",")


async def test_malformed_requests_are_refused_by_name(sandbox: Sandbox) -> None:
    headers = {"Authorization": f"Bearer {sandbox.bot_token}"}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def error(method: str, **how: Any) -> str:
            answer = await session.post(sandbox.api_url + method, **how)
            return str((await answer.json())["error"])

        as_json = {"headers": {"Content-Type": "application/json"}}
        assert await error("chat.postMessage", data="{", **as_json) == "invalid_json"
        assert await error("chat.postMessage", data="[]", **as_json) == "json_not_object"
        general = {"channel": sandbox.channel("general").id, "text": "x"}
        assert await error("chat.postMessage", data=general | {"blocks": "{not json"}) == "invalid_blocks_format"
        assert (
            await error("chat.postMessage", json=general | {"blocks": {"type": "divider"}}) == "invalid_blocks_format"
        )
        assert await error("chat.postMessage", json={"text": "x"}) == "channel_not_found"
        assert await error("conversations.setTopic", json={"topic": "x"}) == "invalid_arguments"
        assert await error("views.open", json={"trigger_id": "1.2.3"}) == "invalid_trigger_id"
        assert await error("views.open", json={"view": {}}) == "invalid_arguments"


async def test_an_upload_of_another_length_is_refused(sandbox: Sandbox, client: AsyncWebClient) -> None:
    announced = await client.files_getUploadURLExternal(filename="a.txt", length=5)
    async with aiohttp.ClientSession() as session:
        assert (await session.post(announced["upload_url"], data=b"too long")).status == 400
        form = aiohttp.FormData()
        form.add_field("file", b"right", filename="a.txt")
        assert (await session.post(announced["upload_url"], data=form)).status == 200
        assert (await session.post(f"{sandbox.url}upload/unknown", data=b"x")).status == 404
    await client.files_completeUploadExternal(files=[{"id": announced["file_id"], "title": "A"}])
    assert sandbox.workspace.files[announced["file_id"]].content == b"right"


async def test_a_response_url_takes_json_and_says_what_is_wrong_with_it(sandbox: Sandbox, bot: FakeBot) -> None:
    await sandbox.command("alice", "show")
    url = bot.commands[-1]["response_url"]
    async with aiohttp.ClientSession() as session:
        assert await (await session.post(url, data="not json")).text() == "invalid_payload"
        assert await (await session.post(url, json={"blocks": [{"type": "banner"}]})).text() == "invalid_blocks"
        assert await (await session.post(url, json={})).text() == "no_text"
        assert (await session.post(f"{sandbox.url}response/unknown", json={"text": "x"})).status == 404
    assert [call.method for call in sandbox.calls] == ["response_url"] * 4


async def test_what_nobody_was_there_for_is_kept(sandbox: Sandbox) -> None:
    await sandbox.say("bob", "general", "hello?")
    assert [event["text"] for event, _ in sandbox.courier.lost if event["type"] == "message"] == ["hello?"]


@pytest.mark.parametrize("pongs", [False, True])
async def test_a_silent_socket_stays_open_and_says_nothing(sandbox: Sandbox, pongs: bool) -> None:
    sandbox.courier.ack_timeout, sandbox.courier.retry_delays = 0.1, ()
    sockets = sandbox.courier.sockets
    async with aiohttp.ClientSession() as session:
        socket = await session.ws_connect(sockets.ticket(), autoping=False)
        assert (await socket.receive_json())["type"] == "hello"
        sockets.silence(pongs=pongs)
        await socket.ping(b"still there?")
        await sandbox.say("bob", "general", "hello")
        assert sandbox.requests[-1].error == "operation_timeout"
        if pongs:
            assert (await socket.receive()).type is aiohttp.WSMsgType.PONG
        assert not socket.closed
        await socket.close()


async def test_a_connection_that_is_turned_away_uses_its_address_up(sandbox: Sandbox) -> None:
    sandbox.courier.sockets.refusals = 1
    address = sandbox.courier.sockets.ticket()
    async with aiohttp.ClientSession() as session:
        for status in (503, 403):
            with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
                await session.ws_connect(address)
            assert caught.value.status == status

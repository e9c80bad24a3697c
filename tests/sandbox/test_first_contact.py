from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox
from tests.sandbox.fake_bot import FakeBot


async def test_the_token_belongs_to_the_bot(client: AsyncWebClient, sandbox: Sandbox) -> None:
    answer = await client.auth_test()
    assert answer["user_id"] == sandbox.people["muster"].id
    assert "chat:write" in answer.headers["x-oauth-scopes"]


async def test_a_command_reaches_the_bot_signed_and_its_answer_reaches_the_person(
    sandbox: Sandbox, bot: FakeBot
) -> None:
    bot.will_answer("Recorded.")
    reply = await sandbox.command("alice", "declare P1 Checkout & cart <down> @bob #general", channel="general")
    assert (reply.status, reply.text, reply.error) == (200, "Recorded.", None)
    [form] = bot.commands
    bob, general = sandbox.people["bob"].id, sandbox.channel("general").id
    assert form["text"] == f"declare P1 Checkout &amp; cart &lt;down&gt; <@{bob}|bob> <#{general}|general>"
    assert form["command"] == "/incident"
    assert [message.text for message in sandbox.ephemerals("alice")] == ["Recorded."]
    assert sandbox.ephemerals("bob") == []


async def test_a_channel_is_opened_and_written_to(client: AsyncWebClient, sandbox: Sandbox) -> None:
    made = await client.conversations_create(name="inc-2026-03-04-001", is_private=True)
    posted = await client.chat_postMessage(channel=made["channel"]["id"], text="We are on it")
    channel = sandbox.channel("inc-2026-03-04-001")
    assert channel.is_private
    assert channel.messages[-1].ts == posted["ts"]
    history = await client.conversations_history(channel=channel.id)
    assert history["messages"][0]["text"] == "We are on it"


async def test_what_someone_says_reaches_the_bot_as_an_event(sandbox: Sandbox, bot: FakeBot) -> None:
    ts = await sandbox.say("bob", "general", "looking at it @muster")
    assert bot.event("message")["ts"] == ts
    assert bot.event("app_mention")["user"] == sandbox.people["bob"].id
    await sandbox.react("bob", "general", ts, "pushpin")
    assert bot.event("reaction_added")["item"]["ts"] == ts


async def test_a_button_is_pressed_and_the_bot_hears_of_it(
    client: AsyncWebClient, sandbox: Sandbox, bot: FakeBot
) -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Ack"}, "action_id": "ack", "value": "7"}
    blocks = [{"type": "actions", "elements": [button]}]
    posted = await client.chat_postMessage(channel="general", text="Alert", blocks=blocks)
    reply = await sandbox.click("alice", "general", posted["ts"], "ack")
    assert reply.status == 200
    [payload] = bot.interactions
    assert payload["actions"][0]["value"] == "7"
    assert payload["container"]["message_ts"] == posted["ts"]


async def test_a_modal_is_opened_filled_in_and_submitted(
    client: AsyncWebClient, sandbox: Sandbox, bot: FakeBot
) -> None:
    await sandbox.command("alice", "declare")
    title = {"type": "plain_text", "text": "Declare"}
    field = {"type": "plain_text_input", "action_id": "text"}
    view = {
        "type": "modal",
        "callback_id": "declare",
        "title": title,
        "submit": title,
        "blocks": [{"type": "input", "block_id": "title", "label": title, "element": field}],
    }
    await client.views_open(trigger_id=bot.commands[0]["trigger_id"], view=view)
    assert (await sandbox.submit("alice", {})).error == "incomplete"
    bot.will_answer({"response_action": "errors", "errors": {"title": "Too short"}}, "")
    refused = await sandbox.submit("alice", {"title.text": "x"})
    assert refused.body["errors"] == {"title": "Too short"}
    assert sandbox.view("alice") is not None
    await sandbox.submit("alice", {"text": "Checkout is down"})
    assert sandbox.view("alice") is None
    state = bot.interactions[-1]["view"]["state"]["values"]
    assert state == {"title": {"text": {"type": "plain_text_input", "value": "Checkout is down"}}}

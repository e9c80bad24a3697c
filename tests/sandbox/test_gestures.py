"""What a gesture leads to: views that answer back, answers through response URLs, names as they are typed."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Sandbox, SlackError
from tests.sandbox.fake_bot import FakeBot


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def modal(title: str, *elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    blocks = [
        {"type": "input", "block_id": item["action_id"], "label": plain("Field"), "element": item, "optional": True}
        for item in elements
    ]
    blocks.append({"type": "section", "block_id": "words", "text": plain("x")})
    return {"type": "modal", "title": plain(title), "submit": plain("Go"), "blocks": blocks, **more}


TEXT = {"type": "plain_text_input", "action_id": "text"}


@pytest.fixture
async def opened(client: AsyncWebClient, sandbox: Sandbox, bot: FakeBot) -> None:
    await sandbox.command("alice")
    view = modal("First", TEXT | {"action_id": "first"}, notify_on_close=True, private_metadata="INC-1")
    await client.views_open(trigger_id=bot.commands[-1]["trigger_id"], view=view)


def title(sandbox: Sandbox) -> str | None:
    view = sandbox.view("alice")
    return view.title["text"] if view and view.title else None


@pytest.mark.usefixtures("opened")
async def test_a_submission_can_update_push_and_clear(sandbox: Sandbox, bot: FakeBot) -> None:
    bot.will_answer({"response_action": "update", "view": modal("Second")})
    await sandbox.submit("alice", {"first": "typed"})
    assert title(sandbox) == "Second"
    bot.will_answer({"response_action": "push", "view": modal("Third")})
    await sandbox.submit("alice")
    assert title(sandbox) == "Third"
    await sandbox.close_view("alice")
    assert title(sandbox) == "Second"
    bot.will_answer({"response_action": "push", "view": modal("Third")}, {"response_action": "clear"})
    await sandbox.submit("alice")
    await sandbox.submit("alice")
    assert title(sandbox) is None


@pytest.mark.usefixtures("opened")
async def test_a_view_in_an_answer_is_held_to_the_same_rules(sandbox: Sandbox, bot: FakeBot) -> None:
    bot.will_answer({"response_action": "update", "view": modal("x" * 25)})
    reply = await sandbox.submit("alice")
    assert reply.error == "invalid_arguments"
    assert title(sandbox) == "First"
    bot.will_answer({"response_action": "errors", "errors": {"nowhere": "?"}})
    assert (await sandbox.submit("alice")).error == "invalid_response_action"


@pytest.mark.usefixtures("opened")
async def test_a_failing_bot_leaves_the_modal_open(sandbox: Sandbox, bot: FakeBot) -> None:
    bot.will_answer(500)
    assert (await sandbox.submit("alice")).error == "dispatch_unknown_error"
    assert title(sandbox) == "First"


@pytest.mark.usefixtures("opened")
async def test_closing_is_told_to_a_bot_that_asked(sandbox: Sandbox, bot: FakeBot) -> None:
    await sandbox.close_view("alice")
    closed = bot.interactions[-1]
    assert (closed["type"], closed["view"]["private_metadata"], closed["is_cleared"]) == ("view_closed", "INC-1", False)


async def test_every_kind_of_field_reaches_the_bot_in_its_shape(
    client: AsyncWebClient, sandbox: Sandbox, bot: FakeBot
) -> None:
    options = [{"text": plain("High"), "value": "high"}, {"text": plain("Low"), "value": "low"}]
    fields: list[dict[str, Any]] = [
        TEXT | {"action_id": "title"},
        {"type": "static_select", "action_id": "severity", "options": options},
        {"type": "checkboxes", "action_id": "flags", "options": options},
        {"type": "radio_buttons", "action_id": "pick", "options": options, "initial_option": options[0]},
        {"type": "users_select", "action_id": "lead"},
        {"type": "multi_users_select", "action_id": "team"},
        {"type": "datepicker", "action_id": "day"},
        {"type": "datetimepicker", "action_id": "moment"},
        {"type": "number_input", "action_id": "number", "is_decimal_allowed": False},
    ]
    await sandbox.command("alice")
    await client.views_open(trigger_id=bot.commands[-1]["trigger_id"], view=modal("Everything", *fields))
    bob = sandbox.people["bob"].id
    await sandbox.submit(
        "alice",
        {
            "title": "Down",
            "severity": "High",
            "flags": ["low"],
            "lead": bob,
            "team": [bob],
            "day": "2026-03-04",
            "moment": 1772616600,
            "number": 7,
        },
    )
    state = bot.interactions[-1]["view"]["state"]["values"]
    shapes = {
        name: {key: value for key, value in found[name].items() if key != "type"} for name, found in state.items()
    }
    assert shapes == {
        "title": {"value": "Down"},
        "severity": {"selected_option": options[0]},
        "flags": {"selected_options": [options[1]]},
        "pick": {"selected_option": options[0]},
        "lead": {"selected_user": bob},
        "team": {"selected_users": [bob]},
        "day": {"selected_date": "2026-03-04"},
        "moment": {"selected_date_time": 1772616600},
        "number": {"value": "7"},
    }


async def test_an_update_keeps_what_was_typed_in_fields_that_stay(
    client: AsyncWebClient, sandbox: Sandbox, bot: FakeBot
) -> None:
    await sandbox.command("alice")
    select = {"type": "users_select", "action_id": "lead"}
    view = modal("First", TEXT, select)
    view["blocks"][1]["dispatch_action"] = True
    made = await client.views_open(trigger_id=bot.commands[-1]["trigger_id"], view=view)
    await sandbox.click("alice", action_id="text", value="half a sentence")
    assert bot.interactions == []
    await sandbox.click("alice", action_id="lead", value=sandbox.people["bob"].id)
    assert bot.interactions[-1]["container"] == {"type": "view", "view_id": made["view"]["id"]}
    answer = await client.views_update(view_id=made["view"]["id"], view=modal("Second", TEXT, select))
    assert answer["view"]["state"]["values"]["text"]["text"]["value"] == "half a sentence"


async def test_an_answer_can_replace_or_remove_the_message_it_came_from(
    client: AsyncWebClient, sandbox: Sandbox, bot: FakeBot
) -> None:
    button = {"type": "button", "text": plain("Ack"), "action_id": "ack"}
    blocks = [{"type": "actions", "elements": [button]}]
    posted = await client.chat_postMessage(channel="general", text="Alert", blocks=blocks)
    await sandbox.click("alice", "general", posted["ts"], "ack")
    url = bot.interactions[-1]["response_url"]
    message = sandbox.channel("general").message(posted["ts"])
    assert message is not None
    async with aiohttp.ClientSession() as session:
        await session.post(url, json={"text": "Acknowledged", "replace_original": True})
        assert (message.text, message.blocks) == ("Acknowledged", [])
        await session.post(url, json={"delete_original": True})
    assert sandbox.channel("general").message(posted["ts"]) is None


async def test_an_ephemeral_has_buttons_for_its_reader_only(
    client: AsyncWebClient, sandbox: Sandbox, bot: FakeBot
) -> None:
    button = {"type": "button", "text": plain("Show"), "action_id": "show"}
    bot.will_answer({"text": "Found", "blocks": [{"type": "actions", "elements": [button]}]})
    await sandbox.command("alice", "list")
    [private] = sandbox.ephemerals("alice")
    await sandbox.click("alice", "general", private.ts, "show")
    assert bot.interactions[-1]["container"]["is_ephemeral"] is True
    with pytest.raises(LookupError):
        await sandbox.click("bob", "general", private.ts, "show")


def boxes(*ticked: str) -> list[dict[str, Any]]:
    options = [{"text": {"type": "mrkdwn", "text": name}, "value": name} for name in ("one", "two")]
    element: dict[str, Any] = {"type": "checkboxes", "action_id": "tick:list", "options": options}
    if ticked:
        element["initial_options"] = [option for option in options if option["value"] in ticked]
    return [{"type": "actions", "elements": [element]}]


async def test_tick_boxes_in_a_message_tell_what_is_selected_and_what_was_shown(
    client: AsyncWebClient, sandbox: Sandbox, bot: FakeBot
) -> None:
    posted = await client.chat_postMessage(channel="general", text="List", blocks=boxes("one"))
    await sandbox.click("alice", "general", posted["ts"], "tick:list", value=["one", "two"])
    told = bot.interactions[-1]
    (action,) = told["actions"]
    assert [option["value"] for option in action["selected_options"]] == ["one", "two"]
    (block,) = told["message"]["blocks"]
    assert block["block_id"] == action["block_id"]
    assert [option["value"] for option in block["elements"][0]["initial_options"]] == ["one"]
    assert told["state"]["values"][block["block_id"]]["tick:list"]["selected_options"] == action["selected_options"]


async def test_an_updated_message_has_new_blocks_where_it_names_none(client: AsyncWebClient, sandbox: Sandbox) -> None:
    posted = await client.chat_postMessage(channel="general", text="List", blocks=boxes())
    before = sandbox.channel("general").messages[-1].blocks[0]["block_id"]
    await client.chat_update(channel=posted["channel"], ts=posted["ts"], text="List", blocks=boxes("one"))
    assert sandbox.channel("general").messages[-1].blocks[0]["block_id"] != before


async def test_what_an_ephemeral_message_showed_is_not_told(sandbox: Sandbox, bot: FakeBot) -> None:
    bot.will_answer({"text": "List", "blocks": boxes("one")})
    await sandbox.command("alice", "checklist")
    [private] = sandbox.ephemerals("alice")
    await sandbox.click("alice", "general", private.ts, "tick:list", value=["two"])
    assert "message" not in bot.interactions[-1]
    assert bot.interactions[-1]["actions"][0]["selected_options"][0]["value"] == "two"


async def test_a_choice_in_a_form_tells_what_stands_in_its_other_fields(
    client: AsyncWebClient, sandbox: Sandbox, bot: FakeBot
) -> None:
    await sandbox.command("alice")
    view = modal("First", TEXT, boxes()[0]["elements"][0])
    view["blocks"][1]["dispatch_action"] = True
    made = await client.views_open(trigger_id=bot.commands[-1]["trigger_id"], view=view)
    await sandbox.click("alice", action_id="tick:list", value=["one"], typed={"text": "half a sentence"})
    told = bot.interactions[-1]["view"]
    assert told["hash"] == made["view"]["hash"]
    assert told["state"]["values"]["text"]["text"]["value"] == "half a sentence"


async def test_an_answer_that_slack_would_refuse_is_reported(sandbox: Sandbox, bot: FakeBot) -> None:
    bot.will_answer({"text": "x", "blocks": [{"type": "banner"}]})
    assert (await sandbox.command("alice", "list")).error == "invalid_blocks"


async def test_an_answer_in_channel_is_seen_by_all(sandbox: Sandbox, bot: FakeBot) -> None:
    bot.will_answer({"response_type": "in_channel", "text": "P1 declared"})
    await sandbox.command("alice", "declare")
    assert sandbox.channel("general").messages[-1].text == "P1 declared"
    assert sandbox.ephemerals("alice") == []


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("lead @bob", "lead <@U0BOB00002|bob>"),
        ("mail bob@example.com", "mail bob@example.com"),
        ("see https://example.com/a?b=1&c=2.", "see <https://example.com/a?b=1&amp;c=2>."),
        ("page @oncall and @nobody", "page <!subteam^S0ONCALL01|@oncall> and @nobody"),
        ("tell @here", "tell <!here>"),
        ("a < b > c & d", "a &lt; b &gt; c &amp; d"),
        ("“curly” quotes\u00a0stay", "“curly” quotes\u00a0stay"),
        ("<@U0BOB00002|bob> from the menu", "<@U0BOB00002|bob> from the menu"),
    ],
)
async def test_a_command_is_sent_as_slack_sends_it(sandbox: Sandbox, bot: FakeBot, typed: str, sent: str) -> None:
    await sandbox.command("alice", typed)
    assert bot.commands[-1]["text"] == sent


async def test_people_are_held_to_the_rules_too(sandbox: Sandbox, bot: FakeBot) -> None:
    ts = await sandbox.say("bob", "general", "mine")
    with pytest.raises(SlackError, match="cant_update_message"):
        await sandbox.edit("alice", "general", ts, "yours")
    with pytest.raises(ValueError, match="not in leads"):
        await sandbox.say("erin", "leads", "let me in")
    await sandbox.archive("alice", "random")
    assert sandbox.channel("random").is_archived
    with pytest.raises(SlackError, match="is_archived"):
        await sandbox.say("bob", "random", "late")
    await sandbox.unarchive("alice", "random")
    await sandbox.say("bob", "random", "back")
    await sandbox.leave("bob", "random")
    assert sandbox.people["bob"].id not in sandbox.channel("random").members


async def test_a_deleted_message_with_replies_leaves_a_tombstone(sandbox: Sandbox, bot: FakeBot) -> None:
    ts = await sandbox.say("bob", "general", "root")
    await sandbox.say("alice", "general", "reply", thread_ts=ts)
    await sandbox.delete("bob", "general", ts)
    message = sandbox.channel("general").message(ts)
    assert message is not None
    assert message.subtype == "tombstone"


async def test_canvases_bookmarks_and_direct_messages_are_kept(client: AsyncWebClient, sandbox: Sandbox) -> None:
    general = sandbox.channel("general").id
    content = {"type": "markdown", "markdown": "# Status"}
    canvas = await client.conversations_canvases_create(channel_id=general, document_content=content)
    more = {"operation": "insert_at_end", "document_content": {"type": "markdown", "markdown": "All well."}}
    await client.canvases_edit(canvas_id=canvas["canvas_id"], changes=[more])
    assert sandbox.workspace.canvases[canvas["canvas_id"]].markdown == "# Status\n\nAll well."
    added = await client.bookmarks_add(channel_id=general, title="Docs", type="link", link="https://example.com")
    await client.bookmarks_edit(channel_id=general, bookmark_id=added["bookmark"]["id"], title="Documents")
    assert [bookmark.title for bookmark in sandbox.channel("general").bookmarks] == ["Documents"]
    direct = await client.conversations_open(users=sandbox.people["bob"].id)
    again = await client.conversations_open(users=sandbox.people["bob"].id)
    assert direct["channel"]["id"] == again["channel"]["id"]

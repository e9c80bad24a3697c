"""Block Kit's rules, one refusal at a time."""

from typing import Any

import pytest

from bot.sandbox import SlackError
from bot.sandbox.kit.message import check_message
from bot.sandbox.kit.view import check_view

Json = dict[str, Any]


def plain(text: str = "Hello") -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str = "Hello") -> Json:
    return {"type": "mrkdwn", "text": text}


def section(**more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(), **more}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain(), "action_id": "go", **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def option(value: str = "a") -> Json:
    return {"text": plain(), "value": value}


def select(**more: Any) -> Json:
    return {"type": "static_select", "action_id": "pick", "options": [option()], **more}


def field(element: Json | None = None, **more: Any) -> Json:
    element = element or {"type": "plain_text_input", "action_id": "text"}
    return {"type": "input", "label": plain(), "element": element, **more}


def rich(*parts: Json) -> Json:
    return {"type": "rich_text", "elements": list(parts)}


def table(rows: int, columns: int) -> Json:
    cell = {"type": "raw_text", "text": "x"}
    return {"type": "table", "rows": [[cell] * columns for _ in range(rows)]}


CONFIRM = {"title": plain(), "text": plain(), "confirm": plain("Yes"), "deny": plain("No")}
IMAGE = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a chart"}

FINE: list[Json] = [
    section(),
    {"type": "section", "fields": [mrkdwn(), plain()]},
    section(accessory=button(style="danger", confirm=CONFIRM, url="https://example.com")),
    section(
        accessory={"type": "overflow", "action_id": "more", "options": [option() | {"url": "https://example.com"}]}
    ),
    section(accessory=IMAGE),
    {"type": "header", "text": plain("x" * 150)},
    {"type": "divider"},
    {"type": "context", "elements": [mrkdwn(), plain(), IMAGE]},
    actions(button(), select(placeholder=plain()), {"type": "users_select", "action_id": "who"}),
    IMAGE | {"title": plain()},
    field(),
    rich(
        {"type": "rich_text_section", "elements": [{"type": "text", "text": "x", "style": {"bold": True}}]},
        {
            "type": "rich_text_list",
            "style": "ordered",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "user", "user_id": "U1"}]}],
        },
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "SELECT 1"}]},
        {"type": "rich_text_quote", "elements": [{"type": "link", "url": "https://example.com"}]},
    ),
    {"type": "markdown", "text": "# Title\n\n| a | b |\n|---|---|"},
    table(18, 20) | {"column_settings": [{"align": "right"}, None, {"is_wrapped": True}]},
]

BAD: dict[str, tuple[Json, str]] = {
    "unknown block": ({"type": "banner"}, "/blocks/0/type"),
    "video": ({"type": "video", "alt_text": "x"}, "unsupported type: video"),
    "no type": ({"text": plain()}, "missing required field: type"),
    "unknown key": (section(colour="red"), "invalid additional property: colour"),
    "section without text": ({"type": "section"}, "text or fields"),
    "section text empty": ({"type": "section", "text": mrkdwn("")}, "must be more than 0 characters"),
    "section text long": ({"type": "section", "text": mrkdwn("x" * 3001)}, "must be less than 3001 characters"),
    "eleven fields": ({"type": "section", "fields": [mrkdwn()] * 11}, "no more than 10 items allowed"),
    "field long": ({"type": "section", "fields": [mrkdwn("x" * 2001)]}, "/blocks/0/fields/0/text"),
    "header in mrkdwn": ({"type": "header", "text": mrkdwn()}, "unsupported type: mrkdwn"),
    "header long": ({"type": "header", "text": plain("x" * 151)}, "must be less than 151"),
    "emoji flag on mrkdwn": (section(text=mrkdwn() | {"emoji": True}), "invalid additional property: emoji"),
    "context of eleven": ({"type": "context", "elements": [plain()] * 11}, "no more than 10"),
    "context of none": ({"type": "context", "elements": []}, "no fewer than 1"),
    "context with button": ({"type": "context", "elements": [button()]}, "unsupported type: button"),
    "26 buttons": (actions(*[button(action_id=f"a{n}") for n in range(26)]), "no more than 25"),
    "no buttons": (actions(), "no fewer than 1"),
    "same action twice": (actions(button(), button()), "action_id `go` already exists"),
    "button text long": (actions(button(text=plain("x" * 76))), "must be less than 76"),
    "button value long": (actions(button(value="x" * 2001)), "must be less than 2001"),
    "button value number": (actions(button(value=7)), "must provide a string"),
    "button url long": (actions(button(url="https://" + "x" * 3000)), "must be less than 3001"),
    "button style": (actions(button(style="warning")), "must be a valid enum value"),
    "button in mrkdwn": (actions(button(text=mrkdwn())), "unsupported type: mrkdwn"),
    "confirm half": (actions(button(confirm={"title": plain()})), "missing required field: text"),
    "action id long": (actions(button(action_id="x" * 256)), "must be less than 256"),
    "block id long": (section(block_id="x" * 256), "must be less than 256"),
    "overflow of six": (
        section(accessory={"type": "overflow", "options": [option(str(n)) for n in range(6)]}),
        "no more than 5",
    ),
    "eleven radio buttons": (
        actions({"type": "radio_buttons", "options": [option(str(n)) for n in range(11)]}),
        "no more than 10",
    ),
    "101 options": (actions(select(options=[option(str(n)) for n in range(101)])), "no more than 100"),
    "option label long": (actions(select(options=[{"text": plain("x" * 76), "value": "a"}])), "must be less than 76"),
    "option value long": (actions(select(options=[option("x" * 151)])), "must be less than 151"),
    "options and groups": (
        actions(select(option_groups=[{"label": plain(), "options": [option()]}])),
        "exactly one of options and option_groups",
    ),
    "initial not offered": (actions(select(initial_option=option("b"))), "must match one of the options"),
    "image without alt": ({"type": "image", "image_url": "https://example.com/a.png"}, "alt_text"),
    "image without source": ({"type": "image", "alt_text": "x"}, "image_url and slack_file"),
    "image not a url": (IMAGE | {"image_url": "a.png"}, "must be a valid URI"),
    "file input in a message": (field({"type": "file_input", "action_id": "f"}), "can't stand in a message"),
    "number in a message": (
        field({"type": "number_input", "action_id": "n", "is_decimal_allowed": False}),
        "can't stand in a message",
    ),
    "bad date": (actions({"type": "datepicker", "initial_date": "tomorrow"}), "must be a date"),
    "markdown long": ({"type": "markdown", "text": "x" * 12_001}, "must be less than 12001"),
    "table of 101 rows": (table(101, 1), "no more than 100"),
    "table of 21 columns": (table(1, 21), "no more than 20"),
    "ragged table": (table(1, 2) | {"rows": [table(1, 2)["rows"][0], table(1, 1)["rows"][0]]}, "same number of cells"),
    "rich text with mrkdwn": (rich(mrkdwn()), "unsupported type: mrkdwn"),
    "rich text with null": (
        rich({"type": "rich_text_section", "elements": [{"type": "text", "text": ""}]}),
        "must be more than 0",
    ),
}


@pytest.mark.parametrize("block", FINE, ids=lambda block: str(block["type"]))
def test_a_good_block_is_taken_and_gets_an_id(block: Json) -> None:
    [stored] = check_message([block])
    assert stored["block_id"]
    assert "block_id" not in block


@pytest.mark.parametrize(("block", "complaint"), BAD.values(), ids=BAD.keys())
def test_a_bad_block_is_refused_with_the_place_and_the_reason(block: Json, complaint: str) -> None:
    with pytest.raises(SlackError) as caught:
        check_message([block])
    assert caught.value.error == "invalid_blocks"
    messages = caught.value.extra["response_metadata"]["messages"]
    assert any(complaint in message for message in messages), messages
    assert all(message.startswith("[ERROR] ") and "[json-pointer:/blocks" in message for message in messages)


def test_a_message_over_fifty_blocks_is_refused() -> None:
    check_message([{"type": "divider"}] * 50)
    with pytest.raises(SlackError, match="invalid_blocks"):
        check_message([{"type": "divider"}] * 51)


def test_two_blocks_with_one_id_are_refused() -> None:
    with pytest.raises(SlackError, match="invalid_blocks"):
        check_message([section(block_id="same"), section(block_id="same")])


def test_two_tables_or_too_much_markdown_are_refused() -> None:
    for blocks in ([table(1, 1), table(1, 1)], [{"type": "markdown", "text": "x" * 7000}] * 2):
        with pytest.raises(SlackError, match="invalid_blocks"):
            check_message(blocks)


def test_a_message_of_over_13_000_characters_of_json_is_too_long() -> None:
    with pytest.raises(SlackError, match="msg_blocks_too_long"):
        check_message([{"type": "section", "text": mrkdwn("x" * 2900)}] * 5)


def modal(**more: Any) -> Json:
    return {"type": "modal", "title": plain(), "submit": plain(), "blocks": [section()], **more}


VIEWS_BAD: dict[str, tuple[Json, str]] = {
    "title long": (modal(title=plain("x" * 25)), "must be less than 25"),
    "submit long": (modal(submit=plain("x" * 25)), "must be less than 25"),
    "close long": (modal(close=plain("x" * 25)), "must be less than 25"),
    "no title": ({"type": "modal", "blocks": []}, "missing required field: title"),
    "inputs without submit": (modal(submit=None, blocks=[field()]), "submit"),
    "metadata long": (modal(private_metadata="x" * 3001), "must be less than 3001"),
    "callback long": (modal(callback_id="x" * 256), "must be less than 256"),
    "101 blocks": (modal(blocks=[{"type": "divider"}] * 101), "no more than 100"),
    "markdown": (modal(blocks=[{"type": "markdown", "text": "x"}]), "can't stand in a modal"),
    "table": (modal(blocks=[table(1, 1)]), "can't stand in a modal"),
    "unknown key": (modal(hash="1"), "invalid additional property: hash"),
    "wrong type": (modal(type="dialog"), "must be a valid enum value"),
    "two with focus": (
        modal(
            blocks=[
                field({"type": "plain_text_input", "action_id": "a", "focus_on_load": True}),
                field({"type": "plain_text_input", "action_id": "b", "focus_on_load": True}),
            ]
        ),
        "focus_on_load",
    ),
    "lengths crossed": (
        modal(blocks=[field({"type": "plain_text_input", "min_length": 9, "max_length": 3})]),
        "min_length",
    ),
}


@pytest.mark.parametrize(("view", "complaint"), VIEWS_BAD.values(), ids=VIEWS_BAD.keys())
def test_a_bad_modal_is_refused_with_the_place_and_the_reason(view: Json, complaint: str) -> None:
    with pytest.raises(SlackError) as caught:
        check_view(view, "modal")
    assert caught.value.error == "invalid_arguments"
    assert any(complaint in text for text in caught.value.extra["response_metadata"]["messages"])


def test_a_good_modal_and_a_good_home_are_taken() -> None:
    number = {"type": "number_input", "action_id": "n", "is_decimal_allowed": False, "min_value": "0"}
    assert check_view(modal(blocks=[field(), field(number, optional=True)]), "modal")["blocks"][0]["block_id"]
    assert check_view({"type": "home", "blocks": [section(accessory=button())]}, "home")["type"] == "home"

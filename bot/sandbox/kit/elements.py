"""Block elements: buttons, menus, pickers and inputs."""

from __future__ import annotations

from collections.abc import Iterator

from bot.sandbox.kit.core import (
    Check,
    Rule,
    Shape,
    anything,
    boolean,
    integer,
    items,
    literal,
    matching,
    only,
    string,
    url,
)
from bot.sandbox.kit.objects import (
    CONFIRM,
    CONVERSATION_FILTER,
    DISPATCH,
    ID,
    OPTION_GROUPS,
    SLACK_FILE,
    image_source,
    initial_is_an_option,
    option,
    options,
    options_or_groups,
    plain,
)
from bot.sandbox.model import Json

_VIEWS = frozenset({"modal", "home"})
_MODAL = frozenset({"modal"})
_USER = matching(r"[UW][A-Z0-9]+", "a user id")
_CHANNEL = matching(r"[CGD][A-Z0-9]+", "a channel id")
_DATE = matching(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", "a date: YYYY-MM-DD")
_TIME = matching(r"([01]\d|2[0-3]):[0-5]\d", "a time: HH:mm")


def _element(
    kind: str,
    required: dict[str, Check] | None = None,
    optional: dict[str, Check] | None = None,
    *rules: Rule,
    surfaces: frozenset[str] | None = None,
) -> Shape:
    """An interactive element: with a type, an `action_id` and, in views, the focus."""
    common: dict[str, Check] = {"action_id": ID, "focus_on_load": only(boolean, "modal", "home")}
    needed: dict[str, Check] = {"type": literal(kind), **(required or {})}
    if surfaces is None:
        return Shape(needed, common | (optional or {}), rules)
    return Shape(needed, common | (optional or {}), rules, surfaces)


def _menu(kind: str, required: dict[str, Check], initial: dict[str, Check], *rules: Rule) -> Shape:
    extras: dict[str, Check] = {"confirm": CONFIRM, "placeholder": plain(150), **initial}
    return _element(kind, required, extras, *rules)


def _range(value: Json) -> Iterator[str]:
    least, most = value.get("min_length"), value.get("max_length")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        yield "min_length must not be greater than max_length"
    initial = value.get("initial_value")
    if isinstance(initial, str) and isinstance(most, int) and len(initial) > most:
        yield "initial_value must not be longer than max_length"


BUTTON = Shape(
    {"type": literal("button"), "text": plain(75)},
    {
        "action_id": ID,
        "url": url(),
        "value": string(2000),
        "style": literal("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
)
IMAGE = Shape(
    {"type": literal("image"), "alt_text": string(2000)},
    {"image_url": url(), "slack_file": SLACK_FILE},
    (image_source,),
)
OVERFLOW = Shape(
    {"type": literal("overflow"), "options": options(5, linked=True)}, {"action_id": ID, "confirm": CONFIRM}
)

_STATIC: dict[str, Check] = {"options": options(100), "option_groups": OPTION_GROUPS}
_CONVERSATIONS: dict[str, Check] = {"filter": CONVERSATION_FILTER, "default_to_current_conversation": boolean}
_ANSWERS: dict[str, Check] = {"response_url_enabled": only(boolean, "modal")}
_MANY: dict[str, Check] = {"max_selected_items": integer(1, 100)}

SELECTS = {
    "static_select": _menu(
        "static_select", {}, {**_STATIC, "initial_option": option()}, options_or_groups, initial_is_an_option
    ),
    "external_select": _menu("external_select", {}, {"initial_option": option(), "min_query_length": integer(0, 255)}),
    "users_select": _menu("users_select", {}, {"initial_user": _USER}),
    "conversations_select": _menu(
        "conversations_select", {}, {"initial_conversation": _CHANNEL, **_CONVERSATIONS, **_ANSWERS}
    ),
    "channels_select": _menu("channels_select", {}, {"initial_channel": _CHANNEL, **_ANSWERS}),
}

MULTI_SELECTS = {
    "multi_static_select": _menu(
        "multi_static_select",
        {},
        {**_STATIC, **_MANY, "initial_options": items(option(), 100)},
        options_or_groups,
        initial_is_an_option,
    ),
    "multi_external_select": _menu(
        "multi_external_select",
        {},
        {**_MANY, "initial_options": items(option(), 100), "min_query_length": integer(0, 255)},
    ),
    "multi_users_select": _menu("multi_users_select", {}, {**_MANY, "initial_users": items(_USER, 100)}),
    "multi_conversations_select": _menu(
        "multi_conversations_select",
        {},
        {**_MANY, **_CONVERSATIONS, "initial_conversations": items(_CHANNEL, 100)},
    ),
    "multi_channels_select": _menu("multi_channels_select", {}, {**_MANY, "initial_channels": items(_CHANNEL, 100)}),
}

PICKERS = {
    "datepicker": _menu("datepicker", {}, {"initial_date": _DATE}),
    "timepicker": _menu("timepicker", {}, {"initial_time": _TIME, "timezone": string(100)}),
    "datetimepicker": _element(
        "datetimepicker",
        None,
        {"confirm": CONFIRM, "initial_date_time": integer(1_000_000_000, 9_999_999_999)},
        surfaces=frozenset({"modal", "message"}),
    ),
    "radio_buttons": _element(
        "radio_buttons",
        {"options": options(10, rich=True)},
        {"confirm": CONFIRM, "initial_option": option(rich=True)},
        initial_is_an_option,
    ),
    "checkboxes": _element(
        "checkboxes",
        {"options": options(10, rich=True)},
        {"confirm": CONFIRM, "initial_options": items(option(rich=True), 10)},
        initial_is_an_option,
    ),
}

_TYPING: dict[str, Check] = {"placeholder": plain(150), "dispatch_action_config": DISPATCH}
_NUMBER = matching(r"-?\d+(\.\d+)?", "a number, as text")

INPUTS = {
    "plain_text_input": _element(
        "plain_text_input",
        None,
        {
            **_TYPING,
            "initial_value": string(3000),
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        },
        _range,
    ),
    "rich_text_input": _element("rich_text_input", None, {**_TYPING, "initial_value": anything}, surfaces=_VIEWS),
    "email_text_input": _element("email_text_input", None, {**_TYPING, "initial_value": string(3000)}, surfaces=_MODAL),
    "url_text_input": _element("url_text_input", None, {**_TYPING, "initial_value": url()}, surfaces=_MODAL),
    "number_input": _element(
        "number_input",
        {"is_decimal_allowed": boolean},
        {**_TYPING, "initial_value": _NUMBER, "min_value": _NUMBER, "max_value": _NUMBER},
        surfaces=_MODAL,
    ),
    "file_input": _element(
        "file_input", None, {"filetypes": items(string(20), 100), "max_files": integer(1, 10)}, surfaces=_MODAL
    ),
}

IN_SECTION = {"button": BUTTON, "image": IMAGE, "overflow": OVERFLOW, **SELECTS, **MULTI_SELECTS, **PICKERS}
IN_SECTION.pop("datetimepicker")
IN_ACTIONS = {"button": BUTTON, "overflow": OVERFLOW, **SELECTS, **MULTI_SELECTS, **PICKERS}
IN_INPUT = {**SELECTS, **MULTI_SELECTS, **PICKERS, **INPUTS}

"""What people type and choose in elements: its initial state, its shape in payloads, and what a client insists on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.sandbox.kit.blocks import with_blocks
from bot.sandbox.model import Json, View

#: Element type → (where the choice stands in the state, where the element keeps its initial choice).
CHOICES = {
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "radio_buttons": ("selected_option", "initial_option"),
    "checkboxes": ("selected_options", "initial_options"),
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "file_input": ("files", "initial_files"),
}

REQUIRED = "Please complete this required field."


def initial_values(blocks: list[Json]) -> dict[str, dict[str, Json]]:
    """The state of a view that nobody has touched: block id → action id → state."""
    values: dict[str, dict[str, Json]] = {}
    for block, element in with_blocks(blocks):
        kind = element["type"]
        if kind in CHOICES:
            key, initial = CHOICES[kind]
            empty: Any = [] if key.endswith("s") else None
            state = {"type": kind, key: element.get(initial, empty)}
            values.setdefault(block["block_id"], {})[element["action_id"]] = state
    return values


def options_of(element: Json) -> Iterator[Json]:
    """Every option that an element offers, out of its groups."""
    yield from element.get("options") or []
    for group in element.get("option_groups") or []:
        yield from group.get("options") or []


def chosen(element: Json, value: Any) -> Json:
    """The state of an element in which somebody typed or chose `value`.

    Args:
        element: The element as it was posted.
        value: Text; for menus an option's value (or label), an id, or a list of those.

    Raises:
        ValueError: There is no such option.
    """
    kind = element["type"]
    key, _ = CHOICES[kind]
    if key in {"selected_option", "selected_options"} and kind.endswith("external_select"):
        return {"type": kind, key: _external(value)}
    if key == "selected_option":
        return {"type": kind, key: None if value in {None, ""} else _option(element, value)}
    if key == "selected_options":
        return {"type": kind, key: [_option(element, item) for item in _many(value)]}
    if key.endswith("s"):
        return {"type": kind, key: _many(value)}
    if key == "rich_text_value" and isinstance(value, str):
        section = {"type": "rich_text_section", "elements": [{"type": "text", "text": value}]}
        return {"type": kind, key: {"type": "rich_text", "elements": [section]}}
    if key == "selected_date_time" and value is not None:
        return {"type": kind, key: int(value)}
    return {"type": kind, key: None if value in {None, ""} else str(value)}


def _many(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _external(value: Any) -> Any:
    return [_external(item) for item in value] if isinstance(value, list) else value


def _option(element: Json, wanted: Any) -> Json:
    offered = list(options_of(element))
    for option in offered:
        if wanted in (option["value"], option):
            return option
    for option in offered:
        if wanted == option["text"]["text"]:
            return option
    names = ", ".join(repr(option["value"]) for option in offered)
    raise ValueError(f"{element.get('action_id')!r} has no option {wanted!r}; it has {names}")


def missing(blocks: list[Json], values: dict[str, dict[str, Json]]) -> dict[str, str]:
    """What a client says before it sends a form: block id → complaint."""
    complaints: dict[str, str] = {}
    for block, element in with_blocks(blocks):
        if block["type"] != "input":
            continue
        kind = element["type"]
        state = values.get(block["block_id"], {}).get(element["action_id"], {})
        value = state.get(CHOICES[kind][0])
        if value in (None, "", []):
            if not block.get("optional"):
                complaints[block["block_id"]] = REQUIRED
        elif (complaint := _complaint(kind, element, value)) is not None:
            complaints[block["block_id"]] = complaint
    return complaints


def _complaint(kind: str, element: Json, value: Any) -> str | None:
    if kind == "plain_text_input":
        if len(value) < element.get("min_length", 0):
            return f"This field needs at least {element['min_length']} characters."
        if len(value) > element.get("max_length", 3000):
            return f"This field takes at most {element.get('max_length', 3000)} characters."
    if kind == "number_input" and not value.lstrip("-").replace(".", "", 1).isdigit():
        return "Please enter a valid number."
    if kind == "url_text_input" and not value.startswith(("http://", "https://")):
        return "Please enter a valid URL."
    if kind == "email_text_input" and "@" not in value:
        return "Please enter a valid email."
    return None


def find(blocks: list[Json], action_id: str | None, block_id: str | None, value: Any) -> tuple[Json, Json]:
    """The block and the element that somebody means.

    Raises:
        LookupError: There is none; the message names those that there are.
    """
    found = list(with_blocks(blocks))
    fitting = [
        (block, element)
        for block, element in found
        if action_id in {None, element["action_id"]} and block_id in {None, block["block_id"]}
    ]
    if len(fitting) > 1 and value is not None:
        fitting = [pair for pair in fitting if pair[1].get("value") == value] or fitting
    if not fitting:
        names = ", ".join(element["action_id"] for _, element in found) or "none at all"
        raise LookupError(f"no element {action_id!r} here; there are {names}")
    return fitting[0]


def fill_in(view: View, values: Json) -> None:
    """Types and chooses in a view, by `block_id.action_id`, `action_id` or `block_id`.

    Raises:
        LookupError: There is no such field.
        ValueError: There is no such option.
    """
    for name, value in values.items():
        for block, element in with_blocks(view.blocks):
            ids = (block["block_id"], element["action_id"])
            if name in {".".join(ids), *ids} and element["type"] in CHOICES:
                view.values[ids[0]][ids[1]] = chosen(element, value)
                break
        else:
            fields = ", ".join(
                f"{block['block_id']}.{element['action_id']}" for block, element in with_blocks(view.blocks)
            )
            raise LookupError(f"the modal has no field {name!r}; it has {fields or 'none'}")

"""Layout blocks, and the rules that hold across a list of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from bot.sandbox.kit import elements as kit_elements
from bot.sandbox.kit.core import Check, Place, Shape, boolean, by_type, items, literal, string, url
from bot.sandbox.kit.objects import ID, SLACK_FILE, image_source, plain, text
from bot.sandbox.kit.rich import RICH_TEXT, TABLE
from bot.sandbox.model import Json

_MESSAGE = frozenset({"message"})

_CONTEXT_TEXT: dict[str, Shape] = {
    kind: Shape({"type": literal(kind), "text": string(3000)}, {flag: boolean})
    for kind, flag in (("plain_text", "emoji"), ("mrkdwn", "verbatim"))
}


def _text_or_fields(value: Json) -> Iterator[str]:
    if value.get("text") is None and value.get("fields") is None:
        yield "missing required field: text or fields"


def _unique_actions(value: Json) -> Iterator[str]:
    found = [item.get("action_id") for item in value.get("elements") or [] if isinstance(item, dict)]
    for action, times in Counter(found).items():
        if action is not None and times > 1:
            yield f"action_id `{action}` already exists for this block"


def _dispatches_where_it_can(value: Json) -> Iterator[str]:
    element = value.get("element")
    if isinstance(element, dict) and element.get("type") == "file_input" and value.get("dispatch_action"):
        yield "dispatch_action can't be used with file_input"


def _block(kind: str, required: dict[str, Check], optional: dict[str, Check] | None = None) -> Shape:
    return Shape({"type": literal(kind), **required}, {"block_id": ID, **(optional or {})})


BLOCKS: dict[str, Shape] = {
    "section": Shape(
        {"type": literal("section")},
        {
            "block_id": ID,
            "text": text(3000),
            "fields": items(text(2000), 10),
            "accessory": by_type(kit_elements.IN_SECTION),
            "expand": boolean,
        },
        (_text_or_fields,),
    ),
    "header": _block("header", {"text": plain(150)}),
    "divider": _block("divider", {}),
    "context": _block("context", {"elements": items(by_type({**_CONTEXT_TEXT, "image": kit_elements.IMAGE}), 10)}),
    "actions": Shape(
        {"type": literal("actions"), "elements": items(by_type(kit_elements.IN_ACTIONS), 25)},
        {"block_id": ID},
        (_unique_actions,),
    ),
    "image": Shape(
        {"type": literal("image"), "alt_text": string(2000)},
        {"block_id": ID, "image_url": url(), "slack_file": SLACK_FILE, "title": plain(2000)},
        (image_source,),
    ),
    "input": Shape(
        {"type": literal("input"), "label": plain(2000), "element": by_type(kit_elements.IN_INPUT)},
        {"block_id": ID, "hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
        (_dispatches_where_it_can,),
    ),
    "rich_text": RICH_TEXT,
    "markdown": Shape({"type": literal("markdown"), "text": string(12_000)}, {"block_id": ID}, surfaces=_MESSAGE),
    "table": TABLE,
}

_ONE = by_type(BLOCKS)


def problems(blocks: list[Any], at: Place, most: int) -> list[str]:
    """What is wrong with a list of blocks, in Slack's words; nothing when it is fine."""
    found = list(items(_ONE, most, least=0)(blocks, at))
    usable = [block for block in blocks if isinstance(block, dict)]
    found += _across(usable, at)
    return found


def _across(blocks: list[Json], at: Place) -> Iterator[str]:
    ids = [block.get("block_id") for block in blocks if isinstance(block.get("block_id"), str)]
    for block_id, times in Counter(ids).items():
        if times > 1:
            yield at.says(f"block_id `{block_id}` already exists")
    markdown = [block.get("text") for block in blocks if block.get("type") == "markdown"]
    if sum(len(part) for part in markdown if isinstance(part, str)) > 12_000:
        yield at.says("markdown blocks must be less than 12001 characters together")
    if sum(block.get("type") == "table" for block in blocks) > 1:
        yield at.says("only one table is allowed")
    if sum(1 for element in interactive(blocks) if element.get("focus_on_load")) > 1:
        yield at.says("only one element can have focus_on_load")


def interactive(blocks: list[Json]) -> Iterator[Json]:
    """Every element with which people can do something, in reading order."""
    for _, element in with_blocks(blocks):
        yield element


def with_blocks(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """The same, each with its block."""
    for block in blocks:
        inside = [block.get("accessory"), block.get("element")]
        if block.get("type") == "actions" and isinstance(block.get("elements"), list):
            inside += block["elements"]
        for element in inside:
            if isinstance(element, dict) and element.get("type") != "image":
                yield block, element

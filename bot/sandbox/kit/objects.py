"""Composition objects: texts, options, confirmations, filters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.sandbox.kit.core import (
    Check,
    Shape,
    boolean,
    by_type,
    items,
    literal,
    string,
    url,
)
from bot.sandbox.model import Json

ID = string(255)


def plain(longest: int) -> Check:
    """A `plain_text` object."""
    shape = Shape({"type": literal("plain_text"), "text": string(longest)}, {"emoji": boolean})
    return by_type({"plain_text": shape})


def text(longest: int, shortest: int = 1) -> Check:
    """A `plain_text` or `mrkdwn` object."""
    length = string(longest, shortest)
    plain_text = Shape({"type": literal("plain_text"), "text": length}, {"emoji": boolean})
    mrkdwn = Shape({"type": literal("mrkdwn"), "text": length}, {"verbatim": boolean})
    return by_type({"plain_text": plain_text, "mrkdwn": mrkdwn})


CONFIRM = Shape(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": literal("primary", "danger")},
)


def option(*, rich: bool = False, linked: bool = False) -> Shape:
    """An option; `rich` ones (radio buttons, checkboxes) may use mrkdwn, `linked` ones (overflow) a URL."""
    label = text(75) if rich else plain(75)
    more: dict[str, Check] = {"description": text(75) if rich else plain(75)}
    if linked:
        more["url"] = url()
    return Shape({"text": label, "value": string(150)}, more)


def options(most: int, *, rich: bool = False, linked: bool = False) -> Check:
    """So many options."""
    return items(option(rich=rich, linked=linked), most)


OPTION_GROUPS = items(Shape({"label": plain(75), "options": options(100)}), 100)


def options_or_groups(value: Json) -> Iterator[str]:
    """A static select has options or groups of options, one of the two."""
    if ("options" in value) == ("option_groups" in value):
        yield "exactly one of options and option_groups is required"


def initial_is_an_option(value: Json) -> Iterator[str]:
    """What is chosen at first has to be one of the options, letter for letter."""
    offered = [item for item in value.get("options") or [] if isinstance(item, dict)]
    for group in value.get("option_groups") or []:
        if isinstance(group, dict):
            offered += [item for item in group.get("options") or [] if isinstance(item, dict)]
    chosen: list[Any] = list(value.get("initial_options") or [])
    if "initial_option" in value:
        chosen.append(value["initial_option"])
    if any(item not in offered for item in chosen):
        yield "initial_option must match one of the options"


CONVERSATION_FILTER = Shape(
    {},
    {
        "include": items(literal("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)

DISPATCH = Shape({"trigger_actions_on": items(literal("on_enter_pressed", "on_character_entered"), 2)})


def image_source(value: Json) -> Iterator[str]:
    """An image comes from a URL or from a file, one of the two."""
    if ("image_url" in value) == ("slack_file" in value):
        yield "exactly one of image_url and slack_file is required"


SLACK_FILE = Shape({}, {"id": string(255), "url": url()})

"""Modals and Home tabs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.sandbox.errors import SlackError
from bot.sandbox.kit.blocks import problems
from bot.sandbox.kit.core import Check, Place, Shape, boolean, literal, string
from bot.sandbox.kit.message import completed
from bot.sandbox.kit.objects import plain
from bot.sandbox.model import Json

VIEW_BLOCKS = 100


def _blocks(value: Any, at: Place) -> Iterator[str]:
    if isinstance(value, list):
        yield from problems(value, at, VIEW_BLOCKS)
    else:
        yield at.says("must provide an array")


def _submit_with_inputs(value: Json) -> Iterator[str]:
    blocks = value.get("blocks")
    if not isinstance(blocks, list) or value.get("submit") is not None:
        return
    if any(isinstance(block, dict) and block.get("type") == "input" for block in blocks):
        yield "missing required field: submit; a view with input blocks needs one"


_COMMON: dict[str, Check] = {
    "private_metadata": string(3000, shortest=0),
    "callback_id": string(255),
    "external_id": string(255, shortest=0),
}
_SHAPES = {
    "modal": Shape(
        {"type": literal("modal"), "title": plain(24), "blocks": _blocks},
        {
            **_COMMON,
            "submit": plain(24),
            "close": plain(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
        },
        (_submit_with_inputs,),
    ),
    "home": Shape({"type": literal("home"), "blocks": _blocks}, _COMMON),
}


def check_view(view: Json, kind: str) -> Json:
    """Holds a view to Slack's rules.

    Args:
        view: As the app sent it.
        kind: `modal` or `home`.

    Returns:
        The view as it is stored.

    Raises:
        SlackError: `invalid_arguments` with what is wrong, `view_too_large`.
    """
    found = list(_SHAPES[kind](view, Place(kind, "/view")))
    if found:
        raise SlackError("invalid_arguments", response_metadata={"messages": found})
    if len(str(view)) > 250_000:
        raise SlackError("view_too_large")
    return view | {"blocks": completed(view["blocks"])}

"""A message's blocks: checked, then completed as Slack completes them."""

from __future__ import annotations

import json
import secrets
from copy import deepcopy

from bot.sandbox.errors import SlackError
from bot.sandbox.kit.blocks import problems, with_blocks
from bot.sandbox.kit.core import Place
from bot.sandbox.model import Json

MESSAGE_BLOCKS = 50
#: Characters of JSON above which Slack has been seen to refuse a message.
MESSAGE_JSON = 13_000


def check_message(blocks: list[Json], pointer: str = "/blocks") -> list[Json]:
    """Holds a message's blocks to Slack's rules.

    Returns:
        The blocks as they are stored, with ids where the app gave none.

    Raises:
        SlackError: `invalid_blocks` with what is wrong, `msg_blocks_too_long`.
    """
    found = problems(blocks, Place("message", pointer), MESSAGE_BLOCKS)
    if found:
        short = [text.removeprefix("[ERROR] ") for text in found]
        raise SlackError("invalid_blocks", errors=short, response_metadata={"messages": found})
    if len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":"))) > MESSAGE_JSON:
        raise SlackError("msg_blocks_too_long")
    return completed(blocks)


def completed(blocks: list[Json]) -> list[Json]:
    """A copy with a `block_id` on every block and an `action_id` on every element that lacked one."""
    copy = deepcopy(blocks)
    for block in copy:
        block.setdefault("block_id", secrets.token_urlsafe(4)[:5])
    for _, element in with_blocks(copy):
        element.setdefault("action_id", secrets.token_urlsafe(4)[:5])
    return copy

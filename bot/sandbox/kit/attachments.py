"""Attachments: the older way to put a coloured bar beside blocks."""

from __future__ import annotations

from bot.sandbox.errors import SlackError
from bot.sandbox.kit.message import check_message
from bot.sandbox.model import Json

_KEYS = {
    "actions", "attachment_type", "author_icon", "author_link", "author_name", "blocks", "callback_id", "color",
    "fallback", "fields", "footer", "footer_icon", "id", "image_url", "mrkdwn_in", "pretext", "text", "thumb_url",
    "title", "title_link", "ts",
}  # fmt: skip


def check_attachments(attachments: list[Json]) -> list[Json]:
    """Holds attachments, and the blocks in them, to Slack's rules.

    Raises:
        SlackError: `too_many_attachments`, `invalid_attachments`, or as in `check_message`.
    """
    if len(attachments) > 100:
        raise SlackError("too_many_attachments")
    checked = []
    for index, attachment in enumerate(attachments):
        blocks = attachment.get("blocks")
        if not set(attachment) <= _KEYS or not isinstance(blocks, list | None):
            raise SlackError("invalid_attachments")
        done = {"blocks": check_message(blocks, f"/attachments/{index}/blocks")} if blocks else {}
        checked.append({"id": index + 1, "fallback": "[no preview available]", **attachment, **done})
    return checked

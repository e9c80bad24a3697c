"""rich_text and table blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.sandbox.kit.core import Place, Shape, anything, boolean, by_type, integer, items, literal, string, url
from bot.sandbox.kit.objects import ID
from bot.sandbox.model import Json

_STYLE = Shape({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), boolean))
_MENTION = Shape({}, dict.fromkeys(("bold", "italic", "strike", "highlight", "client_highlight", "unlink"), boolean))

_INLINE = by_type(
    {
        "text": Shape({"type": literal("text"), "text": string(40_000)}, {"style": _STYLE}),
        "link": Shape(
            {"type": literal("link"), "url": url()}, {"text": string(3000), "unsafe": boolean, "style": _STYLE}
        ),
        "user": Shape({"type": literal("user"), "user_id": ID}, {"style": _MENTION}),
        "usergroup": Shape({"type": literal("usergroup"), "usergroup_id": ID}, {"style": _MENTION}),
        "channel": Shape({"type": literal("channel"), "channel_id": ID}, {"style": _MENTION}),
        "broadcast": Shape(
            {"type": literal("broadcast"), "range": literal("here", "channel", "everyone")}, {"style": _MENTION}
        ),
        "emoji": Shape(
            {"type": literal("emoji"), "name": string(100)},
            {"unicode": string(100), "style": _STYLE, "skin_tone": integer(1, 6)},
        ),
        "date": Shape(
            {"type": literal("date"), "timestamp": integer(0, 99_999_999_999), "format": string(300)},
            {"url": url(), "fallback": string(300), "style": _STYLE},
        ),
        "color": Shape({"type": literal("color"), "value": string(20)}, {"style": _STYLE}),
        "team": Shape({"type": literal("team"), "team_id": ID}, {"style": _MENTION}),
    }
)

_SECTION = Shape({"type": literal("rich_text_section"), "elements": items(_INLINE, 1000, least=0)})

_PARTS = by_type(
    {
        "rich_text_section": _SECTION,
        "rich_text_list": Shape(
            {
                "type": literal("rich_text_list"),
                "style": literal("bullet", "ordered"),
                "elements": items(by_type({"rich_text_section": _SECTION}), 1000),
            },
            {"indent": integer(0, 8), "offset": integer(0, 100_000), "border": integer(0, 1)},
        ),
        "rich_text_preformatted": Shape(
            {"type": literal("rich_text_preformatted"), "elements": items(_INLINE, 1000)},
            {"border": integer(0, 1), "language": string(50)},
        ),
        "rich_text_quote": Shape(
            {"type": literal("rich_text_quote"), "elements": items(_INLINE, 1000)}, {"border": integer(0, 1)}
        ),
    }
)

RICH_TEXT = Shape({"type": literal("rich_text"), "elements": items(_PARTS, 1000, least=0)}, {"block_id": ID})

_CELL = by_type(
    {
        "raw_text": Shape({"type": literal("raw_text"), "text": string(10_000)}),
        "raw_number": Shape({"type": literal("raw_number"), "value": anything}, {"text": string(10_000)}),
        "rich_text": RICH_TEXT,
    }
)


def _column(value: Any, at: Place) -> Iterator[str]:
    if value is not None:  # null skips a column
        yield from Shape({}, {"align": literal("left", "center", "right"), "is_wrapped": boolean})(value, at)


def _same_width(value: Json) -> Iterator[str]:
    rows = [row for row in value.get("rows") or [] if isinstance(row, list)]
    if len({len(row) for row in rows}) > 1:
        yield "every row must have the same number of cells"


TABLE = Shape(
    {"type": literal("table"), "rows": items(items(_CELL, 20), 100)},
    {"block_id": ID, "column_settings": items(_column, 20)},
    (_same_width,),
    surfaces=frozenset({"message"}),
)

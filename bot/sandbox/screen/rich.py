"""rich_text blocks as HTML."""

from __future__ import annotations

from markupsafe import Markup, escape

from bot.sandbox.model import Json
from bot.sandbox.screen.emoji import emoji
from bot.sandbox.screen.mrkdwn import Reader, bare, link, token

_STYLES = {
    "bold": Markup("<strong>{}</strong>"),
    "italic": Markup("<em>{}</em>"),
    "strike": Markup("<s>{}</s>"),
    "code": Markup("<code>{}</code>"),
    "underline": Markup("<u>{}</u>"),
}


def rich_text(reader: Reader, block: Json) -> Markup:
    """The whole block."""
    return Markup("").join(_part(reader, part) for part in block["elements"])


def _part(reader: Reader, part: Json) -> Markup:
    inside = part["elements"]
    match part["type"]:
        case "rich_text_list":
            items = Markup("").join(Markup("<li>{}</li>").format(_line(reader, item["elements"])) for item in inside)
            ordered = Markup('<ol class="indent-{}" start="{}">{}</ol>')
            bullets = Markup('<ul class="indent-{}" data-offset="{}">{}</ul>')
            shown = ordered if part["style"] == "ordered" else bullets
            return shown.format(part.get("indent", 0), part.get("offset", 0) + 1, items)
        case "rich_text_preformatted":
            return Markup("<pre>{}</pre>").format("".join(item.get("text") or item.get("url", "") for item in inside))
        case "rich_text_quote":
            return Markup("<blockquote>{}</blockquote>").format(_line(reader, inside))
        case _:
            return Markup("<p>{}</p>").format(_line(reader, inside))


def _line(reader: Reader, elements: list[Json]) -> Markup:
    return Markup("").join(_styled(item, _inline(reader, item)) for item in elements)


def _inline(reader: Reader, item: Json) -> Markup:
    match item["type"]:
        case "text":
            return bare(item["text"])
        case "link":
            return link(item["url"], item.get("text", ""))
        case "user":
            return token(reader, f"@{item['user_id']}")
        case "channel":
            return token(reader, f"#{item['channel_id']}")
        case "usergroup":
            return token(reader, f"!subteam^{item['usergroup_id']}")
        case "broadcast":
            return token(reader, f"!{item['range']}")
        case "emoji":
            return escape(emoji(item["name"]))
        case "date":
            return token(reader, f"!date^{item['timestamp']}^{item['format']}|{item.get('fallback', '')}")
        case _:
            return escape(str(item.get("value") or item.get("team_id") or ""))


def _styled(item: Json, html: Markup) -> Markup:
    for name, wrapped in _STYLES.items():
        if item.get("style", {}).get(name):
            html = wrapped.format(html)
    return html

"""Slack's Block Kit and mrkdwn as text for a terminal."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from rich.emoji import Emoji
from rich.text import Text

from bot.cli.terminal import legible

Block = Mapping[str, Any]

#: Slack's short names where rich has others.
_EMOJI = {
    "large_orange_circle": "🟠",
    "large_yellow_circle": "🟡",
    "large_green_circle": "🟢",
    "large_blue_circle": "🔵",
    "large_purple_circle": "🟣",
    "spiral_note_pad": "📝",
}
#: The templates write these so that a typed `*` can't begin bold text in Slack; a terminal has no such trouble.
_TYPED = str.maketrans({"∗": "*", "ˍ": "_", "∼": "~", "ˋ": "`"})  # noqa: RUF001 - they look alike on purpose
_TOKEN = re.compile(r"<([@#!]?)([^<>|\n]+)(?:\|([^<>\n]*))?>")
_STYLED = re.compile(
    r"```(?P<pre>.+?)```|`(?P<code>[^`\n]+)`"
    r"|(?<![^\W_])\*(?P<bold>[^\s*](?:[^*\n]*[^\s*])?)\*(?![^\W_])"
    r"|(?<![^\W_])_(?P<italic>[^\s_](?:[^_\n]*[^\s_])?)_(?![^\W_])"
    r"|(?<![^\W_])~(?P<strike>[^\s~](?:[^~\n]*[^\s~])?)~(?![^\W_])",
    re.DOTALL,
)
_STYLES = {"pre": "cyan", "code": "cyan", "bold": "bold", "italic": "italic", "strike": "strike"}
_SHORT_NAME = re.compile(r":([a-z0-9_+-]+):")


class Reader:
    """Reads messages to somebody at a terminal. `names` maps Slack ids to what people call them."""

    def __init__(self, names: Mapping[str, str] | None = None) -> None:
        self._names = names or {}

    def message(self, blocks: Iterable[Block], text: str = "", *, buttons: bool = True) -> Text:
        """A message's blocks, or its text where it has none; its buttons as `[Label]` unless they are not wanted."""
        drawn = [part for block in blocks if (part := self._block(block, buttons=buttons)).plain.strip()]
        return Text("\n").join(drawn) if drawn else self.mrkdwn(text)

    def mrkdwn(self, text: str) -> Text:
        """Slack's mrkdwn, with mentions by name and times in UTC."""
        plain = _TOKEN.sub(self._token, text)
        for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
            plain = plain.replace(entity, char)
        plain = _emoji(legible(plain))
        made, end = Text(), 0
        for found in _STYLED.finditer(plain):
            made.append(plain[end : found.start()].translate(_TYPED))
            name = found.lastgroup or ""
            made.append(found[name].strip("\n").translate(_TYPED), style=_STYLES[name])
            end = found.end()
        return made.append(plain[end:].translate(_TYPED))

    def _token(self, found: re.Match[str]) -> str:
        sigil, target, label = found[1], found[2], found[3]
        match sigil:
            case "@":
                return f"@{self._names.get(target) or label or target}"
            case "#":
                return f"#{self._names.get(target) or label or target}"
            case "!" if target.startswith("date^"):
                return f"{datetime.fromtimestamp(int(target.split('^')[1]), UTC):%H:%M} UTC"
            case "!":
                group = target.removeprefix("subteam^")
                return f"@{self._names.get(group) or label or group}"
            case _:
                return f"{label} ({target})" if label and label != target else target

    def _block(self, block: Block, *, buttons: bool) -> Text:
        match block["type"]:
            case "header":
                return Text(_emoji(legible(block["text"]["text"])), style="bold")
            case "section":
                return Text("\n").join(self._section(block))
            case "context":
                parts = [self.mrkdwn(item["text"]) for item in block["elements"] if "text" in item]
                small = Text(" · ").join(parts)
                small.stylize("dim")
                return small
            case "actions":
                labels = [item["text"]["text"] for item in block["elements"] if item["type"] == "button"]
                return Text("  ".join(f"[{label}]" for label in labels) if buttons else "", style="blue")
            case "table":
                return self._table(block["rows"])
            case "markdown":
                return Text(legible(block["text"]))
            case _:
                return Text()

    def _section(self, block: Block) -> Iterator[Text]:
        if "text" in block:
            yield self.mrkdwn(block["text"]["text"])
        for field in block.get("fields", []):
            label, _, value = field["text"].partition("\n")
            yield self.mrkdwn(f"{label} {' '.join(value.split())}" if value else label)

    def _table(self, rows: Iterable[Iterable[Block]]) -> Text:
        cells = [[self.mrkdwn(str(cell.get("text", ""))) for cell in row] for row in rows]
        widths = [max(len(row[i]) for row in cells if i < len(row)) for i in range(max(map(len, cells)))]
        lines = []
        for row in cells:
            for cell, width in zip(row, widths, strict=False):
                cell.pad_right(width - len(cell))
            lines.append(Text("  ").join(row))
        return Text("\n").join(lines)


def _emoji(text: str) -> str:
    """The text with its `:short_names:` drawn; those that nobody knows stay as they are."""
    return Emoji.replace(_SHORT_NAME.sub(lambda found: _EMOJI.get(found[1], found[0]), text))

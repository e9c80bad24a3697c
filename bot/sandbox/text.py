"""Text as Slack keeps and sends it: `&`, `<` and `>` escaped, mentions and links in angle brackets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.sandbox.workspace import Workspace

_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt);)")
#: `<@U1>`, `<#C1|name>`, `<!here>`, `<!date^…>`, `<https://…|label>`, `<mailto:…>`
_TOKEN = re.compile(r"<(?:[@#][A-Z0-9]+(?:\|[^<>]*)?|![^<>]+|(?:https?://|mailto:|tel:)[^<>\s|]+(?:\|[^<>]*)?)>")
_TYPED = re.compile(
    r"(?P<token><(?:[@#][A-Z0-9]+(?:\|[^<>]*)?|!(?:here|channel|everyone)|!subteam\^[A-Z0-9]+[^<>]*)>)"
    r"|(?P<url>https?://[^\s<>]*[^\s<>.,;:!?)\]'\"])"
    r"|(?<![\w@#])(?P<sign>[@#])(?P<name>[\w.\-]*\w)"
)


def escape(text: str) -> str:
    """`&`, `<` and `>` as entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """The characters that the entities stand for."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def tidy(text: str) -> str:
    """An app's text as Slack stores it: whatever is no known token in angle brackets is escaped."""
    pieces, end = [], 0
    for token in _TOKEN.finditer(text):
        pieces += [_entities(text[end : token.start()]), _BARE_AMPERSAND.sub("&amp;", token[0])]
        end = token.end()
    return "".join([*pieces, _entities(text[end:])])


def _entities(text: str) -> str:
    return _BARE_AMPERSAND.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")


def typed(workspace: Workspace, text: str, *, with_names: bool) -> str:
    """What someone typed, as Slack sends it to an app.

    Args:
        workspace: Where names are looked up.
        text: What was typed: `@bob`, `#general`, `@here`, web addresses and plain text. Tokens such as
            `<@U1>` are taken as they are, as if picked from the client's menu.
        with_names: Whether mentions carry the name too (`<@U1|bob>`), as they do in commands.
    """
    pieces, end = [], 0
    for match in _TYPED.finditer(text):
        pieces += [escape(text[end : match.start()]), _replaced(workspace, match, with_names=with_names)]
        end = match.end()
    return "".join([*pieces, escape(text[end:])])


def _replaced(workspace: Workspace, match: re.Match[str], *, with_names: bool) -> str:
    if match["token"]:
        return match["token"]
    if match["url"]:
        return f"<{escape(match['url'])}>"
    name = match["name"]
    if match["sign"] == "#":
        channel = workspace.find_channel(name)
        if channel is None:
            return escape(match[0])
        return f"<#{channel.id}|{channel.name}>"
    if name in {"here", "channel", "everyone"}:
        return f"<!{name}>"
    if person := workspace.people.get(name):
        return f"<@{person.id}|{person.name}>" if with_names else f"<@{person.id}>"
    for group in workspace.groups:
        if group.handle == name:
            return f"<!subteam^{group.id}|@{group.handle}>"
    return escape(match[0])

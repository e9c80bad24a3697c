"""Slack's mrkdwn, and Markdown, as HTML. Everything that is not markup is escaped: hostile text stays text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from bot.sandbox.model import Person
from bot.sandbox.screen.emoji import with_emoji
from bot.sandbox.text import unescape
from bot.sandbox.workspace import Workspace

_FENCE = re.compile(r"```(.+?)```", re.DOTALL)
_ATOM = re.compile(r"`([^`\n]+)`|<([^<>\n]+)>")
_QUOTE = re.compile(r"^(?:&gt;|>) ?(.*)$")
_BULLET = re.compile(r"^\s*(?:[•◦]|[-*](?= ))\s*(.*)$")
_STYLES = (
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])"), "strong"),
    (re.compile(r"(?<![\w_])_(?=\S)([^_\n]+?)(?<=\S)_(?![\w_])"), "em"),
    (re.compile(r"(?<![\w~])~(?=\S)([^~\n]+?)(?<=\S)~(?![\w~])"), "s"),
)
# Finished pieces wait behind these private characters while the text around them is marked up.
_OPEN, _CLOSE = "\ue000", "\ue001"
_KEPT = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_CARD = re.compile(r"!\[\]\(([@#])([A-Z0-9]+)\)")
_MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the page, and so in which time zone."""

    workspace: Workspace
    person: Person

    @property
    def zone(self) -> tzinfo:
        """Their time zone; UTC when this machine doesn't know it."""
        try:
            return ZoneInfo(self.person.tz)
        except ZoneInfoNotFoundError:
            return UTC

    def moment(self, seconds: float) -> datetime:
        """A time in their zone."""
        return datetime.fromtimestamp(seconds, self.zone)


def markdown(text: str) -> Markup:
    """Standard Markdown, as the markdown block and canvases take it."""
    return Markup(_MARKDOWN.render(with_emoji(text)))  # noqa: S704  (HTML in the source is off, so it is escaped)


def canvas(reader: Reader, text: str) -> Markup:
    """A canvas's Markdown, in which `![](@U…)` and `![](#C…)` name people and channels."""

    def named(match: re.Match[str]) -> str:
        sign, wanted = match.groups()
        person, channel = reader.workspace.user(wanted), reader.workspace.channels.get(wanted)
        found = person.real_name if sign == "@" and person else channel.name if sign == "#" and channel else wanted
        return f"{sign}{found}"

    return markdown(_CARD.sub(named, text))


def mrkdwn(reader: Reader, text: str) -> Markup:
    """Slack's own markup."""
    text = text.replace(_OPEN, "").replace(_CLOSE, "")
    pieces: list[Markup] = []
    for index, part in enumerate(_FENCE.split(text)):
        if index % 2:
            pieces.append(Markup("<pre>{}</pre>").format(_bare(part.strip("\n"))))
        elif part.strip("\n"):
            pieces.append(_paragraphs(reader, part.strip("\n")))
    return Markup("").join(pieces)


def plain(text: str) -> Markup:
    """A `plain_text` object's text, in which Slack takes entities for the characters that they stand for."""
    return bare(unescape(text))


def bare(text: str) -> Markup:
    """Text without any markup, with its emoji and line breaks."""
    return Markup("<br>").join(with_emoji(line) for line in text.split("\n"))


def _bare(text: str) -> str:
    """Code: tokens show their label or address, entities their character."""
    return unescape(re.sub(r"<([^<>|]+)(?:\|([^<>]*))?>", lambda match: match[2] or match[1], text))


def _paragraphs(reader: Reader, text: str) -> Markup:
    groups: list[tuple[str, list[Markup]]] = []
    for line in text.split("\n"):
        kind, content = "p", line
        for pattern, name in ((_QUOTE, "blockquote"), (_BULLET, "ul")):
            if match := pattern.match(line):
                kind, content = name, match[1]
                break
        if not groups or groups[-1][0] != kind:
            groups.append((kind, []))
        groups[-1][1].append(_inline(reader, content))
    return Markup("").join(_group(kind, lines) for kind, lines in groups)


def _group(kind: str, lines: list[Markup]) -> Markup:
    if kind == "ul":
        items = Markup("").join(Markup("<li>{}</li>").format(line) for line in lines)
        return Markup("<ul>{}</ul>").format(items)
    opened = {"p": Markup("<p>{}</p>"), "blockquote": Markup("<blockquote>{}</blockquote>")}[kind]
    return opened.format(Markup("<br>").join(lines))


def _inline(reader: Reader, text: str) -> Markup:
    kept: list[Markup] = []

    def keep(match: re.Match[str]) -> str:
        if match[1] is not None:
            kept.append(Markup("<code>{}</code>").format(_bare(match[1])))
        else:
            kept.append(token(reader, match[2]))
        return f"{_OPEN}{len(kept) - 1}{_CLOSE}"

    html = str(escape(unescape(_ATOM.sub(keep, text))))
    html = with_emoji(html)
    for pattern, tag in _STYLES:
        html = pattern.sub(rf"<{tag}>\1</{tag}>", html)
    done = _KEPT.sub(lambda match: str(kept[int(match[1])]), html)
    return Markup(done)  # noqa: S704  (escaped above; what was put back is Markup)


def token(reader: Reader, inside: str) -> Markup:
    """What stands between `<` and `>`: a mention, a date or a link."""
    target, _, label = inside.partition("|")
    shown = unescape(label)
    workspace = reader.workspace
    if target.startswith("@"):
        person = workspace.user(target[1:])
        return mention(reader, person, shown)
    if target.startswith("#"):
        channel = workspace.channels.get(target[1:])
        return channel_link(channel.name if channel else shown or "unknown")
    if target.startswith("!date^"):
        return _date(reader, target, shown)
    if target.startswith("!subteam^"):
        group = next((group for group in workspace.groups if group.id == target.split("^")[1]), None)
        return Markup('<span class="mention">@{}</span>').format(group.handle if group else shown.lstrip("@"))
    if target in {"!here", "!channel", "!everyone"}:
        return Markup('<span class="mention loud">@{}</span>').format(target[1:])
    if target.startswith(("http://", "https://", "mailto:", "tel:")):
        return link(unescape(target), shown)
    return escape(f"<{unescape(inside)}>")


def mention(reader: Reader, person: Person | None, label: str = "") -> Markup:
    """Somebody's name as a pill; the reader's own stands out."""
    if person is None:
        return Markup('<span class="mention">@{}</span>').format(label or "someone")
    mine = " me" if person is reader.person else ""
    return Markup('<span class="mention{}" title="{}">@{}</span>').format(mine, person.title, person.first_name)


def channel_link(name: str) -> Markup:
    """A channel's name that leads there."""
    return Markup('<a class="mention" href="?channel={}">#{}</a>').format(name, name)


def link(address: str, label: str = "") -> Markup:
    """A link that opens elsewhere; only web, mail and telephone addresses become one."""
    if not address.startswith(("http://", "https://", "mailto:", "tel:")):
        return escape(label or address)
    opened = Markup('<a href="{}" target="_blank" rel="noopener noreferrer nofollow">{}</a>')
    return opened.format(address, label or address)


def _date(reader: Reader, target: str, fallback: str) -> Markup:
    parts = target.split("^")
    if len(parts) < 3 or not parts[1].lstrip("-").isdigit():
        return escape(fallback)
    moment = reader.moment(int(parts[1]))
    text = re.sub(r"\{(\w+)\}", lambda match: date_part(moment, match[1], reader), unescape(parts[2]))
    shown: Markup = Markup('<time datetime="{}" title="{:%Y-%m-%d %H:%M %Z}">{}</time>').format(
        moment.isoformat(), moment, text
    )
    return link(parts[3], text) if len(parts) > 3 else shown


def date_part(moment: datetime, name: str, reader: Reader) -> str:
    """One `{…}` of Slack's date formats."""
    name = name.removesuffix("_pretty") if _is_far(moment, reader) else name
    today = reader.moment(reader.workspace.now().timestamp()).date()
    near = {0: "today", -1: "yesterday", 1: "tomorrow"}.get((moment.date() - today).days, "")
    parts: dict[str, Callable[[], str]] = {
        "date_num": lambda: f"{moment:%Y-%m-%d}",
        "date": lambda: f"{moment.day} {moment:%B %Y}",
        "date_short": lambda: f"{moment.day} {moment:%b %Y}",
        "date_long": lambda: f"{moment:%A} {moment.day} {moment:%B %Y}",
        "date_pretty": lambda: near,
        "date_short_pretty": lambda: near,
        "date_long_pretty": lambda: near,
        "time": lambda: f"{moment:%H:%M}",
        "time_secs": lambda: f"{moment:%H:%M:%S}",
        "ago": lambda: _ago((reader.workspace.now() - moment).total_seconds()),
    }
    return parts[name]() if name in parts else f"{{{name}}}"


def _is_far(moment: datetime, reader: Reader) -> bool:
    today = reader.moment(reader.workspace.now().timestamp()).date()
    return abs((moment.date() - today).days) > 1


def _ago(seconds: float) -> str:
    amount, unit = abs(seconds), "seconds"
    for size, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if amount >= size:
            amount, unit = amount / size, name
            break
    return f"{amount:.0f} {unit} ago" if seconds >= 0 else f"in {amount:.0f} {unit}"

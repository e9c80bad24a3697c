"""The filters that templates use for what Slack draws itself: people, channels, times and links.

They alone make Slack's `<…>` tokens. Each takes a value and returns a `Fragment`, which is placed whole.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from bot.domain.actor import MUSTER
from bot.domain.events import Event, kind_of
from bot.domain.text import in_words
from bot.messages import alert_words
from bot.messages.columns import Rows, columns_of
from bot.messages.cut import shorten
from bot.messages.limits import DOCUMENT, SECTION, VALUE
from bot.messages.markdown import Document, parse
from bot.messages.nodes import Header
from bot.messages.rulebook import stages, within
from bot.messages.runs import Fragment, Run, clean, fence, literal, plain, restyle
from bot.messages.runs import link as link_runs
from bot.messages.whom import named

NOBODY: Final = "nobody yet"
NOT_SET: Final = "not set"
#: From here on a number is read by its thousands.
_THOUSANDS: Final = 1000

_USER: Final = re.compile(r"[UW][A-Z0-9]+")
_GROUP: Final = re.compile(r"S[A-Z0-9]{7,}")
_CHANNEL: Final = re.compile(r"[CGD][A-Z0-9]+")
# Only what Slack itself writes: `a < b and c > d`, already decoded, is left as it is.
_TOKEN: Final = re.compile(r"<([@#!]|(?=(?:https?|mailto|tel|slack):))([^<>|\n]+)(?:\|([^<>\n]*))?>")
_ENTITY: Final = re.compile(r"&(amp|lt|gt);")
_CODE: Final = re.compile(r"`([^`\n]+)`")
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def mention(who: object) -> Fragment:
    """A person or a user group by Slack id, pinged; anybody else by name.

    Args:
        who: A user id, a user group's id, a name, None, or anything with `user` and `id` such as an actor.
    """
    if who is None or who == "":
        return Fragment((Run(NOBODY),))
    if who == MUSTER:
        return Fragment((Run("Muster"),))
    if hasattr(who, "user") and hasattr(who, "id"):
        who = who.user or who.id
    name = str(who)
    if _USER.fullmatch(name):
        return Fragment((Run(f"@{name}", mark=f"<@{name}>"),))
    if _GROUP.fullmatch(name):
        return Fragment((Run(f"@{name}", mark=f"<!subteam^{name}>"),))
    return Fragment(literal(name.removeprefix("@")))


def channel(where: object) -> Fragment:
    """A channel by Slack id, or by name when it has none yet."""
    if where is None or where == "":
        return Fragment((Run(NOT_SET),))
    name = str(where)
    if _CHANNEL.fullmatch(name):
        return Fragment((Run(f"#{name}", mark=f"<#{name}>"),))
    return Fragment(literal(f"#{name.removeprefix('#')}"))


def when(moment: datetime | date | None) -> Fragment:
    """A moment, which each reader sees in their own zone; a date as it is.

    Raises:
        ValueError: The moment has no zone.
    """
    if moment is None:
        return Fragment((Run(NOT_SET),))
    if not isinstance(moment, datetime):
        return Fragment((Run(f"{moment:%Y-%m-%d}"),))
    return _moment(moment, "{date_short_pretty} at {time}", f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC")


def clock(moment: datetime | None) -> Fragment:
    """The time of day of a moment, in each reader's zone."""
    if moment is None:
        return Fragment((Run(NOT_SET),))
    return _moment(moment, "{time}", f"{moment.astimezone(UTC):%H:%M} UTC")


def countdown(moment: datetime | None) -> Fragment:
    """A moment to come, with how far off it is: `today at 18:00 (in 2 hours)`, which Slack keeps current by itself.

    Raises:
        ValueError: The moment has no zone.
    """
    if moment is None:
        return Fragment((Run(NOT_SET),))
    text = f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return _moment(moment, "{date_short_pretty} at {time} ({ago})", text)


def duration(length: timedelta | float | None) -> str:
    """A length of time in two units at most: `40 s`, `4 min`, `1 h 12 min`, `3 d 2 h`.

    Args:
        length: A timedelta, or seconds.
    """
    if length is None:
        return NOT_SET
    seconds = abs(int(length.total_seconds() if isinstance(length, timedelta) else length))
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < _DAY:
        big, small = divmod(seconds // _MINUTE, 60)
        return f"{big} h {small} min" if small else f"{big} h"
    big, small = divmod(seconds // _HOUR, 24)
    return f"{big} d {small} h" if small else f"{big} d"


def ago(length: timedelta | float | None) -> str:
    """A length of time that has passed: `4 min ago`, `just now`."""
    if length is None:
        return NOT_SET
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    return "just now" if seconds < 1 else f"{duration(length)} ago"


def link(url: str | None, label: str = "") -> Fragment:
    """A link; the label alone when the address is not http, https or mailto."""
    if not url:
        return Fragment(literal(label))
    return Fragment(link_runs(str(url), literal(label)))


def slack_text(
    text: str | None, *, ping: bool = False, code: bool = False, most: int | None = None, flat: bool = False
) -> Fragment:
    """What somebody typed in Slack, read from Slack's own markup: `&amp;`, `<@U1|bob>`, `<https://x|x>`.

    Text that was decoded before comes out as it is.

    Args:
        text: The text.
        ping: Whether people in it stay mentions, for private answers; groups and channels never do.
        code: Whether words between backticks are set as code, for sentences of our own.
        most: Characters after which it is cut, at a sentence or word, for a place that has the whole text elsewhere.
        flat: Whether it becomes one line, for a place within one.
    """
    runs: list[Run] = []
    source = clean(text or "", limit=most * 10 if most else VALUE)
    source = " ".join(source.split()) if flat else source
    end = 0
    for found in _TOKEN.finditer(source):
        runs += _words(source[end : found.start()], code=code)
        runs += _token(found[1], _decoded(found[2]), _decoded(found[3] or ""), ping=ping)
        end = found.end()
    runs += _words(source[end:], code=code)
    return Fragment(tuple(shorten(runs, most)) if most else tuple(runs))


def markdown(text: str | None, title: str = "") -> Document:
    """Markdown whose formatting is meant, such as a runbook's, placed as a paragraph of its own.

    It can hold no buttons, and nothing in it reaches the template around it: an open fence ends with it. It is prose:
    a line break within a paragraph is a space.

    Args:
        text: The Markdown.
        title: What stands above it already: a first heading that says the same is left out.
    """
    nodes = parse(clean(text or "", limit=DOCUMENT, gaps=True), buttons=False, prose=True)
    if title and nodes and isinstance(nodes[0], Header) and _same(plain(nodes[0].runs), title):
        del nodes[0]
    return Document(tuple(nodes))


def sheets(text: str) -> list[str]:
    """A text in as few parts as code blocks hold whole, to be copied one after the other; parted between lines."""
    rest, parts = clean(text), []
    while rest:
        size = min(len(rest), SECTION)
        while (over := len(fence((Run(rest[:size]),))) - SECTION) > 0:
            size -= max(over // 5, 1)  # an entity has five characters at most
        if size < len(rest):
            # Else between words; a text without either is parted anywhere.
            size = max(rest.rfind("\n", 0, size), 0) or max(rest.rfind(" ", 0, size), 0) or size
        parts.append(rest[:size])
        rest = rest[size:].lstrip("\n ") if rest[size : size + 1] == " " else rest[size:].removeprefix("\n")
    return parts


def columns(table: Rows, most: int = 10) -> Fragment:
    """A diagnostic's table in columns, for a code block; `most` rows of it."""
    return Fragment(literal(columns_of(table, most)))


def address(url: str) -> str:
    """Where a diagnostic looked, in words: `app on db.internal:5432`, `app on Muster's own host`; else as it is."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    hosts = parse_qs(parts.query).get("host", [])
    host = parts.hostname or (hosts[0] if hosts else "")
    if not parts.scheme or not parts.path.strip("/"):
        return url
    # A Unix socket's directory says nothing to people; that it is on Muster's own host does.
    place = "Muster's own host" if not host or host.startswith("/") else f"{host}:{port}" if port else host
    return f"{parts.path.strip('/')} on {place}"


def kind(event: Event) -> str:
    """The stable name of an event's type, such as `update_posted`."""
    return kind_of(type(event))


def join(values: Iterable[Any], separator: str = ", ", attribute: str | None = None) -> Fragment:
    """The values one after another; mentions among them stay mentions."""
    runs: list[Run] = []
    for value in values:
        part = getattr(value, attribute) if attribute else value
        runs += [*(literal(separator) if runs else ()), *runs_of(part)]
    return Fragment(tuple(runs))


def figure(value: float) -> str:
    """A measured number as people read it: `7`, `0.012`, `99.2`, `12,400`."""
    return f"{value:,.0f}" if abs(value) >= _THOUSANDS or value == int(value) else f"{value:.3g}"


def single(text: str) -> str:
    """A text in one line, without what opens and closes code."""
    return " ".join(text.replace("`", "'").split())


def plural(count: int, one: str, many: str = "") -> str:
    """The count with its noun: `1 update`, `3 updates`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def runs_of(value: object) -> tuple[Run, ...]:
    """How any value is written in a message."""
    match value:
        case Fragment(runs):
            return runs
        case Document():
            return value.runs
        case None:
            return literal("—")
        case bool():
            return literal("yes" if value else "no")
        case datetime():
            return when(value).runs
        case timedelta():
            return literal(duration(value))
        case _:
            return literal(value)


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "mention": mention,
    "channel": channel,
    "when": when,
    "clock": clock,
    "countdown": countdown,
    "figure": figure,
    "duration": duration,
    "ago": ago,
    "link": link,
    "slack_text": slack_text,
    "markdown": markdown,
    "named": named,
    "in_words": in_words,
    "sheets": sheets,
    "columns": columns,
    "address": address,
    "stages": stages,
    "within": within,
    "kind": kind,
    "join": join,
    "plural": plural,
    "single": single,
    **alert_words.FILTERS,
}


def _moment(moment: datetime, form: str, text: str) -> Fragment:
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone can't be shown")
    return Fragment((Run(text, mark=f"<!date^{int(moment.timestamp())}^{form}|{text}>"),))


def _same(one: str, other: str) -> bool:
    return one.casefold().split() == other.casefold().split()


def _decoded(text: str) -> str:
    return _ENTITY.sub(lambda found: {"amp": "&", "lt": "<", "gt": ">"}[found[1]], text)


def _words(text: str, *, code: bool) -> tuple[Run, ...]:
    if not code:
        return literal(_decoded(text))
    runs: list[Run] = []
    for index, part in enumerate(_CODE.split(text)):
        runs += restyle(literal(_decoded(part)), *(("code",) if index % 2 else ()))
    return tuple(runs)


def _token(sigil: str, target: str, label: str, *, ping: bool) -> tuple[Run, ...]:
    match sigil:
        case "@":
            if ping and _USER.fullmatch(target):
                return mention(target).runs
            return literal(f"@{label or target}")
        case "#":
            return literal(f"#{label or target}")
        case "!":
            word = target.partition("^")[0]
            return literal(label or f"@{word}")
        case _:
            address = target.removeprefix("mailto:")
            return literal(f"{label} ({address})" if label and label not in {target, address} else address)

"""Text on its way to Slack: runs of unescaped words with their styles, and how they become mrkdwn.

Words stay unescaped until here, so that they are escaped once and cut between characters that people read, never
inside an escape, a link or a mention.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from bot.messages.limits import LINK_LABEL, URL, VALUE

#: Slack's marker for each style, outermost first.
_MARKERS: Final = {"bold": "*", "italic": "_", "strike": "~", "code": "`"}

# Slack has no way to escape its formatting characters, and whether a zero-width space beside one disarms it depends on
# the client (some libraries insert them to *make* formatting work). A look-alike is plain text everywhere. It is used
# only where the character could begin or end formatting: `snake_case`, `2*3` and a lone ` * ` keep their own.
_LOOKALIKES: Final = {"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"}  # noqa: RUF001 - look-alikes on purpose
_ARMED: Final = re.compile(r"`|(?<![^\W_])[*_~]|[*_~](?![^\W_])")
_IDLE: Final = re.compile(r"(?<=\s)[*~](?=\s)")
_QUOTE_AT_LINE_START: Final = re.compile(r"(?m)^([^\S\n]*)&gt;")
_FENCE: Final = re.compile("`{3,}")
_MANY_NEWLINES: Final = re.compile(r"\n{3,}")
# Controls, lone surrogates and private use, which Slack refuses or draws as boxes; and direction marks and overrides,
# which can make text read as something it is not ("resolved" shown backwards).
_UNWANTED: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\U000f0000-\U0010ffff"
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_LINE_END: Final = re.compile("\r\n|[\r\x85\u2028\u2029]")
_ADDRESS: Final = re.compile(r"https?://[^\s/?#]+|mailto:[^\s@]+@", re.IGNORECASE)
_URL_ESCAPES: Final = str.maketrans({"<": "%3C", ">": "%3E", "|": "%7C", '"': "%22", "`": "%60", "\\": "%5C"})


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one style.

    Attributes:
        text: What a person reads, unescaped.
        mark: A complete Slack token such as `<@U1>` that stands for the text; it is kept or dropped whole.
        styles: Any of `bold`, `italic`, `strike`, `code`.
        raw: True when the text is a template's own mrkdwn, whose formatting characters are meant.
    """

    text: str
    mark: str | None = None
    styles: frozenset[str] = frozenset()
    raw: bool = False


@dataclass(frozen=True, slots=True)
class Fragment:
    """Trusted text made by a filter, such as a mention. It has no `__html__`: only the renderer may place it."""

    runs: tuple[Run, ...]

    def __bool__(self) -> bool:
        """Whether there is anything to read, so that a template can write `{{ names|join or "nobody" }}`."""
        return any(run.text for run in self.runs)

    def __str__(self) -> str:
        """What a person reads; joining a fragment to a string gives plain text, never markup."""
        return plain(self.runs)


def clean(text: str, *, limit: int = VALUE, gaps: bool = False) -> str:
    r"""Text without what Slack would refuse or misread: control characters, lone surrogates, direction overrides.

    Line ends become `\n`, and what no message could hold is left out.

    Args:
        text: The text.
        limit: Characters that are looked at.
        gaps: Whether several empty lines in a row stay, for Markdown, where code is to be copied as it is.
    """
    wanted = _UNWANTED.sub("", _LINE_END.sub("\n", text[:limit]))
    return wanted if gaps else _MANY_NEWLINES.sub("\n\n", wanted)


def literal(value: object) -> tuple[Run, ...]:
    """The runs of a value from outside: its text and nothing else."""
    text = clean(str(value))
    return (Run(text),) if text else ()


def escape(text: str) -> str:
    """The text with Slack's three control characters as entities; nothing in it can ping or link any more."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def disarm(text: str) -> str:
    """The text with those formatting characters replaced by look-alikes that Slack could read as formatting."""
    if not _ARMED.search(text):  # as most words, and there are many
        return text
    idle = {found.start() for found in _IDLE.finditer(text)}
    return _ARMED.sub(lambda found: found[0] if found.start() in idle else _LOOKALIKES[found[0]], text)


def plain(runs: Iterable[Run]) -> str:
    """What a person reads, without styles and unescaped."""
    return "".join(run.text for run in runs)


def plain_text(runs: Iterable[Run]) -> str:
    """The runs for a `plain_text` object: one line, no styles, escaped."""
    return escape(" ".join(plain(runs).split()))


def fallback(runs: Iterable[Run]) -> str:
    """The runs for a message's `text`: no styles, but mentions and dates stay what they are."""
    text = "".join(run.mark or (escape(run.text) if run.raw else escape(disarm(run.text))) for run in runs)
    return _QUOTE_AT_LINE_START.sub(r"\1›", text).strip()  # noqa: RUF001 - a look-alike on purpose


def mrkdwn(runs: Iterable[Run]) -> str:
    """The runs as Slack mrkdwn."""
    text = "".join(_styled(list(group), styles) for styles, group in groupby(runs, key=lambda run: run.styles))
    return _QUOTE_AT_LINE_START.sub(r"\1›", text).strip()  # noqa: RUF001 - a look-alike on purpose


def quote(runs: Iterable[Run]) -> str:
    """The runs as a Slack quotation, every line of it."""
    text = mrkdwn(runs)
    return "\n".join(f">{' ' if line else ''}{line}" for line in text.split("\n")) if text else ""


def fence(runs: Iterable[Run]) -> str:
    """The runs as a Slack code block that no backticks in the text can close."""
    text = _FENCE.sub(lambda found: "\u200b".join(found[0]), escape(plain(runs))).strip("\n")
    return f"```\n{text}\n```" if text.strip() else ""


def restyle(runs: Iterable[Run], *styles: str) -> tuple[Run, ...]:
    """The same runs with further styles."""
    return tuple(replace(run, styles=run.styles | set(styles)) for run in runs)


def link(url: str, label: Sequence[Run] = ()) -> tuple[Run, ...]:
    """A link, or its label alone when the address is not one that a browser should open.

    Args:
        url: An address with an http, https or mailto scheme.
        label: What is shown; the address itself when empty.
    """
    target = safe_url(url)
    words = " ".join(plain(label).split()) or url
    if target is None:
        return tuple(label) or literal(url)
    if len(words) > LINK_LABEL:
        words = words[: LINK_LABEL - 1].rstrip() + "…"
    return (Run(words, mark=f"<{escape(target)}|{escape(disarm(words)).replace('|', '¦')}>"),)


def safe_url(url: str) -> str | None:
    """The address with Slack's delimiters percent-encoded, or None when it is not one to link to."""
    url = url.strip()
    if not _ADDRESS.match(url) or len(url) > URL or not url.isprintable() or any(c.isspace() for c in url):
        return None
    scheme, colon, rest = url.partition(":")
    url = scheme.lower() + colon + rest
    return url.translate(_URL_ESCAPES)


def _styled(runs: list[Run], styles: frozenset[str]) -> str:
    code = "code" in styles
    if code:
        content = "".join(escape(run.text.replace("`", _LOOKALIKES["`"])) for run in runs)
    else:
        content = "".join(run.mark or (escape(run.text) if run.raw else escape(disarm(run.text))) for run in runs)
    markers = "".join(marker for style, marker in _MARKERS.items() if style in styles)
    # Slack's markers hold within one line and only when they touch the words.
    return "\n".join(_wrap(line, markers) for line in content.split("\n")) if markers else content


def _wrap(line: str, markers: str) -> str:
    core = line.strip()
    if not core:
        return line
    start = line.index(core)
    return f"{line[:start]}{markers}{core}{markers[::-1]}{line[start + len(core) :]}"

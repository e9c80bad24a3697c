"""Words from outside as Markdown that says them and nothing more: no link, no mention, no table, no HTML."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from bot.domain.actor import Actor, ActorKind

#: What a forge could read as markup, wherever it stands. An underscore inside a word is harmless and stays.
_ARMED: Final = re.compile(r"[\\`*\[\]<|#~$]|(?<![^\W_])_|_(?![^\W_])|&(?=[#\w])|:(?=//)|(?<=\bwww)\.", re.IGNORECASE)
#: What means something only where a line begins: lists, quotes, rules and underlined headings.
_LINE_START: Final = re.compile(r"^(?:(?=[+=>-])|(\d{1,9})(?=[.)](?:\s|$)))")
#: A word joiner between the two keeps `@team` and `a@b.example` from becoming a mention or a link.
_AT: Final = re.compile(r"@(?=\w)")
_NAME: Final = re.compile(r"[\w.:+-]+", re.ASCII)
#: What stands in code type in Markdown, on one line.
_CODE: Final = re.compile(r"(`[^`]+`)")
#: What most of it is: one line of words in which nothing is armed, so nothing has to be looked at again.
_HARMLESS: Final = re.compile(r"(?!\d+[.)])[A-Za-z0-9](?: ?(?:[A-Za-z0-9,.;%()'“”→?!/-]|:(?!//)))*")
#: A link of Slack, as it stands between the parentheses of a Markdown link.
_ADDRESS: Final = re.compile(r"https://[A-Za-z0-9.-]+(?::\d+)?(?:/[A-Za-z0-9/._~?&=%,+-]*)?")
_ADDRESS_LIMIT: Final = 400
# Direction overrides can make text read as something that it is not.
_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: The most characters of a name; Slack allows eighty.
_NAME_LIMIT: Final = 80
_UNSEEN: Final = frozenset({"Cc", "Cs", "Co"})
_TOKEN: Final = re.compile(r"<([@#!]|(?:https?|mailto|tel):)([^<>|\n]*)(?:\|([^<>\n]*))?>")
_ENTITIES: Final = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_NONE: Final[Mapping[Any, Any]] = MappingProxyType({})


class Md(str):
    """Markdown that is meant as such; anything else is escaped where it is placed."""

    __slots__ = ()


def clean(text: str) -> str:
    r"""The text with `\n` for every kind of line end, without control characters and direction overrides."""
    lines = "\n".join(text.splitlines())
    if lines.isascii() and lines.isprintable():
        return lines
    return "".join(ch for ch in lines if ch in "\n\t" or (ch not in _BIDI and unicodedata.category(ch) not in _UNSEEN))


def inline(text: str, limit: int | None = None, *, begins: bool = True) -> Md:
    """One line of Markdown that reads as the text does; line ends show as ⏎.

    Args:
        text: Anything.
        limit: The most characters to show; what is left out is counted behind the rest.
        begins: Whether it may be the first of its line, where a number or a dash would mean more; not so in a heading.
    """
    if (limit is None or len(text) <= limit) and _HARMLESS.fullmatch(text) and "www." not in text.lower():
        return Md(text)
    lines = [words for line in clean(text).split("\n") if (words := " ".join(line.split()))]
    whole = " ⏎ ".join(lines)
    if limit is None or len(whole) <= limit:
        return Md(_disarm(whole, begins=begins))
    kept = whole[:limit]
    kept = kept[: kept.rfind(" ")] if " " in kept[limit // 2 :] else kept
    return Md(f"{_disarm(kept, begins=begins)} … (cut: {len(whole) - len(kept):,} characters more)")


def quoted(text: str) -> Md:
    """A Markdown quotation of the text, its lines and paragraphs kept; empty for nothing said."""
    lines = [" ".join(line.split()) for line in clean(text).strip().split("\n")]
    quote = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        # A backslash at the end keeps the line break; at the end of a paragraph it would be shown.
        end = "\\" if following else ""
        quote.append(f"> {_disarm(line)}{end}" if line else ">")
    return Md("\n".join(quote)) if text.strip() else Md("")


def code(name: str) -> Md:
    """An identifier in code type; one that holds more than letters, digits and `.:+_-` is plain text."""
    return Md(f"`{name}`") if _NAME.fullmatch(name) else inline(name)


def with_code(text: str) -> Md:
    """A pack's own words on one line: what stands between back ticks in them stays in code type."""
    parts = _CODE.split(" ".join(text.split()))
    shown = (part if at % 2 else _spaced(part) for at, part in enumerate(parts))
    return Md("".join(shown))


def _spaced(text: str) -> str:
    """As `inline`, with the space that the words around it need."""
    bare = text.strip()
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{before}{inline(bare)}{after}" if bare else text


def cite(*seqs: int, links: Mapping[int, str] = _NONE, most: int | None = None) -> Md:
    """Entry numbers as `#1, #4`, in order, runs of three and more drawn together.

    Args:
        seqs: the numbers, in any order.
        links: where the message of an entry is in Slack; those numbers become links.
        most: how many numbers and runs are shown; of the others it is said how many entries they are.
    """
    if len(seqs) == 1 and seqs[0] not in links:
        return Md(f"#{seqs[0]}")
    runs: list[list[int]] = []
    for seq in sorted(set(seqs)):
        if runs and seq == runs[-1][-1] + 1:
            runs[-1].append(seq)
        else:
            runs.append([seq])
    shown = ", ".join(_run(run, links) for run in runs[:most])
    left = sum(len(run) for run in runs[most:]) if most is not None else 0
    return Md(f"{shown} and {left} more" if left else shown)


def _run(run: list[int], links: Mapping[int, str]) -> str:
    numbers = (run[0], run[-1]) if len(run) > 2 else run
    between = "–" if len(run) > 2 else ", "  # noqa: RUF001 (an en dash is what a range is written with)
    return between.join(linked(f"#{seq}", links[seq]) if seq in links else f"#{seq}" for seq in numbers)


def linked(label: str, address: str) -> Md:
    """A link with a label that is Markdown already; the label alone where the address is not a plain https one."""
    fits = len(address) <= _ADDRESS_LIMIT and _ADDRESS.fullmatch(address)
    return Md(f"[{label}]({address})" if fits else label)


def _disarm(line: str, *, begins: bool = True) -> str:
    safe = _AT.sub("@\u2060", _ARMED.sub(lambda found: f"\\{found[0]}", line))
    return _LINE_START.sub(lambda found: f"{found[1] or ''}\\", safe) if begins else safe


@dataclass(frozen=True, slots=True)
class People:
    """How the people of a timeline are called. `names` maps Slack ids to display names."""

    names: Mapping[str, str] = field(default_factory=dict)
    _known: dict[str, Md] = field(default_factory=dict, init=False, repr=False, compare=False)

    def person(self, user: str | None) -> Md:
        """Somebody by name; by id in code type when the name is not known, and "nobody" for None."""
        if user is None:
            return Md("nobody")
        known = self._known.get(user)
        if known is None:
            known = self._known[user] = self._called(user)
        return known

    def _called(self, user: str) -> Md:
        name = self.names.get(user, "").strip()
        if shown := inline(name, _NAME_LIMIT):
            return shown
        return code(user) if user.isupper() and user.isalnum() else inline(user, _NAME_LIMIT) or Md("nobody")

    def actor(self, actor: Actor) -> Md:
        """Who did something, as a reader would call them."""
        match actor.kind:
            case ActorKind.PERSON:
                return self.person(actor.id)
            case ActorKind.BOT:
                return Md("Muster")
            case ActorKind.MONITOR:
                return Md(f"{inline(actor.id, _NAME_LIMIT)} (monitor)")
            case ActorKind.CLI:
                return Md(f"{inline(actor.id, _NAME_LIMIT)} (terminal)")

    def words(self, text: str) -> str:
        """Slack's tokens as a reader sees them: `<@U1>` is @Dana, `<https://x|here>` is here (https://x)."""
        if "<" not in text and "&" not in text:
            return text
        plain = _TOKEN.sub(self._token, text)
        for entity, char in _ENTITIES:
            plain = plain.replace(entity, char)
        return plain

    def _token(self, found: re.Match[str]) -> str:
        kind, what, label = found[1], found[2], found[3]
        match kind:
            case "@":
                return f"@{self.names.get(what) or label or what}"
            case "#":
                return f"#{label or what}"
            case "!":
                return label or f"@{what.partition('^')[0]}"
            case _:
                address = what if kind == "mailto:" else f"{kind}{what}"
                return f"{label} ({address})" if label and label not in (address, what) else address

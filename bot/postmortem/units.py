"""The lines of a section as what a merge moves about: a line, a block of code, or the head of a table as a whole."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from bot.postmortem.parts import fences

#: How a question to somebody begins and ends; `templates/postmortem/lines.md.j2` writes it.
_ASKS: Final = "_To be filled in by "
_ENDS: Final = "_"
_MARKS: Final = frozenset("-*+")


class Kind(StrEnum):
    """What a unit is, for what may stand directly below what."""

    HEAD = "head"  # of a table: its first row and the line of dashes
    ROW = "row"
    BULLET = "bullet"
    QUOTE = "quote"
    TITLE = "title"
    CODE = "code"
    QUESTION = "question"
    PROSE = "prose"


@dataclass(frozen=True, slots=True)
class Unit:
    """A line that says something, or several that belong together.

    Attributes:
        text: as it stands, without the last line end.
        key: what is equal for two that say the same: space between cells and at the end does not count. What comes
            again is numbered, so that a section has each key once.
        gap: how many blank lines stand above.
        kind: what it is.
        head: of a row, the head of the table that it stands in; empty for a row without.
    """

    text: str
    key: Hashable
    gap: int
    kind: Kind
    head: str = ""

    def asked_as(self, other: "Unit") -> "Unit":
        """The same question in newer words: told apart from others as the older one is."""
        return replace(self, key=other.key)


def units(text: str) -> list[Unit]:
    """The units of a section's text, whose line ends are line feeds."""
    lines = text.split("\n")
    code = dict(fences(lines)) if "```" in text or "~~~" in text else {}
    found: list[Unit] = []
    seen: Counter[Hashable] = Counter()
    gap, at, head = 0, 0, ""
    while at < len(lines):
        line, until, kind = lines[at], at + 1, Kind.PROSE
        if not line.strip():
            gap, at, head = gap + 1, until, ""
            continue
        if at in code:
            until, kind, head = code[at], Kind.CODE, ""
        elif line.lstrip().startswith("|") and not is_rule(line):
            kind = Kind.ROW
            if until < len(lines) and is_rule(lines[until]):
                until, kind = until + 1, Kind.HEAD
                head = "\n".join(lines[at:until])
        else:
            # Prose directly below a row is a row to a reader of Markdown, so the table goes on behind it.
            kind = kind_of(line)
            # A `>` alone is the gap between two paragraphs of a quotation, and goes with the upper one.
            while kind is Kind.QUOTE and until < len(lines) and lines[until].strip() == ">":
                until += 1
        whole = "\n".join(lines[at:until])
        key = _key(whole, kind)
        seen[key] += 1
        found.append(Unit(whole, (key, seen[key]), gap, kind, head if kind is Kind.ROW else ""))
        gap, at = 0, until
    return found


def kind_of(line: str) -> Kind:
    """What a line is that is neither in a table nor in code."""
    bare = line.strip()
    if bare.startswith(_ASKS) and bare.endswith(_ENDS):
        return Kind.QUESTION
    if bare.startswith(">"):
        return Kind.QUOTE
    if bare.startswith("#") and bare.lstrip("#")[:1] in ("", " ", "\t"):
        return Kind.TITLE
    number = bare.lstrip("0123456789")
    listed = number[:1] in (".", ")") and number != bare and number[1:2] in ("", " ")
    if listed or (bare[0] in _MARKS and bare[1:2] in ("", " ")) or line.startswith("  "):
        return Kind.BULLET
    return Kind.PROSE


def is_rule(line: str) -> bool:
    """Whether it is the line of dashes below a table's first row."""
    bare = line.strip()
    return bare.startswith("|") and "-" in bare and not bare.strip("|-: \t")


def width(row: str) -> int:
    """How many cells the first line of a row or head has."""
    line = row.partition("\n")[0].strip()
    bars = line.count("|") - line.count("\\|")
    return bars - 1 if line.endswith("|") and not line.endswith("\\|") else bars


def question(text: str) -> frozenset[str]:
    """The words of a question without whom it asks, to find the newer wording of an older one."""
    return frozenset(text.partition(": ")[2].split())


def keys(several: Sequence[Unit]) -> list[Hashable]:
    """What to align units by."""
    return [unit.key for unit in several]


def _key(text: str, kind: Kind) -> Hashable:
    if kind is Kind.CODE:
        return text
    if kind is Kind.ROW:
        return "|".join([cell.strip() for cell in text.split("|")])
    if kind is Kind.HEAD:
        first, _, rule = text.partition("\n")
        return _key(first, Kind.ROW), width(rule)
    return text.rstrip()

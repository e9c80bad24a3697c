"""What a Markdown text has in it, line by line: headings, items, tables, fences. Lines are the file's, from 1."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from markdown_it.token import Token

from bot.runbooks.block_rules import block_parser
from bot.runbooks.words import LINE_LIMIT, TITLE_LIMIT, anchor, bold_line, plain, step_number, without_code

#: The level of a line that is nothing but bold: below all headings.
BOLD: Final = 7
#: A longer text is read so far, so that none takes long; the rest belongs to what it stands in.
MOST_LINES = 10_000

#: What an item of a checklist begins with.
TASK = re.compile(r"\[[ xX]\][ \t]+(?=\S)")
_ONLY_LINK = re.compile(r"\[[^\[\]]*\]\(#[^()\s]*\)")
_TAG = re.compile(r"(?<!\\)</?[A-Za-z][A-Za-z0-9-]*(?:\s[^<>]*)?/?>|(?<!\\)<(?:script|style)\b", re.IGNORECASE)
#: `[end it]: #end-it`, and what refers to it.
_REFERENCE = re.compile(r"^ {0,3}\[([^\[\]]+)\]:[ \t]*<?#([^\s<>()]+)", re.MULTILINE)
_REFERS = re.compile(r"\[([^\[\]]+)\](?:\[([^\[\]]*)\])?(?![\[(:])")
_COMMENT = re.compile(r"\s*<!--(?:(?!-->).)*-->\s*", re.DOTALL)
_LONG = 20_000


class Mark(IntEnum):
    """What an item has before it; a higher one makes a step before a lower one does."""

    BULLET = 0
    NUMBER = 1
    BOX = 2


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; `last` is its last line, `text` what it says without markup, `step` whether it is `Step N`."""

    line: int
    last: int
    level: int
    text: str
    slug: str = ""
    step: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list that stands in no other. `led` says that a line ending in a colon leads up to its list."""

    line: int
    last: int
    mark: Mark
    text: str
    led: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table that stands in nothing else."""

    line: int
    last: int
    head: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block, wherever it stands."""

    line: int
    info: str
    body: str


@dataclass(frozen=True, slots=True)
class Saying:
    """An item's text, or a paragraph's line, wherever it stands."""

    line: int
    text: str
    item: bool


@dataclass(slots=True)
class Outline:
    """All of a text, each kind in the order of its lines; `wrong` has what to mend, by line."""

    first: int
    last: int
    headings: list[Heading] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    fences: list[Fence] = field(default_factory=list)
    sayings: list[Saying] = field(default_factory=list)
    blank: set[int] = field(default_factory=set)
    wrong: list[tuple[int, str]] = field(default_factory=list)


_PARSER: Final = block_parser()


def outline(text: str, first: int) -> Outline:
    """Reads a text, whatever is in it.

    Args:
        text: with line feeds, and without NULs.
        first: the file's line in which it begins.
    """
    lines = text.removesuffix("\n").split("\n") if text else []
    found = Outline(first, first + len(lines) - 1)
    found.blank = {first + place for place, line in enumerate(lines) if not line.strip()}
    if len(lines) > MOST_LINES:
        message = f"There are more than {MOST_LINES} lines; what comes after is not walked. Split the file."
        found.wrong.append((first + MOST_LINES, message))
    read = lines[:MOST_LINES]
    links = {label.casefold(): slug for label, slug in _REFERENCE.findall(text)} if "]:" in text else {}
    _Reading(found, first, len(read), links).read(_PARSER.parse("\n".join(read) + "\n"))
    return found


@dataclass(slots=True)
class _Reading:
    """One walk over a text's tokens."""

    found: Outline
    first: int
    length: int
    links: Mapping[str, str]
    slugs: dict[str, int] = field(default_factory=dict)

    def read(self, tokens: Sequence[Token]) -> None:
        led = False
        for at, token in enumerate(tokens):
            kind, top = token.type, token.level == 0
            if kind == "inline":
                if "<" in token.content:
                    self._tags(token)
            elif token.nesting >= 0:
                self._block(kind, tokens, at, led=led)
                if top and not token.nesting:
                    led = False
            elif top:
                led = kind == "paragraph_close" and _colon(tokens[at - 1].content)

    def _block(self, kind: str, tokens: Sequence[Token], at: int, *, led: bool) -> None:
        token = tokens[at]
        match kind:
            case "paragraph_open":
                self._paragraph(token, tokens, at)
            case "fence":
                self._fence(token)
            case "heading_open":
                self._heading(token, tokens[at + 1])
            case "bullet_list_open" | "ordered_list_open" if token.level == 0:
                self._list(tokens, at, led=led)
            case "table_open" if token.level == 0:
                self._table(token, tokens, at)
            case "html_block":
                self._html(token)

    def _line(self, token: Token) -> int:
        return self.first + (token.map[0] if token.map else 0)

    def _last(self, token: Token) -> int:
        """The last line of a block that is not blank."""
        last = self.first + (token.map[1] if token.map else 1) - 1
        while last in self.found.blank and last > self._line(token):
            last -= 1
        return last

    def _heading(self, token: Token, inline: Token) -> None:
        text = plain(inline.content, LINE_LIMIT)
        called = anchor(text, self.slugs)
        if token.level == 0:
            text = text[:TITLE_LIMIT].rstrip()
            line, last = self._line(token), self._last(token)
            self.found.headings.append(Heading(line, last, int(token.tag[1]), text, called, step_number(text)))

    def _paragraph(self, token: Token, tokens: Sequence[Token], at: int) -> None:
        inline = tokens[at + 1]
        line = self._line(token)
        content = _REFERS.sub(self._link, inline.content) if self.links else inline.content
        lines = content.split("\n")
        if token.level == 0 and (bold := bold_line(lines[0])):
            self.found.headings.append(Heading(line, line, BOLD, (text := plain(bold)), step=step_number(text)))
        if "](#" not in content and "](<#" not in content:
            return
        if at and tokens[at - 1].type == "list_item_open":
            self.found.sayings.append(Saying(line, TASK.sub("", content, count=1), item=True))
        else:
            self.found.sayings += (Saying(line + place, said, item=False) for place, said in enumerate(lines))

    def _link(self, found: re.Match[str]) -> str:
        slug = self.links.get((found[2] or found[1]).casefold())
        return f"[{found[1]}](#{slug})" if slug else found[0]

    def _list(self, tokens: Sequence[Token], at: int, *, led: bool) -> None:
        numbered = tokens[at].type == "ordered_list_open"
        items: list[Item] = []
        for place, token in _inside(tokens, at, "list_item_open", 1):
            inner = tokens[place + 1 : place + 3]
            text = inner[1].content if len(inner) == 2 and inner[0].type == "paragraph_open" else ""
            box = TASK.match(text)
            mark = Mark.BOX if box else Mark.NUMBER if numbered else Mark.BULLET
            items.append(Item(self._line(token), self._last(token), mark, text[box.end() :] if box else text, led))
        if not all(_ONLY_LINK.fullmatch(item.text[:_LONG].strip()) for item in items):
            self.found.items += items

    def _table(self, token: Token, tokens: Sequence[Token], at: int) -> None:
        rows = [Row(self._line(row), tuple(_cells(tokens, place))) for place, row in _inside(tokens, at, "tr_open", 2)]
        if rows:
            head, *others = rows
            self.found.tables.append(Table(self._line(token), self._last(token), head.cells, tuple(others)))

    def _fence(self, token: Token) -> None:
        begin, end = token.map or [0, 1]
        self.found.fences.append(Fence(self.first + begin, token.info.strip(), token.content))
        ended = token.content.count("\n") == end - begin - 2
        if not ended and not (end >= self.length and self.length >= MOST_LINES):
            message = f"This block does not end. Close it with a line of {token.markup[:3]}"
            self.found.wrong.append((self.first + begin, message))

    def _html(self, token: Token) -> None:
        if not _COMMENT.fullmatch(token.content):
            self.found.wrong.append((self._line(token), _HTML))

    def _tags(self, inline: Token) -> None:
        rest, _ = without_code(inline.content)
        tag = next((tag for tag in _TAG.finditer(rest) if tag[0] not in _BREAKS), None)
        if tag is not None:
            self.found.wrong.append((self._line(inline) + rest.count("\n", 0, tag.start()), _HTML))


_HTML = "HTML is shown as text. Write it as Markdown, or as code between backticks."
_BREAKS = frozenset({"<br>", "<br/>", "<br />"})


def _inside(tokens: Sequence[Token], at: int, kind: str, level: int) -> Iterator[tuple[int, Token]]:
    """The tokens of a kind and level within the block that begins at `at`, and their places."""
    for place in range(at + 1, len(tokens)):
        token = tokens[place]
        if token.level == 0:
            return
        if token.type == kind and token.level == level:
            yield place, token


def _cells(tokens: Sequence[Token], at: int) -> Iterator[str]:
    for place in range(at + 1, len(tokens)):
        if tokens[place].type == "tr_close":
            return
        if tokens[place].type == "inline":
            yield tokens[place].content


def _colon(text: str) -> bool:
    return text.rstrip(" \t*_").endswith(":")

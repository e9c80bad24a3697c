"""The Markdown of a ticket, read once into blocks, so that each tracker is given it in a form of its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from bot.messages.runs import safe_url
from bot.postmortem.text import clean

#: No more is read of a text, so that the most intricate one is read in well under a second.
MOST_CHARACTERS: Final = 20_000
#: What stands where a text was cut.
CUT: Final = "… (cut: the whole text is in the incident's review)"
_MARKDOWN: Final = (
    MarkdownIt("commonmark", {"html": False})
    .enable(["table", "strikethrough"])
    .disable(["html_block", "html_inline", "reference", "lheading"])
)
_STYLES: Final = {"strong": "bold", "em": "italic", "s": "strike"}
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class Words:
    """A stretch of text without line ends: its styles (`bold`, `italic`, `strike`, `code`), and where it links to."""

    text: str
    styles: frozenset[str] = frozenset()
    link: str = ""


Line = tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines of text; a heading has a `level` from 1 to 6."""

    lines: tuple[Line, ...]
    level: int = 0


@dataclass(frozen=True, slots=True)
class Code:
    """Lines to be shown as they are."""

    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list; it is numbered from `start` where that is not None."""

    items: tuple[tuple["Block", ...], ...]
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation."""

    blocks: tuple["Block", ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; its first row is the heading."""

    rows: tuple[tuple[Line, ...], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across."""


Block = Paragraph | Code | Items | Quote | Table | Rule


def read(markdown: str) -> tuple[Block, ...]:
    """The blocks of a text; what is neither http, https nor mailto is no link."""
    return tuple(_blocks(SyntaxTreeNode(_MARKDOWN.parse(markdown))))


def fitted(
    markdown: str, make: Callable[[tuple[Block, ...]], _Made], fits: Callable[[_Made], bool], *, also: str = ""
) -> _Made:
    """The text in a tracker's form, cut where it would be too long; the cut is said.

    Args:
        markdown: anything that people wrote.
        make: gives the form of the blocks.
        fits: whether the tracker takes it.
        also: more Markdown, which is ours, and is never cut.
    """
    source = clean(markdown[:MOST_CHARACTERS])
    cut = len(markdown) > MOST_CHARACTERS
    while True:
        # Each is read by itself, so that a fence which the cut has left open swallows nothing.
        blocks = (*read(source), *(read(CUT) if cut else ()), *read(also))
        made = make(blocks)
        if fits(made) or not source:
            return made
        half, cut = source[: len(source) // 2], True
        source = half[: half.rfind("\n") + 1] or half


def plain(line: Line) -> str:
    """What a person reads of a line, with the addresses of its links."""
    return "".join(f"{one.text} ({one.link})" if one.link and one.link != one.text else one.text for one in line)


def _blocks(parent: SyntaxTreeNode) -> Iterator[Block]:
    for node in parent.children:
        match node.type:
            case "paragraph" | "heading":
                level = int(node.tag[1]) if node.type == "heading" else 0
                if lines := _lines(node):
                    yield Paragraph(lines, level)
            case "fence" | "code_block":
                yield Code(node.content)
            case "bullet_list" | "ordered_list":
                start = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
                yield Items(tuple(tuple(_blocks(item)) for item in node.children), start)
            case "blockquote":
                yield Quote(tuple(_blocks(node)))
            case "table":
                yield Table(tuple(_row(row) for row in node.walk() if row.type == "tr"))
            case _:
                yield Rule()


def _row(row: SyntaxTreeNode) -> tuple[Line, ...]:
    return tuple(tuple(one for line in _lines(cell) for one in line) for cell in row.children)


def _lines(node: SyntaxTreeNode) -> tuple[Line, ...]:
    """The lines of what a node says; empty ones are left out."""
    lines: list[list[Words]] = [[]]
    for words in _words(node.children[0]) if node.children else ():
        for index, part in enumerate(words.text.split("\n")):
            if index:
                lines.append([])
            if part:
                _add(lines[-1], replace(words, text=part))
    return tuple(tuple(line) for line in lines if any(one.text.strip() for one in line))


def _add(line: list[Words], words: Words) -> None:
    """To a line; what looks the same is one, so that nothing is pieced together that was not judged as a whole."""
    before = line[-1] if line else None
    if before and (before.styles, before.link) == (words.styles, words.link):
        line[-1] = replace(before, text=before.text + words.text)
    else:
        line.append(words)


def _words(node: SyntaxTreeNode, styles: frozenset[str] = frozenset(), link: str = "") -> Iterator[Words]:
    for one in node.children:
        match one.type:
            case "text":
                yield Words(one.content, styles, link)
            case "softbreak" | "hardbreak":
                yield Words("\n")
            case "code_inline":
                yield Words(" ".join(one.content.split()), styles | {"code"}, link)
            case "strong" | "em" | "s":
                yield from _words(one, styles | {_STYLES[one.type]}, link)
            case "link":
                target = safe_url(str(one.attrs.get("href", ""))) or ""
                said = list(_words(one, styles, target))
                yield from said or [Words(target, styles, target)]
            case "image":  # nothing is fetched to be shown
                target = safe_url(str(one.attrs.get("src", ""))) or ""
                yield Words(one.content or target or "image", styles, target)
            case _:
                yield Words(one.content, styles, link)

"""The review in the Markdown that Slack's canvases take.

Slack documents it beside `canvases.create` and under "Canvases": headings of three levels, tables of at most 300
cells, no quotation inside another or in a list, and a list within a list of the same kind. A change may have 1 MiB.
Links in the cells of tables are shown as they are written, so a cell has only their words. `![](@U1)` would mention
somebody and `![](#C1)` a room: nothing of what people typed can become that.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markdown_it.token import Token

from bot.postmortem.markup import end_of, head_of, parser, rows_of, title_of

#: The most bytes of a canvas that we send at once; Slack takes 1 MiB with what is around them.
SIZE_LIMIT: Final = 1_000_000
#: The most cells of a table, its head's included.
CELL_LIMIT: Final = 300
#: The most characters of a canvas's title that we give it.
TITLE_LIMIT: Final = 250
_WHOLE: Final = "The whole review is the file in this channel."
#: A word joiner: it is not seen, and what it parts is no mention.
_JOINER: Final = "\u2060"
_ARMED: Final = re.compile(r"[\\`*\[\]|~<]|(?<![^\W_])_|_(?![^\W_])")
_MENTION: Final = re.compile(r"(?<=@)(?=\w)|(?<=[(<])(?=[@#!])")
_LINE_START: Final = re.compile(r"^(?:(?=#{1,6}(?:\s|$)|[+=>-])|(\d{1,9})(?=[.)](?:\s|$)))")
_ADDRESS: Final = re.compile(r"https?://[^\s()<>|]+|mailto:[^\s()<>|]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Canvas:
    """A canvas: its title, its Markdown, and whether some of the review did not fit in."""

    title: str
    markdown: str
    cut: bool


def to_canvas(markdown: str, *, whole: str = _WHOLE, limit: int = SIZE_LIMIT) -> Canvas:
    """The review as a canvas.

    Args:
        markdown: the review.
        whole: a sentence that says where all of it is, for one that is too long. Plain text.
        limit: the most bytes that the Markdown may have.
    """
    tokens = parser().parse(markdown)
    end = f"{_text(f'The rest is too long for a canvas. {whole}')}\n"
    room = limit - len(end.encode())
    kept: list[str] = []
    cut = False
    for block in _blocks(tokens):
        room -= len(block.encode()) + 2
        if room < 0:
            cut = True
            break
        kept.append(block)
    return Canvas(title_of(markdown)[:TITLE_LIMIT], "\n\n".join([*kept, end] if cut else kept) + "\n" * (not cut), cut)


def _blocks(tokens: Sequence[Token]) -> Iterator[str]:
    """The parts of a canvas, each of which can stand alone."""
    at, titled = 0, False
    while at < len(tokens):
        end = end_of(tokens, at)
        part = tokens[at:end]
        at = end
        match part[0].type:
            case "heading_open" if part[0].tag == "h1" and not titled:
                titled = True  # the canvas has it as its title
            case "heading_open":
                yield f"{'#' * min(int(part[0].tag[1]), 3)} {_words(part[1])}"
            case "table_open":
                yield from _tables(part)
            case "bullet_list_open" | "ordered_list_open":
                yield "\n".join(_list(part, ordered=part[0].type.startswith("ordered")))
            case "blockquote_open":
                yield "\n".join(f"> {line}" for line in _lines(part))
            case "fence" | "code_block":
                yield _code(part[0].content)
            case "hr":
                yield "---"
            case _:
                yield "\n".join(_lines(part))


def _tables(table: Sequence[Token]) -> Iterator[str]:
    """A table, as several where it has too many cells; each has the head."""
    head = [_escaped(words) for words in head_of(table, 0)][: CELL_LIMIT // 2]
    rows = [
        [_words(table[at + 1], cell=True) for at in range(start, end) if table[at].type == "td_open"]
        for start, end in rows_of(table)
    ]
    top = f"{_row(head)}\n{_row(['---'] * len(head))}"
    most = max(CELL_LIMIT // max(len(head), 1) - 1, 1)
    for start in range(0, max(len(rows), 1), most):
        yield "\n".join([top, *(_row(row[: len(head)]) for row in rows[start : start + most])])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _list(tokens: Sequence[Token], *, ordered: bool) -> Iterator[str]:
    """The items of a list and of those inside it, which are of its kind; what else is in an item is its words."""
    depth, counts = -1, [0]
    begun = False
    for token in tokens:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                depth += 1
                counts = [*counts[: depth + 1], 0]
            case "bullet_list_close" | "ordered_list_close":
                depth -= 1
            case "list_item_open":
                counts[depth + 1] += 1
                begun = True
            case "inline" | "fence" | "code_block":
                words = _words(token) if token.type == "inline" else _escaped(" ".join(token.content.split()))
                indent = "    " * depth
                number = f"{counts[depth + 1]}." if ordered else "-"
                yield f"{indent}{number} {words}" if begun else f"{indent}    {words}"
                begun = False


def _lines(tokens: Sequence[Token]) -> Iterator[str]:
    """What is written in some paragraphs, whatever they stand in, line by line."""
    first = True
    for token in tokens:
        if token.type not in {"inline", "fence", "code_block"}:
            continue
        if not first:
            yield ""
        first = False
        yield from (_words(token) if token.type == "inline" else _escaped(token.content.strip())).split("\n")


def _code(text: str) -> str:
    return f"```\n{_MENTION.sub(_JOINER, text.replace('```', f'`{_JOINER}``')).rstrip()}\n```"


def _words(inline: Token, *, cell: bool = False) -> str:
    """Words with their bold type, links and code. In a cell of a table links are their words, on one line."""
    parts: list[str] = []
    address = ""
    for child in inline.children or []:
        match child.type:
            case "strong_open" | "strong_close":
                parts.append("**")
            case "em_open" | "em_close":
                parts.append("_")
            case "code_inline":
                parts.append(f"`{_MENTION.sub(_JOINER, child.content.replace('`', chr(39)).replace('|', '/'))}`")
            case "softbreak" | "hardbreak":
                parts.append("\n" if child.type == "hardbreak" and not cell else " ")
            case "link_open":
                address = "" if cell else _address(str(child.attrGet("href") or ""))
                parts.append("[" if address else "")
            case "link_close":
                parts.append(f"]({address})" if address else "")
                address = ""
            case "anchor" | "citation":
                to = "" if cell else _address(str(child.meta.get("href", "")))
                parts.append(f"[{child.content}]({to})" if to else child.content)
            case _:
                parts.append(_escaped(child.content))
    lines = "".join(parts).strip().split("\n")
    if cell:
        return " ".join(lines)
    return "\n".join(_LINE_START.sub(lambda found: f"{found[1] or ''}\\", line.strip()) for line in lines)


def _address(href: str) -> str:
    return href if _ADDRESS.fullmatch(href) else ""


def _text(words: str) -> str:
    return _escaped(" ".join(words.split()))


def _escaped(words: str) -> str:
    """Words that say what they say and nothing more."""
    return _ARMED.sub(lambda found: f"\\{found[0]}", _MENTION.sub(_JOINER, words))

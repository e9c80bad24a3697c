"""A ticket's text for Jira: as an Atlassian document of plain nodes, or as text that is shown as it is written."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from bot.notices.trackers.body import Block, Code, Items, Line, Paragraph, Quote, Rule, Table, Words, fitted, plain

#: Characters of a text field, by Jira's own default.
MOST: Final = 32_767
#: What is kept free for the marker.
_RESERVE: Final = 1_000
_MARKS: Final = (("bold", "strong"), ("italic", "em"), ("strike", "strike"))
_NOFORMAT: Final = "{noformat}"
_INDENT: Final = "  "

Node = dict[str, Any]


def document_of(markdown: str, marker: str) -> Node:
    """The text as a document of version 1, with the marker as its last paragraph.

    It has text, lists, quotations, code and links, and no node that acts: no mention, card, macro or media.
    Jira counts the characters of the text; we count those of the JSON, which are more.
    """
    last = _paragraph([{"type": "text", "text": marker, "marks": [{"type": "code"}]}])
    content = fitted(markdown, lambda blocks: list(_blocks(blocks)), _fits)
    return {"version": 1, "type": "doc", "content": [*content, last]}


def is_last(document: Any, marker: str) -> bool:
    """Whether a document, or a text of `wiki_of`, ends in that marker."""
    match document:
        case str(text):
            return text.rstrip().endswith("\n" + _wiki_marker(marker))
        case {"content": [*_, {"type": "paragraph", "content": [{"type": "text", "text": str(text)}]}]}:
            return text == marker
        case _:
            return False


def wiki_of(markdown: str, marker: str) -> str:
    """The text for a Data Center, in whose markup nothing of it acts: it is set as it is written."""
    made = fitted(markdown, lambda blocks: "\n".join(_lines(blocks)), lambda text: len(text) < MOST - _RESERVE)
    kept = made.replace("{noformat", "{\u2060noformat")
    return f"{_NOFORMAT}\n{kept[: MOST - _RESERVE]}\n{_NOFORMAT}\n{_wiki_marker(marker)}"


def _wiki_marker(marker: str) -> str:
    return f"{{{{{marker}}}}}"


def _fits(content: list[Node]) -> bool:
    return len(json.dumps(content)) < MOST - _RESERVE


def _blocks(blocks: Sequence[Block], *, flat: bool = False) -> Iterator[Node]:
    """Nodes; where it is `flat`, only those that may stand in a list or a quotation."""
    for block in blocks:
        match block:
            case Paragraph(lines, level):
                yield _heading(lines, level) if level and not flat else _paragraph(_inline(lines))
            case Code(text):
                yield {"type": "codeBlock", "content": _text(text.strip("\n"))}
            case Items():
                yield _list(block)
            case Quote(inner):
                content = list(_blocks(inner, flat=True))
                yield from content if flat else [{"type": "blockquote", "content": content or [_paragraph([])]}]
            case Table(rows):
                yield from (_paragraph(_text(_row(row))) for row in rows)
            case Rule():
                yield from () if flat else [{"type": "rule"}]


def _heading(lines: Sequence[Line], level: int) -> Node:
    return {"type": "heading", "attrs": {"level": level}, "content": _inline(lines)}


def _list(block: Items) -> Node:
    content = [{"type": "listItem", "content": _item(item)} for item in block.items]
    if block.start is None:
        return {"type": "bulletList", "content": content}
    return {"type": "orderedList", "attrs": {"order": block.start}, "content": content}


def _item(blocks: Sequence[Block]) -> list[Node]:
    """A list's item has to begin with a paragraph or with code."""
    content = list(_blocks(blocks, flat=True))
    starts = bool(content) and content[0]["type"] in ("paragraph", "codeBlock")
    return content if starts else [_paragraph([]), *content]


def _paragraph(content: list[Node]) -> Node:
    return {"type": "paragraph", "content": content}


def _inline(lines: Sequence[Line]) -> list[Node]:
    found: list[Node] = []
    for index, line in enumerate(lines):
        if index:
            found.append({"type": "hardBreak"})
        found += [_word(words) for words in line if words.text]
    return found


def _word(words: Words) -> Node:
    # Code goes with a link only.
    if "code" in words.styles:
        marks: list[Node] = [{"type": "code"}]
    else:
        marks = [{"type": mark} for style, mark in _MARKS if style in words.styles]
    if words.link:
        marks.append({"type": "link", "attrs": {"href": words.link}})
    node: Node = {"type": "text", "text": words.text}
    return node | {"marks": marks} if marks else node


def _text(text: str) -> list[Node]:
    return [{"type": "text", "text": text}] if text else []


def _row(row: Sequence[Line]) -> str:
    return " · ".join(plain(cell) for cell in row)


def _lines(blocks: Sequence[Block], indent: str = "") -> Iterator[str]:
    """The text as people read it."""
    for block in blocks:
        match block:
            case Paragraph(lines):
                yield from (f"{indent}{plain(line)}" for line in lines)
                yield ""
            case Code(text):
                yield from (f"{indent}{_INDENT}{line}" for line in text.strip("\n").split("\n"))
                yield ""
            case Items(items, start):
                for index, item in enumerate(items):
                    first, *rest = list(_lines(item, "")) or [""]
                    yield f"{indent}{'-' if start is None else f'{start + index}.'} {first}"
                    yield from (f"{indent}{_INDENT}{line}" for line in rest if line)
                yield ""
            case Quote(inner):
                yield from (f"{indent}> {line}" for line in _lines(inner) if line)
                yield ""
            case Table(rows):
                yield from (f"{indent}{_row(row)}" for row in rows)
                yield ""
            case Rule():
                yield f"{indent}----"

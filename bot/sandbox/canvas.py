"""A canvas's Markdown: what Slack takes, and the sections that edits are relative to.

What is refused is what others have met: a heading of the fourth level ("Unsupported heading depth (4)"), a list in a
quotation ("Unsupported block type (List) within block quote", in Slack's reference of `canvases.edit`), a quotation or
another kind of list in a list, and a table of more than 300 cells. Slack's words for the last three are not known.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from bot.sandbox.errors import SlackError, invalid_arguments
from bot.sandbox.model import Canvas

#: Characters of one `document_content`.
CONTENT = 1_048_576
#: Of one table.
CELLS = 300
#: The deepest heading.
HEADING = 3

_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_LISTS = ("bullet_list", "ordered_list")


def content(given: object, failure: str) -> str:
    """The Markdown of a `document_content`, held to Slack's rules; none is empty.

    Raises:
        SlackError: `invalid_arguments`, or `failure` with a `detail` that names the line.
    """
    if given is None:
        return ""
    markdown = given.get("markdown") if isinstance(given, dict) else None
    if not isinstance(given, dict) or given.get("type") != "markdown" or not isinstance(markdown, str):
        raise invalid_arguments("failed to match exactly one allowed schema [json-pointer:/document_content]")
    if len(markdown) > CONTENT:
        raise invalid_arguments(f"must be less than {CONTENT + 1} characters [json-pointer:/document_content/markdown]")
    wrong = unsupported(markdown)
    if wrong is not None:
        raise SlackError(failure, detail=f"'content' error: {wrong}")
    return markdown.replace("\r\n", "\n").replace("\r", "\n")


def unsupported(markdown: str) -> str | None:
    """The first thing in a text that a canvas can't show, with its line; None where it can show all of it."""
    for node in SyntaxTreeNode(_PARSER.parse(markdown)).walk(include_self=False):
        why = _unsupported(node)
        if why is not None:
            return f"line {(node.map or (0, 0))[0] + 1}: {why}"
    return None


def _unsupported(node: SyntaxTreeNode) -> str | None:
    if node.type == "heading" and int(node.tag[1:]) > HEADING:
        return f"Unsupported heading depth ({node.tag[1:]})"
    if node.type == "table" and sum(cell.type in ("th", "td") for cell in node.walk()) > CELLS:
        return f"Unsupported table size (more than {CELLS} cells)"
    around = _around(node)
    if node.type in _LISTS and "blockquote" in around:
        return "Unsupported block type (List) within block quote"
    if node.type == "blockquote" and "list_item" in around:
        return "Unsupported block type (BlockQuote) within list item"
    if node.type in _LISTS and set(_LISTS) & set(around) - {node.type}:
        return "Unsupported block type (List) within a list of another kind"
    return None


def _around(node: SyntaxTreeNode) -> list[str]:
    found, parent = [], node.parent
    while parent is not None:
        found.append(parent.type)
        parent = parent.parent
    return found


@dataclass(frozen=True, slots=True)
class Section:
    """A piece of a canvas that an edit can name.

    Attributes:
        id: stays the same while its text does; among equal ones their order counts.
        kind: `h1`, `h2`, `h3`, or what else it is.
        lines: the first, and the one after the last.
    """

    id: str
    kind: str
    text: str
    lines: tuple[int, int]


def sections(canvas: Canvas) -> list[Section]:
    """The sections of a canvas, in order: each heading, paragraph, list, table or block of code is one."""
    lines, found, seen = canvas.markdown.split("\n"), [], Counter[str]()
    for node in SyntaxTreeNode(_PARSER.parse(canvas.markdown)).children:
        first, end = node.map or (0, 0)
        text = "\n".join(lines[first:end]).strip()
        digest = hashlib.sha256(f"{canvas.id} {seen[text]} {text}".encode()).hexdigest()
        seen[text] += 1
        found.append(Section(f"temp:C:{digest[:28]}", node.tag or node.type, text, (first, end)))
    return found


def joined(*parts: str) -> str:
    """Pieces of Markdown below one another."""
    return "\n\n".join(text for part in parts if (text := part.strip("\n")))


def edited(canvas: Canvas, operation: str, section_id: str, markdown: str) -> str:
    """What a canvas says after an edit that names a section.

    Raises:
        SlackError: `canvas_editing_failed`: there is no such section.
    """
    section = next((item for item in sections(canvas) if item.id == section_id), None)
    if section is None:
        raise SlackError("canvas_editing_failed", detail="Invalid section_id")
    lines = canvas.markdown.split("\n")
    before, after = "\n".join(lines[: section.lines[0]]), "\n".join(lines[section.lines[1] :])
    middle = {
        "replace": (markdown,),
        "delete": (),
        "insert_before": (markdown, section.text),
        "insert_after": (section.text, markdown),
    }[operation]
    return joined(before, *middle, after)

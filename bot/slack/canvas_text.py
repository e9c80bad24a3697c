"""Markdown made into what a canvas can show. Pure.

Slack refuses a whole canvas for one thing in it that canvases don't have: a heading below the third level, a list in a
quotation, a quotation in a list, lists of both kinds in one another, a table of more than 300 cells, or more than
1,048,576 characters (https://docs.slack.dev/surfaces/canvases, and the `detail` of what it refused). People write all
of these. So each is made into the nearest thing that there is; the words stay.
"""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

#: Characters that are kept: nobody reads more in a canvas, and as a form they are still less than what Slack takes.
_KEPT = 100_000
_CUT = "*The rest is too long for a canvas. All of it is in the file in this channel.*"
_CELLS = 300
_DEEPEST = 3
#: Each pass takes one level of what is nested away; nobody writes deeper than this.
_PASSES = 8
_LISTS = ("bullet_list", "ordered_list")

#: Where a line's own words begin: behind the marks of quotations and lists.
_QUOTE = re.compile(r"^((?:[\s>]|[-+*](?=\s)|\d{1,9}[.)](?=\s))*?)>")
_NUMBER = re.compile(r"^((?:[\s>]|[-+*](?=\s)|\d{1,9}[.)](?=\s))*?)(\d{1,9}[.)])(?=\s|$)")
_DEEP = re.compile(r"#{4,6}")
_TICKS = re.compile(r"`{3,}")


def fit(markdown: str) -> str:
    """The same text as a canvas can show it.

    A text that has nothing strange in it comes back as it is. What cannot be mended comes as one block of code.
    """
    text = _cut(markdown.replace("\r\n", "\n").replace("\r", "\n"))
    for _ in range(_PASSES):
        mended = _mended(text)
        if mended == text:
            return _cut(text)
        text = mended
    fence = "`" * max(3, *(len(run) + 1 for run in _TICKS.findall(text)), 3)
    return f"{fence}\n{_cut(text)}\n{fence}"


def _cut(text: str) -> str:
    if len(text) <= _KEPT:
        return text
    kept = text[:_KEPT].rpartition("\n")[0] or text[:_KEPT]
    return f"{kept}\n\n{_CUT}"


def _mended(text: str) -> str:
    """One pass: every line that is wrong is put right, or less wrong."""
    lines = text.split("\n")
    split: list[tuple[int, int, int]] = []
    for node in SyntaxTreeNode(_parser().parse(text)).walk(include_self=False):
        first, end = node.map or (0, 0)
        if node.type == "heading" and int(node.tag[1:]) > _DEEPEST:
            lines[first] = _DEEP.sub("#" * _DEEPEST, lines[first], count=1)
        elif node.type == "blockquote" and ("list_item" in _around(node) or _has(node, *_LISTS)):
            lines[first:end] = [_QUOTE.sub(r"\1 ", line) for line in lines[first:end]]
        elif node.type == "ordered_list" and ("bullet_list" in _around(node) or _has(node, "bullet_list")):
            for item in node.children:
                at = (item.map or node.map or (0, 0))[0]
                lines[at] = _NUMBER.sub(_as_bullet, lines[at], count=1)
        elif node.type == "table" and _cells(node) > _CELLS:
            split.append((first, end, _columns(node)))
    for first, end, columns in reversed(split):
        lines[first:end] = _tables(lines[first:end], columns)
    return "\n".join(lines)


def _as_bullet(found: re.Match[str]) -> str:
    """A mark as wide as the number was, so that what stands below it still belongs to it; four blanks at most do."""
    return f"{found[1]}-{' ' * min(len(found[2]) - 1, 3)}"


def _tables(lines: list[str], columns: int) -> Iterator[str]:
    """A table as several, each with its head."""
    head, rows = lines[:2], lines[2:]
    most = _CELLS // columns - 1
    if most < 1:
        yield from ("", "```", *(line.replace("`", "'") for line in lines), "```", "")
        return
    for start in range(0, len(rows), most):
        if start:
            yield ""
        yield from (*head, *rows[start : start + most])
    yield ""


def _cells(table: SyntaxTreeNode) -> int:
    return sum(node.type in ("th", "td") for node in table.walk())


def _columns(table: SyntaxTreeNode) -> int:
    return max(sum(node.type == "th" for node in table.walk()), 1)


def _has(node: SyntaxTreeNode, *types: str) -> bool:
    return any(inner.type in types for inner in node.walk(include_self=False))


def _around(node: SyntaxTreeNode) -> list[str]:
    found, parent = [], node.parent
    while parent is not None:
        found.append(parent.type)
        parent = parent.parent
    return found


def _parser() -> MarkdownIt:
    """Blocks alone: what is inside a line is nothing that a canvas refuses."""
    return MarkdownIt("commonmark").enable("table").disable(["inline", "text_join"])

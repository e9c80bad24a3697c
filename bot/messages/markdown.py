r"""A template's Markdown, read into nodes.

Values never pass through the Markdown parser: the renderer leaves a numbered placeholder for each, and it is
filled in here, after parsing. So no value can begin a list, close a fence or make a link, whatever it holds.

| Markdown | becomes |
|---|---|
| `# Heading` | header |
| `## Heading` | a bold line |
| a paragraph | section; its line breaks stay, except in prose |
| a list whose every item is `**Label:** value` | fields |
| any other list | section with •, 1. or ☐ lines; a fence or table in an item stands between them |
| `> words` | quotation |
| a fence | code block |
| a paragraph in `_…_` | context (small print) |
| a table | table |
| `---` | divider |
| a paragraph of links, one of them `[Say](button:name)` | buttons |
| `[Label](ticks:name)` by itself, and a list after it | a bold line (none without a label), and tick boxes |

Prose is text that is wrapped in its file, such as a runbook: there a line break is a space, as Markdown has it.

A button's title holds its style and the question it asks first, both optional:
`[Resolve](button:resolve "danger: Is it over?")`. `button:name/argument` puts the argument behind the incident's
reference in the button's value.

An item to tick off begins with `[ ] `, or with `[x] ` when it is done, written by the template itself:
`- [{% if done %}x{% else %} {% endif %}] {{ item }}`. A second line in it is small print below its box.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from bot.messages.nodes import (
    DONE,
    OPEN,
    Actions,
    Button,
    Context,
    Divider,
    Fields,
    Form,
    Header,
    Listing,
    Node,
    Runs,
    Section,
    Table,
    Tick,
    Ticks,
    lines,
)
from bot.messages.runs import Fragment, Run, link, plain, restyle, safe_url

_OPEN, _CLOSE = "\ue000", "\ue001"
_PLACEHOLDER: Final = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
_STYLES: Final = {"strong": "bold", "em": "italic", "s": "strike"}
_BUTTON: Final = "button:"
_TITLE: Final = re.compile(r"\s*(primary|danger)?\s*(?::\s*(.*))?", re.DOTALL)
_LISTS: Final = frozenset({"bullet_list", "ordered_list"})
_TICKS: Final = {"[ ] ": OPEN, "[x] ": DONE, "[X] ": DONE}
_BOXES: Final = "ticks:"


class _Markdown(MarkdownIt):
    """CommonMark without HTML. Addresses are judged when a link is made, since placeholders stand in them here."""

    def __init__(self) -> None:
        super().__init__("commonmark", {"html": False})
        self.enable(["table", "strikethrough"]).disable(["lheading", "html_block", "html_inline", "reference"])

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - markdown-it's name
        return url

    def validateLink(self, url: str) -> bool:  # noqa: N802, ARG002 - markdown-it's name and signature
        return True


_MARKDOWN: Final = _Markdown()


@dataclass(frozen=True, slots=True)
class Document:
    """Markdown that was parsed by itself, to be placed in a template as a paragraph of its own."""

    nodes: tuple[Node, ...]

    @property
    def runs(self) -> Runs:
        """What a person reads of it, for a place within a line."""
        return lines(self.nodes)

    def __str__(self) -> str:
        """What a person reads of it."""
        return plain(self.runs)


Value = Fragment | Document


def placeholder(number: int) -> str:
    """What stands in the Markdown for the value of that number."""
    return f"{_OPEN}{number}{_CLOSE}"


def fill(text: str, values: Sequence[Value], *styles: str, raw: bool = False) -> Runs:
    """The template's own text with its values in their places."""
    runs: list[Run] = []
    for index, part in enumerate(_PLACEHOLDER.split(text)):
        if index % 2:
            number = int(part)
            runs += restyle(values[number].runs, *styles) if number < len(values) else ()
        elif part:
            runs.append(Run(part, styles=frozenset(styles), raw=raw))
    return tuple(runs)


def parse(markdown: str, values: Sequence[Value] = (), *, buttons: bool = True, prose: bool = False) -> list[Node]:
    """The nodes of a Markdown text.

    Args:
        markdown: The text, with a placeholder for each value.
        values: What the placeholders stand for.
        buttons: Whether `button:` links make buttons; False for text that is not a template's.
        prose: Whether a line break is a space.
    """
    return list(_Reader(values, buttons=buttons, prose=prose).blocks(SyntaxTreeNode(_MARKDOWN.parse(markdown))))


class _Reader:
    """Walks one parsed text; holds the values that fill its placeholders."""

    def __init__(self, values: Sequence[Value], *, buttons: bool, prose: bool) -> None:
        self._values = values
        self._buttons = buttons
        self._soft_break = " " if prose else "\n"

    def blocks(self, parent: SyntaxTreeNode) -> Iterator[Node]:
        siblings = iter(parent.children)
        for node in siblings:
            mark = self._mark_of_boxes(node) if self._buttons else None
            if mark is None:
                yield from self._block(node)
                continue
            label, name = mark
            if label:
                yield Section(restyle(label, "bold"))
            following = next(siblings, None)
            if following is not None and following.type in _LISTS:
                yield Ticks(name, tuple(self._tick(item) for item in following.children))
            elif following is not None:
                yield from self._block(following)

    def _mark_of_boxes(self, node: SyntaxTreeNode) -> tuple[Runs, str] | None:
        """The label and the name of the list to tick off that follows; None for whatever else."""
        links = node.children[0].children if node.type == "paragraph" else []
        href = str(links[0].attrs.get("href", "")) if len(links) == 1 and links[0].type == "link" else ""
        if not href.startswith(_BOXES):
            return None
        return self._runs(links[0].children, ()), self._text(href).removeprefix(_BOXES)

    def _tick(self, item: SyntaxTreeNode) -> Tick:
        content = item.children[0].children[0].content if item.children and item.children[0].children else ""
        first, *rest = self._inline(item.children[0]) if content else (Run(""),)
        mark = f"{content[:3]} "
        ticked = mark in _TICKS and not content[3:4].strip()
        words = (replace(first, text=first.text[4:]), *rest) if ticked else (first, *rest)
        below = next((at for at, run in enumerate(words) if run == Run("\n")), len(words))
        return Tick(words[:below], ticked and _TICKS[mark] == DONE, words[below + 1 :])

    def _block(self, node: SyntaxTreeNode) -> Iterator[Node]:
        match node.type:
            case "heading":
                runs = self._inline(node)
                yield Header(runs) if node.tag == "h1" else Section(restyle(runs, "bold"))
            case "paragraph":
                yield from self._paragraph(node)
            case "bullet_list" | "ordered_list":
                yield from self._list(node)
            case "blockquote":
                yield from _parted(self._quoted(node), lambda rows: Section(_under(rows), Form.QUOTE))
            case "fence" | "code_block":
                yield Section(fill(node.content, self._values), Form.FENCE)
            case "table":
                yield Table(tuple(self._rows(node)))
            case "hr":
                yield Divider()
            case other:  # every kind that the parser above knows has its case
                raise AssertionError(f"Markdown of an unknown kind: {other}")

    def _paragraph(self, node: SyntaxTreeNode) -> Iterator[Node]:
        content = node.children[0].content.strip()
        if document := self._document(content):
            yield from document.nodes
        elif self._buttons and self._only_buttons(node.children[0]):
            yield Actions(tuple(self._button(link) for link in node.children[0].children if link.type == "link"))
        # Looked at in the source, so that a space that an untaken `{% if %}` leaves before the last `_` does no harm.
        elif len(content) > 1 and content[0] == content[-1] == "_":
            inner = SyntaxTreeNode(_MARKDOWN.parseInline(content[1:-1].strip()))
            yield Context(self._inline(inner))
        else:
            yield Section(self._inline(node))

    def _document(self, content: str) -> Document | None:
        alone = _PLACEHOLDER.fullmatch(content)
        value = self._values[int(alone[1])] if alone and int(alone[1]) < len(self._values) else None
        return value if isinstance(value, Document) else None

    @staticmethod
    def _only_buttons(inline: SyntaxTreeNode) -> bool:
        links = [child for child in inline.children if child.type == "link"]
        others = [child for child in inline.children if child.type not in {"link", "softbreak"}]
        return any(str(link.attrs.get("href", "")).startswith(_BUTTON) for link in links) and not any(
            child.content.strip() for child in others
        )

    def _button(self, node: SyntaxTreeNode) -> Button:
        label = self._runs(node.children, ())
        href = self._text(str(node.attrs.get("href", "")))
        found = _TITLE.fullmatch(self._text(str(node.attrs.get("title", ""))))
        style, question = (found[1], found[2] or "") if found else (None, "")
        if not href.startswith(_BUTTON):
            return Button(label, "open", url=safe_url(href), style=style)
        action, _, argument = href.removeprefix(_BUTTON).partition("/")
        return Button(label, action, argument, style=style, question=question)

    def _list(self, node: SyntaxTreeNode) -> Iterator[Node]:
        fields = [self._field(item) for item in node.children]
        if node.type == "bullet_list" and all(fields):
            yield Fields(tuple(field for field in fields if field))
        else:
            yield from _parted(self._items(node), Listing)

    def _field(self, item: SyntaxTreeNode) -> tuple[Runs, Runs] | None:
        if len(item.children) != 1 or item.children[0].type != "paragraph":
            return None
        # An empty text stands before a strong that opens its line.
        children = [c for c in item.children[0].children[0].children if c.type != "text" or c.content]
        if not children or children[0].type != "strong":
            return None
        label = self._runs(children[0].children, ("bold",))
        first, *rest = self._runs(children[1:], ()) or (Run(""),)
        value = (first if first.mark else replace(first, text=first.text.lstrip()), *rest)
        return (label, value) if plain(label).endswith(":") else None

    def _items(self, node: SyntaxTreeNode, depth: int = 0) -> Iterator[Runs | Node]:
        """Each item's lines, and what can't be a line, such as a fence, in its place between them."""
        number = int(node.attrs.get("start", 1))
        for item in node.children:
            mark = f"{number}. " if node.type == "ordered_list" else "◦ " if depth else "• "
            number += 1
            indent = "    " * depth
            line: Runs = (Run(indent + mark),)
            for position, child in enumerate(item.children):
                if child.type in {"paragraph", "heading"}:
                    text = self._inline(child)
                    if position:
                        line += ((Run("\n"),) if line else ()) + text
                    elif text and text[0].text[:4] in _TICKS and not text[0].mark:
                        first = replace(text[0], text=text[0].text[4:])
                        line = (Run(indent + _TICKS[text[0].text[:4]]), first, *text[1:])
                    else:
                        line += text
                    continue
                if line:
                    yield line
                    line = ()
                yield from self._items(child, depth + 1) if child.type in _LISTS else self._block(child)
            if line:
                yield line

    def _quoted(self, quotation: SyntaxTreeNode) -> Iterator[Runs | Node]:
        for child in quotation.children:
            if child.type in {"paragraph", "heading"}:
                yield self._inline(child)
            elif child.type == "blockquote":
                yield from self._quoted(child)
            else:
                yield from self._items(child) if child.type in _LISTS else self._block(child)

    def _rows(self, table: SyntaxTreeNode) -> Iterator[tuple[Runs, ...]]:
        for row in table.walk():
            if row.type == "tr":
                yield tuple(self._inline(cell) for cell in row.children)

    def _inline(self, node: SyntaxTreeNode) -> Runs:
        return self._runs(node.children[0].children, ()) if node.children else ()

    def _runs(self, nodes: Sequence[SyntaxTreeNode], styles: tuple[str, ...]) -> Runs:
        return tuple(run for node in nodes for run in self._run(node, styles))

    def _run(self, node: SyntaxTreeNode, styles: tuple[str, ...]) -> Runs:
        match node.type:
            case "text":
                return fill(node.content, self._values, *styles)
            case "softbreak":
                return (Run(self._soft_break, styles=frozenset(styles)),)
            case "hardbreak":
                return (Run("\n", styles=frozenset(styles)),)
            case "code_inline":
                return fill(node.content, self._values, *styles, "code")
            case "strong" | "em" | "s":
                return self._runs(node.children, (*styles, _STYLES[node.type]))
            case "link":
                address = self._text(str(node.attrs.get("href", "")))
                return restyle(link(address, self._runs(node.children, ())), *styles)
            case _:
                return self._runs(node.children, styles) if node.children else fill(node.content, self._values, *styles)

    def _text(self, text: str) -> str:
        return plain(fill(text, self._values))


def _parted(parts: Iterable[Runs | Node], make: Callable[[tuple[Runs, ...]], Node]) -> Iterator[Node]:
    """The parts with every stretch of lines made into one node."""
    for are_lines, stretch in groupby(parts, key=lambda part: isinstance(part, tuple)):
        found = list(stretch)
        if are_lines:
            yield make(tuple(part for part in found if isinstance(part, tuple)))
        else:
            yield from (part for part in found if not isinstance(part, tuple))


def _under(rows: Iterable[Runs]) -> Runs:
    """The lines one under the other."""
    return tuple(run for row in rows for run in (Run("\n"), *row))[1:]

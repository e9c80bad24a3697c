"""A runbook's Markdown as HTML, block by block: safe to show, with its buttons, branches and steps marked."""

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from bot.paths import TEMPLATES
from bot.runbooks.branches import VERDICTS
from bot.runbooks.outline import TASK
from bot.runbooks.overview import Button, Overview, StepView
from bot.runbooks.words import LINE_LIMIT, anchor, plain, title_of

#: Where the templates of pages are.
ROOM: Final = "web"
#: What a check or an action comes to, which has colours of its own.
_VERDICTS: Final = frozenset(map(str.casefold, VERDICTS))
_BREAK: Final = re.compile(r"<br ?/?>", re.IGNORECASE)
_CLOSE: Final = Token("link_close", "a", -1)


@dataclass(frozen=True, slots=True)
class Piece:
    """A block of the text, or an item of a list in which steps begin.

    Attributes:
        line: the file's in which it begins.
        html: what is drawn of it.
        begins: the step that begins with it.
        heading: the level of a heading, else 0.
        table: whether it is one.
    """

    line: int
    html: Markup
    begins: StepView | None = None
    heading: int = 0
    table: bool = False


def pieces(seen: Overview) -> Iterator[Piece]:
    """The blocks of a runbook's text, in order; a list in which steps begin comes item by item."""
    runbook = seen.runbook
    parser = _parser()
    env: dict[str, object] = {}
    tokens = parser.parse(runbook.text, env)
    shift = runbook.text_line
    _mark(tokens, seen)
    begins = _begins(tokens, seen)
    for block in _blocks(tokens):
        if block[0].type == "hr":  # chapters are parted on the page already
            continue
        for line, part in _parts(block, begins, shift):
            opening = part[0]
            html = parser.renderer.render(part[1:-1] if _is_item(opening) else part, parser.options, env)
            yield Piece(
                line=line,
                # markdown-it escapes what comes from the file (HTML is switched off); the rest is from our templates.
                html=Markup(html),  # noqa: S704 (as the line above says)
                begins=begins.get(line),
                heading=int(opening.tag[1]) if opening.type == "heading_open" else 0,
                table=opening.type == "table_open",
            )


@lru_cache(maxsize=8)
def template(name: str) -> Template:
    """A template of pages, in which everything that is filled in is escaped."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES / ROOM),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def _line(token: Token, shift: int) -> int:
    return (token.map[0] if token.map else 0) + shift


def _blocks(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """The outermost blocks, each with all that is in it."""
    block: list[Token] = []
    depth = 0
    for token in tokens:
        block.append(token)
        depth += token.nesting
        if depth == 0:
            yield block
            block = []


def _begins(tokens: Sequence[Token], seen: Overview) -> dict[int, StepView]:
    """The steps by the lines of what they are called after: an item, below the headings that lead up to it."""
    items: dict[int, str] = {}
    for at, token in enumerate(tokens):
        if _is_item(token) and token.level == 1:
            text = tokens[at + 2].content if tokens[at + 2].type == "inline" else ""
            items[_line(token, seen.runbook.text_line)] = title_of(text.removeprefix(_box(text)))
    found: dict[int, StepView] = {}
    for view in seen.steps:
        lines = range(view.step.first, view.step.last + 1)
        named = (line for line in lines if items.get(line) == view.step.title)
        if not view.step.pick:
            found[next(named, view.step.first)] = view
    return found


def _parts(block: list[Token], begins: Container[int], shift: int) -> Iterator[tuple[int, list[Token]]]:
    """A block with its line; a list by its items, where steps begin in it. An item that is no step is its own list."""
    items = list(_blocks(block[1:-1])) if block[0].type.endswith("_list_open") else []
    lines = [_line(item[0], shift) for item in items]
    if not any(line in begins for line in lines):
        yield _line(block[0], shift), block
        return
    for line, item in zip(lines, items, strict=True):
        number = {"start": int(item[0].info)} if item[0].info else {}
        alone = Token(block[0].type, block[0].tag, 1, block=True, attrs=dict(number))
        yield line, item if line in begins else [alone, *item, block[-1]]


def _mark(tokens: list[Token], seen: Overview) -> None:
    """Puts what the file's Markdown cannot say into its tokens."""
    shift, names = seen.runbook.text_line, _anchors(tokens)
    buttons = {button.block.line: button for view in seen.steps for button in view.buttons}
    own = [view for view in reversed(seen.steps) if not view.step.pick]
    numbers = {view.step.first: view.number for view in own}
    steps = {line: view for view in own for line in range(view.step.first, view.step.last + 1)}
    for at, token in enumerate(tokens):
        line = _line(token, shift)
        match token.type:
            case "heading_open":
                token.attrSet("id", names[id(token)])
            case "fence":
                _fence(token, buttons.get(line))
            case "tr_open" | "list_item_open":
                _row(tokens, at, numbers.get(line, 0))
            case "inline" if token.children:
                token.children = list(_inline(token.children, steps.get(line)))
            case _:
                pass


def _anchors(tokens: list[Token]) -> dict[int, str]:
    """The headings' names as links call them, by the token's identity; one that was there before gets a number."""
    names: dict[int, str] = {}
    seen: dict[str, int] = {}
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            names[id(token)] = anchor(plain(tokens[at + 1].content, LINE_LIMIT), seen)
    return names


def _fence(token: Token, button: Button | None) -> None:
    """Draws a fenced block: with what its button runs, or as something to copy."""
    language = next(iter(token.info.split()), "")
    # What a badge says already is not said again.
    echo = button is not None and " ".join(token.content.split()) in (f"diag {button.phrase}", f"do {button.phrase}")
    body = "" if echo else token.content
    token.content = template("runbook_block.html.j2").render(button=button, language=language, body=body)
    token.type, token.children = "html_block", None


def _row(tokens: Sequence[Token], at: int, number: int) -> None:
    """An item of a checklist gets its box; a step that is a row, or an item deep within others, its number."""
    inline = next((token for token in tokens[at : at + 3] if token.type == "inline"), None)
    if inline is None or not inline.children:
        return
    first = inline.children[0]
    if first.type == "text" and (box := _box(first.content)):
        first.content = first.content.removeprefix(box)
        inline.children.insert(0, _html('<span class="box"></span>'))
    inside = tokens[at].level > 1 if _is_item(tokens[at]) else tokens[at - 1].type != "thead_open"
    if number and inside:
        inline.children.insert(0, _html(f'<span class="number" id="Step-{number}">{number}</span> '))


def _box(text: str) -> str:
    """What an item of a checklist begins with; empty where it is none."""
    found = TASK.match(text)
    return found[0] if found else ""


def _is_item(token: Token) -> bool:
    return token.type == "list_item_open"


def _inline(children: Sequence[Token], step: StepView | None) -> Iterator[Token]:
    """Words and links: verdicts in their colours, branches with the step they lead to, pictures as links to them."""
    leads = any(child.type == "link_open" and str(child.attrGet("href")).startswith("#") for child in children)
    wanted = {branch.on.casefold(): branch.to for branch in step.step.branches} if step and leads else {}
    to: int | None = None
    linked = False
    for at, child in enumerate(children):
        content = children[at + 1].content if child.type == "strong_open" else child.content
        said = " ".join(content.casefold().split())
        if child.type in ("strong_open", "code_inline") and said in wanted:
            to = wanted[said]
            child.attrSet("class", f"on {said if said in _VERDICTS else 'said'}")
        elif child.type == "link_open":
            linked = True
            child.attrSet("rel", "noreferrer")
            to = to if str(child.attrGet("href")).startswith("#") else None
        elif child.type == "image":
            # Nothing is fetched for a page that people open in the middle of an incident.
            label = _text(child.content or "picture")
            source = {"href": child.attrGet("src") or "", "rel": "noreferrer"}
            yield from [label] if linked else [Token("link_open", "a", 1, attrs=source), label, _CLOSE]
            continue
        yield from _broken(child) if child.type == "text" else [child]
        if child.type == "link_close":
            if to is not None:
                yield _html(template("runbook_leads.html.j2").render(to=to))
            to, linked = None, False


def _broken(text: Token) -> Iterator[Token]:
    """Text with the one tag that Markdown has no other way to say in a table: a line's end."""
    for number, part in enumerate(_BREAK.split(text.content)):
        if number:
            yield Token("hardbreak", "br", 0)
        yield _text(part)


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _html(content: str) -> Token:
    return Token("html_inline", "", 0, content=content)

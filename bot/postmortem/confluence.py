"""The review in Confluence's storage format: XHTML with Confluence's macros, whatever people typed.

The format is described in Atlassian's documentation under "Confluence Storage Format". Citations lead to the rows of
the timeline by Confluence's own anchors, verdicts are status lozenges, and questions stand in a panel.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from types import MappingProxyType
from typing import Final

from markdown_it.token import Token

from bot.postmortem.markup import is_question, mark_of, parser, title_of

#: The most characters that the title of a page may have.
TITLE_LIMIT: Final = 255
#: What XML 1.0 has no way to write.
_UNWRITABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Confluence's tables have one body, whose first row is of heads.
_FIXED: Final = MappingProxyType(
    {"hr": "<hr/>", "thead_open": "<tbody>", "thead_close": "", "tbody_open": "", "tbody_close": "</tbody>"}
)
_SAME: Final = frozenset({"p", "ul", "ol", "li", "blockquote", "table", "tr", "th", "td", "strong", "em"})


@dataclass(frozen=True, slots=True)
class Page:
    """A page of Confluence: its title, and its body in storage format."""

    title: str
    body: str


def to_confluence(markdown: str, picture: str | None = None) -> Page:
    """The review as a page of Confluence, with a table of contents.

    Args:
        markdown: the review.
        picture: the name of the picture's file, if it is attached to the page.
    """
    tokens = _without_title(parser().parse(markdown))
    shown = _image(picture) if picture else ""
    body = _macro("toc", {"maxLevel": "2"}) + shown + "".join(_blocks(tokens))
    return Page(_written(title_of(markdown))[:TITLE_LIMIT], body)


def _without_title(tokens: Sequence[Token]) -> list[Token]:
    """The page has its title above it, so its first heading is left out."""
    found = next((at for at, token in enumerate(tokens) if token.type == "heading_open"), None)
    if found is None or tokens[found].tag != "h1":
        return list(tokens)
    return [*tokens[:found], *tokens[found + 3 :]]


def _blocks(tokens: Sequence[Token]) -> Iterator[str]:
    for at, token in enumerate(tokens):
        if token.type == "inline":
            yield "".join(_inline(token.children or []))
        elif token.type == "paragraph_open" and is_question(tokens[at + 1]):
            yield '<ac:structured-macro ac:name="note"><ac:rich-text-body><p>'
        elif token.type == "paragraph_close" and is_question(tokens[at - 1]):
            yield "</p></ac:rich-text-body></ac:structured-macro>"
        elif token.type == "table_close" and tokens[at - 1].type == "thead_close":
            yield "</tbody></table>"
        elif (fixed := _FIXED.get(token.type)) is not None:
            yield fixed
        elif token.type in {"fence", "code_block"}:
            yield _macro("code", body=token.content)
        elif not token.hidden:
            known = token.tag in _SAME or token.type.startswith("heading")
            yield f"<{'/' if token.nesting < 0 else ''}{token.tag}>" if known else _text(token.content)


def _inline(children: Sequence[Token]) -> Iterator[str]:
    marked = 0
    for at, child in enumerate(children):
        if marked:
            marked -= 1
            continue
        colour = mark_of(_bold(children, at))
        if colour:
            yield _macro("status", {"colour": colour, "title": _bold(children, at)})
            marked = 2
            continue
        made = _INLINE.get(child.type)
        yield made(child) if made else _text(child.content)


def _bold(children: Sequence[Token], at: int) -> str:
    """The words of what is in bold type and begins here; nothing where something else does, or more is in it."""
    kinds = tuple(child.type for child in children[at : at + 3])
    return children[at + 1].content if kinds == ("strong_open", "text", "strong_close") else ""


def _anchor(token: Token) -> str:
    here = _macro("anchor", {"": str(token.meta["to"])})
    return here + (_outside(str(token.meta["href"]), token.content) if token.meta.get("href") else _text(token.content))


def _citation(token: Token) -> str:
    words = f"<ac:plain-text-link-body>{_cdata(token.content)}</ac:plain-text-link-body>"
    return f'<ac:link ac:anchor="{_text(str(token.meta["to"]))}">{words}</ac:link>'


def _image(name: str) -> str:
    return f'<p><ac:image ac:width="900"><ri:attachment ri:filename="{_text(name)}"/></ac:image></p>'


def _outside(address: str, words: str) -> str:
    return f'<a href="{_text(address)}">{_text(words)}</a>'


def _linked_image(token: Token) -> str:
    """Nothing is fetched when somebody reads the page: an image is a link to it."""
    address = str(token.attrGet("src") or "")
    return _outside(address, token.content or address)


_INLINE: Final[Mapping[str, Callable[[Token], str]]] = MappingProxyType(
    {
        "anchor": _anchor,
        "citation": _citation,
        "image": _linked_image,
        "link_open": lambda token: f'<a href="{_text(str(token.attrGet("href") or ""))}">',
        "link_close": lambda _: "</a>",
        "code_inline": lambda token: f"<code>{_text(token.content)}</code>",
        "softbreak": lambda _: "\n",
        "hardbreak": lambda _: "<br/>",
        "strong_open": lambda _: "<strong>",
        "strong_close": lambda _: "</strong>",
        "em_open": lambda _: "<em>",
        "em_close": lambda _: "</em>",
    }
)


def _macro(name: str, parameters: Mapping[str, str] = MappingProxyType({}), body: str | None = None) -> str:
    given = "".join(
        f'<ac:parameter ac:name="{_text(key)}">{_text(value)}</ac:parameter>' for key, value in parameters.items()
    )
    code = "" if body is None else f"<ac:plain-text-body>{_cdata(body)}</ac:plain-text-body>"
    return f'<ac:structured-macro ac:name="{name}">{given}{code}</ac:structured-macro>'


def _cdata(text: str) -> str:
    """Text in a section that ends with `]]>`, which the text may hold itself: it is cut in two there."""
    return f"<![CDATA[{_written(text).replace(']]>', ']]]]><![CDATA[>')}]]>"


def _text(text: str) -> str:
    return escape(_written(text))


def _written(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text)

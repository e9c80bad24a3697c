"""The review's Markdown read once, for every shape that it is given: its tokens, its citations and its marks.

HTML is switched off, links lead to the web or to a mailbox, and numbers such as `#12` become tokens of their own:
`anchor` in the first column of the timeline, and `citation` wherever they point at such a row.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

#: A time or a single entry number, which is not to be broken in two.
_SHORT: Final = re.compile(r"[\d:]{8}|#\d+")
_CITATION: Final = re.compile(r"#(\d{1,9})")
_RANGE: Final = re.compile(r"#(\d{1,9})[–-]#(\d{1,9})")  # noqa: RUF001 (a range is written with an en dash)
#: How the table begins whose rows the citations point at.
_TIMELINE_HEAD: Final = ("Entry", "Time")
_DIRECTED: Final = frozenset(
    {"paragraph_open", "td_open", "th_open", "blockquote_open", "list_item_open", "heading_open"}
)
_LINK: Final = re.compile(r"(?:https?://|mailto:)[^\s]+", re.IGNORECASE)
_VERDICT: Final = "Verdict"
#: Where the parser notes what it read that has numbers of entries.
_NAMED: Final = "named"
_ASKED: Final = "To be filled in"

#: How a verdict, an outcome or a state is marked, by its words: what colour it has where colours are to be had.
MARKS: Final = {
    "kept": "Green",
    "late": "Red",
    "missed": "Red",
    "still running": "Blue",
    "CRITICAL": "Red",
    "WARN": "Yellow",
    "OK": "Green",
    "ERROR": "Red",
    "NO DATA": "Grey",
    "failed": "Red",
    "refused": "Yellow",
    "not finished": "Yellow",
    "left": "Yellow",
}


@lru_cache(maxsize=1)
def parser() -> MarkdownIt:
    """What reads the review's Markdown; made once."""
    made = MarkdownIt("commonmark", {"html": False}).enable("table")
    made.validateLink = lambda url: bool(_LINK.fullmatch(url.strip()))  # type: ignore[method-assign]
    # Before escapes are joined to the text around them: a number that a person typed is `\#12` and stays text.
    made.core.ruler.before("text_join", "citations", _cite)
    return made


def title_of(markdown: str) -> str:
    """The review's first heading as plain text; without one, what such a document is."""
    tokens = parser().parse(markdown)
    found = (tokens[at + 1] for at, token in enumerate(tokens) if token.type == "heading_open")
    return plain(next(found, None)) or "Post-incident review"


def plain(inline: Token | None) -> str:
    """The words of an inline token, without their marks."""
    children = inline.children or [] if inline else []
    return "".join(" " if child.type in {"softbreak", "hardbreak"} else child.content for child in children).strip()


def is_question(inline: Token) -> bool:
    """Whether a paragraph is nothing but a question to somebody, which waits for its answer."""
    children = [child for child in inline.children or [] if child.type != "text" or child.content]
    wrapped = len(children) > 2 and children[0].type == "em_open" and children[-1].type == "em_close"
    return wrapped and plain(inline).startswith(_ASKED)


def mark_of(words: str) -> str | None:
    """The colour of a verdict, if that is what the words are."""
    return MARKS.get(words.strip())


def is_timeline(head: Sequence[str]) -> bool:
    """Whether these are the column titles of a part of the timeline."""
    return tuple(head[:2]) == _TIMELINE_HEAD


def rows_of(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Where each row of a table's body begins and ends among its tokens, the end not included."""
    start = None
    for at, token in enumerate(tokens):
        if token.type == "tr_open" and tokens[at + 1].type == "td_open":
            start = at
        elif token.type == "tr_close" and start is not None:
            yield start, at + 1
            start = None


def end_of(tokens: Sequence[Token], at: int) -> int:
    """Where what begins at a place among the tokens has ended: the index behind it."""
    depth = 0
    for index in range(at, len(tokens)):
        depth += tokens[index].nesting
        if not depth:
            return index + 1
    return len(tokens)


def head_of(tokens: Sequence[Token], at: int) -> tuple[str, ...]:
    """The column titles of the table that opens at `tokens[at]`."""
    found = []
    for index in range(at, len(tokens)):
        if tokens[index].type == "th_open":
            found.append(plain(tokens[index + 1]))
        elif tokens[index].type == "thead_close":
            break
    return tuple(found)


def cited(markdown: str, upto: int) -> list[int]:
    """The entries up to number `upto` that some of the review names, in order; what somebody typed names none."""
    env: dict[str, list[str]] = {}
    parser().parse(markdown, env)
    found: set[int] = set()
    for words in env.get(_NAMED, []):
        found.update(int(number) for number in _CITATION.findall(words))
        for start, end in _RANGE.findall(words):
            found.update(range(int(start), min(int(end), upto) + 1))
    return sorted(seq for seq in found if 0 < seq <= upto)


def rows_shown(markdown: str) -> frozenset[int]:
    """The entries that a page of this review has a row of, as `id="e12"`: what its picture may lead to."""
    inlines = (token for token in parser().parse(markdown) if token.type == "inline")
    shown = (child.meta["to"] for inline in inlines for child in inline.children or [] if child.type == "anchor")
    return frozenset(int(to.removeprefix("e")) for to in shown)


class _Rows:
    """The timeline's rows: which anchor stands for an entry number, also for one inside a range such as `#13-#15`."""

    def __init__(self, cells: Iterable[str]) -> None:
        self.anchors: set[int] = set()
        spans = []
        for cell in cells:
            self.anchors.update(int(number) for number in _CITATION.findall(cell))
            spans += [(int(found[1]), int(found[2])) for found in _RANGE.finditer(cell)]
        self._spans = sorted(spans)

    def anchor(self, number: int) -> int | None:
        """The number whose row tells of this entry."""
        if number in self.anchors:
            return number
        at = bisect_right(self._spans, (number, number)) - 1
        return self._spans[at][0] if at >= 0 and number <= self._spans[at][1] else None


def _cite(state: StateCore) -> None:
    _mark_verdicts(state.tokens)
    homes = {id(inline): inline for inline in _timeline_cells(state.tokens)}
    rows = _Rows(_written(inline) for inline in homes.values())
    named = state.env.setdefault(_NAMED, [])
    taken: set[int] = set()
    for at, token in enumerate(state.tokens):
        if token.type in _DIRECTED:
            token.attrSet("dir", "auto")
        if token.type != "inline":
            continue
        if _SHORT.fullmatch(token.content):
            state.tokens[at - 1].attrSet("class", "short")
        if token.children and "#" in token.content:
            named.append(_written(token))
            found = _marked(token.children, rows, home=id(token) in homes, taken=taken)
            token.children = list(_unwrapped(list(found)))


def _mark_verdicts(tokens: Sequence[Token]) -> None:
    """Verdicts that stand alone in their column are marked like those in bold type."""
    column, cell = -1, 0
    for at, token in enumerate(tokens):
        if token.type == "table_open":
            head = head_of(tokens, at)
            column = head.index(_VERDICT) if _VERDICT in head else -1
        elif token.type == "tr_open":
            cell = -1
        elif token.type == "td_open":
            cell += 1
            inline = tokens[at + 1]
            if cell == column and inline.children and mark_of(inline.content):
                bold = Token("strong_open", "strong", 1), Token("strong_close", "strong", -1)
                inline.children = [bold[0], *inline.children, bold[1]]


def _timeline_cells(tokens: list[Token]) -> Iterator[Token]:
    """The first cells of the timeline's rows."""
    inside = False
    for at, token in enumerate(tokens):
        if token.type == "table_open":
            inside = is_timeline(head_of(tokens, at))
        elif inside and token.type == "tr_open" and tokens[at + 1].type == "td_open":
            yield tokens[at + 2]


def _written(inline: Token) -> str:
    """What is written without an escape, as one text. What was escaped is somebody's words, and parts it."""
    kept = [child for child in inline.children or [] if child.type not in {"link_open", "link_close"}]
    return "".join(child.content if child.type == "text" else "\0" for child in kept)


def _marked(children: list[Token], rows: _Rows, *, home: bool, taken: set[int]) -> Iterator[Token]:
    """The tokens with each number that leads somewhere, or is somewhere, as a token of its own."""
    for child in children:
        if child.type != "text":
            yield child
            continue
        end = 0
        for found in _CITATION.finditer(child.content):
            number = int(found[1])
            anchor = number if home else rows.anchor(number)
            if anchor is None:
                continue
            kind = "anchor" if home and number not in taken else "citation"
            if kind == "anchor":
                taken.add(number)
            yield _text(child.content[end : found.start()], child.level)
            yield Token(kind, "", 0, content=found[0], level=child.level, meta={"to": f"e{anchor}"})
            end = found.end()
        yield _text(child.content[end:], child.level)


def _unwrapped(children: list[Token]) -> Iterator[Token]:
    """Numbers that are a link to Slack as tokens that know where to: a link cannot stand in a link."""
    held: list[Token] = []
    for child in children:
        if child.type == "link_open":
            held = [child]
        elif not held:
            yield child
        else:
            held.append(child)
            if child.type == "link_close":
                yield from _freed(held)
                held = []
    yield from held


def _freed(link: list[Token]) -> list[Token]:
    numbers = [token for token in link if token.type in {"anchor", "citation"}]
    for number in numbers:
        number.meta["href"] = str(link[0].attrGet("href") or "")
    return link[1:-1] if numbers else link


def _text(content: str, level: int) -> Token:
    return Token("text", "", 0, content=content, level=level)

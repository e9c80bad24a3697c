"""The review as one self-contained page: no script, nothing fetched, made to be read on a phone and on paper."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

from bot.paths import TEMPLATES
from bot.postmortem.document import SECTIONS
from bot.postmortem.lines import ROOM
from bot.postmortem.markup import end_of, head_of, is_question, is_timeline, mark_of, parser, plain, rows_of, title_of

#: From this many rows on the timeline is long, and neighbours that are no key moments are folded.
FOLD_FROM: Final = 30
#: Fewer neighbours than this stay as they are: opening them would take longer than reading them.
_FOLD_LEAST: Final = 4
_PIN: Final = "📌"
_SLUG: Final = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True)
class Contents:
    """A line of the table of contents: the place on the page, and the words."""

    id: str
    title: str


def to_html(markdown: str, picture: str | None = None, *, titled: str = SECTIONS["picture"]) -> str:
    """The review as one page: citations are linked to the timeline's rows, and those to Slack where they know the way.

    HTML in the Markdown is shown as text.

    Args:
        markdown: the review.
        picture: what `bot.postmortem.drawing` drew of it, an SVG element. It is placed as it is.
        titled: the title of the section that the picture belongs to. Without one it stands behind the facts at a
            glance, or where the first section begins.

    Raises:
        ValueError: the picture is not an SVG element.
    """
    if picture is not None and not picture.startswith("<svg"):
        msg = "the picture is no SVG element"
        raise ValueError(msg)
    tokens = parser().parse(markdown)
    contents = _headings(tokens)
    long = sum(1 for rows in _timelines(tokens) for _ in rows) >= FOLD_FROM
    body = "".join(_placed(tokens, picture, titled, long=long))
    return _page().render(title=title_of(markdown), contents=contents, body=Markup(body))  # noqa: S704 (markdown-it escaped it: HTML is switched off)


@lru_cache(maxsize=1)
def _page() -> Template:
    environment = Environment(loader=FileSystemLoader(TEMPLATES / ROOM), undefined=StrictUndefined, autoescape=True)
    return environment.get_template("page.html.j2")


def _headings(tokens: Sequence[Token]) -> list[Contents]:
    """Give each heading of a section its place, and list them."""
    taken: set[str] = set()
    found = []
    for at, token in enumerate(tokens):
        if token.type != "heading_open" or token.tag != "h2" or token.level:
            continue
        title = plain(tokens[at + 1])
        name = slug = f"s-{_SLUG.sub('-', title.lower()).strip('-')[:60]}"
        count = 1
        while name in taken:
            count += 1
            name = f"{slug}-{count}"
        taken.add(name)
        token.attrSet("id", name)
        found.append(Contents(name, title))
    return found


def _timelines(tokens: Sequence[Token]) -> Iterator[list[tuple[int, int]]]:
    for at, token in enumerate(tokens):
        if token.type == "table_open" and is_timeline(head_of(tokens, at)):
            yield list(rows_of(tokens[at : end_of(tokens, at)]))


def _placed(tokens: Sequence[Token], picture: str | None, titled: str, *, long: bool) -> Iterator[str]:
    """The page's parts in order, with the picture among them."""
    drawn = f'<figure class="picture" tabindex="0">{picture}</figure>\n' if picture else ""
    home = _home(tokens, titled) if drawn else -1
    at, said = 0, False
    while at < len(tokens):
        if at == home:
            yield drawn
        end = end_of(tokens, at)
        part = tokens[at:end]
        match part[0].type:
            case "table_open" if is_timeline(head_of(part, 0)):
                yield from _timeline(part, long=long)
            case "table_open":
                yield _scrolled(_rendered(part), "table")
            case "blockquote_open":
                after = tokens[end : end + 3]
                said = len(after) > 2 and after[0].type == "paragraph_open" and plain(after[1]).startswith("— ")
                kind = "said" if said or not _is_note(part) else "note"
                yield f'<figure class="{kind}">\n{_rendered(part)}{"" if said else "</figure>"}\n'
            case "paragraph_open" if said:
                said = False
                yield f'<figcaption dir="auto">{_rendered(part[1:-1])}</figcaption></figure>\n'
            case "paragraph_open" if is_question(part[1]):
                part[0].attrJoin("class", "ask")
                yield _rendered(part)
            case _:
                yield _rendered(part)
        at = end
    if home == len(tokens):
        yield drawn


def _is_note(quote: Sequence[Token]) -> bool:
    """Whether it is what the review says of itself, such as that this was a drill, and nobody's words."""
    inline = next((token for token in quote if token.type == "inline"), None)
    children = [child for child in inline.children or [] if child.content or child.type != "text"] if inline else []
    return bool(children) and children[0].type == "strong_open"


def _home(tokens: Sequence[Token], titled: str) -> int:
    """Where the picture stands: an index among the tokens."""
    sections = [at for at, token in enumerate(tokens) if token.type == "heading_open" and not token.level]
    titles = {plain(tokens[at + 1]).casefold(): at for at in reversed(sections)}
    if (at := titles.get(titled.casefold())) is not None:
        return at + 3
    after = titles.get(SECTIONS["glance"].casefold(), -1)
    following = (at for at in sections if at > after and tokens[at].tag == "h2")
    return next(following, len(tokens))


def _scrolled(table: str, kind: str) -> str:
    """A table that scrolls by itself where the window is too narrow for it, by touch and by keys."""
    return f'<div class="{kind}" tabindex="0">\n{table}</div>\n'


def _timeline(table: Sequence[Token], *, long: bool) -> Iterator[str]:
    """The rows of a day, key moments marked; of a long timeline the others are folded."""
    rows = [table[start:end] for start, end in rows_of(table)]
    head = _rendered(table[1 : next(at for at, token in enumerate(table) if token.type == "thead_close") + 1])
    groups = [(key, list(group)) for key, group in groupby(rows, _is_key)]
    shown: list[str] = []
    for key, group in groups:
        if long and not key and len(group) >= _FOLD_LEAST:
            if shown:
                yield _scrolled(_table(head, shown), "rows")
                shown = []
            yield f"<details>\n<summary>{_summary(group)}</summary>\n"
            yield _scrolled(_table(head, [_rendered(row) for row in group]), "rows")
            yield "</details>\n"
        else:
            for row in group:
                row[0].attrSet("class", "key" if key else "quiet")
                shown.append(_rendered(row))
    if shown:
        yield _scrolled(_table(head, shown), "rows")


def _table(head: str, rows: Sequence[str]) -> str:
    columns = '<col class="entry"><col class="time"><col class="who"><col>'
    return f"<table>\n<colgroup>{columns}</colgroup>\n{head}<tbody>\n{''.join(rows)}</tbody>\n</table>\n"


def _is_key(row: Sequence[Token]) -> bool:
    """Whether a row tells of a key moment: its sentence has something in bold type, or somebody pinned it."""
    cells = [token for token in row if token.type == "inline"]
    return plain(cells[-1]).startswith(_PIN) or any(child.type == "strong_open" for child in cells[-1].children or [])


def _summary(rows: Sequence[Sequence[Token]]) -> Markup:
    """What is folded: how much, and from when to when."""
    times = [plain(row[5]) if len(row) > 5 else "" for row in (rows[0], rows[-1])]
    return escape(f"{len(rows)} more entries, {times[0]} to {times[1]}")


class _Renderer(RendererHTML):
    """HTML of the tokens, with the review's own among them."""

    def anchor(self, tokens: Sequence[Token], at: int, _options: OptionsDict, _env: EnvType) -> str:
        """A row's number: where citations lead to, and the way on to Slack."""
        return self._number(tokens[at], id=tokens[at].meta["to"], href=tokens[at].meta.get("href", ""))

    def citation(self, tokens: Sequence[Token], at: int, _options: OptionsDict, _env: EnvType) -> str:
        """The number of an entry, which leads to its row."""
        return self._number(tokens[at], href=f"#{tokens[at].meta['to']}")

    def strong_open(self, tokens: Sequence[Token], at: int, _options: OptionsDict, _env: EnvType) -> str:
        """Bold type; a verdict has its colour too."""
        colour = mark_of(tokens[at + 1].content)
        return f'<strong class="mark {colour.lower()}">' if colour else "<strong>"

    @staticmethod
    def _number(token: Token, **attributes: str) -> str:
        tag = "a" if attributes.get("href") else "span"
        written = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items() if value)
        return f"<{tag}{written}>{escape(token.content)}</{tag}>"


@lru_cache(maxsize=1)
def _renderer() -> _Renderer:
    return _Renderer(parser())


def _rendered(tokens: Sequence[Token]) -> str:
    return _renderer().render(tokens, parser().options, {})

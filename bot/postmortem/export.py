"""The review in other shapes: a page that prints well, and the facts as JSON."""

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup

from bot.domain.incident import Incident
from bot.domain.timeline import Entry
from bot.paths import TEMPLATES
from bot.postmortem.lines import ROOM
from bot.postmortem.metrics import Measure, Metrics
from bot.store.codec import event_to_json, incident_to_json

_CITATION: Final = re.compile(r"#(\d+)")
#: A time or a single entry number, which is not to be broken in two.
_SHORT: Final = re.compile(r"[\d:]{8}|#\d+")
#: The table whose rows the citations point at.
_TIMELINE_HEAD: Final = ["Entry", "Time", "Who", "What"]
_DIRECTED: Final = frozenset({"p_open", "td_open", "blockquote_open", "li_open", "h1_open"})


def to_markdown(markdown: str) -> str:
    """The review as it is kept."""
    return markdown


def to_html(markdown: str) -> str:
    """The review as one self-contained page: no script, nothing fetched, citations linked to the timeline's rows.

    HTML in the Markdown is shown as text.
    """
    tokens = _parser().parse(markdown)
    heading = next((tokens[i + 1] for i, token in enumerate(tokens) if token.type == "heading_open"), None)
    title = "".join(child.content for child in heading.children or []) if heading else "Post-incident review"
    body = _parser().renderer.render(tokens, _parser().options, {})
    return _page().render(title=title, body=Markup(body))  # noqa: S704 (markdown-it escaped it: HTML is switched off)


def to_json(incident: Incident, entries: Iterable[Entry], metrics: Metrics) -> dict[str, Any]:
    """The facts behind the review in JSON's types. Durations are seconds, times ISO 8601 in UTC."""
    return {
        "incident": incident_to_json(incident),
        "metrics": {str(measure.clock): _measure(measure) for measure in metrics.clocks}
        | {"updates": list(metrics.updates), "silences": [_measure(gap) for gap in metrics.silences]},
        "timeline": [_entry(entry) for entry in entries],
    }


def _measure(measure: Measure) -> dict[str, Any]:
    return {
        "verdict": str(measure.verdict),
        "value": _seconds(measure.value),
        "target": _seconds(measure.target),
        "late_by": _seconds(measure.late_by),
        "severity": measure.severity,
        "entries": list(measure.cites),
    }


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds()


def _entry(entry: Entry) -> dict[str, Any]:
    kind, payload = event_to_json(entry.event)
    return {
        "seq": entry.seq,
        "at": entry.at.isoformat(),
        "recorded_at": entry.recorded_at.isoformat(),
        "caught_up": entry.caught_up,
        "by": {"kind": str(entry.by.kind), "id": entry.by.id},
        "kind": kind,
        "event": payload,
    }


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    # Before escapes are joined to the text around them: a number that a person typed is `\#12` and stays text.
    parser.core.ruler.before("text_join", "citations", _link_citations)
    return parser


@lru_cache(maxsize=1)
def _page() -> Template:
    environment = Environment(loader=FileSystemLoader(TEMPLATES / ROOM), undefined=StrictUndefined, autoescape=True)
    return environment.get_template("page.html.j2")


def _link_citations(state: StateCore) -> None:
    homes = {id(inline): inline for inline in _timeline_cells(state.tokens)}
    known = {number for inline in homes.values() for number in _CITATION.findall(inline.content)}
    for at, token in enumerate(state.tokens):
        if token.type == "inline" and _SHORT.fullmatch(token.content):
            state.tokens[at - 1].attrSet("class", "short")
        if token.type in _DIRECTED:
            token.attrSet("dir", "auto")
        if token.type == "inline" and token.children and "#" in token.content:
            token.children = list(_marked(token.children, known, home=id(token) in homes))


def _timeline_cells(tokens: list[Token]) -> Iterator[Token]:
    """The first cells of the timeline's rows."""
    head: list[str] = []
    for at, token in enumerate(tokens):
        if token.type == "table_open":
            head = []
        elif token.type == "th_open":
            head.append(tokens[at + 1].content)
        elif token.type == "tr_open" and head == _TIMELINE_HEAD and tokens[at + 1].type == "td_open":
            yield tokens[at + 2]


def _marked(children: list[Token], known: set[str], *, home: bool) -> Iterator[Token]:
    for child in children:
        if child.type != "text":
            yield child
            continue
        end = 0
        for found in _CITATION.finditer(child.content):
            if not home and found[1] not in known:
                continue
            yield _text(child.content[end : found.start()], child.level)
            tag, attrs = ("span", {"id": f"e{found[1]}"}) if home else ("a", {"href": f"#e{found[1]}"})
            yield Token(f"{tag}_open", tag, 1, attrs=dict(attrs))
            yield _text(found[0], child.level)
            yield Token(f"{tag}_close", tag, -1)
            end = found.end()
        yield _text(child.content[end:], child.level)


def _text(content: str, level: int) -> Token:
    return Token("text", "", 0, content=content, level=level)

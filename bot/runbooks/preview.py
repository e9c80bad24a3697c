"""A runbook as one page: no script, nothing fetched, its steps numbered as in a run and its buttons drawn as badges."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from markupsafe import Markup

from bot.domain.runbook_run import Branch
from bot.runbooks.drawing import Piece, pieces, template
from bot.runbooks.overview import Overview, StepView
from bot.runbooks.structure import Chapter

#: More chapters than this are too many for a table of contents, unless their headings are at the top.
_MANY, _TOP = 12, 2
#: Deeper than any heading.
_DEEP = 7


@dataclass(frozen=True, slots=True)
class Box:
    """A step in a box of its own, with its text.

    `picks` are the answers to a question that are listed with it; `rows` says that a table below has the others.
    """

    view: StepView
    text: list[Markup] = field(default_factory=list)
    picks: tuple[Branch, ...] = ()
    rows: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter: its text and its steps, in order, and the numbers of its steps."""

    chapter: Chapter
    name: str
    parts: tuple[Markup | Box, ...]
    steps: tuple[int, ...]


def to_page(seen: Overview) -> str:
    """The page. HTML in the runbook is shown as text; pictures are links to them."""
    walked = [view for view in seen.steps if not view.step.pick]
    sections = list(_sections(seen))
    return template("runbook.html.j2").render(
        seen=seen, runbook=seen.runbook, sections=sections, contents=_contents(seen, sections), walked=len(walked)
    )


def _sections(seen: Overview) -> Iterator[Section]:
    """The chapters that have text, each with its pieces in the boxes of their steps."""
    drawn = deque(pieces(seen))
    for number, chapter in enumerate(seen.runbook.structure.chapters, 1):
        inside = [view for view in seen.steps if chapter.first <= view.step.first <= chapter.last]
        sheet = _Sheet(seen, chapter, inside)
        while drawn and drawn[0].line <= chapter.last:
            sheet.add(drawn.popleft())
        if parts := sheet.done():
            yield Section(chapter, f"Chapter-{number}", parts, tuple(view.number for view in inside))


def _contents(seen: Overview, sections: list[Section]) -> list[Section]:
    """What the table of contents has: of many chapters, those on top."""
    named = [one for one in sections if one.chapter.title and one.chapter.title != seen.runbook.title]
    top = [one for one in named if one.chapter.level <= _TOP]
    return top if len(named) > _MANY and top else named


class _Sheet:
    """A chapter as it is filled, block by block."""

    def __init__(self, seen: Overview, chapter: Chapter, inside: list[StepView]) -> None:
        self._seen = seen
        self._chapter = chapter
        self._asks = [view for view in inside if view.step.pick]
        self._parts: list[Markup | Box] = []
        self._box: Box | None = None
        #: The level of the heading that the box began with.
        self._level = _DEEP

    def add(self, piece: Piece) -> None:
        """Takes the next block: into the step that is open, into one that begins with it, or beside them."""
        title = piece.heading > 0 and piece.line == self._chapter.first
        view = piece.begins
        while self._asks and _past(piece, self._asks[0]):
            self._ask(self._asks.pop(0))
        if view is not None or 0 < piece.heading <= self._level:
            self._box = None
        if title and not self._told(piece):
            self._parts.append(piece.html)
        if view is not None:
            self._open(Box(view), piece.heading or _DEEP)
        if not title:
            (self._parts if self._box is None else self._box.text).append(piece.html)

    def done(self) -> tuple[Markup | Box, ...]:
        """All of it."""
        for view in self._asks:
            self._ask(view)
        return tuple(self._parts)

    def _told(self, piece: Piece) -> bool:
        """Whether the page has this heading already, as its own."""
        return piece.heading == 1 and self._chapter.title == self._seen.runbook.title

    def _open(self, box: Box, level: int) -> None:
        self._box, self._level = box, level
        self._parts.append(box)

    def _ask(self, view: StepView) -> None:
        """A question of its own. The rows of a table, which stand below it, need no list of them."""
        listed = tuple(branch for branch in view.step.branches if not _row(self._seen.step(branch.to)))
        self._parts.append(Box(view, picks=listed, rows=len(listed) < len(view.step.branches)))
        self._box = None


def _past(piece: Piece, ask: StepView) -> bool:
    """Whether a block stands behind what leads up to a question: it is among the answers."""
    return piece.line > ask.step.last or (piece.table and piece.line >= ask.step.first)


def _row(view: StepView | None) -> bool:
    return view is not None and bool(view.step.says)

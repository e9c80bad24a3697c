"""The steps of one chapter, before they are numbered and before it is known where they lead."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from bot.runbooks.branches import read_lead, row_lead
from bot.runbooks.outline import Item, Mark, Outline, Row, Table
from bot.runbooks.sections import Section
from bot.runbooks.structure import WHICH, ChapterKind
from bot.runbooks.tables import Columns, columns
from bot.runbooks.words import LINE_LIMIT, TITLE_LIMIT, plain, title_of, unnumbered

_LINK = re.compile(r"\s*\[[^\[\]]*\]\([^()\s]*\)\s*")
_Placed = TypeVar("_Placed", Item, Table)


@dataclass(slots=True, eq=False)
class Draft:
    """A step to be. `leads` is the heading that a table's row leads to."""

    title: str
    first: int
    last: int
    row: bool = False
    says: str = ""
    takes: str = ""
    pick: bool = False
    leads: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Alternatives: the step that asks for one, and each one's title and steps."""

    pick: Draft
    ways: tuple[tuple[str, tuple[Draft, ...]], ...]


@dataclass(slots=True)
class Drafts:
    """A chapter's steps in order; of the groups, those within others come first."""

    steps: list[Draft] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)

    def add(self, other: "Drafts") -> None:
        """Appends what follows."""
        self.steps += other.steps
        self.groups += other.groups


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a step begins by itself, without what leads up to it."""

    line: int
    title: str
    of: Section | Item | Table
    columns: Columns | None = None


def drafts(outline: Outline, section: Section, kind: ChapterKind, title: str, *, alone: bool = False) -> Drafts:
    """The steps of a chapter.

    Args:
        outline: the file's.
        section: the chapter's.
        kind: what its heading makes it. A chapter that Muster has no name for has only steps that are marked as such.
        title: its title, for where it is one step as a whole.
        alone: whether it is all of the file. Then bare notes are steps, whatever the chapter is called.
    """
    chapter = _Chapter(outline, kind, title)
    found = chapter.of_chapter(section)
    if alone and kind is ChapterKind.OTHER and not found.steps:
        return chapter.of_notes(section)
    return found


@dataclass(frozen=True, slots=True)
class _Chapter:
    outline: Outline
    kind: ChapterKind
    title: str

    def of_chapter(self, section: Section) -> Drafts:
        ways = section.below
        steps = all(way.heading is not None and way.heading.step for way in ways)
        if self.kind is not ChapterKind.CAUSES or len(ways) <= 1 or steps:
            return self._written(section, self._starts(section, marked=self.kind is ChapterKind.OTHER), rooted=False)
        own = Section(section.heading, section.first, ways[0].first - 1)
        found = self._written(own, self._starts(own, marked=True), rooted=False)
        first, last = self._filled(own.body, own.last)
        if found.steps or first > last:
            first = last = section.first
        pick = Draft(WHICH, first, last, pick=True)
        found.steps.append(pick)
        alternatives = []
        for way in ways:
            inner = self._alternative(way)
            alternatives.append((_called(way), tuple(inner.steps)))
            found.add(inner)
        found.groups.append(Group(pick, tuple(alternatives)))
        return found

    def of_notes(self, section: Section) -> Drafts:
        """The items of bulleted lists; none where all that they hold is a link elsewhere."""
        listed = [item for item in _within(self.outline.items, section) if not _LINK.fullmatch(item.text[:LINE_LIMIT])]
        return self._written(section, list(self._bullets(section)) if len(listed) > 1 else [], rooted=False)

    def _alternative(self, way: Section) -> Drafts:
        """One of several causes: what is marked as a step, or else all of it as one."""
        return self._written(way, self._starts(way, marked=True) or [_Start(way.first, _called(way), way)], rooted=True)

    def _starts(self, section: Section, *, marked: bool) -> list[_Start]:
        """Where steps begin, in the order of the lines. `marked` leaves out what is a step for want of others."""
        starts = self._marked(section)
        tables = list(self._tables(section)) if starts or self.kind is not ChapterKind.OTHER else []
        if not starts and not marked:
            starts = [_Start(way.first, _called(way), way) for way in section.below]
            if not starts and not tables:
                starts = list(self._bullets(section)) or self._whole(section)
        return sorted([*starts, *tables], key=lambda start: start.line)

    def _marked(self, section: Section) -> list[_Start]:
        """`Step N` headings, else the items of checklists, else those of numbered lists."""
        numbered = [
            inner for inner in section.all() if inner.heading and inner.heading.step and self._may(inner, section)
        ]
        if numbered:
            return [_Start(inner.first, _called(inner), inner) for inner in numbered]
        items = [item for item in _within(self.outline.items, section) if item.mark is not Mark.BULLET]
        mark = max((item.mark for item in items), default=Mark.BOX)
        return [_Start(item.line, title_of(item.text), item) for item in items if item.mark is mark]

    def _may(self, inner: Section, section: Section) -> bool:
        """A chapter whose own heading is a step is one that such headings opened."""
        return inner is not section or self.kind is ChapterKind.OTHER

    def _bullets(self, section: Section) -> Iterator[_Start]:
        for item in _within(self.outline.items, section):
            if not item.led and read_lead(item.text, item=True) is None:
                yield _Start(item.line, title_of(item.text), item)

    def _whole(self, section: Section) -> list[_Start]:
        first, last = self._filled(section.body, section.last)
        return [_Start(first, self.title, section)] if first <= last else []

    def _tables(self, section: Section) -> Iterator[_Start]:
        for table in _within(self.outline.tables, section):
            if table.rows and (found := columns(table.head)):
                yield _Start(table.line, WHICH, table, found)

    def _written(self, section: Section, starts: Sequence[_Start], *, rooted: bool) -> Drafts:
        """The steps with their lines: each to where the next one begins. `rooted`: the first has the heading."""
        found = Drafts()
        begins = list(self._begins(section, starts, rooted=rooted))
        for place, (start, begin) in enumerate(zip(starts, begins, strict=True)):
            end = begins[place + 1] - 1 if place + 1 < len(begins) else section.last
            draft = Draft(start.title or self.title, begin, self._filled(begin, end)[1])
            before = found.steps[-1] if found.steps else None
            if isinstance(start.of, Table) and start.columns:
                above = starts[place - 1].of
                if before and isinstance(above, Section) and _bare(before, above):
                    found.steps.pop()
                    draft.first = before.first
                draft.pick = True
                rows = [_row(row, start.columns) for row in start.of.rows]
                found.steps += (draft, *rows)
                found.groups.append(Group(draft, tuple((row.title, (row,)) for row in rows)))
            else:
                found.steps.append(draft)
        return found

    def _begins(self, section: Section, starts: Sequence[_Start], *, rooted: bool) -> Iterator[int]:
        """The lines in which steps begin: with the headings that lead up to them and to none before."""
        inner = [one for one in section.all() if one is not section]
        before, at = section.first, 0
        for place, start in enumerate(starts):
            above = None
            while at < len(inner) and inner[at].first <= start.line:
                if above is None and inner[at].first > before and inner[at].last >= start.line:
                    above = inner[at].first
                at += 1
            if place == 0 and rooted:
                yield section.first
            elif place == 0 and above is None and isinstance(start.of, Table):
                yield self._filled(section.body, start.line)[0]
            else:
                yield start.line if above is None else above
            before = start.line

    def _filled(self, first: int, last: int) -> tuple[int, int]:
        """Lines without the blank ones at both ends; the first after the last where all are."""
        blank = self.outline.blank
        while first <= last and first in blank:
            first += 1
        while last > first and last in blank:
            last -= 1
        return first, last


def _within(placed: Sequence[_Placed], section: Section) -> Sequence[_Placed]:
    """What begins within a section."""
    return placed[bisect_left(placed, section.first, key=_line) : bisect_right(placed, section.last, key=_line)]


def _bare(draft: Draft, section: Section) -> bool:
    """Whether a step is nothing but its heading."""
    return draft.first == section.first and draft.last < section.body


def _line(placed: Item | Table) -> int:
    return placed.line


def _called(section: Section) -> str:
    return unnumbered(section.heading.text) if section.heading else ""


def _row(row: Row, of: Columns) -> Draft:
    """A row as a step: its causes are its title, its fix is what it says."""
    cells = dict(enumerate(row.cells))
    said = ": ".join(said for place in of.causes if (said := plain(cells.get(place, ""))))
    fix = cells.get(of.fix, "").strip()
    takes = plain(cells.get(of.time, "")) if of.time is not None else ""
    takes = takes if any(map(str.isalnum, takes)) else ""
    title = (said or plain(fix) or WHICH)[:TITLE_LIMIT].rstrip()
    return Draft(title, row.line, row.line, row=True, says=fix, takes=takes, leads=row_lead(fix))

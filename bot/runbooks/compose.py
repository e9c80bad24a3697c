"""A runbook's text → its structure: chapters, the steps of those that are walked, and where these lead."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from bot.runbooks.blocks import read_block
from bot.runbooks.branches import Lead, read_lead
from bot.runbooks.chapters import ON_DEMAND, WALKED, openings
from bot.runbooks.flow import MOST_STEPS, Flow, Placed, Way
from bot.runbooks.outline import Fence, Heading, Outline, Saying
from bot.runbooks.sections import Section, tree
from bot.runbooks.steps import Draft, Drafts, drafts
from bot.runbooks.structure import Chapter, ChapterKind, Step, Structure
from bot.runbooks.words import TITLE_LIMIT, loose_slug, unnumbered

#: The title of a chapter that is opened by `Step 1`.
_STEPS = "Steps"
_Line = TypeVar("_Line", Saying, Fence)
#: Things to mend that are told of one file.
_MOST_WRONG = 100


@dataclass(slots=True)
class _Part:
    """A chapter in the making. `aside`: it is walked only where a branch leads."""

    kind: ChapterKind
    title: str
    section: Section
    aside: bool = False
    steps: Drafts = field(default_factory=Drafts)


def compose(read: Outline, title: str) -> tuple[Structure, list[tuple[int, str]]]:
    """The structure of a text, and what there is to mend in it, by line.

    Args:
        read: what is in it.
        title: the runbook's, for what stands before all headings.
    """
    if read.last < read.first:
        return Structure(), []
    composing = _Composing(read, _parts(read, title), wrong=list(read.wrong))
    structure = composing.structure()
    return structure, sorted(set(composing.wrong))[:_MOST_WRONG]


def _parts(read: Outline, title: str) -> list[_Part]:
    opened = list(openings(read))
    parts: list[_Part] = []
    lines = [heading.line for heading in read.headings]
    begins: list[tuple[Heading | None, ChapterKind]] = list(opened)
    if not opened or opened[0][0].line > read.first:
        begins.insert(0, (None, ChapterKind.OTHER))
    verified = False
    for place, (heading, kind) in enumerate(begins):
        first = heading.line if heading else read.first
        following = begins[place + 1][0] if place + 1 < len(begins) else None
        last = following.line - 1 if following else read.last
        within = read.headings[bisect_left(lines, first + (heading is not None)) : bisect_right(lines, last)]
        called = title if heading is None else _STEPS if heading.step else unnumbered(heading.text)
        verified = verified or kind is ChapterKind.VERIFICATION
        aside = kind in ON_DEMAND or (kind is ChapterKind.ROLLBACK and verified)
        parts.append(_Part(kind, called[:TITLE_LIMIT], tree(heading, first, last, within), aside))
    return parts


@dataclass(slots=True)
class _Composing:
    read: Outline
    parts: list[_Part]
    wrong: list[tuple[int, str]]
    _says: list[int] = field(init=False)
    _fences: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self._says = [saying.line for saying in self.read.sayings]
        self._fences = [fence.line for fence in self.read.fences]

    def structure(self) -> Structure:
        """All of it; what is not understood is in `wrong`."""
        for part in self.parts:
            if part.kind in WALKED or part.kind in ON_DEMAND or part.kind is ChapterKind.OTHER:
                alone = len(self.parts) == 1
                part.steps = drafts(self.read, part.section, part.kind, part.title, alone=alone)
        sections = self._sections()
        placed = self._placed(sections)
        if len(placed) > MOST_STEPS:
            message = f"There are more than {MOST_STEPS} steps; the others are not walked. Split the runbook."
            self.wrong.append((placed[MOST_STEPS].draft.first, message))
            placed = placed[:MOST_STEPS]
            self._stretch(placed[-1])
        walked = sorted({step.chapter for step in placed})
        flow = Flow(
            placed,
            [group for part in self.parts for group in part.steps.groups],
            {place: self.parts[place].section for place in walked},
            frozenset(place for place in walked if self.parts[place].aside),
            sections,
            self.wrong,
        )
        steps = [
            self._step(step, way, walked.index(step.chapter)) for step, way in zip(placed, flow.ways(), strict=True)
        ]
        chapters = (
            self._chapter(part, walked=place in walked, steps=[step.draft for step in placed if step.chapter == place])
            for place, part in enumerate(self.parts)
        )
        return Structure(chapters=tuple(chapters), steps=tuple(steps))

    def _sections(self) -> dict[str, tuple[int, Section]]:
        """The headings that links can lead to, with the places of their chapters."""
        return {
            section.heading.slug: (place, section)
            for place, part in enumerate(self.parts)
            for section in part.section.all()
            if section.heading and section.heading.slug
        }

    def _placed(self, sections: Mapping[str, tuple[int, Section]]) -> list[Placed]:
        """The steps of the chapters that are walked. Branches lead forwards, so that one look in order is enough."""
        loosely: dict[str, str] = {}

        def meant(slug: str) -> str:
            """A heading's name as it has it: links that other forges make differ a little."""
            if slug in sections:
                return slug
            for name in () if loosely else sections:
                loosely.setdefault(loose_slug(name), name)
            return loosely.get(loose_slug(slug), slug)

        reached: set[int] = set()
        found: list[Placed] = []
        for place, part in enumerate(self.parts):
            if part.aside and place not in reached:
                continue
            for draft in part.steps.steps:
                leads = ((line, Lead(lead.on, meant(lead.slug))) for line, lead in self._leads(draft))
                step = Placed(draft, place, tuple(leads))
                found.append(step)
                reached |= {sections[lead.slug][0] for _, lead in step.leads if lead.slug in sections}
        return found

    def _leads(self, draft: Draft) -> Iterator[tuple[int, Lead]]:
        """The branches of a step with their lines, as they stand in the text."""
        if draft.row:
            if draft.leads:
                yield draft.first, Lead((), draft.leads)
            return
        for saying in _between(self.read.sayings, self._says, draft.first, draft.last):
            if lead := read_lead(saying.text, item=saying.item):
                yield saying.line, lead

    def _stretch(self, last: Placed) -> None:
        """What nobody walks belongs to the last step that somebody does."""
        if not last.draft.row:
            last.draft.last = self.parts[last.chapter].section.last

    def _step(self, placed: Placed, way: Way, phase: int) -> Step:
        draft = placed.draft
        fences = () if draft.row else _between(self.read.fences, self._fences, draft.first, draft.last)
        blocks = (read_block(fence.info, fence.body, fence.line) for fence in fences)
        return Step(
            title=draft.title,
            phase=phase,
            first=draft.first,
            last=draft.last,
            says=draft.says,
            blocks=tuple(block for block in blocks if block is not None),
            branches=way.branches,
            then=way.then,
            takes=draft.takes,
            pick=draft.pick,
        )

    def _chapter(self, part: _Part, *, walked: bool, steps: Sequence[Draft]) -> Chapter:
        section = part.section
        about = section.last
        if walked:
            own = section.first - 1 if section.heading is None or section.heading.step else section.heading.last
            about = max(own, min((step.first for step in steps if not step.row and step.first > own), default=own) - 1)
        return Chapter(
            kind=part.kind,
            title=part.title,
            level=section.level,
            first=section.first,
            last=section.last,
            about_last=about,
            walked=walked,
        )


def _between(placed: Sequence[_Line], lines: Sequence[int], first: int, last: int) -> Sequence[_Line]:
    """What begins from one line to another, of what begins in `lines`."""
    return placed[bisect_left(lines, first) : bisect_right(lines, last)]

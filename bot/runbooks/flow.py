"""Where steps lead: what comes after each, and its branches. Numbers are steps, from 1."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.runbook_run import END, Branch
from bot.policy.faults import quoted
from bot.runbooks.branches import Lead
from bot.runbooks.sections import Section
from bot.runbooks.steps import Draft, Group

#: Steps that a runbook has at most, and branches that a step has.
MOST_STEPS = 100
MOST_BRANCHES = 50
NONE_OF_THESE = "None of these"


@dataclass(frozen=True, slots=True)
class Placed:
    """A step with its chapter's place among all, the branches that its text has, and their lines."""

    draft: Draft
    chapter: int
    leads: tuple[tuple[int, Lead], ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """Where a step leads."""

    branches: tuple[Branch, ...] = ()
    then: int = END


@dataclass(slots=True)
class Flow:
    """All steps of a runbook, in order, at most `MOST_STEPS`.

    Attributes:
        groups: alternatives that the text has as such; those within others come first.
        sections: of the chapters that are walked, by the chapter's place.
        aside: the places of the chapters that are passed by unless a branch leads there.
        names: the sections of headings, by what links call them, with their chapters' places.
        wrong: gets what is to be mended, by line.
    """

    steps: Sequence[Placed]
    groups: Sequence[Group]
    sections: Mapping[int, Section]
    aside: frozenset[int]
    names: Mapping[str, tuple[int, Section]]
    wrong: list[tuple[int, str]]
    _number: dict[Draft, int] = field(default_factory=dict, init=False)
    _exits: dict[int, int] = field(default_factory=dict, init=False)
    _behind: dict[int, int] = field(default_factory=dict, init=False)

    def ways(self) -> list[Way]:
        """Where each step leads: forwards, or to the END."""
        self._number = {placed.draft: number for number, placed in enumerate(self.steps, 1)}
        led = [self._led(number, placed) for number, placed in enumerate(self.steps, 1)]
        for group in self.groups:
            self._alternatives([[self._number[step] for step in way if step in self._number] for _, way in group.ways])
        self._chosen({lead.slug for placed in self.steps for _, lead in placed.leads})
        picks = {self._number[group.pick]: group for group in self.groups if group.pick in self._number}
        return [self._way(number, led[number - 1], picks.get(number)) for number in range(1, len(self.steps) + 1)]

    def _way(self, number: int, led: Sequence[Branch], group: Group | None) -> Way:
        after = self._after(number)
        branches = [branch for branch in led if branch.on]
        if group is not None:
            ways = [(title, self._number[way[0]]) for title, way in group.ways if way and way[0] in self._number]
            after = self._after(max(self._number.get(step, 0) for _, way in group.ways for step in way) or number)
            branches = [*(Branch(on=title, to=to) for title, to in ways), *branches]
            branches = [*branches[: MOST_BRANCHES - 1], Branch(on=NONE_OF_THESE, to=after)]
        elif behind := self._behind.get(after):
            # Whoever is asked which one it is, and says none, has no business in the first of them.
            after = self._after(behind) if any(after <= branch.to <= behind for branch in branches) else after
        then = next((branch.to for branch in led if not branch.on), after)
        return Way(tuple(branches[:MOST_BRANCHES]), then)

    def _led(self, number: int, placed: Placed) -> list[Branch]:
        """The branches that a step's text has, as far as they lead somewhere."""
        found: dict[str, Branch] = {}
        for line, lead in placed.leads:
            to = self._to(number, line, lead.slug)
            for on in (lead.on or ("",)) if to else ():
                found.setdefault(on, Branch(on=on, to=to))
        return list(found.values())

    def _to(self, number: int, line: int, slug: str) -> int:
        """The step that a heading is, or the first below it; END, and something to mend, where there is none."""
        called = quoted(f"#{slug}")
        found = self.names.get(slug)
        if found is None:
            self.wrong.append((line, f"No heading here is called {called}, so this leads nowhere. Mend the link."))
            return END
        to = self._first(found[1])
        if to is None:
            self.wrong.append((line, f"There is no step at {called} that is walked, so this leads nowhere."))
            return END
        if to <= number:
            self.wrong.append((line, f"A branch leads forwards, and {called} is not behind this step."))
            return END
        return to

    def _first(self, section: Section) -> int | None:
        return next(
            (
                number
                for number, placed in enumerate(self.steps, 1)
                if section.first <= placed.draft.first <= section.last and not placed.draft.row
            ),
            None,
        )

    def _alternatives(self, ways: Sequence[Sequence[int]]) -> None:
        """From the end of each one the way leads behind the last."""
        last = max((number for way in ways for number in way), default=END)
        for way in ways:
            if way and way[-1] != last:
                self._exits[way[-1]] = last

    def _chosen(self, slugs: set[str]) -> None:
        """Headings side by side that branches lead to, each of them, are alternatives like causes."""
        for section in (inner for chapter in self.sections.values() for inner in chapter.all()):
            side = section.below
            if len(side) <= 1 or not all(one.heading and one.heading.slug in slugs for one in side):
                continue
            ways = [list(self._in(one)) for one in side]
            if all(ways):
                self._alternatives(ways)
                self._behind[ways[0][0]] = ways[-1][-1]

    def _in(self, section: Section) -> Iterator[int]:
        for number, placed in enumerate(self.steps, 1):
            if section.first <= placed.draft.first <= section.last:
                yield number

    def _after(self, number: int) -> int:
        """The step that follows where no branch leads elsewhere."""
        while number in self._exits:
            number = self._exits[number]
        chapter = self.steps[number - 1].chapter
        for place in range(number, len(self.steps)):
            other = self.steps[place].chapter
            if other == chapter or (chapter not in self.aside and other not in self.aside):
                return place + 1
            if chapter in self.aside:
                break
        return END

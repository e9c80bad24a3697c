"""The headings of a chapter as a tree."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.runbooks.outline import BOLD, Heading


@dataclass(slots=True, eq=False)
class Section:
    """A heading with what stands below it, or a text without one. Lines as in a chapter."""

    heading: Heading | None
    first: int
    last: int
    children: list["Section"] = field(default_factory=list)

    @property
    def body(self) -> int:
        """The first line after the heading."""
        return self.heading.last + 1 if self.heading else self.first

    @property
    def below(self) -> list["Section"]:
        """The sections below it that stand side by side: where there are headings, lines of bold are none."""
        return [child for child in self.children if child.level != BOLD] or self.children

    @property
    def level(self) -> int:
        """The heading's; 0 where there is none."""
        return self.heading.level if self.heading else 0

    def all(self) -> Iterator["Section"]:
        """This section and all that are within it, in order."""
        waiting = [self]
        while waiting:
            section = waiting.pop()
            yield section
            waiting.extend(reversed(section.children))


def tree(heading: Heading | None, first: int, last: int, within: Sequence[Heading]) -> Section:
    """The section of a chapter.

    Args:
        heading: the chapter's; None for what stands before all.
        first: the chapter's first line.
        last: its last.
        within: the other headings in it, in order.
    """
    root = Section(heading, first, last)
    path = [root]
    for inner in within:
        while len(path) > 1 and path[-1].level >= inner.level:
            path.pop().last = inner.line - 1
        section = Section(inner, inner.line, last)
        path[-1].children.append(section)
        path.append(section)
    return root

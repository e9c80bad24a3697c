"""What is different between two versions of a review, by section: as data, as a sentence and as a unified diff."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from bot.postmortem.aligning import Op, changed
from bot.postmortem.parts import Part, split
from bot.postmortem.text import clean

#: Lines around a change in a diff, the lines of a diff and the characters of a line of it, and sections in a sentence.
_CONTEXT, _LINES, _WIDTH, _NAMED = 3, 400, 400, 6
#: What stands before the first section.
TOP: Final = "Top of the document"


@dataclass(frozen=True, slots=True)
class Changed:
    """What is different in one section: lines that came, that went, and that have other words (before, after).

    `new` and `gone` are true where the section itself came or went. Blank lines do not count.
    """

    section: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[tuple[str, str], ...] = ()
    new: bool = False
    gone: bool = False

    @property
    def says(self) -> str:
        """As in "Timeline: 3 lines new, 1 changed"."""
        title = " ".join(clean(self.section).split())
        if self.new or self.gone:
            return f"{title}: {'new' if self.new else 'removed'}"
        counts = [(len(self.added), "new"), (len(self.changed), "changed"), (len(self.removed), "removed")]
        said = [(count, what) for count, what in counts if count]
        (first, what), *more = said
        lines = "line" if first == 1 else "lines"
        return f"{title}: {', '.join([f'{first} {lines} {what}', *(f'{count} {what}' for count, what in more)])}"


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different between two versions, in the order of the newer one; what went comes last."""

    sections: tuple[Changed, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything that can be read is different."""
        return bool(self.sections)

    @property
    def summary(self) -> str:
        """One sentence for people, of up to six sections; "Nothing changed" where nothing did."""
        if not self.sections:
            return "Nothing changed"
        more = len(self.sections) - _NAMED
        said = [section.says for section in self.sections[:_NAMED]]
        if more > 0:
            said.append(f"{more} more {'section' if more == 1 else 'sections'}")
        return "; ".join(said)


def between(before: str, after: str) -> Changes:
    """What is different from one version of a document to another. Line ends and blank lines do not count."""
    found = []
    for _, one, other in _pairs(before, after):
        section = _changed(one, other)
        if section is not None:
            found.append(section)
    return Changes(tuple(found))


def unified(before: str, after: str, *, most: int = _LINES, width: int = _WIDTH) -> str:
    """The differences of two versions as a unified diff whose hunks are headed by their section.

    Args:
        before: The older version.
        after: The newer one.
        most: The most lines to show; how many more there are is said below them.
        width: The most characters of a line; how many more it has is said behind them.

    Returns:
        Lines that begin with `@@`, a space, `-` or `+`, without control characters; empty where nothing is different.
    """
    lines: list[str] = []
    left = 0
    for name, one, other in _pairs(before, after):
        for line in _hunks(name, one, other):
            if len(lines) < most:
                lines.append(_shown(line, width))
            else:
                left += 1
    if left:
        lines.append(f"… {left:,} more {'line' if left == 1 else 'lines'} of differences")
    return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class _Side:
    """A section's lines with its heading, and the number of the first of them in the document."""

    part: Part
    first: int
    lines: list[str]


def _pairs(before: str, after: str) -> Iterator[tuple[str, _Side | None, _Side | None]]:
    """Each section in both versions, in the order of the newer one, then those that went."""
    old, new = _sides(before), _sides(after)
    for key, side in new.items():
        yield key[0] or TOP, old.get(key), side
    for key, side in old.items():
        if key not in new:
            yield key[0] or TOP, side, None


def _sides(markdown: str) -> dict[tuple[str, int], _Side]:
    sides, first = {}, 1
    for part in split(markdown.replace("\r\n", "\n")):
        whole = part.heading + part.text
        lines = whole.removesuffix("\n").split("\n") if whole else []
        sides[part.name, part.level] = _Side(part, first, lines)
        first += len(lines)
    return sides


def _changed(one: _Side | None, other: _Side | None) -> Changed | None:
    old, new = ([line for line in side.lines if line.strip()] if side else [] for side in (one, other))
    side = other or one
    if side is None or old == new:
        return None
    added: list[str] = []
    removed: list[str] = []
    both: list[tuple[str, str]] = []
    for op in changed(old, new):
        pairs = min(op.a2 - op.a1, op.b2 - op.b1)
        both.extend((old[op.a1 + n], new[op.b1 + n]) for n in range(pairs))
        removed.extend(old[op.a1 + pairs : op.a2])
        added.extend(new[op.b1 + pairs : op.b2])
    return Changed(
        side.part.name or TOP, tuple(added), tuple(removed), tuple(both), new=one is None, gone=other is None
    )


def _hunks(name: str, one: _Side | None, other: _Side | None) -> Iterator[str]:
    old, new = (side.lines if side else [] for side in (one, other))
    start_old, start_new = (side.first if side else 1 for side in (one, other))
    for ops in _grouped(changed(old, new), len(old)):
        first, last = ops[0], ops[-1]
        lead = min(_CONTEXT, first.a1)
        trail = min(_CONTEXT, len(old) - last.a2)
        a1, a2, b1, b2 = first.a1 - lead, last.a2 + trail, first.b1 - lead, last.b2 + trail
        ranges = f"-{_range(start_old + a1, a2 - a1)} +{_range(start_new + b1, b2 - b1)}"
        yield f"@@ {ranges} @@ {name}"
        at = a1
        for op in ops:
            yield from (f" {line}" for line in old[at : op.a1])
            yield from (f"-{line}" for line in old[op.a1 : op.a2])
            yield from (f"+{line}" for line in new[op.b1 : op.b2])
            at = op.a2
        yield from (f" {line}" for line in old[at:a2])


def _range(start: int, length: int) -> str:
    # Of nothing, a diff names the line before.
    return f"{start - (not length)},{length}"


def _grouped(ops: Iterable[Op], length: int) -> Iterator[list[Op]]:
    """Changes that are near enough to each other to share their context."""
    group: list[Op] = []
    for op in ops:
        if group and op.a1 - group[-1].a2 > 2 * min(_CONTEXT, length):
            yield group
            group = []
        group.append(op)
    if group:
        yield group


def _shown(line: str, width: int) -> str:
    plain = clean(line).replace("\n", " ")
    return plain if len(plain) <= width else f"{plain[:width]}… (cut: {len(plain) - width:,} characters more)"

"""Merged lines laid out: tables stay tables, and what does not belong together has a blank line between."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.postmortem.units import Kind, width

_TABLE: Final = frozenset({Kind.HEAD, Kind.ROW})


@dataclass(frozen=True, slots=True)
class Laid:
    """A unit of the result.

    Attributes:
        text, kind, head: as in `Unit`.
        mine, theirs: its place in people's and in the generator's version; None where that has it not.
        gap: the blank lines above, where both have it below the same unit as here; `gap_mine` and `gap_theirs` where
            only that one has.
    """

    text: str
    kind: Kind
    head: str
    mine: int | None
    theirs: int | None
    gap: int
    gap_mine: int
    gap_theirs: int


_START: Final = Laid("", Kind.TITLE, "", -1, -1, 0, 0, 0)


def lay(several: Sequence[Laid], *, top: bool) -> str:
    """The text of these units, each with the blank lines that it needs above; `top`: at the top of the document."""
    lines: list[str] = []
    before = _START
    for unit in _tabled(several):
        gap = _gap(before, unit)
        if before is _START and gap == 0 and not top and not _follows(before, unit):
            gap = 1
        lines.append("\n" * gap + unit.text + "\n")
        before = unit
    return "".join(lines)


class _Tables:
    """Puts each table in one piece: what came between its rows stands after it."""

    def __init__(self) -> None:
        self.result: list[Laid] = []
        self.head = ""
        self.later: list[Laid] = []

    def take(self, unit: Laid) -> None:
        """The next unit, in the order of the merge."""
        match unit.kind:
            case Kind.HEAD:
                self._head(unit)
            case Kind.ROW:
                self._row(unit)
            case Kind.TITLE:
                self.shut()
                self.result.append(unit)
            case _:
                (self.later if self.head else self.result).append(unit)

    def _head(self, unit: Laid) -> None:
        if self.head and self.result[-1].kind is Kind.HEAD and width(unit.text) == width(self.head):
            # Two heads for the same rows: the second stands below them.
            self.later.append(unit)
            return
        self.shut()
        self.head = unit.text
        self.result.append(unit)

    def _row(self, unit: Laid) -> None:
        if self.head:
            same = unit.head == self.head or width(unit.head) == width(self.head)
            fits = same if unit.head else not self.later
            (self.result if fits else self.later).append(unit)
            return
        if unit.head:
            self.result.append(_head_of(unit))
            self.head = unit.head
        self.result.append(unit)

    def shut(self) -> None:
        """The table is at its end: what waited comes, and a row that did not fit brings the head of its own."""
        waiting, self.later, self.head = self.later, [], ""
        shown = ""
        for unit in waiting:
            if unit.kind is Kind.ROW and unit.head and unit.head != shown:
                self.result.append(_head_of(unit))
                shown = unit.head
            self.result.append(unit)
            shown = shown if unit.kind is Kind.ROW else ""


def _tabled(several: Sequence[Laid]) -> list[Laid]:
    tables = _Tables()
    for unit in several:
        tables.take(unit)
    tables.shut()
    # A head whose rows are all gone says nothing, unless people wrote it and it stands nowhere else.
    following = [unit.kind for unit in tables.result[1:]] + [Kind.PROSE]
    empty = [
        unit.kind is Kind.HEAD and below is not Kind.ROW for unit, below in zip(tables.result, following, strict=False)
    ]
    heads = Counter(
        unit.text
        for unit, bare in zip(tables.result, empty, strict=True)
        if unit.kind is Kind.HEAD and (unit.mine is not None or not bare)
    )
    result = []
    for unit, bare in zip(tables.result, empty, strict=True):
        if bare and unit.mine is not None and heads[unit.text] > 1:
            heads[unit.text] -= 1
        elif not bare or unit.mine is not None:
            result.append(unit)
    return result


def _head_of(row: Laid) -> Laid:
    return Laid(row.head, Kind.HEAD, "", None, None, 1, 1, 1)


def _gap(before: Laid, unit: Laid) -> int:
    """How many blank lines stand between two units."""
    if unit.kind is Kind.ROW and before.kind in _TABLE:
        return 0
    least = 1 if before.kind in _TABLE or (unit.kind is Kind.HEAD and before is not _START) else 0
    in_mine, in_theirs = _next(before.mine, unit.mine), _next(before.theirs, unit.theirs)
    if in_mine and in_theirs:
        return max(least, unit.gap)
    if in_mine or in_theirs:
        return max(least, unit.gap_mine if in_mine else unit.gap_theirs)
    if before is _START:
        return 0
    own = max(unit.gap_mine, unit.gap_theirs)
    if before.kind is unit.kind is Kind.BULLET or before.kind is unit.kind is Kind.PROSE:
        return max(least, min(1, own))
    return max(1, own)


def _follows(before: Laid, unit: Laid) -> bool:
    return _next(before.mine, unit.mine) or _next(before.theirs, unit.theirs)


def _next(one: int | None, other: int | None) -> bool:
    return one is not None and other is not None and other == one + 1

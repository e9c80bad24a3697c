"""Where the marks of a lane and their labels stand, so that no text lies on another or on a mark.

A label stands behind its mark, or before it, or within its bar. Where there is no room for all of it, its entry number
stands there; where there is none for that either, nothing does, and the mark still says it to whoever points at it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.postmortem.lettering import cut, width
from bot.postmortem.marks import Mark

#: Letters of a label, and the least distance of things beside each other.
SIZE: Final = 10.5
_GAP: Final = 5.0
#: To how many characters a label is cut where there is no room for all of it.
_SHORTER: Final = (30, 22, 14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A mark at its place: from `left` to `right` in a row; its label, where that begins, and in which row."""

    mark: Mark
    left: float
    right: float
    row: int
    label: str = ""
    label_at: float = 0.0
    label_row: int = 0


@dataclass(slots=True)
class _Row:
    taken: list[tuple[float, float]] = field(default_factory=list)

    def free(self, left: float, right: float, but: tuple[float, float] | None = None) -> bool:
        return all(right <= each[0] or each[1] <= left for each in self.taken if each != but)


@dataclass(slots=True)
class Rows:
    """The rows of a lane.

    Attributes:
        left, right: the edges between which everything stands.
        bars: rows that bars may take, so that they do not cover each other; what finds none is not drawn.
        spare: rows below the marks that their labels may take.
        dropped: how many marks found no row.
    """

    left: float
    right: float
    bars: int = 1
    spare: int = 0
    dropped: int = 0

    def place(self, found: Sequence[tuple[Mark, float, float]]) -> list[Placed]:
        """Places marks, each with where all of it begins and ends. The result is in the same order."""
        rows = [_Row() for _ in range(self.bars + self.spare)]
        placed = [it for each in found if (it := self._put(rows, *each))]
        order = sorted(range(len(placed)), key=lambda index: (placed[index].mark.weight, index))
        for index in order:
            placed[index] = self._labelled(rows, placed[index])
        return placed

    def _put(self, rows: list[_Row], mark: Mark, left: float, right: float) -> Placed | None:
        row = next((row for row in range(self.bars) if rows[row].free(left, right)), 0 if self.bars == 1 else None)
        if row is None:
            self.dropped += mark.count
            return None
        rows[row].taken.append((left, right))
        return Placed(mark=mark, left=left, right=right, row=row)

    def _labelled(self, rows: list[_Row], it: Placed) -> Placed:
        for text in _texts(it.mark):
            wide = width(text, SIZE)
            for row, at in self._spots(it, wide):
                # A bar is not in the way of what stands in it.
                own = (it.left, it.right) if row == it.row and it.left <= at and at + wide <= it.right else None
                left, right = at - _GAP + 1, at + wide + _GAP - 1
                if self.left <= at and at + wide <= self.right and rows[row].free(left, right, but=own):
                    rows[row].taken.append((left, right))
                    return Placed(
                        mark=it.mark, left=it.left, right=it.right, row=it.row, label=text, label_at=at, label_row=row
                    )
        return it

    def _spots(self, it: Placed, wide: float) -> Iterator[tuple[int, float]]:
        if it.right - it.left >= wide + 2 * _GAP:
            yield it.row, it.left + _GAP
        elif it.right - it.left >= wide + _GAP:
            yield it.row, it.left + _GAP / 2
        yield it.row, it.right + _GAP
        yield it.row, it.left - _GAP - wide
        if it.mark.count > 1:
            return
        middle = (it.left + it.right) / 2
        for row in range(self.bars, self.bars + self.spare):
            yield row, middle + _GAP
            yield row, middle - _GAP - wide


def _texts(mark: Mark) -> Iterator[str]:
    """What a label says, the longest first."""
    number = f"#{mark.cites[0]}"
    if mark.count > 1:
        yield f"×{mark.count:,}"  # noqa: RUF001 (times)
    elif mark.label:
        yield f"{mark.label} {number}"
        yield from (f"{cut(mark.label, most)} {number}" for most in _SHORTER if len(mark.label) > most)
        yield number

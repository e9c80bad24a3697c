"""What is too much to be told apart is drawn together: time in cells, what begins in one cell as one, and counted."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

from bot.postmortem.marks import Lane, LaneKind, Mark, Stretch

#: Marks of a lane, and stretches, that are drawn one by one; and into how many cells time is parted if there are more.
MOST: Final = 60
_SECOND: Final = timedelta(seconds=1)

_Drawn = TypeVar("_Drawn", Mark, Stretch)


def lane(kind: LaneKind, name: str, marks: Iterable[Mark], start: datetime, end: datetime) -> Lane:
    """A lane of at most about `MOST` marks. The first and the last are never drawn together with others."""
    ordered = sorted(marks, key=lambda mark: (mark.at, mark.cites))
    drawn = ordered
    if len(ordered) > MOST:
        cells = _cells(ordered[1:-1], lambda mark: mark.at, start, end)
        drawn = [ordered[0], *map(_one, cells), ordered[-1]]
    return Lane(kind=kind, name=name, marks=tuple(drawn), total=len(ordered))


def stretches(found: Sequence[Stretch], start: datetime, end: datetime, *, worst: bool = False) -> tuple[Stretch, ...]:
    """At most about `MOST` stretches: of those that begin in a cell the last shows, or of severities the worst."""
    if len(found) <= MOST:
        return tuple(found)
    return tuple(
        replace(
            min(cell, key=lambda stretch: stretch.look) if worst else cell[-1],
            since=cell[0].since,
            until=cell[-1].until,
            cites=ends_of(seq for stretch in cell for seq in stretch.cites),
            count=len(cell),
        )
        for cell in _cells(found, lambda stretch: stretch.since, start, end)
    )


def ends_of(seqs: Iterable[int]) -> tuple[int, ...]:
    """The first and the last of some entries, which stand for all of them."""
    found = sorted(set(seqs))
    return tuple(found) if len(found) < 3 else (found[0], found[-1])


def together(marks: Sequence[Mark]) -> Mark:
    """Several marks as one: the worst of them, from the first to the last."""
    return _one(marks)


def _one(cell: Sequence[Mark]) -> Mark:
    if len(cell) == 1:
        return cell[0]
    worst = max(cell, key=lambda mark: mark.tone.rank)
    untils = [mark.until for mark in cell if mark.until]
    return Mark(
        at=cell[0].at,
        until=max(untils) if untils else None,
        label="",
        tone=worst.tone,
        cites=ends_of(seq for mark in cell for seq in mark.cites),
        weight=min(mark.weight for mark in cell),
        count=sum(mark.count for mark in cell),
        open=any(mark.open for mark in cell),
    )


def _cells(
    ordered: Sequence[_Drawn], at: Callable[[_Drawn], datetime], start: datetime, end: datetime
) -> list[list[_Drawn]]:
    wide = max(end - start, _SECOND) / MOST
    cells: dict[int, list[_Drawn]] = {}
    for each in ordered:
        place = (at(each) - start) // wide
        cells.setdefault(max(0, min(place, MOST)), []).append(each)
    return [cells[place] for place in sorted(cells)]

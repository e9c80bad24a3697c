"""Which lines of two texts are the same ones: in near linear time also for tables of ten thousand rows."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final

#: Up to so many pairs of lines are compared one by one; beyond, repeated lines are told apart by their number.
_PAIRS: Final = 10_000
#: How often what is between two anchors is looked at more closely.
_DEPTH: Final = 32


@dataclass(frozen=True, slots=True)
class Op:
    """Something changed: the lines [a1, a2) of the first text became the lines [b1, b2) of the second."""

    a1: int
    a2: int
    b1: int
    b2: int


def changed(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[Op]:
    """What changed from one text to another, in order; between two of them the lines are the same."""
    ops, i, j = [], 0, 0
    for m, n in (*matches(a, b), (len(a), len(b))):
        if (i, j) != (m, n):
            ops.append(Op(i, m, j, n))
        i, j = m + 1, n + 1
    return ops


def matches(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[tuple[int, int]]:
    """The lines that are the same, as pairs of indices, both rising.

    What both begin and end with is the same. Between, a line that each has once is an anchor, as far as the anchors
    keep their order, and what is between two anchors is looked at likewise.
    """
    found: list[tuple[int, int]] = []
    open_ = [(0, len(a), 0, len(b), 0)]
    while open_:
        a1, a2, b1, b2, depth = open_.pop()
        while a1 < a2 and b1 < b2 and a[a1] == b[b1]:
            found.append((a1, b1))
            a1, b1 = a1 + 1, b1 + 1
        while a1 < a2 and b1 < b2 and a[a2 - 1] == b[b2 - 1]:
            a2, b2 = a2 - 1, b2 - 1
            found.append((a2, b2))
        if a1 == a2 or b1 == b2:
            continue
        first, second = a[a1:a2], b[b1:b2]
        if len(first) * len(second) <= _PAIRS:
            found.extend((a1 + i, b1 + j) for i, j in _longest(first, second))
            continue
        anchors = _anchors(first, second) if depth < _DEPTH else []
        if not anchors:
            found.extend((a1 + i, b1 + j) for i, j in _anchors(_numbered(first), _numbered(second)))
            continue
        i, j = a1, b1
        for m, n in anchors:
            found.append((a1 + m, b1 + n))
            open_.append((i, a1 + m, j, b1 + n, depth + 1))
            i, j = a1 + m + 1, b1 + n + 1
        open_.append((i, a2, j, b2, depth + 1))
    return sorted(found)


def _longest(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[tuple[int, int]]:
    """The longest common subsequence of two short texts."""
    rows = [[0] * (len(b) + 1)]
    for line in reversed(a):
        below, row = rows[-1], [0]
        for j in range(len(b) - 1, -1, -1):
            row.append(below[len(b) - 1 - j] + 1 if line == b[j] else max(row[-1], below[len(b) - j]))
        rows.append(row)
    pairs, i, j = [], 0, 0
    while i < len(a) and j < len(b):
        here = rows[len(a) - i]
        if a[i] == b[j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif rows[len(a) - i - 1][len(b) - j] >= here[len(b) - j - 1]:
            i += 1
        else:
            j += 1
    return pairs


def _anchors(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[tuple[int, int]]:
    """The most lines that each text has once and that are in the same order in both."""
    once_a, once_b = Counter(a), Counter(b)
    at = {line: j for j, line in enumerate(b) if once_b[line] == 1}
    pairs = [(i, at[line]) for i, line in enumerate(a) if once_a[line] == 1 and line in at]
    # The longest rising run: `tops` has for each length the smallest last index of a run that long.
    tops: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for number, (_, j) in enumerate(pairs):
        length = bisect_left(tops, j)
        before.append(ends[length - 1] if length else -1)
        tops[length : length + 1] = [j]
        ends[length : length + 1] = [number]
    run, number = [], ends[-1] if ends else -1
    while number >= 0:
        run.append(pairs[number])
        number = before[number]
    return run[::-1]


def _numbered(lines: Sequence[Hashable]) -> list[tuple[Hashable, int]]:
    seen: Counter[Hashable] = Counter()
    numbered = []
    for line in lines:
        seen[line] += 1
        numbered.append((line, seen[line]))
    return numbered

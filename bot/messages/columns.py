"""Tables as text in columns, for where Slack has no table: code blocks."""

from collections.abc import Sequence
from typing import Final, Protocol

from bot.messages.limits import ELLIPSIS

#: What a code block shows on one line in an ordinary window; a longer line is wrapped, and no columns are left.
_LINE: Final = 84
_CELL: Final = 24
#: What is kept free for the last column, which is often a statement.
_LEAST_LAST: Final = 20
_GAP: Final = 2


class Rows(Protocol):
    """A table as diagnostics give it: `left_out` counts what it does not hold."""

    @property
    def columns(self) -> Sequence[str]: ...  # noqa: D102 - named for what it is
    @property
    def rows(self) -> Sequence[Sequence[object]]: ...  # noqa: D102 - named for what it is
    @property
    def left_out(self) -> int: ...  # noqa: D102 - named for what it is


def aligned(cells: Sequence[Sequence[str]]) -> str:
    """The rows as lines, every column as wide as its widest cell."""
    columns = max((len(row) for row in cells), default=0)
    widths = [max(len(row[i]) for row in cells if i < len(row)) for i in range(columns)]
    return "\n".join("  ".join(cell.ljust(widths[i]) for i, cell in enumerate(row)).rstrip() for row in cells)


def columns_of(table: Rows, most: int = 10) -> str:
    """The first rows of a table in columns, no wider than a window.

    What is the same in every row is said once, below; a column that is empty, or has no room, is left out: all of it
    is kept as evidence.

    Args:
        table: The table.
        most: Rows that are shown; what is left out is counted in a last line.
    """
    shown = [[_cell(value) for value in row] for row in table.rows[:most]]
    if not shown:
        return ""
    columns = [column for column in zip(table.columns, *shown, strict=True) if any(column[1:])]
    shared = [column for column in columns if len(shown) > 1 and len(set(column[1:])) == 1]
    lines = _grid([column for column in columns if column not in shared] or columns)
    if shared and len(shared) < len(columns):
        lines += ["", f"In every row: {', '.join(f'{name} {_short(value, _LINE)}' for name, value, *_ in shared)}"]
    if more := len(table.rows) - len(shown) + table.left_out:
        lines.append(f"… and {more} more")
    return "\n".join(lines)


def _grid(columns: Sequence[Sequence[str]]) -> list[str]:
    """The lines of those columns that have room; the last always has."""
    if not columns:
        return []
    *first, last = columns
    room = _LINE - min(_width(last), _LEAST_LAST)
    kept: list[Sequence[str]] = []
    for column in first:
        short = [_short(cell, _CELL) for cell in column]
        if (width := _width(short) + _GAP) <= room:
            kept.append(short)
            room -= width
    kept.append([_short(cell, room + _LEAST_LAST) for cell in last])
    return aligned(list(zip(*kept, strict=True))).split("\n")


def _width(column: Sequence[str]) -> int:
    return max(map(len, column))


def _cell(value: object) -> str:
    if value is None:
        return ""
    # Spaces within stay: they draw the tree of who blocks whom.
    return " ".join((f"{value:g}" if isinstance(value, float) else str(value)).splitlines())


def _short(cell: str, most: int) -> str:
    return cell if len(cell) <= most else cell[: most - 1].rstrip() + ELLIPSIS

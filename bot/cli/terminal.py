"""What the commands print: tables and colour on a terminal, plain lines with tabs between the cells when piped."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

#: What a verdict, a mark or a severity looks like.
STYLES = {
    "OK": "green",
    "WARN": "yellow",
    "CRITICAL": "bold red",
    "ERROR": "magenta",
    "NO_DATA": "dim",
    "✓": "green",
    "✗": "bold red",
    "!": "yellow",
}


def out() -> Console:
    """The console of standard output."""
    return Console(highlight=False, soft_wrap=True)


def err() -> Console:
    """The console of standard error."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def legible(text: str) -> str:
    """Text from outside without what could drive a terminal: escape sequences and other control characters."""
    return "".join(ch if ch.isprintable() or ch in "\n\u200d\ufe0f" else " " for ch in text)


def say(text: str | Text, *, style: str = "") -> None:
    """Print a line, or several, to standard output."""
    out().print(text if isinstance(text, Text) else Text(legible(text), style=style))


def complain(text: str) -> None:
    """Print a line, or several, to standard error."""
    err().print(Text(legible(text), style="red"))


def advise(text: str) -> None:
    """Print what helps with a complaint, to standard error."""
    err().print(Text(legible(text), style="yellow"))


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under their columns' names: as a table on a terminal, else one line each with tabs."""
    cells = [[legible("" if cell is None else str(cell)) for cell in row] for row in rows]
    console = out()
    if not console.is_terminal:
        for row in ([name.lower() for name in columns], *cells):
            # Not through rich, which would make spaces of the tabs.
            console.file.write("\t".join(" ".join(cell.split()) for cell in row) + "\n")
        return
    drawn = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for name in columns:
        drawn.add_column(name, overflow="fold")
    for row in cells:
        drawn.add_row(*(Text(cell, style=STYLES.get(cell, "")) for cell in row))
    # A table wraps within its cells; the console's own setting is for plain lines.
    console.print(drawn, soft_wrap=False)

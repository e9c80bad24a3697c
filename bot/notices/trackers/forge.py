"""A ticket's text as Markdown for GitHub and GitLab, in which nothing that people wrote can act."""

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from bot.notices.trackers.body import Block, Code, Items, Line, Paragraph, Quote, Rule, Table, Words, fitted
from bot.notices.trackers.defuse import JOINER, at_line_start, code, code_block, escaped
from bot.notices.trackers.issues import comment_line

_MARKS = (("bold", "**"), ("italic", "*"), ("strike", "~~"))


def body_of(markdown: str, marker: str, limit: int, own: Iterable[str], *, also: str = "") -> str:
    """The body of an issue or a comment, with the marker as its last line.

    Args:
        markdown: what is to be said, by people and therefore hostile.
        marker: see `Ticket`.
        limit: characters that the tracker takes.
        own: the tracker's own hosts: a link there would be shown on the other issue too, so it becomes code.
        also: more Markdown, which is ours.
    """
    hosts, last = frozenset(own), comment_line(marker)
    made = fitted(markdown, lambda blocks: _Writer(hosts).text(blocks), lambda text: _size(text) < limit, also=also)
    return f"{made}\n\n{last}" if made else last


def _size(text: str) -> int:
    return len(text) + 200  # the marker's line is at most so long


def _apart(text: str) -> str:
    """Words that nothing beside them can be read together with."""
    return f"{JOINER}{text}{JOINER}"


class _Writer:
    """Writes blocks as Markdown."""

    def __init__(self, own: frozenset[str]) -> None:
        self._own = own

    def text(self, blocks: Sequence[Block]) -> str:
        """The blocks, with an empty line between them."""
        return "\n\n".join(filter(None, (self._block(block) for block in blocks)))

    def _block(self, block: Block) -> str:
        match block:
            case Paragraph(lines, 0):
                return "\\\n".join(filter(None, (self._line(line) for line in lines)))
            case Paragraph(lines, level):
                return f"{'#' * level} {' '.join(self._line(line) for line in lines)}"
            case Code(text):
                return code_block(text)
            case Items(items, start):
                marks = ("- " if start is None else f"{start + index}. " for index in range(len(items)))
                return "\n".join(map(self._item, marks, items))
            case Quote(blocks):
                return "\n".join(f"> {line}".rstrip() for line in self.text(blocks).split("\n"))
            case Table(rows):
                return self._table(rows)
            case Rule():
                return "---"

    def _item(self, mark: str, blocks: Sequence[Block]) -> str:
        indent = " " * len(mark)
        lines = self.text(blocks).split("\n")
        return "\n".join((f"{mark if not index else indent}{line}").rstrip() for index, line in enumerate(lines))

    def _table(self, rows: Sequence[Sequence[Line]]) -> str:
        written = [f"| {' | '.join(self._cell(cell) for cell in row)} |" for row in rows]
        return "\n".join((written[0], f"|{' --- |' * len(rows[0])}", *written[1:]))

    def _cell(self, line: Line) -> str:
        # In a table a bar ends the cell even within code.
        return self._inline(line).replace("\\|", "|").replace("|", "\\|").strip()

    def _line(self, line: Line) -> str:
        return at_line_start(self._inline(line).strip())

    def _inline(self, line: Line) -> str:
        """The words one after the other; what has a space beside it, or nothing, is `free` there."""
        texts = [" ", *(words.text for words in line), " "]
        free = [(texts[n][-1:].isspace(), texts[n + 2][:1].isspace()) for n in range(len(line))]
        return "".join(map(self._words, line, free))

    def _words(self, words: Words, free: tuple[bool, bool]) -> str:
        said = code(words.text) if "code" in words.styles else escaped(words.text)
        core = said.strip()
        if not core:
            return " " if words.text else ""
        before = " " if words.text[:1].isspace() else ""
        after = " " if words.text[-1:].isspace() else ""
        # A mark holds where it touches a letter or stands free; otherwise it would be shown, and could act.
        holds = (core[0].isalnum() or before or free[0]) and (core[-1].isalnum() or after or free[1])
        for style, mark in _MARKS:
            if style in words.styles:
                core = f"{mark}{core}{mark}" if holds else _apart(core)
        if words.link:
            core = self._link(core, words)
        return f"{before}{core}{after}"

    def _link(self, said: str, words: Words) -> str:
        if words.link.startswith("mailto:") or (urlsplit(words.link).hostname or "").lower() in self._own:
            return _apart(said if words.text == words.link else f"{said} ({code(words.link)})")
        label = said if words.text != words.link else escaped(urlsplit(words.link).hostname or "link")
        return f"[{label}](<{words.link}>)"

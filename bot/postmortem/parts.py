"""The review's Markdown by its sections: each begins with a `## ` line and belongs to the generator or to people."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.postmortem.text import clean

_INDENT: Final = 3
_SECTION: Final = 2


@dataclass(frozen=True, slots=True)
class Part:
    """A section as it stands in the document.

    Attributes:
        heading: its `## ` line with the line end; empty for the preamble, which is before the first of them.
        text: everything below the heading, to the last line end.
        level: 2, and 0 for the preamble.
        title: the heading's words; empty for the preamble.
        number: 1 for the first section of this title, 2 for the second.
    """

    heading: str
    text: str
    level: int = 0
    title: str = ""
    number: int = 1

    @property
    def name(self) -> str:
        """The title, with the number where an earlier section has the same: `Lessons (2)`."""
        return self.title if self.number == 1 else f"{self.title} ({self.number})"


def split(markdown: str) -> tuple[Part, ...]:
    """The sections of a document in order, the preamble first; `join` of them is the document, byte for byte.

    A `## ` line within a fenced block of code begins no section. A fence that is never closed is one that somebody
    forgot to close, and hides none.
    """
    lines = _lines(markdown)
    code = fences(lines)
    starts, at = [], 0
    for number, line in enumerate(lines):
        while at < len(code) and code[at][1] <= number:
            at += 1
        inside = at < len(code) and code[at][0] <= number
        if not inside and title_of(line) is not None:
            starts.append(number)
    ends = [*starts, len(lines)]
    parts = [Part("", "".join(lines[: ends[0]]))]
    seen: dict[str, int] = {}
    for start, end in zip(starts, ends[1:], strict=True):
        title = title_of(lines[start]) or ""
        seen[title] = seen.get(title, 0) + 1
        parts.append(Part(lines[start], "".join(lines[start + 1 : end]), _SECTION, title, seen[title]))
    return tuple(parts)


def join(parts: Iterable[Part]) -> str:
    """The document of these sections."""
    return "".join(part.heading + part.text for part in parts)


def find(parts: Iterable[Part], name: str) -> Part | None:
    """The section of a title, or by its name: `Lessons (2)`. The preamble has the empty one; None where none has it."""
    wanted, several = name.strip(), tuple(parts)
    if not wanted:
        return next((part for part in several if not part.level), None)
    # A section that is really called `Lessons (2)` goes before the second one called `Lessons`.
    exact = next((part for part in several if part.title == wanted), None)
    return exact or next((part for part in several if part.name == wanted), None)


def with_text(markdown: str, name: str, text: str) -> str:
    """The document with what people wrote as a section's text.

    Args:
        markdown: The document.
        name: Which section, as `find` knows it. One that is not there (any more) is added at the end.
        text: Anything. A line of it that would begin a section becomes a `### ` heading, an open fence is closed, and
            characters that cannot be shown are left out.
    """
    body = placed(text)
    parts = [Part(part.heading, closed(part.text), part.level, part.title, part.number) for part in split(markdown)]
    target = find(parts, name)
    if target is None:
        title = " ".join(clean(name).split()).strip("# ") or "Notes"
        target = Part(f"## {title}\n", "", _SECTION, title)
        parts.append(target)
        parts[-2] = _apart(parts[-2])
    at = next(number for number, part in enumerate(parts) if part is target)
    heading = target.heading if not target.heading or target.heading.endswith("\n") else f"{target.heading}\n"
    before = "\n" if heading and body else ""
    after = "\n" if at + 1 < len(parts) and (body or heading) else ""
    parts[at] = Part(heading, f"{before}{body}{after}")
    return join(parts)


def placed(text: str) -> str:
    """What people wrote as it stands in a section: no line of it begins another. It ends with a line end, or is empty.

    What they wrote in a section's form counts as a level below it, so `# ` and `## ` both become `### `.
    """
    lines = clean(text).rstrip().split("\n")
    while lines and not lines[0].strip():
        lines.pop(0)
    body = closed("".join(f"{line}\n" for line in lines))
    lines = body.split("\n")
    inside = {number for start, end in fences(lines) for number in range(start, end)}
    return "\n".join(line if number in inside else _demoted(line) for number, line in enumerate(lines))


def closed(text: str) -> str:
    """The text with a line that closes the fence which it leaves open, if it does; else as it is."""
    lines = _lines(text)
    covered = 0
    spans = fences(lines)
    for start, end in [*spans, (len(lines), len(lines))]:
        for line in lines[covered:start]:
            if fence := _opens(line):
                body = text.rstrip("\n")
                return f"{body}\n{fence[0] * fence[1]}\n{text[len(body) + 1 :]}"
        covered = end
    return text


def fences(lines: Sequence[str]) -> list[tuple[int, int]]:
    """The fenced blocks of code among these lines, each as its first line and the one behind its last."""
    found: list[tuple[int, int]] = []
    # No fence of this character and at least this length is closed behind here, so nobody looks for its end again.
    hopeless: dict[str, int] = {}
    at = 0
    while at < len(lines):
        fence = _opens(lines[at])
        if fence and fence[1] < hopeless.get(fence[0], fence[1] + 1):
            end = next((n for n in range(at + 1, len(lines)) if _closes(lines[n], *fence)), None)
            if end is None:
                hopeless[fence[0]] = fence[1]
            else:
                found.append((at, end + 1))
                at = end
        at += 1
    return found


def title_of(line: str) -> str | None:
    """The title in a line that begins a section; None for any other line."""
    bare = line.lstrip(" ")
    if len(line) - len(bare) > _INDENT or not bare.startswith("##"):
        return None
    rest = bare[_SECTION:]
    if rest.strip("\r\n") and rest[0] not in " \t":
        return None
    words = rest.strip()
    shut = words.rstrip("#")
    return shut.rstrip() if not shut or shut[-1] in " \t" else words


def _apart(part: Part) -> Part:
    """The section with a blank line behind it, unless it is empty."""
    whole = part.heading + part.text
    missing = "" if not whole or whole.endswith("\n\n") else "\n" if whole.endswith("\n") else "\n\n"
    return Part(part.heading, part.text + missing, part.level, part.title, part.number)


def _demoted(line: str) -> str:
    bare = line.lstrip(" ")
    if len(line) - len(bare) > _INDENT:
        return line
    words = bare.lstrip("#")
    depth = len(bare) - len(words)
    return f"###{words}" if depth in (1, _SECTION) and (not words or words[0] in " \t") else line


def _opens(line: str) -> tuple[str, int] | None:
    """The character and length of the fence that a line opens."""
    if "```" not in line and "~~~" not in line:
        return None
    bare = line.lstrip(" ")
    if not bare.startswith(("```", "~~~")) or len(line) - len(bare) > _INDENT:
        return None
    rest = bare.lstrip(bare[0])
    return None if bare[0] == "`" and "`" in rest else (bare[0], len(bare) - len(rest))


def _closes(line: str, char: str, length: int) -> bool:
    bare = line.lstrip(" ")
    shut = bare.rstrip()
    return len(line) - len(bare) <= _INDENT and len(shut) >= length and shut.strip(char) == ""


def _lines(text: str) -> list[str]:
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]

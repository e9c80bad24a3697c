"""Text that a forge reads as text: it mentions nobody, refers to nothing, links nowhere and runs no quick action.

GitHub and GitLab look for mentions and references in what Markdown has become, where a backslash is gone. So an
invisible word joiner stands behind what would begin one, and addresses and hashes become code, in which nothing acts.
"""

import re
from typing import Final

#: Is not seen, and keeps a sigil and a name apart.
JOINER: Final = "\u2060"
#: What begins a mention, an issue, a merge request, a label, a milestone, a snippet, an epic or an iteration, a
#: bracketed reference, a coloured difference, `GH-1`, an emoji, or an address.
_SIGIL: Final = re.compile(
    r"""@(?=[\w"'])|\#(?=\w)|!(?=\d)|~(?=["'\w])|%(?=["'\w{])|\$(?=[\w`{])|&(?=\d)|\*(?=iteration)"""
    r"""|[\[{](?=[\w+^:*-])|\bgh-(?=\d)|:(?=[\w+-]*[a-z][\w+-]*:)|:(?=//)|(?<=\bwww)\.""",
    re.IGNORECASE | re.VERBOSE,
)
#: Addresses, and what could be the hash of a commit.
_CODE: Final = re.compile(
    r"(\b[a-z][a-z0-9+.-]{1,20}://[^\s]+|\bwww\.[^\s]+|\bmailto:[^\s]+|\b[0-9a-f]{7,64}\b)", re.IGNORECASE
)
#: What Markdown could read as its own wherever it stands.
_ARMED: Final = re.compile(r"[\\`*_\[\]<>|#~$^{}@!%]|&(?=[#\w])|:(?=:)")
#: What means something only at the beginning of a line: lists, rules, headings, quick actions, directives.
_LINE_START: Final = re.compile(r"^(?:(?=[+=>/:.-])|(\d{1,9})(?=[.)]))")
_TICKS: Final = re.compile("`+")


def joined(text: str) -> str:
    """The text with a word joiner behind whatever would begin a mention or a reference."""
    return _SIGIL.sub(lambda sigil: f"{sigil[0]}{JOINER}", text)


def escaped(text: str) -> str:
    """One line of a forge's Markdown that reads as the text does. See `at_line_start` for where it begins one."""
    parts = _CODE.split(text)
    return "".join(
        code(part) if index % 2 else _ARMED.sub(lambda one: f"\\{one[0]}", joined(part))
        for index, part in enumerate(parts)
    )


def at_line_start(line: str) -> str:
    """The same line so that it begins neither a list nor a heading, and is no quick action."""
    return _LINE_START.sub(lambda found: f"{found[1] or ''}\\", line.lstrip())


def code(text: str) -> str:
    """A span of code that no backtick in it can close."""
    words = " ".join(text.split())
    fence = "`" * (max((len(run) for run in _TICKS.findall(words)), default=0) + 1)
    pad = " " if words.startswith("`") or words.endswith("`") else ""
    return f"{fence}{pad}{words}{pad}{fence}" if words else ""


def code_block(text: str) -> str:
    """A block of code that nothing in it can close.

    A line in it that begins like an action or a marker is moved by a space: GitLab looks for its in the source, and our
    markers stand at the beginning of a line.
    """
    lines = [f" {line}" if line.startswith(("/", "<", "::", ">>>")) else line for line in text.strip("\n").split("\n")]
    fence = "`" * max(3, max((len(run) for run in _TICKS.findall(text)), default=0) + 1)
    return "\n".join((fence, *lines, fence))

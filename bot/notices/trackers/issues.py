"""What is exported to a tracker, and what every tracker offers. See docs/exports.md."""

import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, Protocol

from bot.application.exports import Filed, Remark, Ticket
from bot.application.ports import Refused
from bot.notices.trackers.defuse import joined
from bot.postmortem.text import clean

#: The label by which issues of ours are listed, and among them the one with a marker is looked for.
LABEL: Final = "muster"
#: So many issues are on a page of a list, and so many pages are looked at, the newest first.
PER_PAGE, MOST_PAGES = 50, 20
#: Bytes of a list: its issues may be as long as a tracker lets them be.
MOST_LISTED = 8 * 1024 * 1024
_MARKER: Final = re.compile(r"muster:[A-Za-z0-9]+(?:[:._-][A-Za-z0-9]+)*")
_LONGEST_MARKER, _MOST_LABELS = 100, 20


class Tracker(Protocol):
    """A tracker of issues. Every method raises TryAgain, Unclear or Refused, nothing else, and may be called again.

    After Unclear, wait as long as it says: the tracker may need that until what was done can be found.
    """

    async def file(self, ticket: Ticket) -> Filed:
        """File it, or find what was filed with its marker before."""
        ...

    async def annotate(self, key: str, remark: Remark) -> None:
        """Say something below an issue, unless it was said already."""
        ...

    async def close(self, key: str, remark: Remark, *, dropped: bool = False) -> str:
        """Say it, and close the issue: as done, or as `dropped`. Returns what came of it in words."""
        ...

    async def try_out(self) -> str:
        """Look whether all is set up, and change nothing. Returns in words what was found."""
        ...


def checked(marker: str) -> str:
    """The marker, if it can be one. Raises Refused."""
    if len(marker) > _LONGEST_MARKER or not _MARKER.fullmatch(marker):
        raise Refused("what is to be exported has no proper marker", "Tell whoever looks after Muster: it is a fault.")
    return marker


def title_of(text: str, limit: int, *, inert: bool = False) -> str:
    """One line that is no longer than `limit`, and mentions and refers to nothing.

    Args:
        text: anything.
        limit: characters that the tracker takes.
        inert: whether the tracker takes a title as plain text anyhow.
    """
    line = " ".join(clean(text[: limit * 8]).split()) or "Action item"
    made = line if inert else joined(line)
    return made if len(made) <= limit else f"{made[: limit - 1].rstrip()}…"


def labels_of(ticket: Ticket, limit: int, *, without: str) -> list[str]:
    """The labels, `muster` first, once each: bounded, and without the characters that a tracker's labels can't have."""
    wanted = [LABEL]
    for label in ticket.labels[:_MOST_LABELS]:
        one = "-".join("".join(" " if c in without else c for c in clean(label)).split())[:limit]
        if one and one.casefold() not in (each.casefold() for each in wanted):
            wanted.append(one)
    return wanted


def comment_line(marker: str) -> str:
    """How a marker stands in a forge's Markdown: on a line of its own that nobody sees."""
    return f"<!-- {marker} -->"


def is_marked(text: Any, marker: str) -> bool:
    """Whether a forge's Markdown has that marker. No text of people's begins a line like it."""
    return isinstance(text, str) and comment_line(marker) in (line.rstrip() for line in text.splitlines())


async def found(fetch: Callable[[int], Awaitable[list[Any]]], marker: str, field: str) -> dict[str, Any] | None:
    """The issue or comment with a marker among the newest; None where there is none.

    Args:
        fetch: gives a page of them by its number, from 1.
        marker: what is looked for.
        field: where the text is in each.
    """
    for page in range(1, MOST_PAGES + 1):
        listed = await fetch(page)
        for one in listed:
            if isinstance(one, dict) and is_marked(one.get(field), marker):
                return one
        if len(listed) < PER_PAGE:
            return None
    return None


def has_label(labels: Any) -> bool:
    """Whether a tracker's list of labels (names, or objects with a name) has ours."""
    names: Iterable[Any] = labels if isinstance(labels, list) else ()
    return any((one.get("name") if isinstance(one, dict) else one) == LABEL for one in names)

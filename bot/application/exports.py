"""What goes out of an incident to trackers and wikis, and where it is then."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date

from bot.application.ports import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """An action item as a tracker is to have it. All of its text may be hostile: it is defused for each tracker.

    Attributes:
        title: one line; it is cut where it is longer than the tracker takes.
        body_markdown: CommonMark with tables; HTML is shown as it is written, and does nothing.
        marker: what this ticket is known by, and no other: `muster:INC-2026-02-11-001:3`.
        labels: besides `muster`, which every ticket gets.
        due: the day, where there is one.
        priority: as the policy calls it; only Jira has one, and only by `MUSTER_JIRA_PRIORITIES`.
    """

    title: str
    body_markdown: str
    marker: str
    labels: tuple[str, ...] = ()
    due: date | None = None
    priority: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something to be said below an issue, once: `marker` is that of no other remark (`muster:INC-…:3:done`)."""

    body_markdown: str
    marker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A review as a wiki is to have it: Markdown, known by `marker`; `known` is its address from the last time."""

    title: str
    markdown: str
    marker: str
    known: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """Where something is: its key (a number, `OPS-17`, a page's id), its address, and what people should know of it."""

    key: str
    url: str
    note: str = ""


#: Files a ticket in the system of that name, once; raises TryAgain, Unclear or Refused.
FileTicket = Callable[[str, Ticket], Awaitable[Filed]]
#: Closes what was filed as a key in the system of that name, with a remark: as done, or as dropped.
CloseTicket = Callable[[str, str, Remark, bool], Awaitable[None]]
#: Files a paper in the system of that name; raises TryAgain, Unclear or Refused.
FilePaper = Callable[[str, Paper], Awaitable[Filed]]


async def no_tracker(system: str, _ticket: Ticket) -> Filed:
    """For an installation without trackers. Raises Refused."""
    raise Refused(f"{system} is not set up", "docs/exports.md says which settings it needs.")


async def nothing_to_close(_system: str, _key: str, _remark: Remark, _dropped: bool) -> None:  # noqa: FBT001 (as above)
    """For an installation without trackers: whoever switched it off knows that tickets stay open there."""


async def no_wiki(system: str, _paper: Paper) -> Filed:
    """For an installation without a wiki. Raises Refused."""
    raise Refused(f"{system} is not set up", "docs/exports.md says which settings it needs.")

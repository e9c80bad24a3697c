"""What a typed command about action items comes to, where it is no change by itself."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FillTask:
    """Ask for a new action item, or what is to be otherwise of the one of a number."""

    number: int | None = None


@dataclass(frozen=True, slots=True)
class ShowTask:
    """Show one action item of this incident."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTasks:
    """List the open action items of all incidents: somebody's, those that are overdue, or those that nobody has."""

    owner: str | None = None
    overdue: bool = False
    unowned: bool = False

"""Alerts that are one matter: a group, and the incident that it is, or may be."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class GroupState(StrEnum):
    """What became of a group."""

    SUGGESTED = "suggested"  # people are asked
    INCIDENT = "incident"  # an incident has it
    DISMISSED = "dismissed"  # somebody said that it is none
    OVER = "over"  # the next alert of its key begins another


@dataclass(slots=True, eq=False)
class Running:
    """An incident that alerts may join: `id` and `ref` are None until one that is being declared is written.

    `private`: its reference is for those who take part in it.
    """

    service: str | None
    id: int | None = None
    ref: str | None = None
    private: bool = False


@dataclass(slots=True, eq=False, kw_only=True)
class Group:
    """A group as it stands while a batch is sorted; `id` is None until it is written.

    Attributes:
        key: what its alerts have in common; one group of a key is not over.
        rank: of its severity, the worst of its alerts'.
        window: how long it waits for its next alert once none of it fires; nothing where somebody muted it.
        alerts: how many it has had, each once; `firing`: how many of them fire.
        fresh: whether its incident is over, so that what fires anew is another matter.
        card: whether it is, or was, shown in the alerts' channel.
        told_at: when its incident heard of it last.
    """

    key: str
    state: GroupState
    title: str
    severity: str
    rank: int
    service: str | None
    window: timedelta
    source: str
    first_seen: datetime
    last_seen: datetime
    owner: str = ""
    runbook: str | None = None
    run: tuple[str, ...] = ()
    rule: str = ""
    why: str = ""
    id: int | None = None
    running: Running | None = None
    ended: bool = False
    alerts: int = 0
    firing: int = 0
    card: bool = False
    told_at: datetime | None = None

    @property
    def muted(self) -> bool:
        """Whether somebody muted it: what fires in it is judged anew once that is over, and nothing else joins it."""
        return not self.window and self.state in (GroupState.DISMISSED, GroupState.OVER)

    def live(self, now: datetime) -> bool:
        """Whether an alert of its key belongs to it, though none of it may fire just now."""
        if self.state is GroupState.OVER or self.muted:
            return False
        return self.firing > 0 or now - self.last_seen <= self.window

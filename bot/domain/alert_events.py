"""What an incident hears of its alerts: that some joined, how many fire, that all are clear. Never each of a storm."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.event import BaseEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    """One alert, as an event keeps it: `links` by their kind (`graph`, `silence`, `dashboard`, `runbook`, `source`)."""

    name: str
    title: str
    source: str
    starts_at: datetime
    labels: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsJoined(BaseEvent):
    """Alerts became part of the incident, or fire again.

    Attributes:
        group: the number of the group that they came with.
        opened: whether the incident was declared because of them.
        total: how many the incident has had by now, each once; `firing`: how many of them fire.
        new: how many of them people have not heard of yet.
        lines: the first few of those.
        names: what those are called, each once.
        first_at: since when the first of all of them fires, as its monitor says.
        why: the reason, with the rule that decided.
        severity: the severity that the rules give them.
        runbook: the runbook that the rules name; empty where they name none.
        flapping: how many of them come and go.
        run: what the rule that opened the incident has looked at.
    """

    group: int
    opened: bool
    total: int
    firing: int
    new: int
    lines: tuple[AlertLine, ...]
    names: tuple[str, ...]
    sources: tuple[str, ...]
    first_at: datetime
    why: str = ""
    severity: str = ""
    runbook: str = ""
    flapping: int = 0
    run: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsCounted(BaseEvent):
    """How many of the incident's alerts fire, when none is new."""

    quiet = True
    total: int
    firing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsCleared(BaseEvent):
    """No alert of the incident has fired for a while. `ends_at`: the pack resolves it then, unless one fires again."""

    total: int
    since: datetime
    ends_at: datetime | None = None


AlertEvent = AlertsJoined | AlertsCounted | AlertsCleared

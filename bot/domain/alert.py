"""An alert as a monitor told it, whatever monitor that was, and what is known of it from before."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

#: The label that holds an alert's name, as Prometheus has it.
NAME = "alertname"
#: How monitors are called, by the name of their webhook; others by that name.
_SOURCES: Final = {
    "alertmanager": "Alertmanager",
    "grafana": "Grafana",
    "sentry": "Sentry",
    "pagerduty": "PagerDuty",
    "datadog": "Datadog",
}


class AlertStatus(StrEnum):
    """Whether what it warns of is so."""

    FIRING = "firing"
    RESOLVED = "resolved"


class LinkKind(StrEnum):
    """What a link of an alert leads to."""

    GRAPH = "graph"
    SILENCE = "silence"
    DASHBOARD = "dashboard"
    RUNBOOK = "runbook"
    SOURCE = "source"


# Neither is frozen, though nobody changes one: making a frozen one takes thrice as long, and a storm is a hundred
# thousand of both.
@dataclass(slots=True, kw_only=True)
class Alert:
    """One alert, bounded and legible. Times are UTC.

    Attributes:
        source: the monitor's kind: `alertmanager`, `grafana`, `sentry`, `pagerduty`, `datadog`, or the name of one of
            the pack's generic sources.
        fingerprint: what makes it the same alert the next time, within its source: 128 characters at most.
        title: one line for people.
        labels: what it is about; bounded in number and length.
        starts_at: since when it fires, this time; where `dated` is false its monitor does not say, and it is when that
            was told.
        ends_at: when it stopped, where it did.
        severity: the monitor's own word, in small letters, perhaps empty.
        service: the monitor's own word, where it has a field for it; else the pack looks into the labels.
        text: what the monitor says further, perhaps in several lines.
        links: where people see more, http and https only.
        reference: what the source calls it when it is told something back, such as PagerDuty's incident id or the
            address of the Alertmanager that sent it; empty where nothing can be told.
    """

    source: str
    fingerprint: str
    status: AlertStatus
    title: str
    labels: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime | None = None
    severity: str = ""
    service: str = ""
    text: str = ""
    links: Mapping[LinkKind, str] = field(default_factory=dict)
    reference: str = ""
    dated: bool = True

    @property
    def name(self) -> str:
        """What rules, runbooks and people call it: its `alertname`, else its title."""
        return self.labels.get(NAME) or self.title

    @property
    def firing(self) -> bool:
        """Whether it fires."""
        return self.status is AlertStatus.FIRING


@dataclass(slots=True, kw_only=True)
class Known:
    """What is known of an alert: the last that was told of it, and how it went on before.

    Attributes:
        digest: of all that was told last, so that a repetition shows.
        firings: how often it has fired: each `starts_at` counts once.
        changes: when it last went from one to the other, the latest at the end; few are kept.
        group: the row of the group that it belongs to, if any.
        flapping: whether it was found to be flapping when it changed last.
    """

    status: AlertStatus
    starts_at: datetime
    ends_at: datetime | None
    digest: bytes
    firings: int
    first_seen: datetime
    last_seen: datetime
    changes: tuple[datetime, ...] = ()
    group: int | None = None
    flapping: bool = False

    @property
    def firing(self) -> bool:
        """Whether it fires."""
        return self.status is AlertStatus.FIRING


def source_name(source: str) -> str:
    """How a monitor is called, in words for people."""
    return _SOURCES.get(source, source)

"""What is compared of an incident with another, to find those that were like it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.incident import Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """An incident in short, as it stands. Times are UTC.

    Attributes:
        alerts: the names of its alerts.
        cause: its root cause, in people's words; empty where nobody has said.
        conditions: what is so, by the policy's names.
        runbooks: the runbooks that were walked, by name, each once.
        open_items: how many of its action items are not done.
    """

    ref: str
    title: str
    declared_at: datetime
    service: str | None = None
    alerts: tuple[str, ...] = ()
    cause: str = ""
    conditions: tuple[str, ...] = ()
    runbooks: tuple[str, ...] = ()
    resolved_at: datetime | None = None
    private: bool = False
    drill: bool = False
    open_items: int = 0

    @property
    def took(self) -> timedelta | None:
        """From its declaration to its resolution; None where it is not over."""
        return None if self.resolved_at is None else max(self.resolved_at - self.declared_at, timedelta())


def digest_of(incident: Incident) -> Digest:
    """An incident in short."""
    return Digest(
        ref=incident.ref,
        title=incident.title,
        declared_at=incident.declared_at,
        service=incident.service,
        alerts=incident.alerts.names,
        cause=incident.root_cause or "",
        conditions=tuple(incident.conditions),
        runbooks=tuple(dict.fromkeys(run.name for run in incident.runbooks)),
        resolved_at=incident.resolved_at,
        private=incident.private,
        drill=incident.drill,
        open_items=len(incident.open_items()),
    )

"""What alerts want of an incident."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.alert_events import AlertLine
from bot.domain.command import BaseCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAlerts(BaseCommand):
    """How an incident's alerts stand. Attributes as of `AlertsJoined`; `lines` has those that nobody heard of."""

    group: int
    total: int
    firing: int
    opened: bool = False
    lines: tuple[AlertLine, ...] = ()
    names: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    first_at: datetime | None = None
    why: str = ""
    severity: str = ""
    runbook: str = ""
    flapping: int = 0
    run: tuple[str, ...] = ()

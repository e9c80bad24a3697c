"""How an incident's alerts stand, as its row keeps it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertTally:
    """An incident's alerts, counted.

    Attributes:
        total: how many there have been, each once; `firing`: how many of them fire, as people were last told.
        opened: whether they are why the incident was declared.
        names: what they are called, each once; the first of them.
        sources: the monitors' kinds.
        first_at: since when the first of them fires, as its monitor says.
        quiet_since: since when none fires.
        runbook: the runbook that the pack's rules name for them.
    """

    total: int = 0
    firing: int = 0
    opened: bool = False
    names: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    first_at: datetime | None = None
    quiet_since: datetime | None = None
    runbook: str = ""

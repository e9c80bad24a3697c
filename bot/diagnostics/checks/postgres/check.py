"""A Postgres check: one statement, and a pure function that judges what it returned."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.diagnostics.check import Thresholds
from bot.diagnostics.result import Measurement, Verdict

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a statement returned, and the milliseconds that it and the login before it took."""

    rows: Sequence[Record]
    took_ms: float = 0.0
    connect_ms: float = 0.0


class Asks(Protocol):
    """A read-only session."""

    async def ask(self, sql: str) -> Answer:
        """Runs one statement in a read-only transaction of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresCheck:
    """One statement and its judge. A judge does no I/O, so a test can hand it any answer."""

    name: str
    title: str
    ran: str
    judge: Callable[[Answer, Thresholds], Measurement]
    defaults: Thresholds = field(default_factory=dict)

    async def run(self, session: Asks, thresholds: Thresholds) -> Measurement:
        """Asks, and judges the answer."""
        return self.judge(await session.ask(self.ran), thresholds)


def judged(value: float, warn: float, critical: float) -> Verdict:
    """The verdict on a value that should stay under two limits."""
    if value >= critical:
        return Verdict.CRITICAL
    return Verdict.WARN if value >= warn else Verdict.OK


def seconds(value: float) -> str:
    """A length of time as people say it: `0.4 s`, `75 s`, `12 min`, `3.5 h`, `9 days`."""
    if value < 10:
        return f"{value:.1f} s"
    if value < 120:
        return f"{value:.0f} s"
    if value < 7200:
        return f"{value / 60:.0f} min"
    if value < 172_800:
        return f"{value / 3600:.1f} h"
    return f"{value / 86_400:.0f} days"


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 session`, `3 sessions`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def limits(warn: float, critical: float, unit: str) -> str:
    """Two limits as people read them: `warn at 80 %, critical at 95 %`."""
    return f"warn at {warn:g} {unit}, critical at {critical:g} {unit}"


#: Which rows of pg_stat_activity are other clients. A role that may not see them gets no backend_type either, but only
#: clients have both a database and a role.
OTHER_CLIENTS = (
    "pid <> pg_backend_pid() AND (backend_type = 'client backend' "
    "OR backend_type IS NULL AND datid IS NOT NULL AND usesysid IS NOT NULL)"
)

#: When other people's sessions are hidden, silence proves nothing.
GRANT = "Let the diagnostic role see all sessions: GRANT pg_monitor TO it (see docs/diagnostics.md)."


def hidden(rows: Sequence[Record]) -> int:
    """How many of the sessions in the answer did not show what they do."""
    return sum(1 for row in rows if row["hidden"])

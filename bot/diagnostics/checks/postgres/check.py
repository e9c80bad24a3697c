"""A Postgres check: one statement, and a pure function that judges what it returned."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.diagnostics.check import Thresholds
from bot.diagnostics.result import Measurement, Verdict

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a statement returned, and the milliseconds of the round trip just before it, and of the login."""

    rows: Sequence[Record]
    round_trip_ms: float = 0.0
    connect_ms: float = 0.0


class Asks(Protocol):
    """A read-only session."""

    async def ask(self, sql: str) -> Answer:
        """Runs one statement in a read-only transaction of its own."""

    async def ask_together(self, sql: str) -> Answer:
        """Runs one statement of ours with those that wait for their turn at the same time.

        Raises:
            NotAsked: the time was used up, or the connection lost, before this one had its turn.
        """


class NotAsked(Exception):
    """A question that never had its turn, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresCheck:
    """One statement and its judge. A judge does no I/O, so a test can hand it any answer.

    Checks with the same statement share its answer.
    """

    name: str
    title: str
    ran: str
    judge: Callable[[Answer, Thresholds], Measurement]
    defaults: Thresholds = field(default_factory=dict)

    async def run(self, session: Asks, thresholds: Thresholds) -> Measurement:
        """Asks, and judges the answer."""
        try:
            answer = await session.ask_together(self.ran)
        except NotAsked as why:
            return not_asked(why)
        return self.judge(answer, thresholds)


def not_asked(why: NotAsked) -> Measurement:
    """The measurement of a check that never had its turn."""
    return Measurement(
        verdict=Verdict.NO_DATA, explanation=f"Not run: {why}.", next_step="Mend that first, then run it again."
    )


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

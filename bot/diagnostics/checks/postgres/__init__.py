"""What is asked of a Postgres, in the order in which it is asked: what matters most when time runs out comes first."""

from bot.diagnostics.checks.postgres.activity import IDLE_IN_TRANSACTION, LONG_STATEMENTS
from bot.diagnostics.checks.postgres.check import PostgresCheck
from bot.diagnostics.checks.postgres.connections import CONNECTIONS
from bot.diagnostics.checks.postgres.health import CACHE, REPLICATION, WRAPAROUND
from bot.diagnostics.checks.postgres.locks import LOCKS
from bot.diagnostics.checks.postgres.server import REACHABILITY, SIZE

POSTGRES_CHECKS: tuple[PostgresCheck, ...] = (
    REACHABILITY,
    CONNECTIONS,
    LOCKS,
    LONG_STATEMENTS,
    IDLE_IN_TRANSACTION,
    CACHE,
    SIZE,
    REPLICATION,
    WRAPAROUND,
)

#: Thresholds without a default: nothing is judged until a pack sets them.
OPTIONAL_THRESHOLDS = frozenset({"size_warn_gib"})

__all__ = ["OPTIONAL_THRESHOLDS", "POSTGRES_CHECKS", "PostgresCheck"]

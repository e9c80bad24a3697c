"""What is asked of a Postgres, in the order in which it is asked: what matters most when time runs out comes first."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from bot.diagnostics.check import Asking
from bot.diagnostics.checks.postgres.activity import IDLE_IN_TRANSACTION, LONG_STATEMENTS
from bot.diagnostics.checks.postgres.check import Asks, PostgresCheck
from bot.diagnostics.checks.postgres.connections import CONNECTIONS, judge_connections
from bot.diagnostics.checks.postgres.deadlocks import DEADLOCKS
from bot.diagnostics.checks.postgres.health import CACHE, REPLICATION, WRAPAROUND
from bot.diagnostics.checks.postgres.locks import LOCKS
from bot.diagnostics.checks.postgres.refusals import judge_refusal
from bot.diagnostics.checks.postgres.server import REACHABILITY, SIZE
from bot.diagnostics.checks.postgres.session import against, connected, judge_failure
from bot.diagnostics.checks.postgres.settings import SETTINGS
from bot.diagnostics.checks.postgres.slots import SLOTS
from bot.diagnostics.checks.postgres.slowest import SLOWEST
from bot.diagnostics.checks.postgres.upkeep import DEAD_ROWS, INDEXES, SCANS
from bot.diagnostics.kind import Kind
from bot.policy.targets.postgres import PostgresTarget

POSTGRES_CHECKS: tuple[PostgresCheck | Asking[Asks], ...] = (
    REACHABILITY,
    CONNECTIONS,
    LOCKS,
    LONG_STATEMENTS,
    IDLE_IN_TRANSACTION,
    SLOWEST,
    CACHE,
    SIZE,
    REPLICATION,
    WRAPAROUND,
    SLOTS,
    DEADLOCKS,
    DEAD_ROWS,
    SCANS,
    INDEXES,
    SETTINGS,
)

#: Thresholds without a default: nothing is judged until a pack sets them.
OPTIONAL_THRESHOLDS = frozenset({"size_warn_gib"})


def _checks(options: PostgresTarget) -> Sequence[PostgresCheck | Asking[Asks]]:
    if options.pool is None:
        return POSTGRES_CHECKS
    pooled = replace(CONNECTIONS, judge=partial(judge_connections, pool=options.pool))
    return tuple(pooled if check is CONNECTIONS else check for check in POSTGRES_CHECKS)


POSTGRES = Kind(
    name="postgres",
    options=PostgresTarget,
    checks=_checks,
    connect=connected,
    against=against,
    refused=judge_refusal,
    means=judge_failure,
    thresholds=OPTIONAL_THRESHOLDS.union(*(check.defaults for check in POSTGRES_CHECKS)),
)

__all__ = ["OPTIONAL_THRESHOLDS", "POSTGRES", "POSTGRES_CHECKS", "PostgresCheck"]

"""How near the connection limit, and who holds the connections."""

from collections import Counter

from bot.diagnostics.check import Thresholds
from bot.diagnostics.checks.postgres.check import OTHER_CLIENTS, Answer, PostgresCheck
from bot.diagnostics.judging import count, judged, limits
from bot.diagnostics.result import Measurement, Rows, Verdict


def judge_connections(answer: Answer, thresholds: Thresholds, *, pool: int | None = None) -> Measurement:
    """Against what ordinary roles may use: the slots reserved for administrators do not help the application.

    Args:
        answer: Who holds how many.
        thresholds: In percent.
        pool: How many connections the application may take; whoever holds most is taken for it.
    """
    first = answer.rows[0]
    usable = max(1, first["max_connections"] - first["reserved"])
    taken = [row for row in answer.rows if row["connections"]]
    used = sum(row["connections"] for row in taken)
    percent = 100 * used / usable
    warn, critical = thresholds["connections_warn_percent"], thresholds["connections_crit_percent"]
    verdict = judged(percent, warn, critical)
    states: Counter[str] = Counter()
    holders: Counter[str] = Counter()
    for row in taken:
        states[row["state"]] += row["connections"]
        holders[row["application"] or row["role"] or "unnamed"] += row["connections"]
    most = max(holders.values(), default=0)
    pooled = f" The pool of {pool} has {most} taken ({100 * most / pool:.0f} %)." if pool else ""
    if pool and verdict is Verdict.OK and 100 * most / pool >= warn:
        verdict = Verdict.WARN
    by_state = ", ".join(f"{number} {state}" for state, number in states.most_common())
    return Measurement(
        verdict=verdict,
        value=round(percent, 1),
        unit="%",
        threshold=limits(warn, critical, "%") + (f"; the pool: warn at {warn:g} %" if pool else ""),
        explanation=(
            f"{used} of {count(usable, 'usable connection')} taken ({percent:.0f} %)"
            f"{': ' + by_state if by_state else ''}.{pooled}"
        ),
        next_step=_next_step(verdict, holders),
        rows=Rows.of(
            ("connections", "state", "role", "application", "database"),
            ([row[name] for name in ("connections", "state", "role", "application", "database")] for row in taken),
        )
        if taken
        else None,
    )


def _next_step(verdict: Verdict, holders: Counter[str]) -> str:
    if verdict is Verdict.OK:
        return ""
    [(holder, number)] = holders.most_common(1)
    return (
        f"“{holder}” holds {number}: lower its pool or restart what leaks them, and close sessions that are "
        "idle in a transaction first."
    )


CONNECTIONS = PostgresCheck(
    name="connections",
    title="Connections",
    ran=f"""
SELECT current_setting('max_connections')::int AS max_connections,
       current_setting('superuser_reserved_connections')::int
           + coalesce(current_setting('reserved_connections', true), '0')::int AS reserved,
       held.*
FROM (SELECT 1) AS always
LEFT JOIN (
    SELECT count(*)::int AS connections,
           coalesce(state, 'hidden') AS state,
           usename::text AS role,
           application_name AS application,
           datname::text AS database
    FROM pg_stat_activity
    WHERE {OTHER_CLIENTS}
    GROUP BY 2, 3, 4, 5
) AS held ON true
ORDER BY held.connections DESC, held.state, held.application
""".strip(),  # noqa: S608 - a constant of ours
    judge=judge_connections,
    defaults={"connections_warn_percent": 80, "connections_crit_percent": 95},
)

"""Sessions that take too long: running, or idle with a transaction open."""

from collections.abc import Sequence

from bot.diagnostics import redact
from bot.diagnostics.check import Thresholds
from bot.diagnostics.checks.postgres.check import GRANT, OTHER_CLIENTS, Answer, PostgresCheck, Record, hidden
from bot.diagnostics.judging import count, judged, seconds
from bot.diagnostics.result import Measurement, Rows, Verdict


def judge_long_statements(answer: Answer, thresholds: Thresholds) -> Measurement:
    """By the longest statement that runs now."""
    return _judge(
        answer.rows,
        (thresholds["long_statement_warn_s"], thresholds["long_statement_crit_s"]),
        nothing="No statement is running besides this one.",
        longest="The longest of {number} has run for {length} (pid {pid}).",
        noun="running statement",
        next_step=(
            "Ask its owner, or stop pid {pid}: SELECT pg_cancel_backend({pid}). "
            "If it waits for a lock, free that first."
        ),
    )


def judge_idle_in_transaction(answer: Answer, thresholds: Thresholds) -> Measurement:
    """By the session that has been idle the longest."""
    return _judge(
        answer.rows,
        (thresholds["idle_in_transaction_warn_s"], thresholds["idle_in_transaction_crit_s"]),
        nothing="No session is idle in a transaction.",
        longest="The longest of {number} has been idle for {length} (pid {pid}); it keeps its locks.",
        noun="session that is idle in a transaction",
        many="sessions that are idle in a transaction",
        next_step=(
            "End pid {pid} if its owner agrees: SELECT pg_terminate_backend({pid}). "
            "Then set idle_in_transaction_session_timeout."
        ),
    )


def _judge(
    answered: Sequence[Record],
    allowed: tuple[float, float],
    *,
    nothing: str,
    longest: str,
    noun: str,
    next_step: str,
    many: str = "",
) -> Measurement:
    warn, critical = allowed
    threshold = f"warn after {seconds(warn)}, critical after {seconds(critical)}"
    unseen = hidden(answered)
    rows = [row for row in answered if not row["hidden"]]
    worst = rows[0] if rows else None
    value = float(worst["seconds"]) if worst else 0.0
    verdict = judged(value, warn, critical)
    if verdict is Verdict.OK and unseen:
        return Measurement(
            verdict=Verdict.NO_DATA,
            threshold=threshold,
            explanation=f"{count(unseen, 'session')} of other roles did not show what they do.",
            next_step=GRANT,
        )
    shown = (nothing if worst is None else longest).format(
        number=count(len(rows), noun, many), length=seconds(value), pid=worst["pid"] if worst else ""
    )
    return Measurement(
        verdict=verdict,
        value=round(value, 1),
        unit="s",
        threshold=threshold,
        explanation=shown,
        next_step="" if verdict is Verdict.OK or worst is None else next_step.format(pid=worst["pid"]),
        rows=Rows.of(
            ("pid", "seconds", "in transaction", "role", "application", "database", "waits for", "query"),
            (
                (
                    row["pid"],
                    row["seconds"],
                    row["transaction_s"],
                    row["role"],
                    row["application"],
                    row["database"],
                    row["waits_for"],
                    redact.query(row["query"]),
                )
                for row in rows
            ),
        )
        if rows
        else None,
    )


_SESSIONS = """
SELECT pid,
       state IS NULL AS hidden,
       extract(epoch FROM clock_timestamp() - {since})::float8 AS seconds,
       extract(epoch FROM clock_timestamp() - xact_start)::float8 AS transaction_s,
       usename::text AS role,
       application_name AS application,
       datname::text AS database,
       wait_event_type || ': ' || wait_event AS waits_for,
       left(query, 4000) AS query
FROM pg_stat_activity
WHERE {clients} AND (state {which} OR state IS NULL)
ORDER BY 2, 3 DESC
LIMIT 100
""".strip()

LONG_STATEMENTS = PostgresCheck(
    name="long_statements",
    title="Long-running statements",
    ran=_SESSIONS.format(clients=OTHER_CLIENTS, since="query_start", which="= 'active'"),
    judge=judge_long_statements,
    defaults={"long_statement_warn_s": 60, "long_statement_crit_s": 300},
)

IDLE_IN_TRANSACTION = PostgresCheck(
    name="idle_in_transaction",
    title="Idle in transaction",
    ran=_SESSIONS.format(clients=OTHER_CLIENTS, since="state_change", which="LIKE 'idle in transaction%'"),
    judge=judge_idle_in_transaction,
    defaults={"idle_in_transaction_warn_s": 60, "idle_in_transaction_crit_s": 300},
)

"""Sessions that take too long: running, or idle with a transaction open."""

from collections.abc import Sequence
from dataclasses import replace

from bot.diagnostics import redact
from bot.diagnostics.check import Thresholds
from bot.diagnostics.checks.postgres.blocking import facts_to_end, unlike_a_client
from bot.diagnostics.checks.postgres.check import GRANT, Answer, PostgresCheck, Record, hidden
from bot.diagnostics.checks.postgres.statements import SESSIONS
from bot.diagnostics.judging import count, judged, seconds
from bot.diagnostics.result import MAX_ROWS, Measurement, Rows, Verdict

_COLUMNS = ("pid", "seconds", "in transaction", "role", "application", "database", "waits for", "query")


def judge_long_statements(answer: Answer, thresholds: Thresholds) -> Measurement:
    """By the longest statement that runs now."""
    return _judge(
        answer,
        running(answer.rows),
        (thresholds["long_statement_warn_s"], thresholds["long_statement_crit_s"]),
        nothing="No statement is running besides this one.",
        longest="The longest of {number} has run for {length} ({pid}).",
        noun="running statement",
        next_step=(
            "Ask its owner, or stop pid {pid}: SELECT pg_cancel_backend({pid}). "
            "If it waits for a lock, free that first."
        ),
    )


def judge_idle_in_transaction(answer: Answer, thresholds: Thresholds) -> Measurement:
    """By the session that has been idle the longest."""
    return _judge(
        answer,
        [row for row in answer.rows if not row["hidden"] and row["state"] != "active"],
        (thresholds["idle_in_transaction_warn_s"], thresholds["idle_in_transaction_crit_s"]),
        nothing="No session is idle in a transaction.",
        longest="The longest of {number} has been idle for {length} ({pid}); it keeps its locks.",
        noun="session that is idle in a transaction",
        many="sessions that are idle in a transaction",
        next_step=(
            "End pid {pid} if its owner agrees: SELECT pg_terminate_backend({pid}). "
            "Then set idle_in_transaction_session_timeout."
        ),
    )


def running(rows: Sequence[Record]) -> list[Record]:
    """The sessions that run a statement, the longest first."""
    return [row for row in rows if row["state"] == "active"]


def shown(rows: Sequence[Record]) -> Rows | None:
    """Sessions as people read them, their statements by shape."""
    if not rows:
        return None
    table = Rows.of(
        _COLUMNS,
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
            for row in rows[:MAX_ROWS]  # a shape costs more than a row that nobody sees
        ),
    )
    return replace(table, left_out=max(0, len(rows) - MAX_ROWS))


def unseen(rows: Sequence[Record]) -> str:
    """How many sessions did not show what they do, in a sentence; empty where all did."""
    number = hidden(rows)
    return f"{count(number, 'session')} of other roles did not show what they do." if number else ""


def _judge(
    answer: Answer,
    rows: Sequence[Record],
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
    worst = rows[0] if rows else None
    value = float(worst["seconds"]) if worst else 0.0
    verdict = judged(value, warn, critical)
    if verdict is Verdict.OK and (secret := unseen(answer.rows)):
        return Measurement(verdict=Verdict.NO_DATA, threshold=threshold, explanation=secret, next_step=GRANT)
    if worst is None:
        return Measurement(verdict=verdict, value=0, unit="s", threshold=threshold, explanation=nothing)
    other = unlike_a_client(worst)
    return Measurement(
        verdict=verdict,
        value=round(value, 1),
        unit="s",
        threshold=threshold,
        explanation=longest.format(
            number=count(len(rows), noun, many),
            length=seconds(value),
            pid=f"pid {worst['pid']}{f', {other}' if other else ''}",
        ),
        next_step="" if verdict is Verdict.OK else next_step.format(pid=worst["pid"]),
        facts={} if verdict is Verdict.OK else facts_to_end(worst, answer.rows),
        rows=shown(rows),
    )


LONG_STATEMENTS = PostgresCheck(
    name="long_statements",
    title="Long-running statements",
    ran=SESSIONS,
    judge=judge_long_statements,
    defaults={"long_statement_warn_s": 60, "long_statement_crit_s": 300},
)

IDLE_IN_TRANSACTION = PostgresCheck(
    name="idle_in_transaction",
    title="Idle in transaction",
    ran=SESSIONS,
    judge=judge_idle_in_transaction,
    defaults={"idle_in_transaction_warn_s": 60, "idle_in_transaction_crit_s": 300},
)

"""Replication slots that nobody reads: the write-ahead log that they hold back fills the disk."""

from bot.diagnostics.check import Thresholds
from bot.diagnostics.checks.postgres.check import Answer, PostgresCheck
from bot.diagnostics.judging import count, judged, limits
from bot.diagnostics.result import Measurement, Rows, Verdict


def judge_slots(answer: Answer, thresholds: Thresholds) -> Measurement:
    """By the slot that holds back the most."""
    warn, critical = thresholds["slots_warn_mib"], thresholds["slots_crit_mib"]
    kept = [(row["kept_bytes"] or 0) / 2**20 for row in answer.rows]
    most = max(kept, default=0.0)
    lost = [row["slot"] for row in answer.rows if row["wal_status"] == "lost"]
    verdict = judged(most, warn, critical)
    if verdict is not Verdict.OK:
        slot = answer.rows[kept.index(most)]
        reader = "Mend its reader" if slot["active"] else "Nobody reads it: start its reader"
        next_step = (
            f"{reader}, or drop it if it is not needed any more: SELECT pg_drop_replication_slot('{slot['slot']}')."
        )
    elif lost:
        verdict = Verdict.WARN
        next_step = f"The log that {lost[0]} needs is gone: set its reader up anew, and drop the slot."
    else:
        next_step = ""
    idle = sum(1 for row in answer.rows if not row["active"])
    return Measurement(
        verdict=verdict,
        value=round(most, 1),
        unit="MiB",
        threshold=limits(warn, critical, "MiB"),
        explanation=f"{count(len(answer.rows), 'slot')}, {idle} without a reader; the furthest behind holds back "
        f"{most:,.1f} MiB of the log."
        if answer.rows
        else "There is no replication slot.",
        next_step=next_step,
        rows=Rows.of(
            ("slot", "type", "has a reader", "its log", "holds back MiB"),
            (
                (row["slot"], row["type"], row["active"], row["wal_status"], round(mib, 1))
                for row, mib in zip(answer.rows, kept, strict=True)
            ),
        )
        if answer.rows
        else None,
    )


SLOTS = PostgresCheck(
    name="slots",
    title="Replication slots",
    ran="""
SELECT slot_name::text AS slot,
       slot_type AS type,
       active,
       wal_status,
       pg_wal_lsn_diff(
           CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, restart_lsn
       )::float8 AS kept_bytes
FROM pg_replication_slots
ORDER BY kept_bytes DESC NULLS LAST
LIMIT 100
""".strip(),
    judge=judge_slots,
    defaults={"slots_warn_mib": 1024, "slots_crit_mib": 10240},
)

"""What went wrong between sessions, and what did not fit into memory, since the statistics were reset."""

from bot.diagnostics.check import Thresholds
from bot.diagnostics.checks.postgres.check import Answer, PostgresCheck
from bot.diagnostics.checks.postgres.statements import DATABASE
from bot.diagnostics.judging import count, judged, limits, seconds
from bot.diagnostics.result import Measurement, Verdict


def judge_deadlocks(answer: Answer, thresholds: Thresholds) -> Measurement:
    """By the deadlocks of an hour; temporary files can only warn.

    A server whose statistics were never reset does not say since when it counts. Counted over its uptime, the rates
    are never too low: under the limits they are well, and over them nothing is known.
    """
    row = answer.rows[0]
    warn, critical = thresholds["deadlocks_warn_per_hour"], thresholds["deadlocks_crit_per_hour"]
    spill = thresholds["temp_warn_gib_per_hour"]
    threshold = f"{limits(warn, critical, 'an hour')}; temporary files: warn at {spill:g} GiB an hour"
    # One deadlock a minute after a reset is not sixty an hour.
    hours = max(1.0, row["since_s"] / 3600)
    rate, gib = row["deadlocks"] / hours, row["temp_bytes"] / 2**30 / hours
    verdict = judged(rate, warn, critical)
    next_step = ""
    if verdict is not Verdict.OK:
        next_step = "Search the server's log for “deadlock detected”, and have its writers lock rows in one order."
    elif gib >= spill:
        verdict = Verdict.WARN
        next_step = (
            "Set log_temp_files to see which statements spill to disk; then give them an index or more work_mem."
        )
    since = f"in {seconds(row['since_s'])}" if row["known"] else "since nobody knows when"
    explanation = (
        f"{count(row['deadlocks'], 'deadlock')} {since} ({rate:.2g} an hour), and "
        f"{count(row['temp_files'], 'temporary file')} of {row['temp_bytes'] / 2**20:,.0f} MiB together."
    )
    if verdict is not Verdict.OK and not row["known"]:
        return Measurement(
            verdict=Verdict.NO_DATA,
            threshold=threshold,
            explanation=explanation.replace(f" ({rate:.2g} an hour)", ""),
            next_step="Start the counting anew with SELECT pg_stat_reset(), and look again in an hour.",
        )
    return Measurement(
        verdict=verdict,
        value=round(rate, 2),
        unit="an hour",
        threshold=threshold,
        explanation=explanation,
        next_step=next_step,
    )


DEADLOCKS = PostgresCheck(
    name="deadlocks",
    title="Deadlocks and temporary files",
    ran=DATABASE,
    judge=judge_deadlocks,
    defaults={"deadlocks_warn_per_hour": 1, "deadlocks_crit_per_hour": 20, "temp_warn_gib_per_hour": 10},
)

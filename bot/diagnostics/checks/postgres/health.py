"""Slow trouble: a cache that does not hold, transaction ids that run out, a standby that falls behind."""

from bot.diagnostics.check import Thresholds
from bot.diagnostics.checks.postgres.check import GRANT, Answer, PostgresCheck, hidden
from bot.diagnostics.checks.postgres.statements import DATABASE
from bot.diagnostics.judging import count, judged, limits, seconds
from bot.diagnostics.result import Measurement, Rows, Verdict


def judge_cache(answer: Answer, thresholds: Thresholds) -> Measurement:
    """Over all that was read since the statistics were reset, if that is enough to say something."""
    row = answer.rows[0]
    warn, critical = thresholds["cache_warn_percent"], thresholds["cache_crit_percent"]
    threshold = f"warn under {warn:g} %, critical under {critical:g} %"
    total = row["hit"] + row["read"]
    if total < thresholds["cache_min_blocks"]:
        return Measurement(
            verdict=Verdict.NO_DATA,
            threshold=threshold,
            explanation=f"Only {count(total, 'block')} read so far: too few for a ratio.",
            next_step="Look again when the database has done some work.",
        )
    percent = 100 * row["hit"] / total
    verdict = Verdict.CRITICAL if percent < critical else Verdict.WARN if percent < warn else Verdict.OK
    return Measurement(
        verdict=verdict,
        value=round(percent, 1),
        unit="%",
        threshold=threshold,
        explanation=f"{percent:.1f} % of {total:,} blocks came from memory.",
        next_step=""
        if verdict is Verdict.OK
        else "Look for scans of big tables among the long statements; then consider more shared_buffers or an index.",
    )


def judge_wraparound(answer: Answer, thresholds: Thresholds) -> Measurement:
    """By the database whose oldest transaction id is nearest to the point where Postgres stops writing."""
    worst = answer.rows[0]
    warn, critical = thresholds["wraparound_warn_percent"], thresholds["wraparound_crit_percent"]
    percent = 100 * worst["age"] / 2**31
    verdict = judged(percent, warn, critical)
    return Measurement(
        verdict=verdict,
        value=round(percent, 1),
        unit="%",
        threshold=limits(warn, critical, "%"),
        explanation=f"{worst['database']} has used {percent:.1f} % of the transaction ids it may go without a freeze.",
        next_step=""
        if verdict is Verdict.OK
        else f"End old transactions and drop stale replication slots, then run VACUUM FREEZE in {worst['database']}.",
        rows=Rows.of(("database", "age"), ((row["database"], row["age"]) for row in answer.rows)),
    )


def judge_replication(answer: Answer, thresholds: Thresholds) -> Measurement:
    """By the standby that is furthest behind; on a standby, by its own replay."""
    warn, critical = thresholds["replication_warn_s"], thresholds["replication_crit_s"]
    threshold = f"warn after {seconds(warn)}, critical after {seconds(critical)}"
    unseen = hidden(answer.rows)
    behind = [row for row in answer.rows if row["lag_s"] is not None]
    lag = max((float(row["lag_s"]) for row in behind), default=0.0)
    verdict = judged(lag, warn, critical)
    if verdict is Verdict.OK and unseen:
        return Measurement(
            verdict=Verdict.NO_DATA,
            threshold=threshold,
            explanation=f"{count(unseen, 'standby', 'standbys')} did not show how far behind.",
            next_step=GRANT,
        )
    return Measurement(
        verdict=verdict,
        value=round(lag, 1),
        unit="s",
        threshold=threshold,
        explanation=f"The furthest of {count(len(answer.rows), 'standby', 'standbys')} is {seconds(lag)} behind."
        if answer.rows
        else "No standby is connected.",
        next_step=""
        if verdict is Verdict.OK
        else "Look at the standby's disk and network, and for long queries there that hold replay up.",
        rows=Rows.of(
            ("standby", "state", "lag s"), ((row["standby"], row["state"], row["lag_s"]) for row in answer.rows)
        )
        if answer.rows
        else None,
    )


CACHE = PostgresCheck(
    name="cache",
    title="Cache hit ratio",
    ran=DATABASE,
    judge=judge_cache,
    defaults={"cache_warn_percent": 90, "cache_crit_percent": 70, "cache_min_blocks": 10_000},
)

WRAPAROUND = PostgresCheck(
    name="wraparound",
    title="Transaction ids",
    ran="""
SELECT datname::text AS database, age(datfrozenxid) AS age FROM pg_database ORDER BY 2 DESC, 1 LIMIT 5
""".strip(),
    judge=judge_wraparound,
    defaults={"wraparound_warn_percent": 25, "wraparound_crit_percent": 75},
)

REPLICATION = PostgresCheck(
    name="replication",
    title="Replication lag",
    # A standby that has replayed all that it received is not behind, however long the primary has been quiet.
    ran="""
SELECT coalesce(nullif(application_name, ''), 'standby') AS standby,
       state,
       state IS NULL AS hidden,
       coalesce(extract(epoch FROM replay_lag), 0)::float8 AS lag_s
FROM pg_stat_replication
UNION ALL
SELECT 'this server',
       'replaying',
       false,
       CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
            ELSE coalesce(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 0) END::float8
WHERE pg_is_in_recovery()
ORDER BY 4 DESC
LIMIT 20
""".strip(),
    judge=judge_replication,
    defaults={"replication_warn_s": 30, "replication_crit_s": 300},
)

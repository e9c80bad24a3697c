"""What makes a database slow by and by: dead rows, whole tables that are read, indexes that are broken or unused."""

from bot.diagnostics.check import Thresholds
from bot.diagnostics.checks.postgres.check import Answer, PostgresCheck
from bot.diagnostics.judging import count, seconds
from bot.diagnostics.result import Measurement, Rows, Verdict

_MIB = 2**20


def judge_tables(answer: Answer, thresholds: Thresholds) -> Measurement:
    """By the big table of which the largest part is dead."""
    least, warn = thresholds["dead_min_rows"], thresholds["dead_warn_percent"]
    big = [row for row in answer.rows if row["live"] + row["dead"] >= least]
    shares = sorted(((100 * row["dead"] / (row["live"] + row["dead"]), row) for row in big), key=lambda each: -each[0])
    if not shares:
        percent, explanation = 0.0, f"No table of {least:g} rows or more has a dead one."
    else:
        percent, worst = shares[0]
        vacuumed = f"vacuumed {seconds(worst['vacuum_s'])} ago" if worst["vacuum_s"] is not None else "never vacuumed"
        explanation = f"{percent:.0f} % of the rows of {worst['name']} are dead; it was {vacuumed}."
    verdict = Verdict.WARN if shares and percent >= warn else Verdict.OK
    return Measurement(
        verdict=verdict,
        value=round(percent, 1),
        unit="%",
        threshold=f"warn at {warn:g} % of {least:g} rows or more",
        explanation=explanation,
        next_step=""
        if verdict is Verdict.OK
        else f"End old transactions, which keep dead rows, and run VACUUM (ANALYZE) {shares[0][1]['name']}.",
        rows=Rows.of(
            ("table", "rows", "dead", "dead %", "last vacuum s ago"),
            ((row["name"], row["live"], row["dead"], round(share, 1), row["vacuum_s"]) for share, row in shares),
        )
        if shares
        else None,
    )


def judge_scans(answer: Answer, thresholds: Thresholds) -> Measurement:
    """By the big table that is most often read as a whole, of those that are so more than now and then."""
    rows_least, least = thresholds["scans_min_rows"], thresholds["scans_min_count"]
    warn = thresholds["scans_warn_percent"]
    big = [row for row in answer.rows if row["live"] >= rows_least and row["whole"] >= least]
    shares = sorted(
        ((100 * row["whole"] / (row["whole"] + row["by_index"]), row) for row in big), key=lambda each: -each[0]
    )
    if not shares:
        percent, explanation = 0.0, f"No table of {rows_least:g} rows or more was read as a whole {least:g} times."
    else:
        percent, worst = shares[0]
        explanation = f"{worst['name']} was read as a whole {count(worst['whole'], 'time')}, {percent:.0f} % of all."
    verdict = Verdict.WARN if shares and percent >= warn else Verdict.OK
    return Measurement(
        verdict=verdict,
        value=round(percent, 1),
        unit="%",
        threshold=f"warn at {warn:g} % of the reads of {rows_least:g} rows or more",
        explanation=explanation,
        next_step=""
        if verdict is Verdict.OK
        else f"Find the statement that reads {shares[0][1]['name']}, EXPLAIN it, and give it an index.",
        rows=Rows.of(
            ("table", "rows", "read as a whole", "by index", "as a whole %"),
            ((row["name"], row["live"], row["whole"], row["by_index"], round(share, 1)) for share, row in shares),
        )
        if shares
        else None,
    )


def judge_indexes(answer: Answer, thresholds: Thresholds) -> Measurement:
    """By the invalid ones. Unused ones are only listed: a standby may use them, or the end of a month."""
    least = thresholds["unused_min_mib"]
    invalid = [row for row in answer.rows if not row["valid"]]
    unused = [row for row in answer.rows if row["valid"] and row["bytes"] >= least * _MIB]
    wasted = sum(row["bytes"] for row in unused) / _MIB
    return Measurement(
        verdict=Verdict.WARN if invalid else Verdict.OK,
        value=len(invalid),
        unit="invalid",
        threshold=f"warn when one is invalid; unused ones are listed from {least:g} MiB on",
        explanation=(
            f"{count(len(invalid), 'invalid index', 'invalid indexes')}; "
            f"{count(len(unused), 'big one', 'big ones')} of {wasted:,.0f} MiB together never used."
        ),
        next_step=f"Make it anew: REINDEX INDEX CONCURRENTLY {invalid[0]['name']}; or DROP INDEX CONCURRENTLY."
        if invalid
        else "",
        rows=Rows.of(
            ("index", "table", "is", "MiB (about)"),
            (
                (row["name"], row["table"], "never used" if row["valid"] else "invalid", round(row["bytes"] / _MIB, 1))
                for row in (*invalid, *unused)
            ),
        )
        if invalid or unused
        else None,
    )


TABLES = PostgresCheck(
    name="tables",
    title="Dead rows",
    ran="""
SELECT relid::regclass::text AS name,
       n_live_tup AS live,
       n_dead_tup AS dead,
       extract(epoch FROM clock_timestamp() - greatest(last_vacuum, last_autovacuum))::float8 AS vacuum_s
FROM pg_stat_user_tables
WHERE n_dead_tup > 0
ORDER BY n_dead_tup DESC
LIMIT 200
""".strip(),
    judge=judge_tables,
    defaults={"dead_warn_percent": 20, "dead_min_rows": 10_000},
)

SCANS = PostgresCheck(
    name="scans",
    title="Whole tables read",
    ran="""
SELECT relid::regclass::text AS name,
       n_live_tup AS live,
       seq_scan AS whole,
       coalesce(idx_scan, 0) AS by_index
FROM pg_stat_user_tables
WHERE seq_scan > 0
ORDER BY n_live_tup DESC
LIMIT 200
""".strip(),
    judge=judge_scans,
    defaults={"scans_warn_percent": 50, "scans_min_rows": 100_000, "scans_min_count": 100},
)

INDEXES = PostgresCheck(
    name="indexes",
    title="Indexes",
    # An index that is being built is not valid yet. Unique ones are in use even if nothing is read by them.
    ran="""
SELECT index.indexrelid::regclass::text AS name,
       index.indrelid::regclass::text AS table,
       index.indisvalid AS valid,
       class.relpages::int8 * current_setting('block_size')::int8 AS bytes
FROM pg_index AS index
JOIN pg_class AS class ON class.oid = index.indexrelid
LEFT JOIN pg_stat_user_indexes AS used USING (indexrelid)
WHERE NOT index.indisvalid
          AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index AS built WHERE built.index_relid = indexrelid)
      OR index.indisvalid AND used.idx_scan = 0 AND NOT index.indisunique
ORDER BY index.indisvalid, class.relpages DESC
LIMIT 200
""".strip(),
    judge=judge_indexes,
    defaults={"unused_min_mib": 10},
)

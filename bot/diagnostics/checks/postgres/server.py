"""Is it there, how fast does it answer, and how big is it?"""

from bot.diagnostics.check import Thresholds
from bot.diagnostics.checks.postgres.check import Answer, PostgresCheck
from bot.diagnostics.judging import judged, limits, seconds
from bot.diagnostics.result import Measurement, Rows, Verdict


def judge_reachability(answer: Answer, thresholds: Thresholds) -> Measurement:
    """It answered; was it quick?"""
    row = answer.rows[0]
    warn, critical = thresholds["latency_warn_ms"], thresholds["latency_crit_ms"]
    verdict = judged(answer.round_trip_ms, warn, critical)
    role = "a standby" if row["standby"] else "the primary"
    return Measurement(
        verdict=verdict,
        value=round(answer.round_trip_ms, 1),
        unit="ms",
        threshold=limits(warn, critical, "ms"),
        explanation=(
            f"Answers in {answer.round_trip_ms:.1f} ms after a login of {answer.connect_ms:.0f} ms: "
            f"PostgreSQL {row['version']}, {role}, up for {seconds(row['up_s'])}."
        ),
        next_step=""
        if verdict is Verdict.OK
        else "Look at the database host's CPU and disk and at the network between; then at the long statements below.",
    )


def judge_size(answer: Answer, thresholds: Thresholds) -> Measurement:
    """Information, unless the pack sets a limit."""
    total = int(answer.rows[0]["total"])
    warn = thresholds.get("size_warn_gib")
    gib = total / 2**30
    over = warn is not None and gib >= warn
    tables = [row for row in answer.rows if row["name"] is not None]
    return Measurement(
        verdict=Verdict.WARN if over else Verdict.OK,
        value=round(total / 2**20, 1),
        unit="MiB",
        threshold="none set" if warn is None else f"warn at {warn:g} GiB",
        explanation=f"The database {answer.rows[0]['database']} takes {_size(total)}.",
        next_step="See which tables grow, and archive or add disk before it is full." if over else "",
        rows=Rows.of(("table or index", "size (about)"), ((row["name"], _size(row["bytes"])) for row in tables))
        if tables
        else None,
    )


def _size(size: float) -> str:
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"


REACHABILITY = PostgresCheck(
    name="reachability",
    title="Reachable",
    ran="""
SELECT current_setting('server_version') AS version,
       pg_is_in_recovery() AS standby,
       extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())::float8 AS up_s
""".strip(),
    judge=judge_reachability,
    defaults={"latency_warn_ms": 100, "latency_crit_ms": 1000},
)

SIZE = PostgresCheck(
    name="size",
    title="Database size",
    # Sizes of tables are from the catalogue: pg_table_size() would wait for a table that is locked.
    ran="""
SELECT current_database() AS database, pg_database_size(current_database()) AS total, big.name, big.bytes
FROM (SELECT 1) AS always
LEFT JOIN (
    SELECT oid::regclass::text AS name, relpages::int8 * current_setting('block_size')::int8 AS bytes
    FROM pg_class
    WHERE relkind IN ('r', 'i', 'm', 't') AND relpages > 100
    ORDER BY relpages DESC
    LIMIT 5
) AS big ON true
ORDER BY big.bytes DESC
""".strip(),
    judge=judge_size,
)

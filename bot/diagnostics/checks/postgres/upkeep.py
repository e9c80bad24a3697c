"""What makes a database slow by and by: dead rows, whole tables that are read, indexes that are broken or unused."""

from collections.abc import Callable, Sequence

from bot.diagnostics.check import Thresholds
from bot.diagnostics.checks.postgres.check import Answer, PostgresCheck, Record
from bot.diagnostics.checks.postgres.statements import TABLES
from bot.diagnostics.judging import count, seconds
from bot.diagnostics.result import Measurement, Rows, Verdict

_MIB = 2**20
_DAY_S = 86_400


def judge_tables(answer: Answer, thresholds: Thresholds) -> Measurement:
    """By the big table of which the largest part is dead; then by the one that was not vacuumed for longest."""
    least, warn, days = thresholds["dead_min_rows"], thresholds["dead_warn_percent"], thresholds["vacuum_warn_days"]
    shares = _shares(answer, "dead", "live", lambda row: row["dead"] and row["live"] + row["dead"] >= least)
    old = max((row for _, row in shares if row["dead"] >= least and row["vacuum_s"]), key=_vacuumed_ago, default=None)
    percent, worst = shares[0] if shares else (0.0, None)
    next_step = ""
    if worst is None:
        explanation = f"No table of {least:g} rows or more has a dead one."
    else:
        vacuumed = f"vacuumed {seconds(worst['vacuum_s'])} ago" if worst["vacuum_s"] is not None else "never vacuumed"
        explanation = f"{percent:.0f} % of the rows of {worst['name']} are dead; it was {vacuumed}."
    if worst is not None and percent >= warn:
        next_step = f"End old transactions, which keep dead rows, and run VACUUM (ANALYZE) {worst['name']}."
    elif old is not None and _vacuumed_ago(old) >= days * _DAY_S:
        next_step = f"See why autovacuum leaves it out, and run VACUUM (ANALYZE) {old['name']}."
        explanation += f" {old['name']} has {old['dead']} and was last vacuumed {seconds(_vacuumed_ago(old))} ago."
    return Measurement(
        verdict=Verdict.WARN if next_step else Verdict.OK,
        value=round(percent, 1),
        unit="%",
        threshold=f"warn at {warn:g} % of {least:g} rows or more, or at {least:g} and {days:g} days without a vacuum",
        explanation=explanation,
        next_step=next_step,
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
    shares = _shares(answer, "whole", "by_index", lambda row: row["live"] >= rows_least and row["whole"] >= least)
    percent, worst = shares[0] if shares else (0.0, None)
    explanation = (
        f"No table of {rows_least:g} rows or more was read as a whole {least:g} times."
        if worst is None
        else f"{worst['name']} was read as a whole {count(worst['whole'], 'time')}, {percent:.0f} % of all."
    )
    ill = worst if percent >= warn else None
    return Measurement(
        verdict=Verdict.WARN if ill else Verdict.OK,
        value=round(percent, 1),
        unit="%",
        threshold=f"warn at {warn:g} % of the reads of {rows_least:g} rows or more",
        explanation=explanation,
        next_step=f"Find the statement that reads {ill['name']}, EXPLAIN it, and give it an index." if ill else "",
        rows=Rows.of(
            ("table", "rows", "read as a whole", "by index", "as a whole %"),
            ((row["name"], row["live"], row["whole"], row["by_index"], round(share, 1)) for share, row in shares),
        )
        if shares
        else None,
    )


def _shares(
    answer: Answer, part: str, rest: str, counts: Callable[[Record], bool | int]
) -> Sequence[tuple[float, Record]]:
    """The tables that count, each with what percentage the part is of it and the rest together, the largest first."""
    return sorted(
        ((100 * row[part] / (row[part] + row[rest]), row) for row in answer.rows if counts(row)),
        key=lambda each: -each[0],
    )


def _vacuumed_ago(row: Record) -> float:
    return float(row["vacuum_s"])


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


DEAD_ROWS = PostgresCheck(
    name="tables",
    title="Dead rows",
    ran=TABLES,
    judge=judge_tables,
    defaults={"dead_warn_percent": 20, "dead_min_rows": 10_000, "vacuum_warn_days": 30},
)

SCANS = PostgresCheck(
    name="scans",
    title="Whole tables read",
    ran=TABLES,
    judge=judge_scans,
    defaults={"scans_warn_percent": 50, "scans_min_rows": 100_000, "scans_min_count": 100},
)

INDEXES = PostgresCheck(
    name="indexes",
    title="Indexes",
    # An index that is being built is not valid yet. Unique ones are in use even if nothing is read by them.
    ran="""
SELECT indexrelid::regclass::text AS name,
       indrelid::regclass::text AS table,
       indisvalid AS valid,
       relpages::int8 * current_setting('block_size')::int8 AS bytes
FROM pg_index
JOIN pg_class ON pg_class.oid = indexrelid
WHERE NOT indisvalid
          AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index AS built WHERE built.index_relid = indexrelid)
      OR indisvalid AND NOT indisunique AND pg_stat_get_numscans(indexrelid) = 0
          AND relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname IN ('pg_catalog', 'pg_toast'))
ORDER BY indisvalid, relpages DESC
LIMIT 200
""".strip(),
    judge=judge_indexes,
    defaults={"unused_min_mib": 10},
)

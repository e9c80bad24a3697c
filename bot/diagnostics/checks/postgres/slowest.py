"""Which statements cost the most: as pg_stat_statements counts them, or those that run now."""

import asyncio
from collections.abc import Sequence

from bot.diagnostics import redact
from bot.diagnostics.check import Asking, Thresholds
from bot.diagnostics.checks.postgres.activity import running, shown, unseen
from bot.diagnostics.checks.postgres.check import GRANT, Answer, Asks, NotAsked, Record, not_asked
from bot.diagnostics.checks.postgres.statements import SESSIONS
from bot.diagnostics.judging import count, judged, limits, seconds
from bot.diagnostics.result import Measurement, Rows, Verdict

#: Whether the extension is made in this database, and loaded: only then there is its setting.
EXTENSION = """
SELECT extversion AS version,
       quote_ident(nspname) AS schema,
       current_setting('pg_stat_statements.max', true) IS NOT NULL AS loaded
FROM (SELECT 1) AS always
LEFT JOIN (pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace) ON extname = 'pg_stat_statements'
""".strip()

#: How many statements are looked at, by their mean and by their total.
_MOST = 20


def statement(version: str, schema: str, least: int) -> str:
    """What is asked of pg_stat_statements, which names its columns differently from version to version.

    Args:
        version: The extension's: `1.10`.
        schema: Where it is made, quoted.
        least: How many calls a statement needs to be judged by its mean.
    """
    number = tuple(int(part) for part in version.split(".") if part.isdigit())
    # 1.8 split the time of execution from that of planning, 1.9 says when all was reset, 1.11 when each was first seen.
    time = "exec_time" if number >= (1, 8) else "time"
    since = "NULL::timestamptz"
    if number >= (1, 11):
        since = "stats_since"
    elif number >= (1, 9):
        since = f"(SELECT stats_reset FROM {schema}.pg_stat_statements_info)"  # noqa: S608 - quoted by the server
    return f"""
SELECT calls,
       mean_{time} AS mean_ms,
       total_{time} AS total_ms,
       share,
       extract(epoch FROM clock_timestamp() - {since})::float8 AS since_s,
       left(query, 1000) AS query
FROM (
    SELECT *,
           100 * total_{time} / greatest(sum(total_{time}) OVER (), 1) AS share,
           row_number() OVER (ORDER BY calls < {least}, mean_{time} DESC) AS by_mean,
           row_number() OVER (ORDER BY total_{time} DESC) AS by_total
    FROM {schema}.pg_stat_statements
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
) AS counted
WHERE by_mean <= {_MOST} OR by_total <= {_MOST}
ORDER BY calls < {least}, mean_{time} DESC
""".strip()  # noqa: S608 - its schema is quoted by the server


def judge_counted(answer: Answer, thresholds: Thresholds, ran: str) -> Measurement:
    """By the largest mean of those that were called often enough; the largest total is named beside it."""
    least, warn, critical = (
        thresholds["slow_min_calls"],
        thresholds["slow_mean_warn_ms"],
        thresholds["slow_mean_crit_ms"],
    )
    often = [row for row in answer.rows if row["calls"] >= least]
    mean = often[0]["mean_ms"] if often else 0.0
    verdict = judged(mean, warn, critical)
    told = (
        f"By pg_stat_statements{_since(answer.rows)}, the slowest of those that were called {least:g} times or more "
        f"takes {_ms(mean)} on average: {_shape(often[0], 120)}."
        if often
        else f"By pg_stat_statements{_since(answer.rows)}, no statement was called {least:g} times."
    )
    if answer.rows:
        costs = max(answer.rows, key=lambda row: float(row["total_ms"]))
        told += f" The most time went into {_shape(costs, 120)}: {costs['share']:.0f} % of all."
    return Measurement(
        verdict=verdict,
        value=round(mean, 1),
        unit="ms",
        threshold=f"{limits(warn, critical, 'ms')} on average, of {least:g} calls or more",
        explanation=told,
        next_step="" if verdict is Verdict.OK else "EXPLAIN (ANALYZE, BUFFERS) it with real values; give it an index.",
        ran=ran,
        rows=Rows.of(
            ("query", "calls", "mean ms", "total s", "% of all"),
            (
                (_shape(row), row["calls"], round(row["mean_ms"], 1), round(row["total_ms"] / 1000, 1), row["share"])
                for row in answer.rows
            ),
        )
        if answer.rows
        else None,
    )


def judge_present(answer: Answer, extension: Record, ran: str) -> Measurement:
    """What runs now, as information: how long a statement should take nobody knows from one look."""
    rows = running(answer.rows)
    secret = unseen(answer.rows)
    if secret and not rows:
        return Measurement(verdict=Verdict.NO_DATA, explanation=secret, next_step=GRANT, ran=ran)
    longest = (
        f"the longest of {count(len(rows), 'statement')} has run for {seconds(rows[0]['seconds'])}" if rows else ""
    )
    return Measurement(
        verdict=Verdict.OK,
        value=round(1000 * float(rows[0]["seconds"]), 1) if rows else 0,
        unit="ms",
        threshold="none without pg_stat_statements",
        explanation=f"Without pg_stat_statements, by what runs now: {longest or 'nothing does'}.",
        next_step=f"To see what was slow before: {_switch_on(extension)}",
        ran=ran,
        rows=shown(rows),
    )


def _switch_on(extension: Record) -> str:
    made = "run CREATE EXTENSION pg_stat_statements in this database."
    if extension["loaded"]:
        return made
    load = "add pg_stat_statements to shared_preload_libraries and restart Postgres"
    return f"{load}." if extension["version"] else f"{load}; then {made}"


def _since(rows: Sequence[Record]) -> str:
    known = [row["since_s"] for row in rows if row["since_s"] is not None]
    return f" of the last {seconds(max(known))}" if known else ""


def _shape(row: Record, most: int = 240) -> str:
    return redact.query(row["query"] or "", most=most)


def _ms(value: float) -> str:
    return f"{value:,.1f} ms" if value < 1000 else seconds(value / 1000)


async def _ask(session: Asks, thresholds: Thresholds) -> Measurement:
    try:
        # At the same time: one round trip less, and the others ask for the sessions anyway.
        known, present = await asyncio.gather(session.ask_together(EXTENSION), session.ask_together(SESSIONS))
        [extension] = known.rows
        if extension["version"] and extension["loaded"]:
            ran = statement(extension["version"], extension["schema"], int(thresholds["slow_min_calls"]))
            return judge_counted(await session.ask_together(ran), thresholds, ran)
        return judge_present(present, extension, f"{EXTENSION};\n{SESSIONS}")
    except NotAsked as why:
        return not_asked(why)


SLOWEST = Asking(
    name="slowest",
    title="Slowest statements",
    ask=_ask,
    ran=EXTENSION,
    defaults={"slow_mean_warn_ms": 1000, "slow_mean_crit_ms": 10_000, "slow_min_calls": 20},
)

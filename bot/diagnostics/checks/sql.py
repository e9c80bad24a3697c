"""The questions that a pack writes down for a Postgres, over one read-only connection."""

import math
from collections.abc import Sequence
from functools import partial

import asyncpg

from bot.diagnostics.check import Asking, Check, Thresholds
from bot.diagnostics.checks.postgres.check import Answer, Asks
from bot.diagnostics.checks.postgres.refusals import judge_refusal
from bot.diagnostics.checks.postgres.server import REACHABILITY
from bot.diagnostics.checks.postgres.session import against, connected, judge_failure
from bot.diagnostics.judging import count, judged, limits
from bot.diagnostics.kind import Kind, plainly
from bot.diagnostics.result import Measurement, Rows, Verdict
from bot.diagnostics.target import Target
from bot.policy.targets.sql import MOST_FOUND, Counted, QueryRule, SqlTarget

#: Columns that are read of a row, and characters of each.
_COLUMNS, _CHARACTERS = 20, 300
_TRUTH = {"true": 1.0, "false": 0.0}


def bounded(sql: str) -> str:
    """A statement around a pack's own: whatever that finds, only so many rows, columns and characters come.

    The pack's stands on lines of its own, so that a comment at its end does not swallow what follows.
    """
    each = f"FROM json_each_text(row_to_json(found)) LIMIT {_COLUMNS}"
    return (
        f"SELECT ARRAY(SELECT left(key, 60) {each}) AS columns,\n"
        f"       ARRAY(SELECT left(value, {_CHARACTERS}) {each}) AS cells\n"
        f"FROM (\n{sql.strip().rstrip(';').rstrip()}\n) AS found\n"
        f"LIMIT {MOST_FOUND}"
    )


def judge(answer: Answer, query: QueryRule) -> Measurement:
    """By the number of rows, or by the first column of the first row."""
    threshold = limits(query.warn, query.critical, query.unit) or "none set"
    rows = Rows.of(answer.rows[0]["columns"], (row["cells"] for row in answer.rows)) if answer.rows else None
    if query.of is Counted.ROWS:
        value, unit = float(len(answer.rows)), query.unit or "rows"
        more = " or more" if value >= MOST_FOUND else ""
        said = f"It found {count(len(answer.rows), 'row')}{more}."
    else:
        first = next(iter(answer.rows[0]["cells"]), None) if answer.rows else None
        if first is None:
            return Measurement(
                verdict=Verdict.NO_DATA,
                threshold=threshold,
                explanation="It found no value." if answer.rows else "It found no row.",
                next_step="See whether there should be one; count(*) or coalesce() always gives a number.",
                rows=rows,
            )
        found = number(first)
        if found is None:
            return Measurement(
                verdict=Verdict.ERROR,
                threshold=threshold,
                explanation=f"The first column of its first row is no number: “{first[:60]}”.",
                next_step="Have the query put a number first, or write `of: rows` in the pack.",
                rows=rows,
            )
        value, unit = found, query.unit
        said = f"It found {spelt(value)}{' ' + unit if unit else ''}."
    verdict = judged(value, query.warn, query.critical)
    return Measurement(
        verdict=verdict,
        value=value,
        unit=unit,
        threshold=threshold,
        explanation=said,
        next_step=""
        if verdict is Verdict.OK
        else query.next_step or "Look at what it found, and ask those who know these data.",
        rows=rows,
    )


def number(text: str) -> float | None:
    """The number that a cell holds; a yes is one and a no nought. None for what is none, or has no end."""
    if text in _TRUTH:
        return _TRUTH[text]
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def spelt(value: float) -> str:
    """A number as people write it: `10,000`, `4.5`."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.1f}"


async def _ask(query: QueryRule, session: Asks, _thresholds: Thresholds) -> Measurement:
    return judge(await session.ask(bounded(query.sql)), query)


def _checks(options: SqlTarget) -> Sequence[Check[Asks]]:
    return (
        REACHABILITY,
        *(
            Asking(name=query.name, title=query.title or query.name, ask=partial(_ask, query), ran=bounded(query.sql))
            for query in options.queries
        ),
    )


def means(error: Exception, target: Target) -> Measurement | None:
    """What it means that a pack's own question failed; None where it is nothing of Postgres."""
    match error:
        case asyncpg.ReadOnlySQLTransactionError():
            mend = "Write a query that only reads: Muster lets none change anything."
        case asyncpg.PostgresSyntaxError() | asyncpg.FeatureNotSupportedError():
            mend = "Write one single SELECT into `sql`, and try it in psql first."
        case _:
            return judge_failure(error, target)
    return Measurement(verdict=Verdict.ERROR, explanation=f"The query failed: {plainly(error)}.", next_step=mend)


SQL = Kind(
    name="sql",
    options=SqlTarget,
    checks=_checks,
    connect=connected,
    against=against,
    refused=judge_refusal,
    means=means,
    in_turn=True,
    thresholds=frozenset(REACHABILITY.defaults),
)

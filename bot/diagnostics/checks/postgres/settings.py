"""Settings that bite: quick today, and a lost database tomorrow."""

from collections.abc import Iterator, Mapping

from bot.diagnostics.check import Thresholds
from bot.diagnostics.checks.postgres.check import Answer, PostgresCheck
from bot.diagnostics.result import Measurement, Rows, Verdict

#: What follows from a setting that should be on and is off.
_BITE = {
    "fsync": "a crash can destroy the database",
    "full_page_writes": "a crash can leave torn pages",
    "autovacuum": "tables swell, and transaction ids run out",
    "track_counts": "autovacuum does not know what to do",
}

#: Bytes in the units of pg_settings.
_UNITS = {"kB": 2**10, "8kB": 2**13, "MB": 2**20}

#: How often shared_buffers may go into the memory of all sessions together before it is said, and how many sessions.
_TIMES, _MANY = 8, 500


def judge_settings(answer: Answer, _thresholds: Thresholds) -> Measurement:
    """By what is off. The rest is only said: limits are often set for each role, and memory is for people to weigh."""
    values = {row["name"]: row["value"] for row in answer.rows}
    off = [name for name in _BITE if values.get(name) == "off"]
    said = "; ".join(f"{name} is off, so that {_BITE[name]}" for name in off)
    sizes = {row["name"]: int(row["value"]) * _UNITS[row["unit"]] for row in answer.rows if row["unit"] in _UNITS}
    remarks = "".join(f" {remark}" for remark in (*_unprotected(values), *_memory(values, sizes)))
    return Measurement(
        verdict=Verdict.WARN if off else Verdict.OK,
        value=len(off),
        unit="off",
        threshold=f"warn when {', '.join(list(_BITE)[:-1])} or {list(_BITE)[-1]} is off",
        explanation=f"{said[:1].upper() + said[1:] if off else 'Nothing that protects the data is off'}.{remarks}",
        next_step=f"Turn it on: ALTER SYSTEM SET {off[0]} = on; SELECT pg_reload_conf()." if off else "",
        rows=Rows.of(
            ("setting", "value"), ((row["name"], f"{row['value']} {row['unit'] or ''}".strip()) for row in answer.rows)
        ),
    )


def _unprotected(values: Mapping[str, str]) -> Iterator[str]:
    if values.get("synchronous_commit") == "off":
        yield "Synchronous_commit is off: a crash loses what was committed in its last moments."
    if values.get("statement_timeout") == "0":
        yield "No statement_timeout is set for this role: nothing but people ends a statement."
    if values.get("idle_in_transaction_session_timeout") == "0":
        yield "No idle_in_transaction_session_timeout is set for it: a forgotten transaction keeps its locks."


def _memory(values: Mapping[str, str], sizes: Mapping[str, int]) -> Iterator[str]:
    sessions, each, shared = values.get("max_connections"), sizes.get("work_mem"), sizes.get("shared_buffers")
    if sessions is None or each is None or shared is None:
        return
    everybody = int(sessions) * each
    if everybody > _TIMES * shared or int(sessions) > _MANY:
        yield (
            f"Up to {sessions} sessions may sort in {everybody / 2**30:,.1f} GiB of work_mem together, beside "
            f"{shared / 2**30:,.1f} GiB of shared_buffers: a pooler needs fewer."
        )


SETTINGS = PostgresCheck(
    name="settings",
    title="Settings that bite",
    # The diagnosis limits its own statements: what other sessions start with is in reset_val.
    ran="""
SELECT name, reset_val AS value, unit
FROM pg_settings
WHERE name IN ('autovacuum', 'fsync', 'full_page_writes', 'idle_in_transaction_session_timeout', 'max_connections',
               'shared_buffers', 'statement_timeout', 'synchronous_commit', 'track_counts', 'work_mem')
ORDER BY name
""".strip(),
    judge=judge_settings,
)

"""Settings that bite: quick today, and a lost database tomorrow."""

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


def judge_settings(answer: Answer, _thresholds: Thresholds) -> Measurement:
    """By what is off; a statement_timeout of zero is only said, since many set it for each role."""
    values = {row["name"]: row["value"] for row in answer.rows}
    off = [name for name in _BITE if values.get(name) == "off"]
    said = "; ".join(f"{name} is off, so that {_BITE[name]}" for name in off)
    unlimited = values.get("statement_timeout") == "0"
    return Measurement(
        verdict=Verdict.WARN if off else Verdict.OK,
        value=len(off),
        unit="off",
        threshold=f"warn when {', '.join(list(_BITE)[:-1])} or {list(_BITE)[-1]} is off",
        explanation=f"{said[:1].upper() + said[1:] if off else 'Nothing that protects the data is off'}."
        + (" No statement_timeout is set for this role: nothing but people ends a statement." if unlimited else ""),
        next_step=f"Turn it on: ALTER SYSTEM SET {off[0]} = on; SELECT pg_reload_conf()." if off else "",
        rows=Rows.of(("setting", "value"), ((row["name"], row["value"]) for row in answer.rows)),
    )


SETTINGS = PostgresCheck(
    name="settings",
    title="Settings that bite",
    # The diagnosis limits its own statements: what other sessions start with is in reset_val.
    ran="""
SELECT name, reset_val AS value
FROM pg_settings
WHERE name IN ('fsync', 'full_page_writes', 'autovacuum', 'track_counts', 'statement_timeout')
ORDER BY name
""".strip(),
    judge=judge_settings,
)

"""The judges of slow trouble: what an answer means, without a database."""

from typing import Any

import pytest

from bot.diagnostics.checks.postgres.check import Answer, PostgresCheck
from bot.diagnostics.checks.postgres.connections import judge_connections
from bot.diagnostics.checks.postgres.deadlocks import DEADLOCKS
from bot.diagnostics.checks.postgres.settings import SETTINGS
from bot.diagnostics.checks.postgres.slots import SLOTS
from bot.diagnostics.checks.postgres.slowest import SLOWEST, judge_counted, judge_present, statement
from bot.diagnostics.checks.postgres.upkeep import DEAD_ROWS, INDEXES, SCANS
from bot.diagnostics.result import Measurement, Verdict


def judge(check: PostgresCheck, *rows: dict[str, Any], **thresholds: float) -> Measurement:
    return check.judge(Answer(rows=rows), {**check.defaults, **thresholds})


def counted(deadlocks: int, hours: float, *, known: bool = True, gib: float = 0) -> dict[str, Any]:
    spilt = {"temp_files": 1 if gib else 0, "temp_bytes": int(gib * 2**30)}
    return {"deadlocks": deadlocks, "known": known, "since_s": hours * 3600} | spilt


def slot(kept_mib: float | None, status: str = "extended", *, active: bool = False) -> dict[str, Any]:
    kept = None if kept_mib is None else kept_mib * 2**20
    return {"slot": "standby_b", "type": "physical", "active": active, "wal_status": status, "kept_bytes": kept}


@pytest.mark.parametrize(
    ("deadlocks", "hours", "verdict"),
    [
        (9, 10, Verdict.OK),
        (10, 10, Verdict.WARN),
        (200, 10, Verdict.CRITICAL),
        # A minute after the reset, one is not yet sixty an hour.
        (1, 1 / 60, Verdict.WARN),
    ],
)
def test_deadlocks_are_judged_by_the_hour(deadlocks: int, hours: float, verdict: Verdict) -> None:
    assert judge(DEADLOCKS, counted(deadlocks, hours)).verdict is verdict


def test_deadlocks_of_an_unknown_time_are_no_data_unless_they_are_few_at_the_most() -> None:
    assert judge(DEADLOCKS, counted(1, 10, known=False)).verdict is Verdict.OK
    found = judge(DEADLOCKS, counted(500, 10, known=False))
    assert (found.verdict, found.value) == (Verdict.NO_DATA, None)
    assert "an hour" not in found.explanation
    assert "pg_stat_reset" in found.next_step


def test_deadlocks_and_files_that_spill_are_told_together_and_the_deadlocks_weigh_more() -> None:
    spilt = judge(DEADLOCKS, counted(0, 1, gib=10))
    assert (spilt.verdict, "work_mem" in spilt.next_step) == (Verdict.WARN, True)
    both = judge(DEADLOCKS, counted(20, 1, gib=10))
    assert (both.verdict, "deadlock detected" in both.next_step) == (Verdict.CRITICAL, True)


@pytest.mark.parametrize(("dead", "verdict"), [(1999, Verdict.OK), (2000, Verdict.WARN), (9000, Verdict.WARN)])
def test_a_fifth_of_dead_rows_is_a_warning(dead: int, verdict: Verdict) -> None:
    row = {"name": "booking", "live": 10_000 - dead, "dead": dead, "vacuum_s": 7200.0}
    found = judge(DEAD_ROWS, row)
    assert found.verdict is verdict
    assert found.explanation.endswith("it was vacuumed 2.0 h ago.")


def test_small_tables_may_be_full_of_dead_rows() -> None:
    assert judge(DEAD_ROWS, {"name": "tiny", "live": 1, "dead": 9000, "vacuum_s": None}).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("days", "dead", "verdict"),
    [(29, 10_000, Verdict.OK), (30, 10_000, Verdict.WARN), (30, 9_999, Verdict.OK), (None, 10_000, Verdict.OK)],
)
def test_many_dead_rows_that_no_vacuum_came_for_in_a_month_are_a_warning(
    days: int | None, dead: int, verdict: Verdict
) -> None:
    ago = None if days is None else days * 86_400.0
    found = judge(DEAD_ROWS, {"name": "archive", "live": 10_000_000, "dead": dead, "vacuum_s": ago})
    assert found.verdict is verdict
    assert ("archive has 10000 and was last vacuumed 30 days ago." in found.explanation) == (verdict is Verdict.WARN)
    assert ("autovacuum leaves it out" in found.next_step) == (verdict is Verdict.WARN)


def test_the_table_with_the_largest_dead_part_is_named_and_not_the_largest_table() -> None:
    large = {"name": "large", "live": 900_000, "dead": 100_000, "vacuum_s": None}
    swollen = {"name": "swollen", "live": 10_000, "dead": 10_000, "vacuum_s": None}
    found = judge(DEAD_ROWS, large, swollen)
    assert found.value == 50
    assert "VACUUM (ANALYZE) swollen" in found.next_step


@pytest.mark.parametrize(
    ("live", "whole", "by_index", "verdict"),
    [
        (100_000, 100, 100, Verdict.WARN),
        (100_000, 100, 101, Verdict.OK),
        (99_999, 1000, 0, Verdict.OK),
        (100_000, 99, 0, Verdict.OK),
    ],
)
def test_reading_a_big_table_as_a_whole_often_is_a_warning(
    live: int, whole: int, by_index: int, verdict: Verdict
) -> None:
    row = {"name": "booking", "live": live, "whole": whole, "by_index": by_index}
    assert judge(SCANS, row).verdict is verdict


def test_an_unused_index_is_listed_when_it_is_big_and_never_warns() -> None:
    index = {"name": "i", "table": "t", "valid": True, "bytes": 10 * 2**20}
    assert judge(INDEXES, index).verdict is Verdict.OK
    assert "1 big one of 10 MiB together never used" in judge(INDEXES, index).explanation
    assert judge(INDEXES, index | {"bytes": 2**20}).rows is None
    assert judge(INDEXES, index | {"bytes": 0, "valid": False}).verdict is Verdict.WARN


@pytest.mark.parametrize(
    ("kept", "verdict"), [(1023, Verdict.OK), (1024, Verdict.WARN), (10_240, Verdict.CRITICAL), (None, Verdict.OK)]
)
def test_a_slot_is_judged_by_the_log_that_it_holds_back(kept: float | None, verdict: Verdict) -> None:
    assert judge(SLOTS, slot(kept)).verdict is verdict


def test_a_slot_whose_log_is_gone_is_a_warning() -> None:
    found = judge(SLOTS, slot(None, "lost"))
    assert found.verdict is Verdict.WARN
    assert "standby_b" in found.next_step


def test_what_to_do_about_a_slot_depends_on_whether_somebody_reads_it() -> None:
    assert judge(SLOTS, slot(2000)).next_step.startswith("Nobody reads it: ")
    assert judge(SLOTS, slot(2000, active=True)).next_step.startswith("Mend its reader, ")


def setting(name: str, value: str, unit: str | None = None) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit}


WELL_SET = (
    *(
        setting(name, "on")
        for name in ("autovacuum", "fsync", "full_page_writes", "synchronous_commit", "track_counts")
    ),
    setting("idle_in_transaction_session_timeout", "60000", "ms"),
    setting("statement_timeout", "60000", "ms"),
    setting("max_connections", "100"),
    setting("work_mem", "4096", "kB"),
    setting("shared_buffers", "131072", "8kB"),
)


def test_settings_without_teeth_are_not_spoken_of() -> None:
    found = judge(SETTINGS, *WELL_SET)
    assert (found.verdict, found.explanation) == (Verdict.OK, "Nothing that protects the data is off.")
    assert found.rows is not None
    assert ("work_mem", "4096 kB") in found.rows.rows


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (setting("statement_timeout", "0", "ms"), "No statement_timeout is set"),
        (setting("idle_in_transaction_session_timeout", "0", "ms"), "No idle_in_transaction_session_timeout is set"),
        (setting("synchronous_commit", "off"), "a crash loses what was committed in its last moments"),
        (setting("max_connections", "501"), "Up to 501 sessions may sort in 2.0 GiB of work_mem together"),
        (setting("work_mem", "131072", "kB"), "beside 1.0 GiB of shared_buffers"),
    ],
)
def test_settings_that_may_be_meant_so_are_said_and_no_warning(changed: dict[str, Any], said: str) -> None:
    found = judge(SETTINGS, *(each for each in WELL_SET if each["name"] != changed["name"]), changed)
    assert found.verdict is Verdict.OK
    assert said in found.explanation


def test_a_setting_that_may_lose_the_database_is_a_warning() -> None:
    found = judge(SETTINGS, *WELL_SET[2:], setting("fsync", "off"), setting("autovacuum", "off"))
    assert (found.verdict, found.value) == (Verdict.WARN, 2)
    assert found.explanation.startswith("Fsync is off, so that a crash can destroy the database; autovacuum is off, ")
    assert "SET fsync = on" in found.next_step


@pytest.mark.parametrize(("taken", "verdict"), [(7, Verdict.OK), (8, Verdict.WARN), (10, Verdict.WARN)])
def test_the_pool_warns_where_the_server_has_plenty_left(taken: int, verdict: Verdict) -> None:
    row = {"max_connections": 103, "reserved": 3, "connections": taken, "state": "idle", "database": "shop"}
    found = judge_connections(
        Answer(rows=[row | {"role": "shop", "application": "web"}]),
        {"connections_warn_percent": 80, "connections_crit_percent": 95},
        pool=10,
    )
    assert found.verdict is verdict
    assert f"The pool of 10 has {taken} taken" in found.explanation


def counted_statement(calls: int, mean_ms: float, query: str = "SELECT $1", **more: Any) -> dict[str, Any]:
    row = {"calls": calls, "mean_ms": mean_ms, "total_ms": calls * mean_ms, "share": 50.0, "since_s": 7200.0}
    return row | {"query": query} | more


@pytest.mark.parametrize(
    ("version", "asks"),
    [
        ("1.7", "mean_time AS mean_ms"),
        ("1.8", "mean_exec_time AS mean_ms"),
        ("1.8", "- NULL::timestamptz)"),
        ("1.9", "- (SELECT stats_reset FROM public.pg_stat_statements_info))"),
        ("1.10", "- (SELECT stats_reset FROM public.pg_stat_statements_info))"),
        ("1.11", "- stats_since)"),
        ("1.12", "- stats_since)"),
        ("1.12", "total_exec_time AS total_ms"),
    ],
)
def test_each_version_of_pg_stat_statements_is_asked_for_the_columns_that_it_has(version: str, asks: str) -> None:
    assert asks in statement(version, "public", 20)


@pytest.mark.parametrize(
    ("calls", "mean", "verdict"),
    [(20, 999, Verdict.OK), (20, 1000, Verdict.WARN), (20, 10_000, Verdict.CRITICAL), (19, 10_000, Verdict.OK)],
)
def test_a_statement_is_judged_by_its_mean_once_it_was_called_often(calls: int, mean: float, verdict: Verdict) -> None:
    found = judge_counted(Answer([counted_statement(calls, mean)]), SLOWEST.defaults, "asked")
    assert (found.verdict, found.ran) == (verdict, "asked")
    assert bool(found.next_step) == (verdict is not Verdict.OK)


def test_the_slowest_and_the_most_costly_statement_are_both_named_by_their_shape() -> None:
    costly = counted_statement(9_000_000, 2, "SELECT * FROM booking WHERE mail = 'jane@example.com'", share=80.0)
    found = judge_counted(Answer([counted_statement(30, 1500), costly]), SLOWEST.defaults, "")
    assert found.explanation == (
        "By pg_stat_statements of the last 2.0 h, the slowest of those that were called 20 times or more takes 1.5 s "
        "on average: SELECT $1. The most time went into SELECT * FROM booking WHERE mail = ?: 80 % of all."
    )
    assert judge_counted(Answer([]), SLOWEST.defaults, "").explanation == (
        "By pg_stat_statements, no statement was called 20 times."
    )


@pytest.mark.parametrize(
    ("version", "loaded", "advice"),
    [
        (None, False, "restart Postgres; then run CREATE EXTENSION pg_stat_statements in this database."),
        (None, True, "before: run CREATE EXTENSION pg_stat_statements in this database."),
        ("1.10", False, "add pg_stat_statements to shared_preload_libraries and restart Postgres."),
    ],
)
def test_how_to_switch_the_counting_on_is_said_by_what_is_missing_and_is_no_warning(
    version: str | None, advice: str, *, loaded: bool
) -> None:
    found = judge_present(Answer([]), {"version": version, "schema": None, "loaded": loaded}, "")
    assert (found.verdict, found.value) == (Verdict.OK, 0)
    assert found.next_step.endswith(advice)


def test_what_runs_now_is_no_data_where_all_is_hidden() -> None:
    extension = {"version": None, "schema": None, "loaded": False}
    assert judge_present(Answer([{"hidden": True, "state": None}]), extension, "").verdict is Verdict.NO_DATA

"""The judges of slow trouble: what an answer means, without a database."""

from typing import Any

import pytest

from bot.diagnostics.checks.postgres.check import Answer, PostgresCheck
from bot.diagnostics.checks.postgres.connections import judge_connections
from bot.diagnostics.checks.postgres.deadlocks import DEADLOCKS
from bot.diagnostics.checks.postgres.settings import SETTINGS
from bot.diagnostics.checks.postgres.slots import SLOTS
from bot.diagnostics.checks.postgres.upkeep import INDEXES, SCANS, TABLES
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
    found = judge(TABLES, row)
    assert found.verdict is verdict
    assert found.explanation.endswith("it was vacuumed 2.0 h ago.")


def test_small_tables_may_be_full_of_dead_rows() -> None:
    assert judge(TABLES, {"name": "tiny", "live": 1, "dead": 9000, "vacuum_s": None}).verdict is Verdict.OK


def test_the_table_with_the_largest_dead_part_is_named_and_not_the_largest_table() -> None:
    large = {"name": "large", "live": 900_000, "dead": 100_000, "vacuum_s": None}
    swollen = {"name": "swollen", "live": 10_000, "dead": 10_000, "vacuum_s": None}
    found = judge(TABLES, large, swollen)
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


def test_no_statement_timeout_is_said_and_no_warning() -> None:
    good = [{"name": name, "value": "on"} for name in ("autovacuum", "fsync", "full_page_writes", "track_counts")]
    found = judge(SETTINGS, *good, {"name": "statement_timeout", "value": "0"})
    assert found.verdict is Verdict.OK
    assert "No statement_timeout is set" in found.explanation
    quiet = judge(SETTINGS, *good, {"name": "statement_timeout", "value": "60000"})
    assert quiet.explanation == "Nothing that protects the data is off."


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

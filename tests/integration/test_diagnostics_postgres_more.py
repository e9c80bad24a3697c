"""The checks for slow trouble, on databases that are made ill on purpose."""

import asyncio

import asyncpg
import pytest

from bot.diagnostics.result import Result, Verdict
from tests.support.sickness import connected
from tests.support.targets import a_target, asked, by_check, postgres

FLUSH = "SELECT pg_stat_force_next_flush()"


async def diagnose(url: str, **thresholds: float) -> dict[str, Result]:
    return by_check(await asked(postgres(url, **thresholds)))


async def test_a_deadlock_is_counted_by_the_hour(database: str) -> None:
    async with connected(database, "one") as one, connected(database, "two") as two:
        await one.execute("CREATE TABLE crossed AS SELECT n FROM generate_series(1, 2) AS n; SELECT pg_stat_reset()")
        for session, mine in ((one, 1), (two, 2)):
            await session.execute("SET deadlock_timeout = '10ms'; BEGIN")
            await session.execute(f"UPDATE crossed SET n = n WHERE n = {mine}")
        ends = await asyncio.gather(
            one.execute("UPDATE crossed SET n = n WHERE n = 2"),
            two.execute("UPDATE crossed SET n = n WHERE n = 1"),
            return_exceptions=True,
        )
        assert asyncpg.DeadlockDetectedError in {type(end) for end in ends}
        for session in (one, two):
            await session.execute("ROLLBACK")
            await session.execute(FLUSH)
        found = await diagnose(database)
        critical = await diagnose(database, deadlocks_crit_per_hour=1)
    assert found["deadlocks"].verdict is Verdict.WARN
    assert found["deadlocks"].value == 1
    assert found["deadlocks"].explanation.startswith("1 deadlock in ")
    assert "deadlock detected" in found["deadlocks"].next_step
    assert critical["deadlocks"].verdict is Verdict.CRITICAL


async def test_statements_that_spill_to_disk_are_a_warning(database: str) -> None:
    async with connected(database) as session:
        await session.execute("SELECT pg_stat_reset()")
        await session.execute("SET work_mem = '64kB'; SELECT n FROM generate_series(1, 50000) AS n ORDER BY -n")
        await session.execute(FLUSH)
        found = (await diagnose(database, temp_warn_gib_per_hour=0.0001))["deadlocks"]
        patient = (await diagnose(database))["deadlocks"]
    assert (found.verdict, patient.verdict) == (Verdict.WARN, Verdict.OK)
    assert "log_temp_files" in found.next_step


async def test_a_table_full_of_dead_rows_is_a_warning_that_names_it(database: str) -> None:
    async with connected(database) as session:
        await session.execute("CREATE TABLE booked AS SELECT n FROM generate_series(1, 12000) AS n")
        await session.execute("DELETE FROM booked WHERE n <= 3600")
        await session.execute(FLUSH)
        ill = (await diagnose(database))["tables"]
        await session.execute("VACUUM booked")
        await session.execute(FLUSH)
        well = (await diagnose(database))["tables"]
    assert ill.verdict is Verdict.WARN
    assert ill.value == 30
    assert ill.explanation == "30 % of the rows of booked are dead; it was never vacuumed."
    assert "VACUUM (ANALYZE) booked" in ill.next_step
    assert ill.rows is not None
    assert ill.rows.rows == (("booked", 8400, 3600, 30.0, None),)
    assert well.verdict is Verdict.OK


async def test_a_big_table_without_an_index_is_a_warning_until_it_has_one(database: str) -> None:
    few = {"scans_min_rows": 1000, "scans_min_count": 3}
    async with connected(database) as session:
        await session.execute("CREATE TABLE searched AS SELECT n FROM generate_series(1, 2000) AS n")
        for _ in range(3):
            await session.execute("SELECT FROM searched WHERE n = 7")
        await session.execute(FLUSH)
        ill = (await diagnose(database, **few))["scans"]
        patient = (await diagnose(database))["scans"]
        await session.execute("CREATE INDEX ON searched (n); ANALYZE searched")
        for _ in range(9):
            await session.execute("SELECT FROM searched WHERE n = 7")
        await session.execute(FLUSH)
        well = (await diagnose(database, **few))["scans"]
    assert (ill.verdict, patient.verdict, well.verdict) == (Verdict.WARN, Verdict.OK, Verdict.OK)
    assert ill.value == 100
    assert ill.explanation == "searched was read as a whole 3 times, 100 % of all."


async def test_an_index_that_could_not_be_built_is_a_warning_and_an_unused_one_is_listed(database: str) -> None:
    async with connected(database) as session:
        await session.execute("CREATE TABLE twice AS SELECT 1 AS n FROM generate_series(1, 2)")
        with pytest.raises(asyncpg.UniqueViolationError):
            await session.execute("CREATE UNIQUE INDEX CONCURRENTLY twice_n ON twice (n)")
        ill = (await diagnose(database))["indexes"]
        await session.execute("DROP INDEX twice_n")
        await session.execute("CREATE TABLE wide AS SELECT n FROM generate_series(1, 60000) AS n")
        await session.execute("CREATE INDEX wide_n ON wide (n)")
        listed = (await diagnose(database, unused_min_mib=1))["indexes"]
        small = (await diagnose(database))["indexes"]
    assert (ill.verdict, ill.value) == (Verdict.WARN, 1)
    assert "REINDEX INDEX CONCURRENTLY twice_n" in ill.next_step
    assert ill.rows is not None
    assert ill.rows.rows[0][:3] == ("twice_n", "twice", "invalid")
    assert listed.verdict is Verdict.OK
    assert listed.rows is not None
    assert [row[:3] for row in listed.rows.rows] == [("wide_n", "wide", "never used")]
    assert small.rows is None


async def test_a_server_that_trades_safety_for_speed_is_a_warning(database: str) -> None:
    found = (await diagnose(database))["settings"]
    assert (found.verdict, found.value) == (Verdict.WARN, 3)
    assert found.explanation.startswith("Fsync is off, so that a crash can destroy the database; ")
    # The time-out of the diagnosis itself is not the one that other sessions have.
    assert "No statement_timeout is set" in found.explanation


async def test_the_pool_of_the_application_is_a_limit_of_its_own(database: str) -> None:
    async with connected(database, "pooled-shop"), connected(database, "pooled-shop"):
        pools = [
            by_check(await asked(a_target("postgres", {"DB": database}, url_from="DB", pool=pool), checks=None))[
                "connections"
            ]
            for pool in (1, 100_000)
        ]
    assert [found.verdict for found in pools] == [Verdict.WARN, Verdict.OK]
    assert "The pool of 1 has " in pools[0].explanation
    assert pools[0].threshold.endswith("; the pool: warn at 80 %")

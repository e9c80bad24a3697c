"""The slowest statements: as pg_stat_statements counts them where it is loaded, or those that run now."""

from collections.abc import Iterator

import pytest

from bot.diagnostics.checks.postgres.slowest import EXTENSION
from bot.diagnostics.checks.postgres.statements import SESSIONS
from bot.diagnostics.result import Result, Verdict
from tests.support.contrib import counting_postgres
from tests.support.sickness import connected, running
from tests.support.targets import asked, by_check, postgres

FAST = {"slow_mean_warn_ms": 5, "slow_mean_crit_ms": 5000, "slow_min_calls": 3}


@pytest.fixture(scope="module")
def counting() -> Iterator[str]:
    with counting_postgres() as url:
        yield url


async def slowest(url: str, **thresholds: float) -> Result:
    return by_check(await asked(postgres(url, **thresholds)))["slowest"]


async def test_without_the_extension_what_runs_now_is_shown_and_how_to_switch_it_on(database: str) -> None:
    async with running(database, "report", "SELECT pg_sleep(600), 'jane@example.com' AS secret"):
        found = await slowest(database)
    assert found.verdict is Verdict.OK
    assert found.explanation.startswith("Without pg_stat_statements, by what runs now: the longest of ")
    assert found.next_step == (
        "To see what was slow before: add pg_stat_statements to shared_preload_libraries and restart Postgres; "
        "then run CREATE EXTENSION pg_stat_statements in this database."
    )
    assert found.rows is not None
    assert "SELECT pg_sleep(?), ? AS secret" in {row[-1] for row in found.rows.rows}
    assert found.ran == f"{EXTENSION};\n{SESSIONS}"


@pytest.mark.parametrize("version", ["1.4", "1.8", "1.10"])
async def test_each_version_of_the_extension_names_the_slow_statement_by_its_shape(counting: str, version: str) -> None:
    async with connected(counting) as session:
        loaded = await slowest(counting)
        await session.execute('CREATE SCHEMA "Odd one"')
        await session.execute(f'CREATE EXTENSION pg_stat_statements SCHEMA "Odd one" VERSION "{version}"')
        try:
            await session.execute('SELECT "Odd one".pg_stat_statements_reset()')
            for _ in range(3):
                await session.execute("SELECT pg_sleep(0.01), 'jane@example.com' AS secret")
            for _ in range(4):
                await session.execute("SELECT 1 AS quick")
            warned = await slowest(counting, **FAST)
            critical = await slowest(counting, **FAST | {"slow_mean_crit_ms": 6})
            seldom = await slowest(counting, **FAST | {"slow_min_calls": 4})
        finally:
            await session.execute('DROP SCHEMA "Odd one" CASCADE')
    assert loaded.next_step == "To see what was slow before: run CREATE EXTENSION pg_stat_statements in this database."
    assert (warned.verdict, critical.verdict, seldom.verdict) == (Verdict.WARN, Verdict.CRITICAL, Verdict.OK)
    assert warned.value is not None
    assert 10 <= warned.value < 5000
    since = " of the last " if version == "1.10" else ","
    assert warned.explanation.startswith(f"By pg_stat_statements{since}")
    assert "SELECT pg_sleep($1), $2 AS secret" in warned.explanation
    assert "jane" not in str(warned)
    assert warned.rows is not None
    assert warned.rows.rows[0][:2] == ("SELECT pg_sleep($1), $2 AS secret", 3)
    assert '"Odd one".pg_stat_statements' in warned.ran
    assert "EXPLAIN" in warned.next_step


async def test_a_role_that_may_not_read_it_is_an_error_of_this_check_alone(counting: str) -> None:
    async with connected(counting) as session:
        await session.execute("CREATE SCHEMA closed; CREATE EXTENSION pg_stat_statements SCHEMA closed")
        await session.execute("CREATE ROLE outsider LOGIN")
        try:
            report = await asked(postgres(counting.replace("postgres@", "outsider@")))
        finally:
            await session.execute("DROP SCHEMA closed CASCADE; DROP ROLE outsider")
    found = by_check(report)
    assert found["slowest"].verdict is Verdict.ERROR
    assert "Grant the diagnostic role" in found["slowest"].next_step
    assert [result.check for result in report.results if result.verdict is Verdict.ERROR] == ["slowest"]

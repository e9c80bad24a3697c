"""The Postgres checks against a real server that is made ill on purpose."""

import asyncio
import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

from bot.diagnostics.checks.postgres import POSTGRES_CHECKS
from bot.diagnostics.checks.postgres.check import Answer, PostgresCheck
from bot.diagnostics.checks.postgres.session import APPLICATION_NAME, PostgresSession
from bot.diagnostics.kind import SessionLost
from bot.diagnostics.result import Report, Result, Verdict
from bot.store.embedded import EmbeddedPostgres
from tests.support.databases import REPOSITORY
from tests.support.sickness import chain_of_locks, connected, running, until
from tests.support.targets import NOW, asked, by_check, postgres

MAX_CONNECTIONS = 15
ORDINARY_CONNECTIONS = 12  # Postgres keeps three for superusers


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server of its own: its illnesses are nobody else's. The role `locked` needs a password, `ordinary` none."""
    # Not under pytest's own folder: every further run closes that to the user that root's Postgres runs as.
    with (
        tempfile.TemporaryDirectory(prefix="muster-pg-") as folder,
        asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner,
    ):
        directory = Path(folder)
        postgres = EmbeddedPostgres(max_connections=MAX_CONNECTIONS)  # a fast one has settings that bite
        runner.run(postgres.start(directory))
        runner.run(postgres.stop())
        rules = directory / "postgres" / "pg_hba.conf"
        rules.write_text("local all locked scram-sha-256\n" + rules.read_text())
        url = runner.run(postgres.start(directory))
        runner.run(_roles(url))
        yield url
        runner.run(postgres.stop())


async def _roles(url: str) -> None:
    async with connected(url) as connection:
        await connection.execute("CREATE ROLE ordinary LOGIN; CREATE ROLE locked LOGIN PASSWORD 'right'")


@pytest.fixture(autouse=True)
async def calm(server: str) -> None:
    """Lets the sessions of the test before end: a server notices only after a moment that a client hung up."""
    await until(
        server,
        "SELECT NOT EXISTS (SELECT FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())",
    )


def as_role(url: str, login: str) -> str:
    return urlunsplit(urlsplit(url)._replace(netloc=f"{login}@"))


async def diagnose(url: str, **thresholds: float) -> dict[str, Result]:
    return by_check(await asked(postgres(url, **thresholds)))


async def test_a_well_database_is_ok_and_every_result_quotes_its_evidence(server: str) -> None:
    async with connected(server) as connection:
        await connection.execute("SELECT count(*) FROM generate_series(1, 300) AS n, pg_class")
        for _ in range(30):
            await connection.execute("SET enable_indexscan = off; SELECT count(*) FROM pg_proc AS a, pg_class AS b")
        await connection.execute("SELECT pg_stat_force_next_flush()")
    report = await asked(postgres(server, cache_min_blocks=100, cache_warn_percent=10, cache_crit_percent=5))

    assert {result.check: result.verdict for result in report.results} == {
        check.name: Verdict.OK for check in POSTGRES_CHECKS
    }
    assert report.verdict is Verdict.OK
    assert report.findings == ()
    assert report.started_at == NOW
    for result, check in zip(report.results, POSTGRES_CHECKS, strict=True):
        assert result.ran.startswith(check.ran)
        assert result.against == report.against
        assert result.took_ms > 0
        assert result.threshold
        assert result.explanation.endswith(".")
        assert result.value is not None


async def test_connections_near_their_limit_are_seen_with_their_holder(server: str) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(ORDINARY_CONNECTIONS - 1):
            await stack.enter_async_context(connected(as_role(server, "ordinary"), "shop-web"))
        found = (await diagnose(server))["connections"]
        assert found.verdict is Verdict.WARN
        assert found.explanation.startswith("11 of 12 usable connections taken (92 %): ")
        assert "“shop-web” holds 11" in found.next_step
        assert found.rows is not None
        assert found.rows.rows[0] == (11, "idle", "ordinary", "shop-web", "postgres")


async def test_exhausted_connections_are_critical_even_when_the_diagnosis_itself_is_refused(server: str) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(ORDINARY_CONNECTIONS):
            await stack.enter_async_context(connected(as_role(server, "ordinary"), "shop-web"))
        inside = await diagnose(server)
        outside = await diagnose(as_role(server, "ordinary"))
    assert inside["reachability"].verdict is Verdict.OK
    assert inside["connections"].verdict is Verdict.CRITICAL
    assert outside["reachability"].verdict is Verdict.CRITICAL
    assert outside["connections"].verdict is Verdict.CRITICAL
    assert outside["locks"].verdict is Verdict.NO_DATA


async def test_a_chain_of_locks_three_deep_is_drawn_with_its_root(server: str) -> None:
    async with chain_of_locks(server, ["migration", "api", "worker", "report"]):
        found = await diagnose(server, idle_in_transaction_warn_s=0)
        calm = await diagnose(server, blocked_crit_count=3)
        facts = found["locks"].facts
        async with connected(server) as doctor:
            session = "SELECT application_name FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2"
            ended = await doctor.fetchval(session, int(facts["pid"]), datetime.fromisoformat(facts["started"]))
    locks = found["locks"]
    assert (ended, facts["blocks"]) == ("migration", "3")
    assert found["idle_in_transaction"].facts == facts
    assert locks.verdict is Verdict.WARN
    assert calm["locks"].verdict is Verdict.CRITICAL
    assert locks.value == 3
    assert re.match(
        r"3 sessions blocked, 3 deep, for up to [\d.]+ s; at the root stands pid \d+ \(migration\), idle in ",
        locks.explanation,
    )
    assert locks.rows is not None
    tree = [(str(row[0]), row[5]) for row in locks.rows.rows]
    assert [application for _, application in tree] == ["migration", "api", "worker", "report"]
    assert [re.sub(r"\d+", "pid", drawn) for drawn, _ in tree] == [
        "pid",
        "    └ pid",
        "        └ pid",
        "            └ pid",
    ]
    root = tree[0][0]
    assert f"pg_terminate_backend({root})" in locks.next_step
    assert all("UPDATE chained SET n = n WHERE n = ?" in str(row[7]) for row in locks.rows.rows[1:])
    assert found["idle_in_transaction"].verdict is Verdict.WARN
    assert f"pid {root}" in found["idle_in_transaction"].explanation
    assert (await diagnose(server))["locks"].verdict is Verdict.OK


async def test_a_slot_that_holds_the_log_back_is_seen(server: str) -> None:
    async with connected(server) as connection:
        await connection.execute("SELECT pg_create_physical_replication_slot('standby_b', true)")
        try:
            await connection.execute("CREATE TABLE written AS SELECT repeat('x', 500) FROM generate_series(1, 4000)")
            found = (await diagnose(server, slots_crit_mib=1))["slots"]
        finally:
            await connection.execute("SELECT pg_drop_replication_slot('standby_b'); DROP TABLE IF EXISTS written")
    assert found.verdict is Verdict.CRITICAL
    assert found.explanation.startswith("1 slot, 1 without a reader; ")
    assert "pg_drop_replication_slot('standby_b')" in found.next_step
    assert found.rows is not None
    assert found.rows.rows[0][:3] == ("standby_b", "physical", "false")
    assert (await diagnose(server))["slots"].verdict is Verdict.OK


async def test_a_long_statement_is_seen_without_its_data(server: str) -> None:
    async with running(server, "report", "SELECT pg_sleep(600), 'jane@example.com' AS secret"):
        warned = (await diagnose(server, long_statement_warn_s=0.001))["long_statements"]
        critical = (await diagnose(server, long_statement_crit_s=0.001))["long_statements"]
        patient = (await diagnose(server))["long_statements"]
    assert [each.verdict for each in (warned, critical, patient)] == [Verdict.WARN, Verdict.CRITICAL, Verdict.OK]
    assert warned.rows is not None
    [row] = warned.rows.rows
    assert row[4:] == ("report", "postgres", "Timeout: PgSleep", "SELECT pg_sleep(?), ? AS secret")
    assert f"pg_cancel_backend({row[0]})" in warned.next_step


async def test_another_diagnosis_is_not_looked_at(server: str) -> None:
    async with running(server, APPLICATION_NAME, "SELECT pg_sleep(600)"):
        found = await diagnose(server, long_statement_warn_s=0.001)
    assert found["long_statements"].explanation == "No statement is running besides this one."
    assert found["long_statements"].facts == {}


async def test_a_session_that_idles_in_a_transaction_is_seen(server: str) -> None:
    async with connected(server, "forgotten") as connection:
        await connection.execute("BEGIN; SELECT 1")
        found = (await diagnose(server, idle_in_transaction_crit_s=0))["idle_in_transaction"]
    assert found.verdict is Verdict.CRITICAL
    assert found.rows is not None
    assert found.rows.rows[0][4] == "forgotten"


async def test_a_role_that_sees_only_itself_gets_no_data_until_the_documented_grant(server: str) -> None:
    page = (REPOSITORY / "docs" / "diagnostics.md").read_text()
    [grant] = re.findall(r"```sql\n(.*?CREATE ROLE muster_diag.*?)```", page, re.DOTALL)
    url = as_role(server, "muster_diag")
    async with running(server, "report", "SELECT pg_sleep(600)"), connected(server) as admin:
        await admin.execute("CREATE ROLE muster_diag LOGIN")
        blind = await diagnose(url, long_statement_warn_s=0.001)
        await admin.execute("DROP ROLE muster_diag")
        await admin.execute(grant.replace("DATABASE shop", "DATABASE postgres"))
        seeing = await asked(postgres(url, long_statement_warn_s=0.001))
    assert blind["long_statements"].verdict is Verdict.NO_DATA
    assert "pg_monitor" in blind["long_statements"].next_step
    assert re.search(r"usable connections taken \(\d+ %\): \d hidden", blind["connections"].explanation)
    assert by_check(seeing)["long_statements"].verdict is Verdict.WARN
    assert Verdict.ERROR not in {result.verdict for result in seeing.results}


async def test_a_wrong_password_is_an_error_and_is_not_shown(server: str) -> None:
    report = await asked(postgres(as_role(server, "locked:wrong")))
    first, *others = report.results
    assert first.verdict is Verdict.ERROR
    assert first.next_step == "Check user and password in MUSTER_DIAG_DB_URL."
    assert {result.verdict for result in others} == {Verdict.NO_DATA}
    assert "wrong" not in str(report.to_dict())
    assert by_check(await asked(postgres(as_role(server, "locked:right"))))["reachability"].verdict is Verdict.OK


async def test_a_database_that_does_not_exist_is_named(server: str) -> None:
    report = await asked(postgres(urlunsplit(urlsplit(server)._replace(path="/nowhere"))))
    assert report.results[0].verdict is Verdict.ERROR
    assert '"nowhere" does not exist' in report.results[0].explanation


async def test_a_check_that_fails_or_runs_out_of_time_does_not_stop_the_others(server: str) -> None:
    first, *_, last = POSTGRES_CHECKS
    broken = replace(first, name="broken", ran="SELECT nonsense")
    slow = replace(first, name="slow", ran="SELECT pg_sleep(600)")
    odd = replace(first, name="odd", ran="SELECT 1 AS unexpected")
    found = by_check(await asked(postgres(server, timeout_s=3), checks=(first, broken, slow, odd, last)))
    assert {name: result.verdict for name, result in found.items()} == {
        "reachability": Verdict.OK,
        "broken": Verdict.ERROR,
        "slow": Verdict.ERROR,
        "odd": Verdict.ERROR,
        last.name: Verdict.OK,
    }
    assert 'column "nonsense" does not exist' in found["broken"].explanation
    assert "statement time-out" in found["slow"].explanation


async def test_what_the_time_does_not_suffice_for_is_no_data(server: str) -> None:
    first, *_, last = POSTGRES_CHECKS
    slow = replace(first, name="slow", ran="SELECT pg_sleep(600)")
    report = await asked(postgres(server, timeout_s=0.3), checks=(first, slow, slow, slow, slow, last))
    assert report.results[0].verdict is Verdict.OK
    assert report.results[1].verdict is Verdict.ERROR
    assert report.results[-1].verdict is Verdict.NO_DATA
    assert report.took_ms < 3000


async def test_a_connection_that_breaks_in_the_middle_is_told(server: str) -> None:
    session = await PostgresSession.open(server, timeout_s=5)
    with pytest.raises(SessionLost):
        await session.ask("SELECT pg_terminate_backend(pg_backend_pid())")
    await session.close()

    first, *_, last = POSTGRES_CHECKS
    broken = replace(first, name="broken", ran="SELECT pg_terminate_backend(pg_backend_pid())")
    report = await asked(postgres(server), checks=(first, broken, last))
    # They are asked together, and the first speaks for the connection.
    assert [result.verdict for result in report.results] == [Verdict.CRITICAL, Verdict.NO_DATA, Verdict.NO_DATA]
    assert report.results[1].explanation == "Not run: the connection was lost during an earlier check."


async def test_a_report_that_was_kept_in_postgres_still_has_its_digest(server: str) -> None:
    async with chain_of_locks(server, ["migration", "api"]):
        report = await asked(postgres(server))
    async with connected(server) as connection:
        kept = await connection.fetchval("SELECT $1::jsonb::text", json.dumps(report.to_dict()))
    again = Report.from_dict(json.loads(kept))
    assert again == report
    assert again.digest() == report.digest()


async def test_names_from_outside_are_redacted_wherever_they_are_shown(server: str) -> None:
    async with connected(server, "jane@example.com"):
        report = await asked(postgres(server, connections_warn_percent=1))
    assert "“***” holds 1" in by_check(report)["connections"].next_step
    assert "jane" not in str(report.to_dict())


async def test_the_check_that_the_documentation_writes_is_answered(server: str) -> None:
    page = await asyncio.to_thread(Path(REPOSITORY / "docs" / "diagnostics.md").read_text)
    names: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0], names)
    check: PostgresCheck = names["PREPARED"]
    async with connected(server) as connection:
        answer = Answer(rows=await connection.fetch(check.ran))
    assert check.judge(answer, check.defaults).verdict is Verdict.OK


async def test_the_documentation_names_every_check_and_threshold() -> None:
    page = await asyncio.to_thread(Path(REPOSITORY / "docs" / "kinds.md").read_text)
    for check in POSTGRES_CHECKS:
        assert f"| {check.title} (`{check.name}`) |" in page
        for name, value in check.defaults.items():
            assert f"`{name}` {value:g}" in page, name

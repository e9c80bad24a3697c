"""How a Postgres is asked: over one connection, many questions in one statement, and each safe from the others."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest

from bot.diagnostics.check import Thresholds
from bot.diagnostics.checks.postgres import POSTGRES_CHECKS
from bot.diagnostics.checks.postgres.check import Answer, NotAsked, PostgresCheck
from bot.diagnostics.checks.postgres.locks import LOCKS
from bot.diagnostics.checks.postgres.session import APPLICATION_NAME, PostgresSession
from bot.diagnostics.result import Measurement, Verdict
from tests.support.sickness import until
from tests.support.targets import asked, by_check, postgres

LATE = "SELECT pg_sleep(600)"
LIMITS = (
    "SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock, "
    "current_setting('transaction_read_only') AS read_only"
)


@pytest.fixture
async def session(postgres_server: str) -> AsyncIterator[PostgresSession]:
    opened = await PostgresSession.open(postgres_server, timeout_s=10, statement_timeout_ms=200)
    yield opened
    await opened.close()


def moment(number: int) -> str:
    return f"SELECT txid_current_if_assigned() IS NULL AS well, now()::text AS at, {number} AS number"


async def test_what_is_asked_at_the_same_time_comes_in_one_transaction(session: PostgresSession) -> None:
    answers = await asyncio.gather(*(session.ask_together(moment(number)) for number in range(5)))
    assert [answer.rows[0]["number"] for answer in answers] == list(range(5))
    assert len({answer.rows[0]["at"] for answer in answers}) == 1
    assert answers[0].round_trip_ms > 0
    later = await session.ask_together(moment(9))
    assert later.rows[0]["at"] > answers[0].rows[0]["at"]


async def test_a_question_that_many_have_is_asked_once(session: PostgresSession) -> None:
    one, other = await asyncio.gather(*(session.ask_together("SELECT random() AS n") for _ in range(2)))
    assert one.rows == other.rows == (await session.ask_together("SELECT random() AS n")).rows


async def test_one_that_is_wrong_and_one_that_is_slow_do_not_spoil_the_others(session: PostgresSession) -> None:
    good, wrong, slow, last = await asyncio.gather(
        *(session.ask_together(sql) for sql in (moment(1), "SELECT nonsense", LATE, moment(2))), return_exceptions=True
    )
    assert isinstance(wrong, asyncpg.UndefinedColumnError)
    assert isinstance(slow, asyncpg.QueryCanceledError)
    assert not isinstance(good, BaseException)
    assert not isinstance(last, BaseException)
    assert (good.rows[0]["number"], last.rows[0]["number"]) == (1, 2)


async def test_together_or_alone_every_statement_is_read_only_and_has_its_time_outs(session: PostgresSession) -> None:
    limits = {"statement": "200ms", "lock": "500ms", "read_only": "on"}
    together, _ = await asyncio.gather(session.ask_together(LIMITS), session.ask_together(moment(1)))
    assert together.rows == [limits]
    assert [dict(row) for row in (await session.ask(LIMITS)).rows] == [limits]
    for statement in ("SELECT nextval('x')", "SELECT 1) AS found)); CREATE TABLE x (); SELECT ((SELECT 1"):
        with pytest.raises(asyncpg.PostgresError):
            await session.ask_together(statement)
    assert [dict(row) for row in (await session.ask(LIMITS)).rows] == [limits]


async def test_who_has_no_turn_in_time_is_told_so(postgres_server: str) -> None:
    session = await PostgresSession.open(postgres_server, timeout_s=10, check_timeout_s=0.3, statement_timeout_ms=200)
    slow = [f"{LATE}, {number}" for number in range(4)]
    ends = await asyncio.gather(*(session.ask_together(sql) for sql in slow), return_exceptions=True)
    await session.close()
    assert isinstance(ends[-1], NotAsked)
    assert str(ends[-1]) in (
        "the time was used up by earlier checks",
        "the connection was lost during an earlier check",
    )


async def test_a_question_that_is_given_up_takes_its_connection_along(empty_database: str) -> None:
    session = await PostgresSession.open(empty_database, timeout_s=10)
    given_up = asyncio.ensure_future(session.ask_together(LATE))
    waits = asyncio.ensure_future(session.ask_together(moment(1)))
    await until(
        empty_database,
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep' "
        f"AND application_name = '{APPLICATION_NAME}')",
    )
    given_up.cancel()
    ends = await asyncio.gather(given_up, waits, return_exceptions=True)
    await session.close()
    assert isinstance(ends[0], asyncio.CancelledError)
    assert isinstance(ends[1], NotAsked)


async def test_the_whole_set_adds_one_connection(empty_database: str) -> None:
    def judge(answer: Answer, _thresholds: Thresholds) -> Measurement:
        return Measurement(verdict=Verdict.OK, value=answer.rows[0]["mine"], explanation="Counted.")

    counting = PostgresCheck(
        name="mine",
        title="Mine",
        ran="SELECT count(*) AS mine FROM pg_stat_activity "
        f"WHERE datname = current_database() AND application_name = '{APPLICATION_NAME}'",
        judge=judge,
    )
    found = by_check(await asked(postgres(empty_database), checks=(*POSTGRES_CHECKS, counting)))
    assert found["mine"].value == 1


async def test_a_forbidden_question_is_an_error_of_its_own(postgres_server: str) -> None:
    secret = replace(
        LOCKS, name="secret", ran="SELECT rolpassword FROM pg_authid WHERE pg_read_file('/etc/passwd') = ''"
    )
    nobody = postgres_server.replace("postgres@", "diag_nobody@")
    connection = await asyncpg.connect(postgres_server)
    await connection.execute("DROP ROLE IF EXISTS diag_nobody; CREATE ROLE diag_nobody LOGIN")
    try:
        found = by_check(await asked(postgres(nobody), checks=(POSTGRES_CHECKS[0], secret, LOCKS)))
    finally:
        await connection.execute("DROP ROLE diag_nobody")
        await connection.close()
    reachable, forbidden, locks = (each.verdict for each in found.values())
    assert (reachable, forbidden) == (Verdict.OK, Verdict.ERROR)
    # The server is shared: others may wait for one another just then.
    assert locks is not Verdict.ERROR
    assert "Grant the diagnostic role" in found["secret"].next_step


async def test_nothing_can_be_written(empty_database: str) -> None:
    session = await PostgresSession.open(empty_database, timeout_s=5)
    try:
        for statement in ("CREATE TABLE x ()", "COMMIT; CREATE TABLE x ()", "CREATE ROLE x"):
            with pytest.raises(asyncpg.PostgresError, match=r"read-only transaction|multiple commands"):
                await session.ask(statement)
        assert [dict(row) for row in (await session.ask("SELECT 1 AS one")).rows] == [{"one": 1}]
    finally:
        await session.close()


async def test_the_diagnosis_names_itself_and_limits_itself(empty_database: str) -> None:
    session = await PostgresSession.open(empty_database, timeout_s=5)
    try:
        answer = await session.ask(
            "SELECT current_setting('application_name'), current_setting('statement_timeout'), "
            "current_setting('lock_timeout'), current_setting('transaction_read_only')"
        )
    finally:
        await session.close()
    assert tuple(answer.rows[0].values()) == (APPLICATION_NAME, "3s", "500ms", "on")


async def test_a_diagnosis_leaves_no_connection_behind(empty_database: str) -> None:
    await asked(postgres(empty_database))
    await until(
        empty_database,
        "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() "
        f"AND application_name = '{APPLICATION_NAME}')",
    )

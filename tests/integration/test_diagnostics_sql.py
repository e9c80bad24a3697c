"""The questions that a pack writes down, against a real Postgres."""

import asyncio
from typing import Any

import pytest
from pydantic import ValidationError

from bot.diagnostics.result import Report, Result, Verdict
from bot.policy.targets.sql import SqlTarget
from tests.support.sickness import connected
from tests.support.targets import a_target, asked, by_check


async def ask(url: str | None, *queries: dict[str, Any], **more: Any) -> Report:
    return await asked(a_target("sql", {"SHOP_DB": url}, url_from="SHOP_DB", queries=queries, **more))


async def one(url: str, sql: str, **query: Any) -> Result:
    return by_check(await ask(url, {"name": "asked", "sql": sql, **query}))["asked"]


async def test_a_value_is_judged_by_its_limits(database: str) -> None:
    limits = {"warn": 5, "critical": 10, "unit": "letters", "next_step": "Post them."}
    report = await ask(
        database,
        {"name": "few", "sql": "SELECT 4.5", **limits},
        {"name": "some", "sql": "SELECT 5", **limits},
        {"name": "many", "sql": "SELECT 10000", "title": "Unsent", **limits},
        {"name": "told", "sql": "SELECT 3"},
    )
    found = by_check(report)
    assert [result.verdict for result in report.results] == [
        Verdict.OK,
        Verdict.OK,
        Verdict.WARN,
        Verdict.CRITICAL,
        Verdict.OK,
    ]
    assert found["few"].explanation == "It found 4.5 letters."
    assert found["many"].explanation == "It found 10,000 letters."
    assert found["many"].title == "Unsent"
    assert found["many"].threshold == "warn at 5 letters, critical at 10 letters"
    assert (found["many"].next_step, found["few"].next_step) == ("Post them.", "")
    assert found["told"].threshold == "none set"


async def test_rows_are_counted_shown_bounded_and_redacted(database: str) -> None:
    sql = "SELECT n AS id, 'jane@example.com' AS who FROM generate_series(1, 25) AS n ORDER BY n; -- all of them"
    found = await one(database, sql.replace(";", ""), of="rows", warn=25)
    assert (found.verdict, found.value, found.unit) == (Verdict.WARN, 25, "rows")
    assert found.rows is not None
    assert found.rows.columns == ("id", "who")
    assert found.rows.rows[0] == ("1", "***")
    assert (len(found.rows.rows), found.rows.left_out) == (20, 5)
    assert "FROM generate_series(1, 25)" in found.ran


async def test_a_million_rows_and_a_huge_cell_do_not_come(database: str) -> None:
    many = await one(database, "SELECT generate_series(1, 100000000)", of="rows", warn=1)
    assert many.value == 1000
    assert "1000 rows or more" in many.explanation
    huge = await one(database, "SELECT 1, repeat('x', 5000000) AS big;")
    assert huge.verdict is Verdict.OK
    assert len(str(huge)) < 3000


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("DELETE FROM booking", "syntax error"),
        ("WITH gone AS (DELETE FROM booking RETURNING 1) SELECT * FROM gone", "data-modifying"),
        ("SELECT nextval('numbers')", "read-only transaction"),
        ("SELECT 1; DROP TABLE booking", "syntax error"),
        ("SELECT 1) AS found; DROP TABLE booking; SELECT (1", "multiple commands"),
        ("SELECT 1) AS found; COMMIT; DROP TABLE booking --", "syntax error"),
        ("SELECT nothing", "does not exist"),
        ("SELECT 'many'", "no number"),
        ("SELECT 'NaN'::float8", "no number"),
    ],
)
async def test_what_is_no_reading_question_is_an_error_and_changes_nothing(database: str, sql: str, said: str) -> None:
    async with connected(database) as session:
        await session.execute("CREATE TABLE booking AS SELECT 1 AS n; CREATE SEQUENCE numbers")
        report = await ask(database, {"name": "bad", "sql": sql}, {"name": "good", "sql": "SELECT n FROM booking"})
    found = by_check(report)
    assert found["bad"].verdict is Verdict.ERROR
    assert said in found["bad"].explanation
    assert found["bad"].next_step
    assert (found["good"].verdict, found["good"].value) == (Verdict.OK, 1)


async def test_a_question_that_takes_too_long_is_stopped_and_the_next_is_asked(database: str) -> None:
    slow, quick = {"name": "slow", "sql": "SELECT 1, pg_sleep(60)"}, {"name": "quick", "sql": "SELECT 1"}
    found = by_check(await ask(database, slow, quick, timeout=2))
    assert found["slow"].verdict is Verdict.ERROR
    assert "statement time-out" in found["slow"].explanation
    assert found["quick"].verdict is Verdict.OK


@pytest.mark.parametrize("sql", ["SELECT NULL::int", "SELECT 1 WHERE false", "SELECT"])
async def test_an_answer_without_a_value_is_no_data(database: str, sql: str) -> None:
    assert (await one(database, sql, warn=1)).verdict is Verdict.NO_DATA


async def test_yes_and_no_are_one_and_nought(database: str) -> None:
    assert (await one(database, "SELECT true", critical=1)).verdict is Verdict.CRITICAL
    assert (await one(database, "SELECT false", critical=1)).verdict is Verdict.OK


async def test_a_server_that_is_not_there_or_not_named_is_a_result(database: str) -> None:
    refused = await ask("postgresql://shop:hush@127.0.0.1:1/shop", {"name": "asked", "sql": "SELECT 1"})
    assert [result.verdict for result in refused.results] == [Verdict.CRITICAL, Verdict.NO_DATA]
    assert refused.against == "postgresql://127.0.0.1:1/shop"
    unset = await ask(None, {"name": "asked", "sql": "SELECT 1"})
    assert unset.results[0].verdict is Verdict.ERROR
    assert "SHOP_DB" in unset.results[0].next_step
    nowhere = await ask(database.replace("/test_", "/no_"), {"name": "asked", "sql": "SELECT 1"})
    assert nowhere.results[0].verdict is Verdict.ERROR
    assert "hush" not in str(refused.to_dict())


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
async def test_a_server_that_hangs_or_talks_otherwise_is_critical_or_an_error(said: bytes) -> None:
    hung_up = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        if not said:
            await reader.read()
        writer.close()
        hung_up.set()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        url = f"postgresql://shop:hush@127.0.0.1:{port}/shop?sslmode=disable"
        report = await ask(url, {"name": "asked", "sql": "SELECT 1"}, timeout=0.3)
        await hung_up.wait()
    assert report.results[0].verdict in {Verdict.CRITICAL, Verdict.ERROR}
    assert report.results[1].verdict is Verdict.NO_DATA
    assert "hush" not in str(report.to_dict())


def rule(*queries: dict[str, Any]) -> SqlTarget:
    return SqlTarget.model_validate({"kind": "sql", "name": "it", "url_from": "SHOP_DB", "queries": queries})


@pytest.mark.parametrize(
    ("queries", "at"),
    [
        ([{"name": "reachability", "sql": "SELECT 1"}], ("queries", 0, "name")),
        ([{"name": "a", "sql": "SELECT 1"}, {"name": "a", "sql": "SELECT 2"}], ("queries", 1, "name")),
        ([{"name": "a", "sql": "SELECT 1", "warn": 2, "critical": 1}], ("queries", 0, "critical")),
        ([{"name": "a", "sql": "SELECT 1", "of": "rows", "warn": 1001}], ("queries", 0, "of")),
    ],
)
def test_a_question_that_cannot_be_is_told_where_it_stands(queries: list[dict[str, Any]], at: tuple[Any, ...]) -> None:
    assert [where for where, _ in rule(*queries).wrong()] == [at]


def test_a_target_without_a_question_is_refused() -> None:
    with pytest.raises(ValidationError):
        rule()

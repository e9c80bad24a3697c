"""Failed deliveries of webhooks: in a real table, and in JSON that a web server answers with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from bot.diagnostics.result import Report, Result, Verdict
from tests.support.ports import Flood, nobody, over_http, resets, serving, silent
from tests.support.sickness import connected
from tests.support.targets import NOW, a_target, asked, by_check
from tests.support.web import answering, saying

OK, WARN, CRITICAL, NO_DATA, ERROR = Verdict.OK, Verdict.WARN, Verdict.CRITICAL, Verdict.NO_DATA, Verdict.ERROR
PASSWORD = "hunter2-and-more"
SETTING = "MUSTER_DIAG_SHOP"

TABLE = """
CREATE TABLE delivery (failed_at timestamptz, url text, status int, error text);
CREATE SEQUENCE numbers;
"""
SELECT = "SELECT failed_at AS at, url AS endpoint, status, error FROM delivery"


async def ask(address: str | None, **section: Any) -> Report:
    settings = {SETTING: address, "MUSTER_TOKEN": PASSWORD}
    return await asked(a_target("webhooks", settings, url_from=SETTING, **section))


async def in_table(database: str, sql: str = SELECT, **section: Any) -> Result:
    return by_check(await ask(database, source="sql", sql=sql, **section))["deliveries"]


@asynccontextmanager
async def table(database: str) -> AsyncIterator[Any]:
    """A session in a database with a table for failed deliveries."""
    async with connected(database) as session:
        await session.execute(TABLE)
        yield session


@asynccontextmanager
async def listing(data: Any, status: int = 200) -> AsyncIterator[str]:
    """The address of a server that lists failed deliveries."""
    async with answering(saying(status, data)) as url:
        yield f"{url}/api/webhooks/failed"


async def in_json(data: Any, **section: Any) -> Result:
    async with listing(data) as url:
        report = await ask(url, source="json", **{"path": "$.failed", **section})
    return by_check(report)["deliveries"]


def failed(minutes: float, endpoint: str = "https://a.example/hook", **more: Any) -> dict[str, Any]:
    """A delivery that failed so many minutes before the run."""
    at = (NOW - timedelta(minutes=minutes)).isoformat()
    return {"at": at, "endpoint": endpoint, "status": 500, "error": "Internal Server Error", **more}


async def test_failures_in_a_table_are_grouped_by_endpoint_and_status_and_judged(database: str) -> None:
    async with table(database) as session:
        await session.execute(
            """
            INSERT INTO delivery
            SELECT now() - n * interval '1 min', 'https://a.example/hook', 503, 'upstream ' || n
            FROM generate_series(5, 40) AS n;
            INSERT INTO delivery VALUES
                (now() - interval '50 min', 'https://b.example/in?token=hunter2', 401, 'bad signature'),
                (now() - interval '3 min', 'https://a.example/hook', NULL, NULL),
                (now() - interval '2 h', 'https://c.example', 500, 'long ago'),
                (NULL, 'https://d.example', 200, NULL);
            """
        )
        report = await ask(database, source="sql", sql=f"{SELECT}; -- all".replace(";", ""), warn=5, critical=20)
        assert await session.fetchval("SELECT count(*) FROM delivery") == 40
    assert [result.verdict for result in report.results] == [OK, CRITICAL]
    found = by_check(report)["deliveries"]
    assert (found.value, found.unit, found.threshold) == (38, "failed", "warn at 5 failed, critical at 20 failed")
    assert found.explanation.startswith(
        "38 deliveries failed in the last 60 min, to 2 endpoints: the first 50 min ago (at "
    )
    assert ", the newest 3 min ago (at " in found.explanation or ", the newest 180 s ago" in found.explanation
    assert found.next_step.startswith("The receiver itself fails")
    assert found.rows is not None
    assert found.rows.columns == ("endpoint", "status", "failed", "newest", "its error")
    assert [(row[0], row[1], row[2], row[4]) for row in found.rows.rows] == [
        ("https://a.example/hook", "503", 36, "upstream 5"),
        ("https://a.example/hook", "(none)", 1, "(none)"),
        ("https://b.example/in", "401", 1, "bad signature"),
    ]
    assert "FROM delivery" in found.ran
    assert "interval '3600 seconds'" in found.ran
    assert "hunter2" not in str(report.to_dict())


async def test_a_table_without_failures_is_well(database: str) -> None:
    async with table(database):
        found = await in_table(database, within="15m")
    assert (found.verdict, found.value, found.next_step) == (OK, 0, "")
    assert found.explanation == "No delivery failed in the last 15 min."
    assert found.threshold == "warn at 1 failed"


async def test_a_time_without_any_other_column_will_do(database: str) -> None:
    found = await in_table(database, "SELECT (now() - interval '1 min')::text AS at", next_step="Ask Ann.")
    assert found.verdict is WARN
    assert found.explanation.startswith("1 delivery failed in the last 60 min, to 1 endpoint: the first 60 s ago (at ")
    assert found.next_step == "Ask Ann."
    assert found.rows is not None
    assert found.rows.rows[0][:3] == ("(none)", "(none)", 1)


async def test_of_many_failures_the_newest_thousand_are_read(database: str) -> None:
    sql = (
        "SELECT now() - n * interval '1 ms' AS at, 'e' || n % 50 AS endpoint, repeat('x', 2000) AS error "
        "FROM generate_series(1, 20000) AS n"
    )
    found = await in_table(database, sql, critical=1000)
    assert (found.verdict, found.value) == (CRITICAL, 1000)
    assert found.explanation.startswith(
        "1000 or more deliveries failed in the last 60 min, to 50 endpoints: the oldest of these"
    )
    assert found.rows is not None
    assert (len(found.rows.rows), found.rows.left_out) == (20, 30)
    assert len(str(found)) < 12_000


@pytest.mark.parametrize(
    ("sql", "says", "advice"),
    [
        ("SELECT failed_at FROM delivery", "its SELECT has no column `at`", "Name the time"),
        ("SELECT 7 AS at", "the column `at` of its SELECT is no time", "to_timestamp()"),
        ("SELECT 'soon' AS at", "the column `at` of its SELECT is no time", "to_timestamp()"),
        ("SELECT nothing AS at FROM delivery", "does not exist", "by hand"),
        ("SELECT now() AS at FROM nowhere", "does not exist", "by hand"),
        ("DELETE FROM delivery RETURNING failed_at AS at", "syntax error", "Write one single SELECT"),
        ("SELECT now() AS at, nextval('numbers')", "read-only transaction", "only reads"),
        ("SELECT now() AS at) AS found; DROP TABLE delivery; SELECT (1", "syntax error", "one single SELECT"),
    ],
)
async def test_what_is_no_question_about_failures_is_an_error(database: str, sql: str, says: str, advice: str) -> None:
    async with table(database):
        found = await in_table(database, sql)
    assert found.verdict is ERROR
    assert says in found.explanation
    assert advice in found.next_step


async def test_a_slow_question_is_stopped(database: str) -> None:
    found = await in_table(database, "SELECT now() AS at, pg_sleep(60)", timeout=0.9)
    assert found.verdict is ERROR
    assert "statement time-out" in found.explanation


async def test_a_postgres_that_is_not_there_or_not_named_is_a_result() -> None:
    gone = await ask(f"postgresql://shop:{PASSWORD}@127.0.0.1:{nobody()}/shop", source="sql", sql=SELECT)
    assert [result.verdict for result in gone.results] == [CRITICAL, NO_DATA]
    assert PASSWORD not in str(gone.to_dict())
    unset = await ask(None, source="sql", sql=SELECT)
    assert unset.results[0].explanation == f"{SETTING} is not set."


async def test_failures_in_json_are_judged_by_those_of_the_last_hour() -> None:
    entries = [failed(60.1), failed(59), failed(30, status="timeout"), failed(2, "https://b.example"), failed(1)]
    found = await in_json({"failed": entries}, critical=4)
    assert (found.verdict, found.value) == (CRITICAL, 4)
    assert found.explanation == (
        "4 deliveries failed in the last 60 min, to 2 endpoints: the first 59 min ago (at 2026-03-01 02:01:00 UTC), "
        "the newest 60 s ago (at 2026-03-01 02:59:00 UTC)."
    )
    assert found.rows is not None
    assert found.rows.rows[0] == (
        "https://a.example/hook",
        "500",
        2,
        "2026-03-01 02:59:00",
        "Internal Server Error",
    )
    assert found.ran.endswith("/api/webhooks/failed\n$.failed")


async def test_a_delivery_may_have_its_own_keys_and_its_depths() -> None:
    entry = {"when": NOW.timestamp() * 1000 - 60_000, "hook": {"url": "https://c.example"}, "tries": [{"code": 429}]}
    fields = {"at": "when", "endpoint": "$.hook.url", "status": "$.tries[-1].code"}
    found = await in_json([entry, 7], path="$", fields=fields)
    assert found.verdict is WARN
    assert found.explanation.endswith("UTC). 1 entry had no time that can be read.")
    assert found.next_step.startswith("The receiver is asked too often")
    assert found.rows is not None
    assert found.rows.rows == (("https://c.example", "429", 1, "2026-03-01 02:59:00", "(none)"),)


@pytest.mark.parametrize(
    ("data", "path", "verdict", "says"),
    [
        ({"failed": []}, "$.failed", OK, "No delivery failed in the last 60 min."),
        ({"all": [{"status": 200}]}, "$.all[?@.status >= 400]", OK, "No delivery failed in the last 60 min."),
        ({"all": []}, "$.all[?@.status >= 400]", OK, "No delivery failed in the last 60 min."),
        ({"error": "no"}, "$.all[?@.status >= 400]", ERROR, "there is nothing at $['all']"),
        ({}, "$.failed", ERROR, "there is nothing at $['failed']"),
        ({"failed": [{"at": "soon"}]}, "$.failed", ERROR, "1 entry had no time that can be read."),
        ({"failed": "none"}, "$.failed", ERROR, "1 entry had no time that can be read."),
        ({"failed": None}, "$.failed", OK, "No delivery failed in the last 60 min."),
        ({"failed": [failed(90), {}]}, "$.failed", ERROR, "1 entry had no time that can be read."),
    ],
)
async def test_an_empty_list_is_told_from_one_that_is_not_there(
    data: Any, path: str, verdict: Verdict, says: str
) -> None:
    found = await in_json(data, path=path)
    assert found.verdict is verdict
    assert says in found.explanation
    assert (found.next_step == "") is (verdict is OK)


async def test_what_receivers_are_and_say_is_shown_without_secrets_and_short() -> None:
    endpoint = f"https://ann:{PASSWORD}@hooks.example.com/services/T0AB1/B0CD2/aB3dE5fG7hI9jK1lM3nO5pQ7?sig=s3cr3t"
    error = f"POST {endpoint} said: Bearer {PASSWORD} of jane@example.com\n" + "x" * 5000
    found = await in_json({"failed": [failed(1, endpoint, status="x" * 500, error=error)]})
    assert found.rows is not None
    ((shown, status, _, _, said),) = found.rows.rows
    assert shown == "https://hooks.example.com/services/T0AB1/B0CD2/***"
    assert str(said).startswith("POST https://hooks.example.com/services/T0AB1/B0CD2/*** said: Bearer *** of *** xxx")
    assert (len(str(status)), len(str(said))) == (40, 160)
    for secret in (PASSWORD, "aB3dE5", "s3cr3t", "jane@"):
        assert secret not in str(found)


async def test_a_megabyte_of_failures_is_a_short_table() -> None:
    entries = [failed(1, f"https://{number % 30}.example", error="") for number in range(7000)]
    found = await in_json({"failed": entries})
    assert found.value == 1000
    assert found.rows is not None
    assert (len(found.rows.rows), found.rows.left_out) == (20, 10)


@pytest.mark.parametrize(
    ("body", "status", "verdict", "says"),
    [
        (b"<html>Welcome</html>", 200, ERROR, "What it answers is no JSON."),
        (b" " * (2 * 1024 * 1024), 200, ERROR, "longer than 1024 KiB"),
        (b"{}", 500, CRITICAL, "It answered 500 Internal Server Error."),
        (b"{}", 403, ERROR, "It refused the login: 403 Forbidden."),
    ],
)
async def test_an_answer_without_a_document_says_nothing_of_the_deliveries(
    body: bytes, status: int, verdict: Verdict, says: str
) -> None:
    async with listing(body, status) as url:
        report = await ask(url, source="json", path="$.failed", bearer_from="MUSTER_TOKEN")
    assert [result.verdict for result in report.results] == [verdict, NO_DATA]
    assert says in report.results[0].explanation
    assert PASSWORD not in str(report.to_dict())


async def test_a_server_that_hangs_resets_or_sends_200_megabytes_is_a_result() -> None:
    section = {"source": "json", "path": "$.failed"}
    async with serving(silent) as port:
        hangs = await ask(f"http://u:{PASSWORD}@127.0.0.1:{port}", **section, timeout=0.2)
    async with serving(resets) as port:
        broken = await ask(f"http://u:{PASSWORD}@127.0.0.1:{port}", **section)
    gone = await ask(f"http://u:{PASSWORD}@127.0.0.1:{nobody()}", **section)
    for report in (hangs, broken, gone):
        assert [result.verdict for result in report.results] == [CRITICAL, NO_DATA]
        assert PASSWORD not in str(report.to_dict())
    flood = Flood()
    async with serving(partial(over_http, flood)) as port:
        report = await ask(f"http://127.0.0.1:{port}", **section)
    assert "longer than 1024 KiB" in report.results[0].explanation
    assert flood.megabytes < 100


async def test_a_document_that_is_too_deep_for_its_path_is_an_error() -> None:
    found = await in_json(b"[" * 400 + b"]" * 400, path="$..failed")
    assert found.verdict is ERROR
    assert "the path could not be followed" in found.explanation


@pytest.mark.parametrize("endpoint", [f"https://ann:{PASSWORD}@shop.example:99999999/x", f"https://[{PASSWORD}]/x"])
async def test_an_endpoint_that_is_no_address_is_not_repeated(endpoint: str) -> None:
    found = await in_json({"failed": [failed(1, endpoint)]})
    assert found.rows is not None
    assert found.rows.rows[0][0] == "(not a valid address)"
    assert PASSWORD not in str(found)

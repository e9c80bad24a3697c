"""How much work waits: in a real Redis, in a real Postgres, and in JSON that a web server answers with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
from aiohttp import web

from bot.diagnostics.result import Report, Result, Verdict
from tests.support.ports import Flood, nobody, over_http, resets, serving, silent
from tests.support.redis import OwnRedis, own_redis
from tests.support.sickness import connected
from tests.support.targets import a_target, asked, by_check
from tests.support.web import answering, saying

OK, WARN, CRITICAL, NO_DATA, ERROR = Verdict.OK, Verdict.WARN, Verdict.CRITICAL, Verdict.NO_DATA, Verdict.ERROR
PASSWORD = "hunter2-and-more"
SETTING = "MUSTER_DIAG_JOBS"


@pytest.fixture
async def redis() -> AsyncIterator[OwnRedis]:
    async with own_redis() as server:
        yield server


async def ask(source: str, address: str | None, *queues: dict[str, Any], **more: Any) -> Report:
    settings = {SETTING: address, "MUSTER_TOKEN": PASSWORD}
    return await asked(a_target("queue", settings, source=source, url_from=SETTING, queues=queues, **more))


async def in_sql(database: str, sql: str, **limits: Any) -> Result:
    return by_check(await ask("sql", database, {"name": "mail", "sql": sql, **limits}))["mail"]


@asynccontextmanager
async def jobs(data: Any, status: int = 200) -> AsyncIterator[str]:
    """The address of a server that says how its jobs are."""
    async with answering(saying(status, data)) as url:
        yield f"{url}/api/jobs/metrics"


async def in_json(data: Any, **queue: Any) -> Result:
    async with jobs(data) as url:
        return by_check(await ask("json", url, {"name": "mail", "path": "$.mail", **queue}))["mail"]


async def test_a_redis_is_measured_by_the_longest_key_and_says_what_to_do(redis: OwnRedis) -> None:
    await redis.client.rpush("bull:mail:wait", *range(30))
    await redis.client.rpush("bull:images:wait", *range(5))
    report = await ask(
        "redis",
        redis.url,
        {"name": "waiting", "title": "Jobs", "key": "bull:*:wait", "warn": 10, "critical": 30, "next_step": "Scale."},
        {"name": "active", "key": "bull:mail:active", "warn": 1},
        {"name": "mail", "key": "bull:mail:wait", "warn": 30},
    )
    found = by_check(report)
    assert list(found) == ["reachability", "waiting", "active", "mail"]
    assert [result.verdict for result in report.results] == [OK, CRITICAL, OK, WARN]
    waiting = found["waiting"]
    assert waiting.explanation == "35 entries in 2 keys; most, 30, in bull:mail:wait."
    assert (waiting.title, waiting.value, waiting.unit) == ("Jobs", 30, "entries")
    assert (waiting.next_step, waiting.facts) == ("Scale.", {"queue": "waiting"})
    assert "LLEN bull:mail:wait" in waiting.ran
    assert found["mail"].next_step.startswith("See whether its workers run")
    assert report.against == redis.url


async def test_a_key_of_another_type_and_a_refused_login_are_errors_with_their_own_advice(redis: OwnRedis) -> None:
    await redis.client.set("greeting", "hello")
    queue = {"name": "greeting", "key": "greeting", "warn": 1, "next_step": "Scale."}
    found = by_check(await ask("redis", redis.url, queue))["greeting"]
    assert found.verdict is ERROR
    assert "Name the key" in found.next_step
    await redis.client.config_set("requirepass", PASSWORD)
    report = await ask("redis", redis.url.replace("unix://", f"unix://:not-{PASSWORD}@"), queue)
    assert [result.verdict for result in report.results] == [ERROR, NO_DATA]
    assert "refused the login" in report.results[0].explanation
    assert PASSWORD not in str(report.to_dict())


@pytest.mark.parametrize(
    ("sql", "verdict", "says"),
    [
        ("SELECT count(*) FROM job", OK, "4 entries wait."),
        ("SELECT count(*) FROM job -- all;", OK, "4 entries wait."),
        ("SELECT count(*) FROM job WHERE false", OK, "Nothing waits."),
        ("SELECT 1", OK, "1 entry waits."),
        ("SELECT 5", WARN, "5 entries wait."),
        ("SELECT 12000", CRITICAL, "12,000 entries wait."),
        ("SELECT NULL::int", NO_DATA, "The SELECT gives no number."),
        ("SELECT 1 WHERE false", NO_DATA, "The SELECT gives no number."),
        ("SELECT 'many'", ERROR, "It was not measured: the first column is no number: “many”."),
        ("SELECT -1", ERROR, "It was not measured: -1 is no number of entries."),
        ("SELECT n FROM job", ERROR, "It was not measured: the SELECT gives 4 rows and not one."),
        ("SELECT 1, interval '5 min'", ERROR, "the second column is no number of seconds: “00:05:00”."),
        ("DELETE FROM job RETURNING 1", ERROR, "syntax error"),
        ("SELECT nextval('numbers')", ERROR, "read-only transaction"),
        ("SELECT nothing", ERROR, "does not exist"),
    ],
)
async def test_a_question_in_sql_gives_the_depth_and_changes_nothing(
    database: str, sql: str, verdict: Verdict, says: str
) -> None:
    async with connected(database) as session:
        await session.execute("CREATE TABLE job AS SELECT n FROM generate_series(1, 4) AS n; CREATE SEQUENCE numbers")
        found = await in_sql(database, sql, warn=5, critical=10)
        assert await session.fetchval("SELECT count(*) FROM job") == 4
    assert found.verdict is verdict
    assert says in found.explanation
    assert (found.next_step == "") is (verdict is OK)
    assert found.threshold == "warn at 5 entries, critical at 10 entries" or "failed" in found.explanation
    assert sql.rstrip(";") in found.ran


@pytest.mark.parametrize(
    ("sql", "verdict", "says"),
    [
        ("SELECT 3, 60", OK, "3 entries wait, the oldest for 60 s."),
        ("SELECT 3, 600", WARN, "3 entries wait, the oldest for 10 min."),
        ("SELECT 3, 7200.5", CRITICAL, "3 entries wait, the oldest for 2.0 h."),
        ("SELECT 3, -2", OK, "3 entries wait, the oldest for 0.0 s."),
        ("SELECT 0, NULL::int", OK, "Nothing waits."),
        ("SELECT 3, NULL::int", NO_DATA, "3 entries wait. Since when is not known."),
        ("SELECT 200, NULL::int", WARN, "200 entries wait. Since when is not known."),
        ("SELECT 3", ERROR, "It was not measured: the SELECT has no second column with the oldest's age"),
    ],
)
async def test_the_oldest_entry_is_judged_by_limits_of_its_own(
    database: str, sql: str, verdict: Verdict, says: str
) -> None:
    found = await in_sql(database, sql, warn=100, oldest_warn_s=600, oldest_crit_s=3600)
    assert found.verdict is verdict
    assert says in found.explanation
    assert found.threshold == "warn at 100 entries; the oldest: warn at 10 min, critical at 60 min"


async def test_a_postgres_that_is_not_there_or_not_named_is_a_result(database: str) -> None:
    queue = {"name": "mail", "sql": "SELECT 1"}
    gone = await ask("sql", f"postgresql://shop:{PASSWORD}@127.0.0.1:{nobody()}/shop", queue)
    assert [result.verdict for result in gone.results] == [CRITICAL, NO_DATA]
    unset = await ask("sql", None, queue)
    assert unset.results[0].explanation == f"{SETTING} is not set."
    nowhere = await ask("sql", database.replace("/test_", "/no_"), queue)
    assert nowhere.results[0].verdict is ERROR
    assert PASSWORD not in str(gone.to_dict())


async def test_a_slow_question_is_stopped_and_the_next_is_asked(database: str) -> None:
    slow, quick = {"name": "slow", "sql": "SELECT 1, pg_sleep(60)"}, {"name": "quick", "sql": "SELECT 1"}
    found = by_check(await ask("sql", database, slow, quick, timeout=0.9))
    assert found["slow"].verdict is ERROR
    assert "statement time-out" in found["slow"].explanation
    assert found["quick"].verdict is OK


async def test_slow_answers_say_how_to_go_on(database: str, redis: OwnRedis) -> None:
    limits = {"latency_warn_ms": 0, "latency_crit_ms": 10_000}
    for source, address, queue, says in (
        ("sql", database, {"name": "mail", "sql": "SELECT 1"}, "Diagnose it as a `postgres`"),
        ("redis", redis.url, {"name": "mail", "key": "mail"}, "Diagnose it as a `redis`"),
    ):
        first = (await ask(source, address, queue, thresholds=limits)).results[0]
        assert first.verdict is WARN
        assert first.next_step.startswith(says)


async def test_json_is_read_once_for_all_queues() -> None:
    seen = []

    async def handle(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers.get("Authorization"))
        return web.json_response(
            {"queues": [{"waiting": 7, "oldest": 30}, {"waiting": 50, "oldest": 5}], "failed": 0, "none": None}
        )

    async with answering(handle) as url:
        report = await ask(
            "json",
            url,
            {"name": "all", "path": "$.queues[*].waiting", "warn": 50, "oldest": "$.queues[*].oldest"},
            {"name": "failed", "path": "$.failed", "oldest": "$.none", "warn": 1, "oldest_warn_s": 60},
            bearer_from="MUSTER_TOKEN",
        )
    assert seen == [f"Bearer {PASSWORD}"]
    assert [result.verdict for result in report.results] == [OK, WARN, OK]
    found = by_check(report)
    assert found["all"].explanation == (
        "57 entries wait at 2 places, most, 50, at $['queues'][1]['waiting'], the oldest for 30 s."
    )
    assert found["all"].rows is not None
    assert found["all"].rows.rows == (("$['queues'][1]['waiting']", 50.0), ("$['queues'][0]['waiting']", 7.0))
    assert found["all"].ran == f"GET {url}\n$.queues[*].waiting\n$.queues[*].oldest"
    assert found["failed"].explanation == "Nothing waits."
    assert PASSWORD not in str(report.to_dict())


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({}, "there is nothing at $.mail"),
        ({"mail": "7"}, "at $['mail'] stands no number but “7”"),
        ({"mail": None}, "at $['mail'] stands no number but “null”"),
        ({"mail": True}, "at $['mail'] stands no number but “true”"),
        ({"mail": f"password={PASSWORD}"}, "at $['mail'] stands no number but “password=***"),
        (b'{"mail": NaN}', "at $['mail'] stands no number"),
        (b'{"mail": 1e400}', "at $['mail'] stands no number"),
        ([1, 2], "there is nothing at $.mail"),
        (7, "there is nothing at $.mail"),
    ],
)
async def test_json_without_the_number_is_an_error(data: Any, says: str) -> None:
    found = await in_json(data, warn=1)
    assert found.verdict is ERROR
    assert says in found.explanation
    assert "Correct the path" in found.next_step
    assert PASSWORD not in str(found)


@pytest.mark.parametrize(
    ("body", "status", "verdict", "says"),
    [
        (b"<html>Welcome</html>", 200, ERROR, "What it answers is no JSON."),
        (b"[" * 100_000, 200, ERROR, "What it answers is no JSON."),
        (b"\xff\x00", 200, ERROR, "What it answers is no JSON."),
        (b" " * (2 * 1024 * 1024), 200, ERROR, "longer than 1024 KiB"),
        (b"{}", 503, CRITICAL, "It answered 503 Service Unavailable."),
        (b"{}", 401, ERROR, "It refused the login: 401 Unauthorized."),
        (b"{}", 302, ERROR, "It answered 302 Found."),
    ],
)
async def test_an_answer_without_a_document_leaves_the_queues_unmeasured(
    body: bytes, status: int, verdict: Verdict, says: str
) -> None:
    async with jobs(body, status) as url:
        report = await ask("json", url, {"name": "mail", "path": "$.mail"})
    assert [result.verdict for result in report.results] == [verdict, NO_DATA]
    assert says in report.results[0].explanation


async def test_a_server_that_hangs_resets_or_sends_200_megabytes_is_a_result() -> None:
    queue = {"name": "mail", "path": "$.mail"}
    async with serving(silent) as port:
        hangs = await ask("json", f"http://u:{PASSWORD}@127.0.0.1:{port}", queue, timeout=0.2)
    async with serving(resets) as port:
        broken = await ask("json", f"http://u:{PASSWORD}@127.0.0.1:{port}", queue)
    gone = await ask("json", f"http://u:{PASSWORD}@127.0.0.1:{nobody()}", queue)
    for report in (hangs, broken, gone):
        assert [result.verdict for result in report.results] == [CRITICAL, NO_DATA]
        assert PASSWORD not in str(report.to_dict())
    flood = Flood()
    async with serving(partial(over_http, flood)) as port:
        report = await ask("json", f"http://127.0.0.1:{port}", queue)
    assert "longer than 1024 KiB" in report.results[0].explanation
    assert flood.megabytes < 100

"""The targets of the packs over real HTTP, Postgres and Redis: well as the documents say, and ill in their ways."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.diagnostics.result import Result, Verdict
from bot.diagnostics.target import Target
from bot.domain.rules import Policy
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.policy.targets import TargetSection
from bot.policy.targets.web import HttpTarget
from tests.support.redis import own_redis
from tests.support.sickness import chain_of_locks, connected
from tests.support.stand_in_tables import QUEUES, TABLES, Tables
from tests.support.stand_ins import ENDPOINTS, Endpoint, Fault
from tests.support.targets import asked, by_check

PACKS = ("sme-booking", "ai-booking", "journey", "mais", "schedgen")
#: How fast this machine is just now says nothing about the packs.
PATIENT = {"latency_warn_ms": 60_000.0, "latency_crit_ms": 60_000.0}
KEY = "k-4711"


@cache
def policy(pack: str) -> Policy:
    return read_pack(pack, root=RUNBOOKS)


def target(pack: str, name: str, value: str, **changed: Any) -> Target:
    """A target of a pack, all of whose settings have one value; `changed` of its section."""
    (rule,) = (one for one in policy(pack).targets if one.name == name)
    assert isinstance(rule.options, TargetSection)
    return Target(
        name=rule.name,
        kind=rule.kind,
        options=rule.options.model_copy(update=changed),
        thresholds={**rule.thresholds, **PATIENT},
        timeout_s=rule.timeout.total_seconds(),
        check_timeout_s=rule.check_timeout.total_seconds(),
        value_of={name: KEY if name.endswith("_KEY") else value for name in rule.options.settings()}.get,
    )


@asynccontextmanager
async def answering(endpoint: Endpoint, status: int, answer: Any) -> AsyncIterator[str]:
    """The address of a stand-in that answers just what it is asked for."""

    async def handle(request: web.Request) -> web.StreamResponse:
        if str(request.rel_url) != endpoint.path:
            return web.Response(status=404)
        if endpoint.key and request.headers.get("X-API-Key") != KEY:
            return web.Response(status=401)
        headers = {"Location": "https://accounts.google.com/o/oauth2/v2/auth"} if status in (302, 303) else None
        return web.json_response(answer, status=status, headers=headers)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    try:
        yield str(server.make_url("/")).rstrip("/")
    finally:
        await server.close()


async def diagnosed(endpoint: Endpoint, status: int, answer: Any) -> Mapping[str, Result]:
    async with answering(endpoint, status, answer) as host:
        (rule,) = (one for one in policy(endpoint.pack).targets if one.name == endpoint.target)
        assert isinstance(rule.options, HttpTarget)
        assert rule.options.path in (None, endpoint.path)
        url = host if rule.options.path else f"{host}{endpoint.path}"
        public = {"url": url} if rule.options.url else {}
        return by_check(await asked(target(endpoint.pack, endpoint.target, url, tries=1, **public)))


def assert_found(fault: Fault, found: Mapping[str, Result]) -> None:
    result = found[fault.check]
    assert result.verdict is fault.verdict, result
    assert fault.advice in result.next_step
    assert result.explanation.endswith(".")


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
async def test_an_endpoint_that_answers_as_documented_is_well(endpoint: Endpoint) -> None:
    found = await diagnosed(endpoint, endpoint.status, endpoint.well)
    assert {name: result.explanation for name, result in found.items() if result.verdict is not Verdict.OK} == {}
    assert KEY not in str(found)


@pytest.mark.parametrize(
    ("endpoint", "fault"),
    [
        pytest.param(each, fault, id=f"{each}-{fault.check}-{number}")
        for each in ENDPOINTS
        for number, fault in enumerate(each.faults)
    ],
)
async def test_an_endpoint_past_a_documented_figure_is_ill_and_says_what_to_do(
    endpoint: Endpoint, fault: Fault
) -> None:
    assert_found(fault, await diagnosed(endpoint, fault.status or endpoint.status, endpoint.ill(fault)))


async def made(url: str, *statements: str) -> None:
    async with connected(url) as session:
        for sql in statements:
            await session.execute(sql)


@pytest.mark.parametrize("tables", TABLES, ids=str)
async def test_a_database_with_healthy_rows_is_well(tables: Tables, empty_database: str) -> None:
    await made(empty_database, tables.sql)
    found = by_check(await asked(target(tables.pack, tables.target, empty_database)))
    assert {name: result.explanation for name, result in found.items() if result.verdict is not Verdict.OK} == {}


@pytest.mark.parametrize(
    ("tables", "fault"),
    [pytest.param(each, fault, id=f"{each}-{fault.check}") for each in TABLES for fault in each.faults],
)
async def test_a_database_with_a_documented_fault_is_ill_and_says_what_to_do(
    tables: Tables, fault: Fault, empty_database: str
) -> None:
    await made(empty_database, tables.sql, *([fault.sql] if fault.sql else []))
    diagnosis = target(tables.pack, tables.target, empty_database)
    if fault.sql:
        assert_found(fault, by_check(await asked(diagnosis)))
        return
    async with chain_of_locks(empty_database, ["first", "second"]):
        assert_found(fault, by_check(await asked(diagnosis)))


async def test_why_bookings_were_cancelled_is_told_and_not_judged(empty_database: str) -> None:
    (bookings,) = (each for each in TABLES if each.target == "booking-data" and each.pack == "sme-booking")
    await made(empty_database, bookings.sql, "UPDATE booking SET status = 'cancelled'")
    found = by_check(await asked(target("sme-booking", "booking-data", empty_database)))["cancelled"]
    assert (found.verdict, found.threshold) == (Verdict.OK, "none set")
    assert found.rows is not None
    assert found.rows.rows == (("(no reason)", "2"), ("Plans changed", "1"))


async def test_the_job_queue_in_redis_is_judged_by_the_documents_depths() -> None:
    async with own_redis() as redis:
        await redis.client.rpush("bull:pdf-processing:wait", *range(99))
        await redis.client.rpush("bull:pdf-processing:active", 1)
        diagnosis = target("schedgen", "queues", redis.url)
        report = await asked(diagnosis)
        assert {result.verdict for result in report.results} == {Verdict.OK}, report.findings
        for fault in QUEUES:
            for key, number in fault.push.items():
                await redis.client.delete(key)
                await redis.client.rpush(key, *range(number))
            assert_found(fault, by_check(await asked(diagnosis)))


@pytest.mark.parametrize("number", [0, 1])
async def test_the_alerts_of_schedgen_are_bad_while_they_fire(number: int) -> None:
    async def handle(request: web.Request) -> web.Response:
        if request.path.startswith("/-/"):
            return web.Response(text="Ready.")
        asked_for = str((await request.post()).get("query", "")) + request.rel_url.query.get("query", "")
        value = number if 'alertname="HighQueueDepth"' in asked_for else 0
        result = [{"metric": {}, "value": [1772334000, str(value)]}]
        return web.json_response({"status": "success", "data": {"resultType": "vector", "result": result}})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    try:
        found = by_check(await asked(target("schedgen", "alerts", str(server.make_url("/")))))
    finally:
        await server.close()
    bad = {name: result for name, result in found.items() if result.verdict is not Verdict.OK}
    assert set(bad) == ({"queue"} if number else set())
    assert all("queue-depth" in result.next_step for result in bad.values())

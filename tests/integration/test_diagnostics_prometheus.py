"""A real Prometheus is asked, and servers that are none: each is a result."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bot.diagnostics.result import Verdict
from bot.policy.targets.prometheus import PrometheusTarget
from tests.support.prometheus import own_prometheus
from tests.support.targets import a_target, asked, by_check
from tests.support.web import Endless, answering

UP = {"name": "up", "title": "Scraped", "query": "answers", "critical": 0, "below": True, "next_step": "Start it."}
TOKEN = "correct-horse-battery"


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with own_prometheus(tmp_path_factory.mktemp("prometheus")) as url:
        yield url


@asynccontextmanager
async def stand_in(query: web.Response | bytes | dict[str, Any], ready: int = 200) -> AsyncIterator[str]:
    """A server that is ready, and answers a query with this."""

    async def handle(request: web.Request) -> web.StreamResponse:
        if request.path == "/-/ready":
            return web.Response(status=ready)
        if isinstance(query, web.Response):
            return query
        return web.Response(body=query if isinstance(query, bytes) else json.dumps(query))

    async with answering(handle) as url:
        yield url


def vector(*values: str) -> dict[str, Any]:
    series = [{"metric": {"pod": f"p{index}"}, "value": [1.5, value]} for index, value in enumerate(values)]
    return {"status": "success", "data": {"resultType": "vector", "result": series}}


async def test_a_prometheus_is_judged_by_the_worst_series(prometheus: str) -> None:
    found = by_check(await asked(a_target("prometheus", url=prometheus, queries=[UP])))
    assert found["reachability"].verdict is Verdict.OK
    up = found["up"]
    assert (up.verdict, up.value, up.threshold) == (Verdict.CRITICAL, 0, "critical at 0 or less")
    assert up.explanation.startswith("The worst of 2 series is 0 (")
    assert up.next_step == "Start it."
    assert up.ran == "POST /api/v1/query\nquery=answers\ntimeout=5s"
    assert up.rows is not None
    assert up.rows.columns == ("job", "value")
    assert up.rows.rows == (("nobody", 0.0), ("itself", 1.0))


@pytest.mark.parametrize(
    ("query", "verdict", "says"),
    [
        ("vector(1)", Verdict.OK, "It is 1 %."),
        ("8", Verdict.WARN, "It is 8 %."),
        ("1/0 * vector(1)", Verdict.CRITICAL, "It is inf %."),
        ("-1/0 * vector(1)", Verdict.OK, "It is -inf %."),
        ("vector(0/0)", Verdict.NO_DATA, "Every series is NaN"),
        ("no_such_metric", Verdict.NO_DATA, "No series matches the query"),
        ("answers[5m]", Verdict.ERROR, "the query gives a matrix"),
        ('"text"', Verdict.ERROR, "the query gives a string"),
        ("sum(", Verdict.ERROR, "unclosed left parenthesis"),
    ],
)
async def test_each_answer_of_a_prometheus_has_its_verdict(
    prometheus: str, query: str, verdict: Verdict, says: str
) -> None:
    rule = {"name": "it", "query": query, "warn": 5, "critical": 10, "unit": "%"}
    report = await asked(a_target("prometheus", url=prometheus, queries=[rule]))
    result = by_check(report)["it"]
    assert result.verdict is verdict
    assert says in result.explanation
    assert (result.next_step == "") is (verdict is Verdict.OK)
    report.to_dict()


async def test_a_value_that_is_not_a_number_does_not_hide_the_others() -> None:
    async with stand_in(vector("NaN", "7", "2")) as url:
        report = await asked(a_target("prometheus", url=url, queries=[{"name": "it", "query": "x", "warn": 5}]))
    result = by_check(report)["it"]
    assert (result.verdict, result.value) == (Verdict.WARN, 7)
    assert result.explanation == 'The worst of 3 series is 7 (pod="p1").'
    assert result.rows is not None
    assert result.rows.rows == (("p1", 7.0), ("p2", 2.0), ("p0", "nan"))


async def test_a_thousand_series_are_a_short_table() -> None:
    async with stand_in(vector(*map(str, range(1000)))) as url:
        report = await asked(a_target("prometheus", url=url, queries=[{"name": "it", "query": "x", "warn": 5}]))
    rows = by_check(report)["it"].rows
    assert rows is not None
    assert (len(rows.rows), rows.left_out) == (20, 980)


async def test_one_that_has_no_ready_page_is_asked_by_its_query_api() -> None:
    async with stand_in(vector("1"), ready=404) as url:
        found = by_check(await asked(a_target("prometheus", url=url)))
    assert found["reachability"].verdict is Verdict.OK
    assert found["reachability"].ran == "POST /api/v1/query\nquery=vector(1)"


@pytest.mark.parametrize(
    ("status", "verdict", "says"),
    [
        (503, Verdict.CRITICAL, "It answered 503 Service Unavailable."),
        (401, Verdict.ERROR, "It refused the login: 401 Unauthorized."),
        (302, Verdict.ERROR, "It answered 302 Found."),
    ],
)
async def test_one_that_is_not_ready_is_asked_nothing_else(status: int, verdict: Verdict, says: str) -> None:
    async with stand_in(vector("1"), ready=status) as url:
        found = by_check(await asked(a_target("prometheus", url=url, queries=[UP])))
    assert (found["reachability"].verdict, found["reachability"].explanation) == (verdict, says)
    assert found["up"].verdict is Verdict.NO_DATA


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (b"<html>Welcome</html>", "not what a Prometheus would say"),
        (b"[" * 100_000, "not what a Prometheus would say"),
        (b'{"status":"success","data":{"resultType":"vector","result":[{"value":[1,"many"]}]}}', "not what"),
        (b'{"status":"success"}', "it says no reason"),
        (b'{"status":"error","error":"token=hunter2 is wrong"}', "token=*** is wrong"),
        (b" " * (2 * 1024 * 1024), "longer than 1024 KiB"),
        (b"\xff\x00", "not what a Prometheus would say"),
    ],
)
async def test_garbage_is_a_failed_check(query: bytes, says: str) -> None:
    async with stand_in(query) as url:
        found = by_check(await asked(a_target("prometheus", url=url, queries=[UP])))
    assert found["reachability"].verdict is Verdict.OK
    assert found["up"].verdict is Verdict.ERROR
    assert says in found["up"].explanation


async def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    endless = Endless(but="/-/ready")
    async with answering(endless.handle) as url:
        found = by_check(await asked(a_target("prometheus", url=url, queries=[UP])))
    assert "longer than 1024 KiB" in found["up"].explanation
    assert endless.sent < 100


async def test_a_query_that_hangs_leaves_the_others_alone() -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        form = await request.post()
        if form.get("query") == "slow":
            await asyncio.Event().wait()
        return web.json_response(vector("1"))

    rules = [{"name": "slow", "query": "slow"}, UP]
    async with answering(handle) as url:
        found = by_check(await asked(a_target("prometheus", url=url, queries=rules, check_timeout=0.2)))
    assert found["up"].verdict is Verdict.OK
    assert found["slow"].verdict is Verdict.ERROR
    assert "no answer within 0.2 s" in found["slow"].explanation


async def test_one_that_hangs_is_critical() -> None:
    async def handle(_request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    async with answering(handle) as url:
        report = await asked(a_target("prometheus", url=url, queries=[UP], timeout=0.2))
    assert [result.verdict for result in report.results] == [Verdict.CRITICAL, Verdict.NO_DATA]
    assert report.results[0].explanation == "It did not answer in time."


@pytest.mark.parametrize(
    ("said", "says"),
    [(b"", "It broke the connection off"), (b"-ERR unknown command\r\n\r\n", "does not speak HTTP")],
)
async def test_what_is_no_web_server_is_critical(said: bytes, says: str) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        report = await asked(a_target("prometheus", url=f"http://127.0.0.1:{port}"))
    assert report.results[0].verdict is Verdict.CRITICAL
    assert says in report.results[0].explanation


async def test_a_port_where_nobody_listens_is_critical() -> None:
    report = await asked(a_target("prometheus", url="http://127.0.0.1:1/prom"))
    assert report.against == "http://127.0.0.1:1/prom"
    assert report.results[0].verdict is Verdict.CRITICAL
    assert report.results[0].explanation == "No connection: Connection refused."


@pytest.mark.parametrize("bearer", [True, False])
async def test_credentials_are_sent_and_never_shown(bearer: bool) -> None:
    seen = set()

    async def handle(request: web.Request) -> web.StreamResponse:
        seen.add((request.path, request.headers.get("Authorization", "")[:7]))
        return web.Response(status=403, text=f"{request.headers.get('Authorization')}")

    async with answering(handle) as url:
        address = url.replace("://", f"://bob:{TOKEN}@") + "/prom/"
        section = {"url_from": "MUSTER_URL", "queries": [UP]} | ({"bearer_from": "MUSTER_TOKEN"} if bearer else {})
        report = await asked(a_target("prometheus", {"MUSTER_URL": address, "MUSTER_TOKEN": TOKEN}, **section))
    assert seen == {("/prom/-/ready", "Bearer " if bearer else "Basic Y")}
    first = report.results[0]
    assert (first.verdict, first.next_step) == (
        Verdict.ERROR,
        f"Put a token or login that may read into {'MUSTER_TOKEN' if bearer else 'MUSTER_URL'}.",
    )
    assert TOKEN not in str(report.to_dict())


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, "MUSTER_URL is not set."),
        ({"MUSTER_URL": "redis://bob:hunter2@host"}, "MUSTER_URL does not hold an address."),
        ({"MUSTER_URL": "http://bob:hunter2@host:99999999"}, "MUSTER_URL does not hold an address."),
        ({"MUSTER_URL": "http://127.0.0.1:1"}, "MUSTER_TOKEN is not set."),
    ],
)
async def test_a_setting_without_use_is_a_failed_check(settings: dict[str, str | None], says: str) -> None:
    report = await asked(a_target("prometheus", settings, url_from="MUSTER_URL", bearer_from="MUSTER_TOKEN"))
    assert (report.results[0].verdict, report.results[0].explanation) == (Verdict.ERROR, says)
    assert "hunter2" not in str(report.to_dict())


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"warn": 5, "critical": 2}, "Where low is bad, add `below: true`."),
        ({"warn": 2, "critical": 5, "below": True}, "`critical` is at or under `warn`"),
        ({"name": "reachability"}, "There is a check “reachability” already."),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_with_advice(rule: dict[str, Any], says: str) -> None:
    section = {
        "name": "it",
        "kind": "prometheus",
        "url": "http://host",
        "queries": [{"name": "a", "query": "b"} | rule],
    }
    ((where, message),) = PrometheusTarget.model_validate(section).wrong()
    assert where[:2] == ("queries", 0)
    assert says in message

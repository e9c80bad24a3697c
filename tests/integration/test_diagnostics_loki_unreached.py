"""A Loki that is down, hangs, refuses or talks nonsense is a result, and so is what is no Loki."""

import asyncio
from typing import Any

import pytest
from aiohttp import web

from bot.diagnostics.result import Verdict
from tests.support.loki import Loki
from tests.support.ports import Flood, authority, babbles, nobody, resets, shown, silent
from tests.support.ports import serving as port
from tests.support.targets import NOW, a_target, asked, by_check
from tests.support.web import Endless, answering

SELECTOR = '{app="checkout"}'
TIMEOUTS = {"name": "timeouts", "match": "timeout", "warn": 10, "critical": 100}


@pytest.mark.parametrize(
    ("status", "body", "verdict", "says"),
    [
        (400, b"parse error : error parsing regexp\n", Verdict.ERROR, "400 Bad Request: parse error : error parsing"),
        (400, b"token=hunter2 is wrong", Verdict.ERROR, "token=*** is wrong"),
        (429, b"too many outstanding requests", Verdict.ERROR, "too many outstanding requests"),
        (504, b"request timed out, decrease the duration", Verdict.ERROR, "request timed out, decrease the duration"),
        (500, b"", Verdict.ERROR, "it says no reason"),
        (403, b"", Verdict.ERROR, "It refused the login: 403 Forbidden."),
        (302, b"", Verdict.ERROR, "It answered 302 Found."),
        (200, b"<html>Welcome</html>", Verdict.ERROR, "not what a Loki would say"),
        (200, b"[" * 100_000, Verdict.ERROR, "not what a Loki would say"),
        (200, b'{"status":"success","data":{"resultType":"streams","result":[]}}', Verdict.ERROR, "with counts"),
        (
            200,
            b'{"status":"success","data":{"resultType":"matrix","result":[{"values":[[1,"NaN"]]}]}}',
            Verdict.ERROR,
            "with counts",
        ),
        (200, b" " * (5 * 1024 * 1024), Verdict.ERROR, "longer than 4096 KiB"),
    ],
)
async def test_an_answer_that_is_of_no_use_is_a_failed_check(
    status: int, body: bytes, verdict: Verdict, says: str
) -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        return web.Response() if request.path == "/ready" else web.Response(status=status, body=body)

    async with answering(handle) as url:
        report = await asked(a_target("loki", url=url, selector=SELECTOR, patterns=[TIMEOUTS]))
    result = report.results[1]
    assert result.verdict is verdict
    assert says in result.explanation
    assert result.next_step
    assert "hunter2" not in str(report.to_dict())


async def test_a_query_that_hangs_leaves_the_others_alone() -> None:
    loki = Loki()
    loki.put({"app": "checkout"}, [(NOW.timestamp() - 9, "timeout")])

    async def handle(request: web.Request) -> web.StreamResponse:
        if "slow" in request.query.get("query", ""):
            await asyncio.Event().wait()
        return await loki.answer(request)

    patterns = [{"name": "slow", "match": "slow"}, TIMEOUTS]
    async with answering(handle) as url:
        report = await asked(a_target("loki", url=url, selector=SELECTOR, patterns=patterns, check_timeout=1))
    results = by_check(report)
    assert results["timeouts"].verdict is Verdict.OK
    assert results["slow"].verdict is Verdict.ERROR
    assert "no answer within 1.0 s" in results["slow"].explanation


@pytest.mark.parametrize(
    ("behaviour", "says"),
    [
        (silent, "It did not answer in time."),
        (resets, "It broke the connection off"),
        (babbles, "does not speak HTTP"),
        (Flood(), "does not speak HTTP"),
    ],
)
async def test_what_is_no_web_server_is_critical(behaviour: Any, says: str) -> None:
    async with port(behaviour) as number:
        target = a_target("loki", url=f"http://127.0.0.1:{number}", selector=SELECTOR, patterns=[TIMEOUTS], timeout=0.5)
        report = await asked(target)
    assert [result.verdict for result in report.results] == [Verdict.CRITICAL, Verdict.NO_DATA]
    assert says in report.results[0].explanation


async def test_a_port_where_nobody_listens_is_critical() -> None:
    url = f"http://127.0.0.1:{nobody()}"
    report = await asked(a_target("loki", url=url, selector=SELECTOR, patterns=[TIMEOUTS]))
    assert report.against == url
    assert report.results[0].verdict is Verdict.CRITICAL
    assert report.results[0].explanation == "No connection: Connection refused."


async def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    endless = Endless(but="/ready")
    async with answering(endless.handle) as url:
        report = await asked(a_target("loki", url=url, selector=SELECTOR, patterns=[TIMEOUTS]))
    assert "longer than 4096 KiB" in report.results[1].explanation
    assert endless.sent < 100


async def test_an_authority_of_ones_own_is_trusted_where_the_pack_names_it(tmp_path: Any) -> None:
    own, path = authority(tmp_path)

    async def ready(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nready\n")
        await writer.drain()

    section: dict[str, Any] = {"selector": SELECTOR, "patterns": [TIMEOUTS]}
    async with port(ready, tls=shown(own.issue_cert("localhost"))) as number:
        url = f"https://localhost:{number}"
        trusting = await asked(a_target("loki", {"MUSTER_CA": path}, url=url, ca_from="MUSTER_CA", **section))
        careful = await asked(a_target("loki", url=url, **section))
        lost = await asked(a_target("loki", {"MUSTER_CA": "/nowhere"}, url=url, ca_from="MUSTER_CA", **section))
    assert trusting.results[0].verdict is Verdict.OK
    assert careful.results[0].verdict is Verdict.CRITICAL
    assert (lost.results[0].verdict, "MUSTER_CA" in lost.results[0].explanation) == (Verdict.ERROR, True)

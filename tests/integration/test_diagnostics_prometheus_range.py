"""A real Prometheus is asked over some time, and servers that answer badly: each is a result."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.diagnostics.result import MAX_POINTS, Report, Result, Verdict
from bot.diagnostics.runner import run
from tests.support.ports import authority, nobody, shown
from tests.support.prometheus import own_prometheus
from tests.support.targets import NOW, a_target, asked, by_check
from tests.support.web import answering

END = NOW.timestamp()
#: Rises by one a minute for an hour, and is at 7 at NOW.
RISING = f"vector(7 - ({END:.0f} - time()) / 60)"


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with own_prometheus(tmp_path_factory.mktemp("prometheus")) as url:
        yield url


async def the(url: str, **rule: Any) -> Result:
    """What a query over some time found."""
    queries = [{"name": "it", "query": "x", "over": "5m", "step": "1m"} | rule]
    report = await asked(a_target("prometheus", url=url, queries=queries))
    assert Report.from_dict(report.to_dict()) == report
    return by_check(report)["it"]


async def said(body: bytes | dict[str, Any], status: int = 200, **rule: Any) -> Result:
    """What is made of an answer to a query over some time."""

    async def handle(request: web.Request) -> web.StreamResponse:
        if request.path == "/-/ready":
            return web.Response()
        assert request.path == "/api/v1/query_range"
        return web.Response(body=body if isinstance(body, bytes) else json.dumps(body), status=status)

    async with answering(handle) as url:
        return await the(url, **rule)


def matrix(*series: list[str | None]) -> dict[str, Any]:
    """An answer with a value for each of the last minutes; None where there is no point at all."""
    result = [
        {
            "metric": {"pod": f"p{number}"},
            "values": [
                [END - 60 * (len(values) - 1 - index), value] for index, value in enumerate(values) if value is not None
            ],
        }
        for number, values in enumerate(series)
    ]
    return {"status": "success", "data": {"resultType": "matrix", "result": result}}


async def test_a_prometheus_says_how_it_went(prometheus: str) -> None:
    result = await the(prometheus, title="Errors", query=RISING, warn=3, critical=5, unit="%")
    assert (result.verdict, result.value) == (Verdict.CRITICAL, 7)
    assert result.explanation == "It was 2 % 5 minutes ago, and is 7 % now."
    assert result.ran == (
        f"POST /api/v1/query_range\nquery={RISING}\ntimeout=5s\n"
        "start=2026-03-01T02:55:00Z\nend=2026-03-01T03:00:00Z\nstep=60"
    )
    assert result.chart is not None
    assert (result.chart.warn, result.chart.critical, result.chart.unit) == (3, 5, "%")
    (line,) = result.chart.lines
    assert line.points == tuple((END - 60 * before, 7.0 - before) for before in (5, 4, 3, 2, 1, 0))
    assert result.chart.says == (
        "Errors from 02:55 to 03:00 UTC: it was 2 % 5 minutes ago, and is 7 % now; warn at 3 %, critical at 5 %."
    )


@pytest.mark.parametrize("over", ["1m", "1h", "1d", "7d", "366d"])
async def test_a_prometheus_gives_as_many_points_as_are_asked(prometheus: str, over: str) -> None:
    result = await the(prometheus, query="vector(time())", over=over, step=None)
    assert result.chart is not None
    values = [value for _, value in result.chart.lines[0].points]
    assert 60 < len(values) <= MAX_POINTS
    assert None not in values


async def test_series_that_were_recorded_are_judged_by_the_worst(prometheus: str) -> None:
    rule = {"name": "it", "query": "answers", "over": "5m", "critical": 0, "below": True}
    report = await run([a_target("prometheus", url=prometheus, queries=[rule])], now=datetime.now(UTC))
    result = by_check(report)["it"]
    assert (result.verdict, result.value, result.facts["job"]) == (Verdict.CRITICAL, 0, "nobody")
    assert result.explanation.startswith('The worst of 2 series (__name__="answers", job="nobody") has been 0 since')
    assert result.chart is not None
    assert [line.label for line in result.chart.lines] == ["nobody", "itself"]


@pytest.mark.parametrize(
    ("query", "verdict", "says"),
    [
        ("scalar(vector(4))", Verdict.OK, "It has been 4 throughout the last 5 minutes."),
        ("vector(0/0)", Verdict.NO_DATA, "Every series is NaN over the last 5 minutes"),
        ("1/0 * vector(1)", Verdict.CRITICAL, "It has been inf"),
        ("no_such_metric", Verdict.NO_DATA, "No series matches the query over the last 5 minutes"),
        ("answers[5m]", Verdict.ERROR, "must be Scalar or instant Vector"),
        ("sum(", Verdict.ERROR, "unclosed left parenthesis"),
    ],
)
async def test_each_answer_of_a_prometheus_has_its_verdict(
    prometheus: str, query: str, verdict: Verdict, says: str
) -> None:
    result = await the(prometheus, query=query, critical=5)
    assert result.verdict is verdict
    assert says in result.explanation
    assert (result.next_step == "") is (verdict is Verdict.OK)


async def test_gaps_and_what_is_no_number_are_gaps_in_the_chart() -> None:
    result = await said(matrix(["1", None, "NaN", "+Inf", "-Inf", "6"], [None, "NaN", None, None, None, None]))
    assert result.chart is not None
    (line,) = result.chart.lines
    assert [value for _, value in line.points] == [1, None, None, None, None, 6]
    assert result.rows is not None
    assert result.rows.rows[-1] == ("p1", None, None, None, "nan")


async def test_a_histogram_has_no_single_value() -> None:
    histogram = {"metric": {}, "histograms": [[END, {"count": "1", "sum": "1", "buckets": []}]]}
    result = await said({"status": "success", "data": {"resultType": "matrix", "result": [histogram]}})
    assert result.verdict is Verdict.NO_DATA


async def test_what_a_prometheus_warns_of_is_said() -> None:
    result = await said(matrix(["1"]) | {"warnings": ["a store is away."]})
    assert result.explanation.endswith(" Prometheus warns: a store is away.")


TOO_FINE = (
    b'{"status":"error","errorType":"bad_data","error":"exceeded maximum resolution of 11,000 points per timeseries. '
    b'Try decreasing the query resolution (?step=XX)"}'
)
WHOLE = json.dumps(matrix(["1", "2", "3"])).encode()


@pytest.mark.parametrize(
    ("body", "status", "says", "advice"),
    [
        (WHOLE[: len(WHOLE) // 2], 200, "200 OK, and not what a Prometheus would say", "the address leads to one"),
        (WHOLE.replace(b'"2"', b'"two"'), 200, "not what a Prometheus would say", "the address leads to one"),
        (WHOLE.replace(b"matrix", b"vector"), 200, "not what a Prometheus would say", "the address leads to one"),
        (b"", 502, "502 Bad Gateway, and not what", "the address leads to one"),
        (b'{"status":"success"}', 200, "it says no reason", "mend it in the policy pack"),
        (TOO_FINE, 400, "exceeded maximum resolution of 11,000 points", "Write a longer `step` or a shorter `over`"),
        (b'{"status":"error","errorType":"timeout","error":"query timed out"}', 503, "query timed out", "Try the"),
        (b'{"status":"error","error":"password=hunter2 is wrong"}', 400, "password=*** is wrong", "Try the query"),
        (b" " * (2 * 1024 * 1024), 200, "longer than 1024 KiB", "topk(8, …)"),
    ],
    ids=["truncated", "no numbers", "another shape", "a gateway", "nothing", "too fine", "slow", "a secret", "2 MiB"],
)
async def test_an_answer_of_no_use_is_a_failed_check(body: bytes, status: int, says: str, advice: str) -> None:
    result = await said(body, status)
    assert (result.verdict, result.chart) == (Verdict.ERROR, None)
    assert says in result.explanation
    assert advice in result.next_step


async def test_a_refused_login_is_a_failed_check() -> None:
    result = await said(b"no", 401)
    assert result.verdict is Verdict.ERROR
    assert result.explanation == "It refused the login: 401 Unauthorized."


@pytest.mark.parametrize("kind", ["prometheus", "provider"])
async def test_an_authority_of_ones_own_is_trusted(tmp_path: Path, kind: str) -> None:
    made, path = authority(tmp_path)

    async def handle(_request: web.Request) -> web.StreamResponse:
        return web.json_response({"status": {"indicator": "none"}})

    async with answering(handle, tls=shown(made.issue_cert("127.0.0.1"))) as url:
        trusting = await asked(a_target(kind, {"A_CA": path}, url=url, ca_from="A_CA"))
        careful = await asked(a_target(kind, url=url))
    assert trusting.results[0].verdict is Verdict.OK
    assert "certificate verify failed" in careful.results[0].explanation
    assert "`ca_from`" in careful.results[0].next_step


@pytest.mark.parametrize("kind", ["prometheus", "provider"])
@pytest.mark.parametrize(
    ("path", "says"),
    [("/nowhere/hunter2.pem", "A_CA does not name a readable file of certificates."), ("", "A_CA is not set.")],
)
async def test_a_missing_file_of_certificates_is_a_failed_check(kind: str, path: str, says: str) -> None:
    report = await asked(a_target(kind, {"A_CA": path}, url=f"https://127.0.0.1:{nobody()}", ca_from="A_CA"))
    assert (report.results[0].verdict, report.results[0].explanation) == (Verdict.ERROR, says)
    assert "hunter2" not in str(report.to_dict())

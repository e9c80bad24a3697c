"""What is as strict as a Loki is asked for patterns: how often, since when, how often before, and what lines say."""

from typing import Any

import pytest
from aiohttp import web

from bot.diagnostics.result import MAX_POINTS, Result, Verdict
from tests.support.loki import Loki, serving
from tests.support.targets import NOW, a_target, asked
from tests.support.web import answering

TOKEN = "correct-horse-battery"
SELECTOR = '{app="checkout"}'
TIMEOUTS = {"name": "timeouts", "match": "timeout", "warn": 10, "critical": 100, "next_step": "Restart it."}
AT = NOW.timestamp()


def ill() -> Loki:
    """Three timeouts a minute from half an hour ago on, and forty-one in each of the last fifteen minutes."""
    loki = Loki()
    calm = [(AT - 60 * minute - 20 * third - 5, "calm") for minute in range(15, 30) for third in range(3)]
    storm = [
        (AT - 60 * minute - second - 5, f"order {second} ran into") for minute in range(15) for second in range(41)
    ]
    loki.put(
        {"app": "checkout", "pod": "a"}, [(at, f"{said} a timeout after {at:.0f} ms") for at, said in calm + storm]
    )
    loki.put({"app": "checkout", "pod": "b"}, [(AT - 30, 'level=error msg="no timeout of bob@example.com"')])
    loki.put({"app": "search"}, [(AT - 30, "timeout")])
    return loki


async def found(loki: Loki, **section: Any) -> Result:
    async with serving(loki) as url:
        report = await asked(a_target("loki", url=url, **{"selector": SELECTOR, "patterns": [TIMEOUTS]} | section))
    assert report.results[0].verdict is Verdict.OK, report.results[0]
    return report.results[1]


async def test_a_pattern_is_counted_and_set_against_the_window_before() -> None:
    result = await found(ill())
    assert (result.verdict, result.value, result.unit) == (Verdict.CRITICAL, 616, "lines")
    assert result.explanation == (
        "616 lines in the last 15m, the first at 02:45:15 UTC: 3 → 41 a minute against the 15m before."
    )
    assert (result.threshold, result.next_step) == ("warn at 10, critical at 100 lines in 15m", "Restart it.")
    assert result.facts == {"first_seen": "2026-03-01T02:45:15+00:00"}


async def test_what_the_newest_lines_say_is_told_by_its_shape() -> None:
    rows = (await found(ill())).rows
    assert rows is not None
    assert rows.columns == ("of the newest 500", "message")
    assert rows.rows == ((499, "order ? ran into a timeout after ? ms"), (1, "no timeout of ***"))


async def test_there_is_a_chart_of_lines_a_minute_that_says_what_it_shows() -> None:
    chart = (await found(ill())).chart
    assert chart is not None
    values = [value for _, value in chart.lines[0].points]
    assert values == [3.0] * 15 + [41.0] * 14 + [42.0]
    assert (chart.mark, chart.unit) == (None, "a minute"), "the incident's beginning is the only mark"
    assert chart.critical == 6.67, "as it stands beside the line"
    assert chart.says == "Lines a minute over 30m, 42 a minute at the most."


async def test_it_is_asked_with_whole_steps_in_nanoseconds() -> None:
    loki = ill()
    result = await found(loki)
    path, first = loki.asked[1]
    assert path == "/loki/api/v1/query_range"
    assert first == {
        "query": 'sum(count_over_time({app="checkout"} |= "timeout" [1s]))',
        "start": "1772332201000000000",
        "end": "1772334000000000000",
        "step": "1s",
    }
    assert result.ran == "GET /loki/api/v1/query_range\n" + "\n".join(
        f"{name}={value}" for name, value in first.items()
    )
    assert [query.get("direction") for _, query in loki.asked[2:]] == ["backward", "forward"]


@pytest.mark.parametrize("within", ["1m", "90s", "1h", "61m", "7h", "1d"])
async def test_every_window_is_one_that_loki_answers(within: str) -> None:
    result = await found(ill(), patterns=[TIMEOUTS | {"within": within}])
    assert result.verdict in (Verdict.WARN, Verdict.CRITICAL)
    assert result.chart is not None
    assert len(result.chart.lines[0].points) <= MAX_POINTS


@pytest.mark.parametrize(
    ("pattern", "verdict", "value"),
    [
        ({"match": r"order (1|2) .*\bms$", "regex": True, "warn": 31}, Verdict.OK, 30),
        ({"match": 'level=error msg="no', "warn": 1}, Verdict.WARN, 1),
        ({"match": r"back\slash", "warn": 1}, Verdict.OK, 0),
        ({"match": "calm", "warn": 1}, Verdict.OK, 0),
        ({"match": "timeout"}, Verdict.OK, 616),
    ],
)
async def test_text_and_expressions_mean_the_same_as_they_do_in_loki(
    pattern: dict[str, Any], verdict: Verdict, value: int
) -> None:
    result = await found(ill(), patterns=[{"name": "it"} | pattern])
    assert (result.verdict, result.value) == (verdict, value)
    assert (result.next_step == "") is (verdict is Verdict.OK)


async def test_none_in_the_window_says_how_many_were_before() -> None:
    result = await found(ill(), patterns=[{"name": "it", "match": "calm", "warn": 1}])
    assert result.explanation == "No line in the last 15m, 45 in the 15m before."
    result = await found(ill(), patterns=[{"name": "it", "match": "nowhere", "warn": 1}])
    assert (result.verdict, result.explanation) == (Verdict.OK, "No line in the last 15m, nor any in the 15m before.")


async def test_lines_with_metadata_are_lines_too() -> None:
    loki = ill()
    loki.metadata = True
    assert (await found(loki)).rows is not None


async def test_a_selector_without_streams_is_no_good_news() -> None:
    result = await found(ill(), selector='{app="chekout"}')
    assert result.verdict is Verdict.NO_DATA
    assert result.explanation == 'There is no stream {app="chekout"}: nothing can be said of its lines.'
    assert "selector" in result.next_step


async def test_a_tenant_is_named_and_one_that_is_missing_is_asked_for() -> None:
    loki = ill()
    loki.tenant = "shop"
    assert (await found(loki, tenant="shop")).value == 616
    result = await found(loki)
    assert (result.verdict, result.explanation) == (Verdict.ERROR, "The check failed: 401 Unauthorized: no org id.")
    assert "`tenant`" in result.next_step


@pytest.mark.parametrize("token", [True, False])
async def test_a_login_comes_from_settings_and_is_never_shown(token: bool) -> None:
    loki = ill()
    loki.authorization = f"Bearer {TOKEN}" if token else "Basic Ym9iOmNvcnJlY3QtaG9yc2UtYmF0dGVyeQ=="
    names = {"bearer_from": "MUSTER_T"} if token else {"username_from": "MUSTER_U", "password_from": "MUSTER_T"}
    section = {"selector": SELECTOR, "patterns": [TIMEOUTS], **names}
    async with serving(loki) as url:
        well = await asked(a_target("loki", {"MUSTER_U": "bob", "MUSTER_T": f"{TOKEN}\n"}, url=url, **section))
        wrong = await asked(a_target("loki", {"MUSTER_U": "bob", "MUSTER_T": f"not{TOKEN}"}, url=url, **section))
        unset = await asked(a_target("loki", {"MUSTER_U": "bob"}, url=url, **section))
    assert well.results[1].value == 616
    assert [(r.verdict, r.explanation) for r in wrong.results[:1]] == [
        (Verdict.ERROR, "It refused the login: 401 Unauthorized.")
    ]
    named = "MUSTER_T" if token else "MUSTER_U and MUSTER_T"
    assert wrong.results[0].next_step == f"Put a {'token or ' if token else ''}login that may read into {named}."
    assert (unset.results[0].verdict, unset.results[0].explanation) == (Verdict.ERROR, "MUSTER_T is not set.")
    assert TOKEN not in str([well.to_dict(), wrong.to_dict(), unset.to_dict()])


async def test_a_gateway_without_a_ready_page_is_asked_by_the_api_under_its_path() -> None:
    loki = ill()

    async def gateway(request: web.Request) -> web.StreamResponse:
        return web.Response(status=404) if request.path == "/logs/ready" else await loki.answer(request)

    async with answering(gateway) as url:
        report = await asked(a_target("loki", url=f"{url}/logs", selector=SELECTOR, patterns=[TIMEOUTS]))
    assert [result.verdict for result in report.results] == [Verdict.OK, Verdict.CRITICAL]
    assert report.results[0].ran == "GET /loki/api/v1/labels"


async def test_one_that_still_starts_is_critical_and_says_so() -> None:
    loki = Loki(not_ready="Ingester not ready: waiting for 15s after being ready")
    async with serving(loki) as url:
        report = await asked(a_target("loki", url=url, selector=SELECTOR, patterns=[TIMEOUTS]))
    assert [result.verdict for result in report.results] == [Verdict.CRITICAL, Verdict.NO_DATA]
    assert "Ingester not ready: waiting for 15s" in report.results[0].explanation


async def test_what_loki_says_of_a_wrong_query_is_said_on() -> None:
    result = await found(ill(), patterns=[{"name": "it", "match": "a++", "regex": True}])
    assert result.verdict is Verdict.ERROR
    assert "400 Bad Request: parse error : error parsing regexp: invalid nested repetition" in result.explanation
    assert result.next_step == "Try the query in Grafana, and mend it in the policy pack."


async def test_lines_that_are_too_long_leave_the_count() -> None:
    loki = ill()
    loki.put({"app": "checkout"}, [(AT - 10, "timeout" + "x" * (5 * 1024 * 1024))])
    result = await found(loki)
    assert (result.verdict, result.value, result.rows) == (Verdict.CRITICAL, 617, None)
    assert result.explanation.endswith("They are too long to be read here.")

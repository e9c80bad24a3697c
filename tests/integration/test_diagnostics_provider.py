"""Status pages of providers, and what is none: each is a result."""

from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from aiohttp import web

from bot.diagnostics.result import Report, Verdict
from tests.support.targets import NOW, a_target, asked, by_check
from tests.support.web import answering

COMPONENTS = [
    {"name": "API", "status": "operational"},
    {"name": "Payouts", "status": "major_outage"},
    {"name": "Europe", "status": "major_outage", "group": True},
]
PAYOUTS = {"name": "Payouts delayed", "impact": "major", "status": "investigating", "components": [{"name": "Payouts"}]}


def summary(**keys: Any) -> dict[str, Any]:
    return {"status": {"indicator": "none", "description": "All Systems Operational"}} | keys


def feed(*items: tuple[str, str, float]) -> bytes:
    """Titles, texts, and how many hours ago."""
    shown = "".join(
        f"<item><title>{title}</title><description><![CDATA[{text}]]></description>"
        f"<pubDate>{format_datetime(NOW - timedelta(hours=hours))}</pubDate></item>"
        for title, text, hours in items
    )
    return f'<rss version="2.0"><channel><title>Status</title>{shown}</channel></rss>'.encode()


async def found(body: bytes | dict[str, Any], status: int = 200, **section: Any) -> Report:
    """What is found on a page with this body."""

    async def handle(request: web.Request) -> web.StreamResponse:
        assert request.path == ("/" if section.get("format") == "rss" else "/api/v2/summary.json")
        return web.Response(body=body, status=status) if isinstance(body, bytes) else web.json_response(body)

    async with answering(handle) as url:
        return await asked(a_target("provider", url=url, **section))


async def test_a_provider_that_is_well_is_ok() -> None:
    report = await found(summary(components=COMPONENTS[:1]))
    assert {result.check: result.verdict for result in report.results} == dict.fromkeys(
        ("reachability", "indicator", "components", "incidents"), Verdict.OK
    )


@pytest.mark.parametrize(
    ("indicator", "verdict"),
    [
        ("minor", Verdict.WARN),
        ("major", Verdict.CRITICAL),
        ("critical", Verdict.CRITICAL),
        ("maintenance", Verdict.WARN),
        ("something new", Verdict.WARN),
    ],
)
async def test_the_indicator_has_its_verdict(indicator: str, verdict: Verdict) -> None:
    report = await found(summary(status={"indicator": indicator, "description": "Degraded."}))
    result = by_check(report)["indicator"]
    assert (result.verdict, result.explanation) == (verdict, f"It says of itself: Degraded ({indicator}).")
    assert result.next_step


async def test_the_worst_component_and_incident_count() -> None:
    results = by_check(await found(summary(components=COMPONENTS, incidents=[PAYOUTS])))
    components, incidents = results["components"], results["incidents"]
    assert (components.verdict, components.value) == (Verdict.CRITICAL, 1)
    assert components.explanation == "1 of 2 components not operational: Payouts is major outage."
    assert (incidents.verdict, incidents.explanation) == (Verdict.CRITICAL, "1 incident open: Payouts delayed.")


async def test_components_that_are_not_used_do_not_count() -> None:
    body = summary(status={"indicator": "critical"}, components=COMPONENTS, incidents=[PAYOUTS])
    report = await found(body, components=["api"])
    assert report.verdict is Verdict.OK
    assert [result.check for result in report.results] == ["reachability", "components", "incidents"]


async def test_a_component_that_the_page_does_not_have_is_a_failed_check() -> None:
    result = by_check(await found(summary(components=COMPONENTS), components=["Refunds"]))["components"]
    assert (result.verdict, result.explanation) == (Verdict.ERROR, "Its status page has no component Refunds.")
    assert result.rows is not None
    assert result.rows.rows == (("API",), ("Payouts",))


async def test_entries_of_a_feed_that_are_over_or_old_do_not_count() -> None:
    body = feed(
        ("Slow mail", "<strong>Investigating</strong> - Mail is slow. It is not yet fully resolved.", 1),
        ("Slow calls", "<strong>Resolved</strong> - This is over. <strong>Investigating</strong> - Calls.", 2),
        ("[RESOLVED] Errors", "", 2),
        ("Queue", "This incident has been resolved.", 2),
        ("Last week's", "Investigating", 30),
    )
    result = by_check(await found(body, format="rss"))["incidents"]
    assert (result.verdict, result.explanation) == (Verdict.WARN, "1 incident open: Slow mail.")
    both = by_check(await found(body, format="rss", within="48h"))["incidents"]
    assert both.value == 2


async def test_an_atom_feed_without_entries_is_ok() -> None:
    report = await found(b'<feed xmlns="http://www.w3.org/2005/Atom"><title>Status</title></feed>', format="rss")
    assert report.verdict is Verdict.OK
    assert [result.check for result in report.results] == ["reachability", "incidents"]


@pytest.mark.parametrize("format_", ["statuspage", "rss"])
@pytest.mark.parametrize(
    "body", [b"", b"<html>Hello</html>", b"/etc/passwd", b"\xff\x00", b"[" * 1000, b'{"status":1}']
)
async def test_what_is_no_status_page_is_a_failed_check(body: bytes, format_: str) -> None:
    report = await found(body, format=format_)
    assert report.results[0].verdict is Verdict.ERROR
    assert report.results[0].explanation.startswith("What was read is of no use: it is no ")
    assert {result.verdict for result in report.results[1:]} == {Verdict.NO_DATA}


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b" " * (2 * 1024 * 1024), 200, "longer than 1024 KiB"),
        (b"", 503, "It answered 503 Service Unavailable."),
        (b"", 404, "It answered 404 Not Found."),
    ],
)
async def test_a_page_that_is_not_read_says_nothing_of_the_provider(body: bytes, status: int, says: str) -> None:
    report = await found(body, status)
    assert report.results[0].verdict is Verdict.ERROR
    assert says in report.results[0].explanation


async def test_a_page_where_nobody_listens_is_a_failed_check() -> None:
    report = await asked(a_target("provider", url="http://127.0.0.1:1"))
    assert report.results[0].verdict is Verdict.ERROR
    assert report.results[0].explanation == "No connection: Connection refused."

"""Alerts posted over HTTP: who is let in, and what is answered once what they sent is stored, or is not."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp import hdrs

from bot.application.ingest_alerts import Overloaded
from bot.domain.errors import MissingText
from bot.store.database import DatabaseUnavailable, OutcomeUnknown
from tests.integration.webhooks_door import BEARER, SOURCES, TOKENS, Door, opened, post
from tests.unit.test_webhook_payloads import payload


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with opened(TOKENS) as made:
        yield made


@pytest.fixture
async def web() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(30)) as session:
        yield session


FILES = [
    ("alertmanager", "firing_and_resolved", 2),
    ("grafana", "firing", 2),
    ("sentry", "event_alert", 1),
    ("pagerduty", "triggered", 1),
    ("datadog", "triggered", 1),
    ("generic", "several", 3),
]


@pytest.mark.parametrize(("source", "name", "alerts"), FILES)
async def test_what_was_stored_is_answered_with_what_came_of_it(
    door: Door, web: aiohttp.ClientSession, source: str, name: str, alerts: int
) -> None:
    status, told, _ = await post(web, f"{door.url}/{source}", payload(f"{source}/{name}.json"))
    assert status == 202
    [(taken, sender)] = door.taken
    assert (len(taken), sender) == (alerts, "prom")
    assert told[0] | {"notes": None} == {
        "incident": None,
        "reason": "NEW",
        "alerts": alerts,
        "title": taken[0].title,
        "why": "Rule “all”.",
        "group": None,
        "notes": None,
    }
    assert (told[1]["incident"], told[1]["group"], told[1]["reason"]) == ("INC-2026-03-14-001", 7, "JOINED")
    assert door.order == ["courtesy", "taken"]
    assert door.counted == {(source, 202): 1}


async def test_what_was_left_out_is_told_with_the_first_object(door: Door, web: aiohttp.ClientSession) -> None:
    labels = {f"l{number}": "x" for number in range(1_000)}
    _, told, _ = await post(web, f"{door.url}/generic", json.dumps({"title": "T", "labels": labels}).encode())
    assert told[0]["notes"] == ["the alert: 936 labels were left out; 64 are kept"]
    assert "notes" not in told[1]


async def test_a_monitors_test_event_is_taken_and_comes_to_nothing(door: Door, web: aiohttp.ClientSession) -> None:
    status, told, _ = await post(web, f"{door.url}/pagerduty", payload("pagerduty/ping.json"))
    assert status == 202
    assert [one["reason"] for one in told] == ["NOTHING"]
    assert door.taken == []


async def test_sentrys_headers_say_what_it_is_and_when_it_was_sent(door: Door, web: aiohttp.ClientSession) -> None:
    body = payload("sentry/issue_resolved.json")
    made = hmac.new(b"beta-secret", body, hashlib.sha256).hexdigest()
    headers = {"Sentry-Hook-Signature": made, "Sentry-Hook-Resource": "issue", "Sentry-Hook-Timestamp": "1773460000"}
    status, _, _ = await post(web, f"{door.url}/sentry", body, headers)
    [([alert], sender)] = door.taken
    assert (status, sender, alert.ends_at) == (202, "sentry", datetime.fromtimestamp(1773460000, UTC))


async def test_the_packs_own_sources_are_named_in_the_address(door: Door, web: aiohttp.ClientSession) -> None:
    status, _, _ = await post(web, f"{door.url}/generic?source=uptime", payload("generic/uptime.json"))
    assert (status, door.taken[0][0][0].source) == (202, "uptime")
    status, told, _ = await post(web, f"{door.url}/generic?source=nagios", payload("generic/uptime.json"))
    assert (status, told["field"]) == (422, "source")
    assert told["error"].endswith("names no source of the pack; there are: uptime.")


@pytest.mark.parametrize("source", SOURCES)
async def test_nobody_unknown_gets_in(door: Door, web: aiohttp.ClientSession, source: str) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        status, told, sent = await post(web, f"{door.url}/{source}?token=alpha-secret", headers=headers)
        assert (status, sent[hdrs.WWW_AUTHENTICATE]) == (401, "Bearer")
        assert "MUSTER_WEBHOOK_TOKENS" in told["error"]
    assert door.taken == []


async def test_without_a_setting_nobody_gets_in(web: aiohttp.ClientSession) -> None:
    async with opened({}) as door:
        status, told, _ = await post(web, f"{door.url}/generic")
    assert (status, told["error"].partition(": ")[0]) == (401, "No webhook is expected")


async def test_a_signature_of_another_body_is_refused_before_the_body_is_looked_at(
    door: Door, web: aiohttp.ClientSession
) -> None:
    made = hmac.new(b"beta-secret", b"{}", hashlib.sha256).hexdigest()
    status, _, _ = await post(web, f"{door.url}/sentry", b"no JSON", {"Sentry-Hook-Signature": made})
    assert (status, door.order) == (401, [])


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
async def test_alerts_come_by_post_only(door: Door, web: aiohttp.ClientSession, method: str) -> None:
    async with web.request(method, f"{door.url}/grafana", headers=BEARER) as answer:
        assert (answer.status, answer.headers[hdrs.ALLOW]) == (405, "POST")
        assert await answer.json() == {"error": "Alerts are sent by POST."}


async def test_what_is_wrong_is_answered_with_its_field(door: Door, web: aiohttp.ClientSession) -> None:
    good = {"status": "firing", "labels": {"a": "b"}}
    body = json.dumps({"alerts": [good, good, good, {**good, "startsAt": "soon"}]}).encode()
    status, told, _ = await post(web, f"{door.url}/alertmanager", body)
    assert (status, told) == (
        422,
        {
            "error": "alerts[3].startsAt has to be a time, such as 2026-03-14T03:05:00Z or seconds since 1970.",
            "field": "alerts[3].startsAt",
        },
    )


async def test_a_fault_of_ours_is_answered_counted_and_logged(
    door: Door, web: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    door.fails = MissingText(what="a title")
    status, told, _ = await post(web, f"{door.url}/generic", payload("generic/one.json"))
    assert (status, "nothing of the post was kept" in told["error"]) == (500, True)
    assert door.counted["generic", 500] == 1
    assert "/webhooks/generic could not be handled" in caplog.text


@pytest.mark.parametrize("failure", [DatabaseUnavailable(), OutcomeUnknown(), Overloaded()])
async def test_what_could_not_be_stored_is_to_be_sent_again(
    door: Door, web: aiohttp.ClientSession, failure: Exception
) -> None:
    door.fails = failure
    status, told, headers = await post(web, f"{door.url}/generic", payload("generic/one.json"))
    assert (status, headers[hdrs.RETRY_AFTER], "again" in told["error"]) == (503, "5", True)

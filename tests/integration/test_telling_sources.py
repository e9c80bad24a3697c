"""Monitors of every kind are told over real HTTP, and each way in which that can fail."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from bot.application.ports import MOST_CONCERNED, Refused, TryAgain
from bot.domain.alert_rules import TellKind
from bot.notices.alertmanager import MOST_LISTED
from tests.support.monitors import TOKEN, Callback, Monitor, Pager, Silencer, asked
from tests.support.ports import authority, nobody, resets, serving, shown
from tests.support.telling import INCIDENT, NOW, alert, answer, rule, telling
from tests.support.web import answering

ALERT = alert({"alertname": "Down"}, reference="PT4KHLK")
TOLD = answer("acknowledged", ALERT)
KINDS = [TellKind.ALERTMANAGER, TellKind.PAGERDUTY, TellKind.CALLBACK]


def monitor(kind: TellKind) -> Monitor:
    match kind:
        case TellKind.ALERTMANAGER:
            return Silencer(token=TOKEN)
        case TellKind.PAGERDUTY:
            return Pager(token=TOKEN, incidents={"PT4KHLK": "triggered"})
        case TellKind.CALLBACK:
            return Callback(token=TOKEN)


async def failed(kind: TellKind, response: web.StreamResponse | None, *, patience: float = 20) -> TryAgain | Refused:
    """What telling comes to when it is answered so; then the same is told again, and it works."""
    server = monitor(kind)
    server.instead.append(response)
    async with asked(server):
        async with telling(rule(kind), server.url, patience=patience) as sources:
            with pytest.raises((TryAgain, Refused)) as caught:
                await sources.tell(TOLD)
        assert len(server.asked) == 1
        async with telling(rule(kind), server.url) as sources:
            assert await sources.tell(TOLD)
    assert TOKEN not in f"{caught.value!r}{getattr(caught.value, 'remedy', '')}"
    assert server.url not in f"{caught.value!r}"
    assert isinstance(caught.value, TryAgain | Refused)
    return caught.value


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504])
async def test_a_monitor_in_trouble_is_told_again(kind: TellKind, status: int) -> None:
    found = await failed(kind, web.Response(status=status))
    assert isinstance(found, TryAgain)
    assert found.reason == f"http_{status}"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("header", "value", "wait"),
    [
        ("Retry-After", "7", timedelta(seconds=7)),
        ("ratelimit-reset", "30", timedelta(seconds=30)),
        ("Retry-After", "86400", timedelta(minutes=5)),
        ("Retry-After", "soon", timedelta(seconds=10)),
    ],
)
async def test_a_monitor_that_asks_for_patience_gets_it_within_bounds(
    kind: TellKind, header: str, value: str, wait: timedelta
) -> None:
    found = await failed(kind, web.Response(status=429, headers={header: value}))
    assert isinstance(found, TryAgain)
    assert (found.reason, found.wait) == ("ratelimited", wait)


@pytest.mark.parametrize("kind", KINDS)
async def test_silence_is_told_again(kind: TellKind) -> None:
    found = await failed(kind, None, patience=0.3)
    assert isinstance(found, TryAgain)
    assert found.reason == "it did not answer in time"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_monitor_that_is_not_there_is_told_again(kind: TellKind) -> None:
    async with telling(rule(kind), f"http://127.0.0.1:{nobody()}/s3cret-path") as sources:
        with pytest.raises(TryAgain, match=r"^it can't be reached$"):
            await sources.tell(TOLD)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_connection_that_breaks_is_told_again(kind: TellKind) -> None:
    async with serving(resets) as port, telling(rule(kind), f"http://127.0.0.1:{port}") as sources:
        with pytest.raises(TryAgain, match=r"^the connection broke \(\w+\)$"):
            await sources.tell(TOLD)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_certificate_of_nobody_known_is_not_told_anything(kind: TellKind, tmp_path: Path) -> None:
    issuer, _ = authority(tmp_path)
    server = monitor(kind)
    tls = shown(issuer.issue_cert("127.0.0.1"))
    async with answering(server.handle, tls=tls) as url, telling(rule(kind), url) as sources:
        with pytest.raises(TryAgain, match="its certificate is not one to trust"):
            await sources.tell(TOLD)
    assert server.asked == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [401, 403])
async def test_a_token_that_is_not_taken_is_a_refusal_that_names_its_setting(kind: TellKind, status: int) -> None:
    found = await failed(kind, web.Response(status=status, text=f"Bearer {TOKEN} is not good\n" * 100))
    assert isinstance(found, Refused)
    assert "MONITOR_TOKEN" in found.remedy
    assert len(found.reason) <= 120


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(kind: TellKind, status: int) -> None:
    found = await failed(kind, web.Response(status=status, headers={"Location": "/elsewhere"}))
    assert isinstance(found, Refused)
    assert found.reason == f"http_{status}"
    assert "MONITOR_URL" in found.remedy


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [405, 410, 422])
async def test_a_monitor_that_says_no_is_a_refusal_with_its_words(kind: TellKind, status: int) -> None:
    found = await failed(kind, web.Response(status=status, text="not\nso " * 1000))
    assert isinstance(found, Refused)
    assert found.reason.startswith(f"http_{status} not so")
    assert "MONITOR_URL" in found.remedy


@pytest.mark.parametrize("kind", KINDS)
async def test_an_answer_without_end_is_not_read(kind: TellKind) -> None:
    found = await failed(kind, web.Response(status=418, body=b" " * (MOST_LISTED + 1)))
    assert isinstance(found, Refused)
    assert "its answer is larger than" in found.reason


@pytest.mark.parametrize("body", ["<html>", '{"status": "success"}', "[" * 60_000, ""])
async def test_a_page_for_people_is_no_list_of_silences(body: str) -> None:
    found = await failed(TellKind.ALERTMANAGER, web.Response(text=body))
    assert isinstance(found, Refused)
    assert found.reason == "its answer is no list of silences"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("url", "token", "said"),
    [
        (None, TOKEN, "MONITOR_URL is not set"),
        ("", TOKEN, "MONITOR_URL is not set"),
        ("https://monitor.example.com/s3cret", None, "MONITOR_TOKEN is not set"),
        ("ftp://monitor.example.com/s3cret", TOKEN, "MONITOR_URL is not a web address"),
        ("https://monitor.example.com:70000/s3cret", TOKEN, "MONITOR_URL is not a web address"),
        ("https://monitor.example.com/#s3cret", TOKEN, "MONITOR_URL is not a web address"),
        ("https://user:pw@monitor.example.com/s3cret", TOKEN, "the call cannot be sent"),
        ("https://monitor.example.com/s3cret", "two\nlines", "MONITOR_TOKEN is no token"),
        ("https://monitor.example.com/s3cret", "s3cret\u20ac", "MONITOR_TOKEN is no token"),
    ],
)
async def test_a_setting_that_is_missing_or_wrong_is_named_and_not_shown(
    kind: TellKind, url: str | None, token: str | None, said: str
) -> None:
    async with telling(rule(kind), url, token=token) as sources:
        with pytest.raises(Refused, match=said) as refused:
            await sources.tell(TOLD)
    shown = f"{refused.value.reason}{refused.value.remedy}"
    assert "MONITOR_" in shown
    assert not any(secret in shown for secret in ("s3cret", "pw@", "two"))


async def test_a_rule_that_the_pack_has_dropped_is_a_refusal() -> None:
    async with telling(rule(TellKind.CALLBACK), "http://127.0.0.1:1") as sources:
        sources.take([])
        with pytest.raises(Refused, match="no rule back"):
            await sources.tell(TOLD)


async def test_a_monitor_hears_of_its_own_alerts_only() -> None:
    server = Callback(token=TOKEN)
    async with asked(server), telling(rule(TellKind.CALLBACK), server.url) as sources:
        assert await sources.tell(answer("resolved", alert({}, source="datadog"))) == "nothing to tell"
        assert server.asked == []
        await sources.tell(answer("resolved", alert({}, source="datadog"), ALERT))
    [told] = server.told.values()
    assert [one["source"] for one in told["alerts"]] == ["prometheus"]


async def test_a_callback_is_told_all_of_it_as_its_page_says() -> None:
    server = Callback(token=TOKEN)
    told = answer("resolved", ALERT, link="https://muster.example.com/1", title="Größe <!channel>\ud800")
    async with asked(server), telling(rule(TellKind.CALLBACK), f"{server.url}/hooks/muster/?of=us") as sources:
        assert await sources.tell(told) == "told: resolved"
        assert await sources.tell(told) == "told: resolved"
    assert [one.path for one in server.asked] == ["/hooks/muster/"] * 2
    assert server.told == {
        "17-5f": {
            "id": "17-5f",
            "what": "resolved",
            "incident": INCIDENT,
            "title": "Größe <!channel>\ud800",
            "severity": "P1",
            "link": "https://muster.example.com/1",
            "by": "Bob",
            "at": NOW.isoformat(),
            "alerts": [
                {
                    "source": "prometheus",
                    "fingerprint": "f1",
                    "name": "Down",
                    "labels": {"alertname": "Down"},
                    "reference": "PT4KHLK",
                }
            ],
        }
    }


async def test_a_callback_without_a_token_is_told_without_one() -> None:
    server = Callback()
    async with asked(server), telling(rule(TellKind.CALLBACK, token_from=None), server.url) as sources:
        await sources.tell(TOLD)
    assert "Authorization" not in server.asked[0].headers


async def test_no_more_alerts_are_told_of_than_there_is_room_for() -> None:
    server = Callback(token=TOKEN)
    many = [alert({"alertname": f"Alert{number}"}) for number in range(MOST_CONCERNED + 1)]
    async with asked(server), telling(rule(TellKind.CALLBACK), server.url) as sources:
        await sources.tell(answer("acknowledged", *many))
    assert len(server.asked[0].body["alerts"]) == MOST_CONCERNED


async def test_secrets_of_an_address_are_not_shown_by_a_server_that_repeats_it() -> None:
    server = Callback()
    url_parts = "/hooks/s3cret-path?key=s3cret-key"
    server.instead.append(web.Response(status=400, text=json.dumps([f"no such page: {url_parts}", TOKEN])))
    async with asked(server), telling(rule(TellKind.CALLBACK), f"{server.url}{url_parts}") as sources:
        with pytest.raises(Refused) as refused:
            await sources.tell(TOLD)
    assert "s3cret" not in refused.value.reason
    assert TOKEN not in refused.value.reason
    assert "no such page" in refused.value.reason

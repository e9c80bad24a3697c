"""Webhooks to a real HTTP server, and each way in which they can fail."""

import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from bot.application.ports import Notice, Refused, TryAgain, Unclear
from bot.domain.rules import WebhookRule
from bot.notices.webhook import Webhooks, signature
from tests.support.ports import authority, shown
from tests.support.receiver import SECRET, Receiver, receiver, verified
from tests.support.web import answering

RULE = WebhookRule(name="pager", url_from="PAGER_URL", secret_from="PAGER_SECRET")
NOTICE = Notice(webhook="pager", id="17-5f", body={"version": 1, "summary": "Größe <b>"})
NOW = datetime(2026, 3, 14, 3, 5, tzinfo=UTC)


@pytest.fixture
async def pager() -> AsyncIterator[Receiver]:
    async with receiver() as made:
        yield made


async def call(url: str, *, secret: str = SECRET, patience: float = 5, name: str = "pager") -> None:
    settings = {"PAGER_URL": url, "PAGER_SECRET": secret}
    webhooks = Webhooks([RULE], settings.get, lambda: NOW, patience)
    try:
        await webhooks.call(Notice(webhook=name, id=NOTICE.id, body=NOTICE.body))
    finally:
        await webhooks.close()


async def test_a_call_is_json_signed_and_numbered(pager: Receiver) -> None:
    await call(pager.url)
    [told] = pager.calls
    assert told.body == NOTICE.body
    assert told.delivery == "17-5f"
    assert told.headers["Content-Type"] == "application/json"
    assert told.headers["Muster-Signature"].startswith(f"t={int(NOW.timestamp())},v1=")


def test_a_signature_holds_for_one_body_one_time_and_one_secret() -> None:
    made = signature(SECRET, b"body", NOW)
    assert verified(SECRET, made, b"body")
    assert not verified(SECRET, made, b"other")
    assert not verified("another secret", made, b"body")
    assert not verified(SECRET, made.replace("t=1", "t=2"), b"body")


async def test_a_receiver_with_another_secret_is_a_refusal_that_names_the_setting(pager: Receiver) -> None:
    with pytest.raises(Refused, match="http_401 bad signature") as refused:
        await call(pager.url, secret="another secret, long enough")
    assert "PAGER_SECRET" in refused.value.remedy


async def test_an_error_of_the_receivers_is_unclear_and_may_be_tried_again(pager: Receiver) -> None:
    pager.answers.append(web.Response(status=500))
    with pytest.raises(Unclear, match="http_500"):
        await call(pager.url)
    await call(pager.url)
    assert [told.delivery for told in pager.calls] == ["17-5f", "17-5f"]


@pytest.mark.parametrize(
    ("value", "wait"),
    [("7", timedelta(seconds=7)), ("86400", timedelta(minutes=5)), ("soon", timedelta(seconds=10))],
)
async def test_a_receiver_that_asks_for_patience_gets_it_within_bounds(
    pager: Receiver, value: str, wait: timedelta
) -> None:
    pager.answers.append(web.Response(status=429, headers={"Retry-After": value}))
    with pytest.raises(TryAgain, match="ratelimited") as later:
        await call(pager.url)
    assert later.value.wait == wait


@pytest.mark.parametrize("status", [408, 425])
async def test_a_receiver_that_did_not_get_it_is_tried_again(pager: Receiver, status: int) -> None:
    pager.answers.append(web.Response(status=status))
    with pytest.raises(TryAgain, match=f"http_{status}"):
        await call(pager.url)


@pytest.mark.parametrize("status", [400, 404, 410, 422])
async def test_a_receiver_that_says_no_is_a_refusal(pager: Receiver, status: int) -> None:
    pager.answers.append(web.Response(status=status, text="not\nhere " * 5000))
    with pytest.raises(Refused, match=f"http_{status} not here") as refused:
        await call(pager.url)
    assert len(refused.value.reason) <= 120
    assert "PAGER_URL" in refused.value.remedy


async def test_a_redirect_is_not_followed(pager: Receiver) -> None:
    pager.answers.append(web.Response(status=307, headers={"Location": "/elsewhere"}))
    with pytest.raises(Refused, match="http_307"):
        await call(pager.url)
    assert len(pager.calls) == 1


async def test_silence_is_unclear(pager: Receiver) -> None:
    pager.answers.append(None)
    with pytest.raises(Unclear, match="did not answer in time"):
        await call(pager.url, patience=0.3)


async def test_a_receiver_that_is_not_there_is_tried_again() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with pytest.raises(TryAgain, match="can't be reached"):
            await call(f"http://127.0.0.1:{nobody.getsockname()[1]}/hook")


async def test_a_certificate_of_nobody_known_is_told_nothing_and_tried_again(pager: Receiver, tmp_path: Path) -> None:
    issuer, _ = authority(tmp_path)
    async with answering(pager.handle, tls=shown(issuer.issue_cert("127.0.0.1"))) as url:
        with pytest.raises(TryAgain, match="the webhook's certificate is not one to trust"):
            await call(f"{url}/hooks/muster")
    assert pager.calls == []


@pytest.mark.parametrize(
    ("url", "secret", "said"),
    [
        ("", SECRET, "PAGER_URL is not set"),
        ("https://pager.example.com/s3cret-path", "", "PAGER_SECRET is not set"),
        ("ftp://pager.example.com/s3cret-path", SECRET, "PAGER_URL is not a web address"),
        ("https://pager.example.com:70000/s3cret-path", SECRET, "PAGER_URL is not a web address"),
        ("https://pager..example.com/s3cret-path", SECRET, "PAGER_URL is not a web address"),
        ("https://u\u20acer:pw@127.0.0.1:1/s3cret-path", SECRET, "PAGER_URL is not a web address"),
        ("https://pager.example.com/s3cret-path", "short", "PAGER_SECRET is too short"),
    ],
)
async def test_a_setting_that_is_missing_or_wrong_is_named_and_not_shown(url: str, secret: str, said: str) -> None:
    with pytest.raises(Refused, match=said) as refused:
        await call(url, secret=secret)
    assert "s3cret-path" not in f"{refused.value.reason}{refused.value.remedy}"


async def test_a_webhook_that_the_pack_has_dropped_is_a_refusal(pager: Receiver) -> None:
    with pytest.raises(Refused, match="no webhook old"):
        await call(pager.url, name="old")

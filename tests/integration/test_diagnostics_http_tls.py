"""The certificates of http targets: whether they are accepted, and for how long still."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from bot.diagnostics.result import Result, Verdict
from bot.diagnostics.runner import run
from tests.integration.test_diagnostics_http import diagnosed
from tests.support.ports import Behaviour, resets, shown, silent
from tests.support.ports import serving as listening
from tests.support.targets import NOW, a_target, by_check
from tests.support.web import answering, saying


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, str]:
    made = trustme.CA()
    path: Path = tmp_path_factory.mktemp("ca") / "ca.pem"
    made.cert_pem.write_to_path(str(path))
    return made, str(path)


async def over_tls(
    authority: tuple[trustme.CA, str], cert: trustme.LeafCert, *, now: datetime = NOW, **section: Any
) -> dict[str, Result]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    cert.configure_cert(context)
    async with answering(saying(), tls=context) as url:
        target = a_target("http", {"A_CA": authority[1]}, **{"url": url, "tries": 1, "ca_from": "A_CA", **section})
        return by_check(await run([target], now=now))


@pytest.mark.parametrize(("days", "verdict"), [(90, Verdict.OK), (20, Verdict.WARN), (6, Verdict.CRITICAL)])
async def test_a_certificate_is_held_to_the_days_that_are_left_when_it_is_asked(
    authority: tuple[trustme.CA, str], days: int, verdict: Verdict
) -> None:
    ends = datetime(2100, 1, 1, tzinfo=UTC)
    cert = authority[0].issue_cert("127.0.0.1", not_after=ends)
    found = await over_tls(authority, cert, now=ends - timedelta(days=days))
    assert found["status"].verdict is Verdict.OK
    certificate = found["certificate"]
    assert (certificate.verdict, certificate.value, certificate.unit) == (verdict, days, "days")
    assert "until 2100-01-01 00:00 UTC" in certificate.explanation
    assert certificate.rows is not None
    assert certificate.rows.rows[0] == ("for", "127.0.0.1")


async def test_an_expired_certificate_is_critical(authority: tuple[trustme.CA, str]) -> None:
    cert = authority[0].issue_cert("127.0.0.1", not_after=datetime.now(UTC) - timedelta(days=1))
    found = await over_tls(authority, cert)
    assert found["certificate"].verdict is Verdict.CRITICAL
    assert "expired" in found["certificate"].explanation
    assert found["certificate"].value is not None
    assert found["certificate"].rows is not None
    assert found["status"].verdict is Verdict.CRITICAL
    assert found["latency"].verdict is Verdict.NO_DATA


async def test_a_certificate_for_another_name_is_critical(authority: tuple[trustme.CA, str]) -> None:
    found = await over_tls(authority, authority[0].issue_cert("example.com"))
    assert found["certificate"].verdict is Verdict.CRITICAL
    assert "not valid for '127.0.0.1'" in found["certificate"].explanation
    assert found["certificate"].next_step.endswith("or correct the target's address.")
    assert found["certificate"].rows is not None
    assert found["certificate"].rows.rows[0] == ("for", "example.com")


async def test_a_certificate_of_nobody_knows_whom_is_critical(authority: tuple[trustme.CA, str]) -> None:
    found = await over_tls(authority, authority[0].issue_cert("127.0.0.1"), ca_from=None)
    assert found["certificate"].verdict is Verdict.CRITICAL
    assert "ca_from" in found["certificate"].next_step


async def test_a_missing_file_of_certificates_is_an_error() -> None:
    found = await diagnosed("https://127.0.0.1:9", {"A_CA": "/nowhere/ca.pem"}, ca_from="A_CA")
    assert found["status"].verdict is Verdict.ERROR
    assert "A_CA" in found["status"].explanation


async def test_plain_http_where_tls_is_spoken_is_critical(authority: tuple[trustme.CA, str]) -> None:
    async with answering(saying()) as url:
        found = await diagnosed(url.replace("http:", "https:"))
    assert found["status"].verdict is Verdict.CRITICAL
    assert found["certificate"].verdict is Verdict.NO_DATA


@pytest.mark.parametrize("after", [resets, silent])
async def test_a_refused_certificate_that_cannot_be_looked_at_again_is_critical_all_the_same(
    authority: tuple[trustme.CA, str], after: Behaviour
) -> None:
    context = shown(authority[0].issue_cert("example.com"))
    connections = 0

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        if connections > 1:
            await after(reader, writer)
            return
        await writer.start_tls(context)
        await silent(reader, writer)

    async with listening(once) as port:
        url = f"https://127.0.0.1:{port}"
        found = await diagnosed(url, {"A_CA": authority[1]}, ca_from="A_CA", check_timeout=0.5)
    assert found["certificate"].verdict is Verdict.CRITICAL
    assert "not valid for '127.0.0.1'" in found["certificate"].explanation
    assert found["certificate"].rows is None

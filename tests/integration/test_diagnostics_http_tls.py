"""The certificates of http targets: whether they are accepted, and for how long still."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from bot.diagnostics.result import Result, Verdict
from tests.integration.test_diagnostics_http import answering, diagnosed, serving


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, str]:
    made = trustme.CA()
    path: Path = tmp_path_factory.mktemp("ca") / "ca.pem"
    made.cert_pem.write_to_path(str(path))
    return made, str(path)


async def over_tls(authority: tuple[trustme.CA, str], cert: trustme.LeafCert, **section: Any) -> dict[str, Result]:
    async with serving(answering(), cert=cert) as url:
        return await diagnosed(url, {"A_CA": authority[1]}, **{"ca_from": "A_CA", **section})


@pytest.mark.parametrize(("days", "verdict"), [(90, Verdict.OK), (20, Verdict.WARN), (6, Verdict.CRITICAL)])
async def test_a_certificate_is_held_to_the_days_that_are_left(
    authority: tuple[trustme.CA, str], days: int, verdict: Verdict
) -> None:
    cert = authority[0].issue_cert("127.0.0.1", not_after=datetime.now(UTC) + timedelta(days=days, minutes=5))
    found = await over_tls(authority, cert)
    assert found["status"].verdict is Verdict.OK
    assert found["certificate"].verdict is verdict
    assert found["certificate"].value == days
    assert "127.0.0.1" in found["certificate"].explanation


async def test_an_expired_certificate_is_critical(authority: tuple[trustme.CA, str]) -> None:
    cert = authority[0].issue_cert("127.0.0.1", not_after=datetime.now(UTC) - timedelta(days=1))
    found = await over_tls(authority, cert)
    assert found["certificate"].verdict is Verdict.CRITICAL
    assert "expired" in found["certificate"].explanation
    assert found["status"].verdict is Verdict.CRITICAL
    assert found["latency"].verdict is Verdict.NO_DATA


async def test_a_certificate_for_another_name_is_critical(authority: tuple[trustme.CA, str]) -> None:
    found = await over_tls(authority, authority[0].issue_cert("example.com"))
    assert found["certificate"].verdict is Verdict.CRITICAL
    assert "another name" in found["certificate"].explanation


async def test_a_certificate_of_nobody_knows_whom_is_critical(authority: tuple[trustme.CA, str]) -> None:
    found = await over_tls(authority, authority[0].issue_cert("127.0.0.1"), ca_from=None)
    assert found["certificate"].verdict is Verdict.CRITICAL
    assert "ca_from" in found["certificate"].next_step


async def test_a_missing_file_of_certificates_is_an_error() -> None:
    found = await diagnosed("https://127.0.0.1:9", {"A_CA": "/nowhere/ca.pem"}, ca_from="A_CA")
    assert found["status"].verdict is Verdict.ERROR
    assert "A_CA" in found["status"].explanation


async def test_plain_http_where_tls_is_spoken_is_critical(authority: tuple[trustme.CA, str]) -> None:
    async with serving(answering()) as url:
        found = await diagnosed(url.replace("http:", "https:"))
    assert found["status"].verdict is Verdict.CRITICAL
    assert found["certificate"].verdict is Verdict.NO_DATA

"""The TLS checks against real handshakes, with an authority of the tests' own."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme

from bot.diagnostics.result import Result, Verdict
from bot.diagnostics.target import Target
from tests.support.ports import Behaviour, Flood, authority, babbles, nobody, resets, serving, shown, silent
from tests.support.targets import a_target, asked, by_check

CA = "MUSTER_DIAG_CA"


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, str]:
    return authority(tmp_path_factory.mktemp("authority"))


def tls(port: int, ca: str | None, **section: Any) -> Target:
    return a_target("tls", {CA: ca}, host="127.0.0.1", port=port, ca_from=CA, **section)


async def checked(certificate: trustme.LeafCert, ca: str | None, **section: Any) -> dict[str, Result]:
    async with serving(silent, tls=shown(certificate)) as port:
        return by_check(await asked(tls(port, ca, server_name="shop.example.com", **section)))


async def test_a_trusted_certificate_is_ok_with_its_days_and_names(trusted: tuple[trustme.CA, str]) -> None:
    ca, path = trusted
    found = await checked(ca.issue_cert("shop.example.com", "www.example.com"), path)
    certificate = found["certificate"]
    assert {result.verdict for result in found.values()} == {Verdict.OK}
    assert "TLSv1.3" in found["reachability"].explanation
    assert certificate.unit == "days"
    assert certificate.value is not None
    assert certificate.value > 10_000
    assert certificate.threshold == "warn at 21 days or less, critical at 7 days or less"
    assert certificate.ran.endswith(f"for the name shop.example.com, trusting the authorities of {CA}")
    assert certificate.rows is not None
    assert certificate.rows.rows[0] == ("for", "shop.example.com, www.example.com")


@pytest.mark.parametrize(
    ("thresholds", "verdict"),
    [
        ({"certificate_warn_days": 1_000_000}, Verdict.WARN),
        ({"certificate_warn_days": 1_000_000, "certificate_crit_days": 1_000_000}, Verdict.CRITICAL),
    ],
)
async def test_a_certificate_with_few_days_left_is_to_be_renewed(
    trusted: tuple[trustme.CA, str], thresholds: dict[str, float], verdict: Verdict
) -> None:
    ca, path = trusted
    certificate = (await checked(ca.issue_cert("shop.example.com"), path, thresholds=thresholds))["certificate"]
    assert certificate.verdict is verdict
    assert certificate.next_step.startswith("Renew it")


async def test_an_expired_certificate_is_critical_and_says_since_when(trusted: tuple[trustme.CA, str]) -> None:
    ca, path = trusted
    expired = ca.issue_cert("shop.example.com", not_after=datetime(2026, 2, 1, tzinfo=UTC))
    found = await checked(expired, path)
    assert found["reachability"].verdict is Verdict.OK
    certificate = found["certificate"]
    assert certificate.verdict is Verdict.CRITICAL
    assert "has expired" in certificate.explanation
    assert certificate.value is not None
    assert -29 < certificate.value < -27
    assert certificate.rows is not None
    assert certificate.rows.rows[3] == ("until", "Feb  1 00:00:00 2026 GMT")
    assert certificate.next_step.startswith("Renew it now")


async def test_a_certificate_for_another_name_is_critical_and_shows_its_names(trusted: tuple[trustme.CA, str]) -> None:
    ca, path = trusted
    certificate = (await checked(ca.issue_cert("other.example.com"), path))["certificate"]
    assert certificate.verdict is Verdict.CRITICAL
    assert "shop.example.com" in certificate.explanation
    assert "server_name" in certificate.next_step
    assert certificate.rows is not None
    assert certificate.rows.rows[0] == ("for", "other.example.com")


async def test_a_certificate_of_an_unknown_authority_is_critical(trusted: tuple[trustme.CA, str]) -> None:
    _, path = trusted
    certificate = (await checked(trustme.CA().issue_cert("shop.example.com"), path))["certificate"]
    assert certificate.verdict is Verdict.CRITICAL
    assert "ca_from" in certificate.next_step
    assert certificate.value is not None


async def test_a_chain_without_its_intermediate_is_critical(trusted: tuple[trustme.CA, str]) -> None:
    ca, path = trusted
    whole = ca.create_child_ca().issue_cert("shop.example.com")
    assert (await checked(whole, path))["certificate"].verdict is Verdict.OK
    whole.cert_chain_pems[1:] = []
    whole.private_key_and_cert_chain_pem = trustme.Blob(
        whole.private_key_pem.bytes() + whole.cert_chain_pems[0].bytes()
    )
    certificate = (await checked(whole, path))["certificate"]
    assert certificate.verdict is Verdict.CRITICAL
    assert "intermediate" in certificate.next_step


async def test_without_the_authorities_the_handshake_stands_and_the_certificate_is_an_error(
    trusted: tuple[trustme.CA, str], tmp_path: Path
) -> None:
    ca, _ = trusted
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("nothing of the kind")
    for path in (None, str(tmp_path / "absent.pem"), str(garbage)):
        found = await checked(ca.issue_cert("shop.example.com"), path)
        assert found["reachability"].verdict is Verdict.OK
        assert found["certificate"].verdict is Verdict.ERROR
        assert CA in found["certificate"].next_step


@pytest.mark.parametrize("behaviour", [resets, babbles, Flood()])
async def test_a_port_that_speaks_no_tls_is_critical(behaviour: Behaviour) -> None:
    async with serving(behaviour) as port:
        report = await asked(tls(port, None))
    first, second = report.results
    assert first.verdict is Verdict.CRITICAL
    assert second.verdict is Verdict.NO_DATA
    if isinstance(behaviour, Flood):
        assert behaviour.megabytes < 20


async def test_a_port_where_nothing_listens_and_one_that_hangs_are_critical() -> None:
    refused = await asked(tls(nobody(), None))
    async with serving(silent) as port:
        hanging = await asked(tls(port, None, timeout=0.2))
    assert refused.results[0].verdict is Verdict.CRITICAL
    assert "Nothing listens" in refused.results[0].explanation
    assert hanging.results[0].verdict is Verdict.CRITICAL
    assert "did not answer in time" in hanging.results[0].explanation


@pytest.mark.parametrize(
    ("then", "verdict"), [(resets, Verdict.CRITICAL), (babbles, Verdict.CRITICAL), (silent, Verdict.ERROR)]
)
async def test_a_server_that_goes_wrong_after_the_first_handshake_is_told(
    trusted: tuple[trustme.CA, str], then: Behaviour, verdict: Verdict
) -> None:
    ca, path = trusted
    context = shown(ca.issue_cert("127.0.0.1"))
    connections = 0

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        if connections > 1:
            await then(reader, writer)
            return
        await writer.start_tls(context)
        await silent(reader, writer)

    async with serving(once) as port:
        found = by_check(await asked(tls(port, path, check_timeout=0.3)))
    assert found["reachability"].verdict is Verdict.OK
    assert found["certificate"].verdict is verdict


async def test_a_server_that_floods_behind_the_handshake_is_not_read(trusted: tuple[trustme.CA, str]) -> None:
    ca, path = trusted
    flood = Flood()
    async with serving(flood, tls=shown(ca.issue_cert("127.0.0.1"))) as port:
        found = by_check(await asked(tls(port, path)))
    assert {result.verdict for result in found.values()} == {Verdict.OK}
    assert flood.megabytes < 20

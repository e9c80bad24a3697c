"""A real Redis over TLS, with an authority of the tests' own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme

from bot.diagnostics.result import Report, Verdict
from tests.support.ports import Behaviour, Flood, authority, babbles, nobody, resets, serving, shown, silent
from tests.support.redis import SETTING, own_redis
from tests.support.targets import a_target, asked

CA = "MUSTER_DIAG_CA"
PASSWORD = "hunter2-and-more"


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, str]:
    return authority(tmp_path_factory.mktemp("authority"))


@asynccontextmanager
async def over_tls(certificate: trustme.LeafCert, path: str, folder: Path, *wants: str) -> AsyncIterator[int]:
    """The port of a Redis that speaks TLS, and wants no certificates of its clients unless told to."""
    port, cert, key = nobody(), folder / "cert.pem", folder / "key.pem"
    certificate.private_key_pem.write_to_path(str(key))
    certificate.cert_chain_pems[0].write_to_path(str(cert))
    speaks = ("--tls-port", str(port), "--tls-cert-file", str(cert), "--tls-key-file", str(key))
    trusts = ("--tls-ca-cert-file", path, *(wants or ("--tls-auth-clients", "no")))
    async with own_redis(*speaks, *trusts, "--requirepass", PASSWORD):
        yield port


async def found(port: int, ca: str | None, *, scheme: str = "rediss", options: str = "", seconds: float = 5) -> Report:
    url = f"{scheme}://:{PASSWORD}@127.0.0.1:{port}/0{options}"
    report = await asked(a_target("redis", {SETTING: url, CA: ca}, url_from=SETTING, ca_from=CA, timeout=seconds))
    assert PASSWORD not in str(report.to_dict())
    assert {result.verdict for result in report.results[1:]} <= {Verdict.OK, Verdict.NO_DATA}
    return report


async def test_a_redis_over_tls_with_a_trusted_certificate_is_ok(
    trusted: tuple[trustme.CA, str], tmp_path: Path
) -> None:
    ca, path = trusted
    async with over_tls(ca.issue_cert("127.0.0.1"), path, tmp_path) as port:
        report = await found(port, path)
    assert {result.verdict for result in report.results} == {Verdict.OK}, report.findings
    assert report.against == f"rediss://127.0.0.1:{port}/0"


async def test_a_certificate_for_another_name_or_of_an_unknown_authority_is_critical(
    trusted: tuple[trustme.CA, str], tmp_path: Path
) -> None:
    ca, path = trusted
    _, stranger = authority(tmp_path)
    async with over_tls(ca.issue_cert("redis.example.com"), path, tmp_path) as port:
        misnamed = (await found(port, path)).results[0]
        unknown = (await found(port, stranger)).results[0]
    assert misnamed.verdict is unknown.verdict is Verdict.CRITICAL
    assert "not valid for '127.0.0.1'" in misnamed.explanation
    assert f"correct the host in {SETTING}" in misnamed.next_step
    assert "self-signed certificate in certificate chain" in unknown.explanation
    assert "`ca_from`" in unknown.next_step


async def test_what_the_address_says_of_certificates_does_not_outweigh_the_authorities_of_the_file(
    trusted: tuple[trustme.CA, str], tmp_path: Path
) -> None:
    ca, path = trusted
    async with over_tls(ca.issue_cert("redis.example.com"), path, tmp_path) as port:
        report = await found(port, path, options="?ssl_cert_reqs=none")
    assert report.results[0].verdict is Verdict.CRITICAL


async def test_a_server_that_wants_a_certificate_of_ours_says_so(
    trusted: tuple[trustme.CA, str], tmp_path: Path
) -> None:
    ca, path = trusted
    wants = ("--tls-auth-clients", "yes", "--tls-protocols", "TLSv1.2")  # later ones tell it behind the handshake
    async with over_tls(ca.issue_cert("127.0.0.1"), path, tmp_path, *wants) as port:
        result = (await found(port, path)).results[0]
    assert result.verdict is Verdict.CRITICAL
    assert "handshake failed" in result.explanation
    assert "ssl_certfile" in result.next_step


async def test_tls_on_one_side_only_is_critical(trusted: tuple[trustme.CA, str], tmp_path: Path) -> None:
    ca, path = trusted
    async with over_tls(ca.issue_cert("127.0.0.1"), path, tmp_path) as port:
        plain = (await found(port, path, scheme="redis")).results[0]
    assert plain.verdict is Verdict.CRITICAL
    async with serving(babbles) as port:
        babble = (await found(port, path)).results[0]
    assert babble.verdict is Verdict.CRITICAL
    assert "handshake failed" in babble.explanation
    assert f"Write redis:// into {SETTING}" in babble.next_step


@pytest.mark.parametrize("behaviour", [silent, resets, Flood()], ids=["silent", "resets", "floods"])
async def test_a_server_that_misbehaves_before_or_behind_the_handshake_is_a_result(
    trusted: tuple[trustme.CA, str], behaviour: Behaviour
) -> None:
    ca, path = trusted
    async with serving(behaviour) as bare, serving(behaviour, tls=shown(ca.issue_cert("127.0.0.1"))) as dressed:
        reports = [await found(port, path, seconds=0.3) for port in (bare, dressed)]
    assert {report.results[0].verdict for report in reports} <= {Verdict.CRITICAL, Verdict.ERROR}
    if isinstance(behaviour, Flood):
        assert behaviour.megabytes < 20


async def test_without_the_authorities_it_is_not_asked(tmp_path: Path) -> None:
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("nothing of the kind")
    for path in (None, str(tmp_path / "absent.pem"), str(garbage)):
        result = (await found(9, path)).results[0]
        assert result.verdict is Verdict.ERROR
        assert CA in result.explanation

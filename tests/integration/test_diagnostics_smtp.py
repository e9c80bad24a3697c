"""The mail server checks against aiosmtpd, and against servers that misbehave."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP

from bot.diagnostics.result import Report, Verdict
from bot.policy.targets.network import SmtpTarget
from tests.support.mailbox import mailbox
from tests.support.ports import Behaviour, Flood, authority, babbles, nobody, resets, serving, shown, silent
from tests.support.targets import a_target, asked, by_check

CA = "MUSTER_DIAG_CA"


class _NoMail:
    """Takes no mail: a check that sent one would fail here."""

    async def handle_MAIL(self, *_: object) -> str:  # noqa: N802 (aiosmtpd's name)
        raise AssertionError("a check sent a mail")


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, str]:
    return authority(tmp_path_factory.mktemp("authority"))


@asynccontextmanager
async def mail_server(certificate: trustme.LeafCert, *, at_once: bool = False) -> AsyncIterator[int]:
    """A mail server that offers STARTTLS, or begins with TLS at once."""
    loop, context = asyncio.get_running_loop(), shown(certificate)
    begins, offers = (context, None) if at_once else (None, context)
    server = await loop.create_server(
        lambda: SMTP(_NoMail(), hostname="mail.example.com", loop=loop, tls_context=offers),
        "127.0.0.1",
        0,
        ssl=begins,
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


async def mail_checked(port: int, ca: str | None = None, **section: Any) -> Report:
    more = {"ca_from": CA, "server_name": "mail.example.com"} | section
    return await asked(a_target("smtp", {CA: ca}, host="127.0.0.1", port=port, **more))


def says(*answers: bytes) -> Behaviour:
    """Greets with the first answer, and gives the others line by line."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number, answer in enumerate(answers):
            if number:
                await reader.readline()
            writer.write(answer)
        await silent(reader, writer)

    return behave


async def test_a_mail_server_with_starttls_and_a_trusted_certificate_is_ok(trusted: tuple[trustme.CA, str]) -> None:
    ca, path = trusted
    async with mail_server(ca.issue_cert("mail.example.com")) as port:
        report = await mail_checked(port, path)
    found = by_check(report)
    assert {name: result.verdict for name, result in found.items()} == {
        "reachability": Verdict.OK,
        "starttls": Verdict.OK,
        "certificate": Verdict.OK,
    }
    assert found["starttls"].rows is not None
    assert ("STARTTLS",) in found["starttls"].rows.rows
    assert found["reachability"].ran == f"SMTP to 127.0.0.1:{port}: EHLO muster-diag.invalid"
    assert "STARTTLS for the name mail.example.com" in found["certificate"].ran


async def test_a_certificate_that_is_not_trusted_or_ends_soon_is_told(trusted: tuple[trustme.CA, str]) -> None:
    ca, path = trusted
    async with mail_server(trustme.CA().issue_cert("mail.example.com")) as port:
        unknown = by_check(await mail_checked(port, path))["certificate"]
    async with mail_server(ca.issue_cert("mail.example.com")) as port:
        soon = by_check(await mail_checked(port, path, thresholds={"certificate_warn_days": 1_000_000}))["certificate"]
        misnamed = by_check(await mail_checked(port, path, server_name="smtp.example.com"))["certificate"]
        unset = by_check(await mail_checked(port, None))["certificate"]
    assert [unknown.verdict, soon.verdict, misnamed.verdict, unset.verdict] == [
        Verdict.CRITICAL,
        Verdict.WARN,
        Verdict.CRITICAL,
        Verdict.ERROR,
    ]
    assert unknown.value is not None
    assert misnamed.rows is not None
    assert misnamed.rows.rows[0] == ("for", "mail.example.com")
    assert CA in unset.next_step


async def test_a_server_without_starttls_is_critical_only_where_it_is_wanted() -> None:
    async with mailbox() as box:
        wanted = by_check(await mail_checked(box.port))
        plain = by_check(await mail_checked(box.port, starttls=False))
    assert wanted["starttls"].verdict is Verdict.CRITICAL
    assert wanted["certificate"].verdict is Verdict.NO_DATA
    assert {name: result.verdict for name, result in plain.items()} == {"reachability": Verdict.OK}
    assert box.mails == []


async def test_a_server_that_offers_starttls_and_then_refuses_it_is_critical(trusted: tuple[trustme.CA, str]) -> None:
    refuses = says(b"220 mail\r\n", b"250-mail\r\n250 STARTTLS\r\n", b"454 TLS not available\r\n")
    async with serving(refuses) as port:
        found = by_check(await mail_checked(port, trusted[1]))
    assert found["starttls"].verdict is Verdict.OK
    assert found["certificate"].verdict is Verdict.CRITICAL
    assert "answered 454" in found["certificate"].explanation


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (says(b"554 go away, token=hunter2hunter2\r\n"), "answered 554"),
        (says(b"421 too many\r\n"), "answered 421"),
        (says(b"220 mail\r\n", b"502 \xff\xfe no\r\n"), "answered 502"),
        (resets, "broke it off"),
        (babbles, "does not speak SMTP"),
        (Flood(), "does not speak SMTP"),
        (silent, "did not answer in time"),
    ],
    ids=["554", "421", "no EHLO", "resets", "babbles", "floods", "silent"],
)
async def test_a_server_that_misbehaves_is_critical(behaviour: Behaviour, said: str) -> None:
    async with serving(behaviour) as port:
        report = await mail_checked(port, timeout=0.3)
    first, *others = report.results
    assert first.verdict is Verdict.CRITICAL
    assert said in first.explanation
    assert {result.verdict for result in others} == {Verdict.NO_DATA}
    assert "hunter2" not in str(report.to_dict())
    assert report.digest()
    if isinstance(behaviour, Flood):
        assert behaviour.megabytes < 20


@pytest.mark.parametrize("begun", [(), (b"220 mail\r\n",)], ids=["greeting", "EHLO"])
async def test_an_answer_without_an_end_is_given_up(begun: tuple[bytes, ...]) -> None:
    sent = 0

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        for answer in begun:
            writer.write(answer)
            await reader.readline()
        while sent < 200 * 2**20:
            lines = (b"250-" if begun else b"220-") + b"x" * 60 + b"\r\n"
            writer.write(lines * 1000)
            sent += 66_000
            await writer.drain()

    async with serving(endless) as port:
        report = await mail_checked(port, timeout=0.5)
    assert report.results[0].verdict is Verdict.CRITICAL
    assert {result.verdict for result in report.results[1:]} == {Verdict.NO_DATA}
    assert sent < 100 * 2**20


async def test_a_port_where_nothing_listens_is_critical() -> None:
    first = (await mail_checked(nobody())).results[0]
    assert first.verdict is Verdict.CRITICAL
    assert "Nothing listens" in first.explanation


async def test_a_mail_server_that_speaks_tls_at_once_is_ok(trusted: tuple[trustme.CA, str]) -> None:
    ca, path = trusted
    async with mail_server(ca.issue_cert("mail.example.com"), at_once=True) as port:
        found = by_check(await mail_checked(port, path, tls=True))
    assert {name: result.verdict for name, result in found.items()} == {
        "reachability": Verdict.OK,
        "certificate": Verdict.OK,
    }
    assert found["reachability"].ran.startswith(f"SMTP to 127.0.0.1:{port} over TLS")
    assert found["certificate"].ran.startswith(f"TLS handshake with 127.0.0.1:{port} for the name mail.example.com")


async def test_over_tls_at_once_a_certificate_that_clients_refuse_is_told_and_the_greeting_stands(
    trusted: tuple[trustme.CA, str],
) -> None:
    ca, path = trusted
    async with mail_server(ca.issue_cert("other.example.com"), at_once=True) as port:
        misnamed = by_check(await mail_checked(port, path, tls=True))
        unknown = by_check(await mail_checked(port, None, tls=True, ca_from=None))
    assert misnamed["reachability"].verdict is Verdict.OK
    assert misnamed["certificate"].verdict is Verdict.CRITICAL
    assert "not valid for 'mail.example.com'" in misnamed["certificate"].explanation
    assert unknown["certificate"].verdict is Verdict.CRITICAL
    assert "ca_from" in unknown["certificate"].next_step


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (says(b"220 mail\r\n", b"250 mail\r\n"), "the TLS handshake failed"),
        (babbles, "the TLS handshake failed"),
        (Flood(), "the TLS handshake failed"),
        (resets, "broke it off"),
        (silent, "did not answer in time"),
    ],
    ids=["no TLS", "babbles", "floods", "resets", "silent"],
)
async def test_a_server_that_does_not_begin_with_tls_is_critical(behaviour: Behaviour, said: str) -> None:
    async with serving(behaviour) as port:
        report = await mail_checked(port, tls=True, timeout=0.3)
    assert report.results[0].verdict is Verdict.CRITICAL
    assert said in report.results[0].explanation
    assert report.results[1].verdict is Verdict.NO_DATA
    if isinstance(behaviour, Flood):
        assert behaviour.megabytes < 20


@pytest.mark.parametrize(
    ("said", "explained"), [(b"554 go away\r\n", "answered 554"), (b"\x00 what a day\r\n", "does not speak SMTP")]
)
async def test_what_goes_wrong_behind_the_tls_is_told_as_without_it(
    trusted: tuple[trustme.CA, str], said: bytes, explained: str
) -> None:
    ca, path = trusted
    async with serving(says(said), tls=shown(ca.issue_cert("mail.example.com"))) as port:
        first = (await mail_checked(port, path, tls=True, timeout=1)).results[0]
    assert first.verdict is Verdict.CRITICAL
    assert explained in first.explanation


@pytest.mark.parametrize(
    ("section", "at_once", "upgrades"),
    [
        ({}, False, True),
        ({"port": 25}, False, True),
        ({"port": 465}, True, False),
        ({"port": 465, "starttls": False}, True, False),
        ({"port": 465, "tls": False}, False, True),
        ({"port": 465, "tls": False, "starttls": True}, False, True),
        ({"tls": True}, True, False),
        ({"tls": False}, False, True),
        ({"tls": False, "starttls": False}, False, False),
    ],
)
def test_how_tls_begins_follows_from_the_port_unless_the_file_says_it(
    section: dict[str, Any], at_once: bool, upgrades: bool
) -> None:
    made = a_target("smtp", host="mail.example.com", **section).options
    assert (made.at_once, made.upgrades) == (at_once, upgrades)


@pytest.mark.parametrize("section", [{"tls": True, "starttls": True}, {"port": 465, "starttls": True}])
def test_tls_at_once_and_starttls_together_are_a_fault_of_the_definition(section: dict[str, Any]) -> None:
    made = SmtpTarget.model_validate({"kind": "smtp", "name": "it", "host": "mail.example.com", **section})
    [(where, why)] = made.wrong()
    assert where == ("starttls",)
    assert "STARTTLS can't follow" in why

"""Mail to a real SMTP server, and each way in which it can fail."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from bot.application.ports import Mail, Refused, TryAgain, Unclear
from bot.notices.mail import Mailer
from bot.notices.server import Sender, parse_server
from tests.support.mailbox import PASSWORD, USER, Mailbox, Trouble, certificate, html_of, mailbox, text_of

MAIL = Mail(
    id="17-5f",
    thread="INC-2026-03-14-001-030000",
    to="on-call@example.com",
    subject="[P1] Checkout is down · you are needed",
    text="Checkout is down.\n. a line that begins with a dot\n",
    html="<p>Checkout is down</p>",
    said_at=datetime(2026, 3, 14, 3, 5, tzinfo=UTC),
)
SENDER = Sender("muster@example.com", "Müster")


def mailer(box: Mailbox, url: str = "smtp://127.0.0.1:{port}", patience: float = 5) -> Mailer:
    return Mailer(parse_server(url.format(port=box.port)), SENDER, patience)


async def test_a_mail_arrives_with_what_mail_programs_need() -> None:
    async with mailbox() as box:
        await mailer(box).send(MAIL)
    [mail] = box.mails
    assert box.envelopes[0].mail_from == "muster@example.com"
    assert box.envelopes[0].rcpt_tos == ["on-call@example.com"]
    assert mail["From"] == "Müster <muster@example.com>"
    assert mail["Subject"] == MAIL.subject
    assert mail["Date"].datetime == MAIL.said_at
    assert mail["Message-ID"] == "<muster-17-5f@example.com>"
    assert mail["References"] == mail["In-Reply-To"] == "<muster-INC-2026-03-14-001-030000@example.com>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert text_of(mail) == MAIL.text
    assert html_of(mail).strip() == MAIL.html


async def test_a_title_with_a_line_break_begins_no_header_of_its_own() -> None:
    subject = "Down\r\nBcc: all@example.com\r\n\r\nClick here"
    async with mailbox() as box:
        await mailer(box).send(replace(MAIL, subject=subject))
    [mail] = box.mails
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Down Bcc: all@example.com Click here"
    assert text_of(mail) == MAIL.text


async def test_a_mail_sent_again_has_the_same_message_id() -> None:
    async with mailbox() as box:
        await mailer(box).send(MAIL)
        await mailer(box).send(MAIL)
    first, second = box.mails
    assert first.as_bytes().split(b"boundary")[0] == second.as_bytes().split(b"boundary")[0]


async def test_a_server_that_is_busy_is_tried_again() -> None:
    async with mailbox() as box:
        box.at_data.append("451 4.3.0 Try later")
        with pytest.raises(TryAgain, match=r"smtp_451 4\.3\.0 Try later"):
            await mailer(box).send(MAIL)
        box.at_recipient.append("450 Greylisted")
        with pytest.raises(TryAgain, match="smtp_450"):
            await mailer(box).send(MAIL)
        await mailer(box).send(MAIL)
    assert len(box.mails) == 1


async def test_an_address_that_nobody_has_is_refused_with_a_remedy() -> None:
    async with mailbox() as box:
        box.at_recipient.append("550 5.1.1 No such user")
        with pytest.raises(Refused, match=r"smtp_550 5\.1\.1 No such user") as refused:
            await mailer(box).send(MAIL)
    assert refused.value.remedy == "Check the address in the pack's `emails`."


async def test_a_text_that_the_server_will_not_have_is_refused() -> None:
    async with mailbox() as box:
        box.at_data.append("554 5.7.1 Looks like spam\x07 to us")
        with pytest.raises(Refused, match="Looks like spam to us"):
            await mailer(box).send(MAIL)


async def test_a_server_that_is_not_there_is_tried_again() -> None:
    async with mailbox() as box:
        pass
    with pytest.raises(TryAgain, match="can't be reached"):
        await mailer(box).send(MAIL)


@pytest.mark.parametrize("trouble", [Trouble.DROP, Trouble.KEEP_AND_DROP, Trouble.STALL])
async def test_an_answer_that_never_comes_leaves_it_unclear_whether_the_mail_is_there(trouble: Trouble) -> None:
    async with mailbox() as box:
        box.at_data.append(trouble)
        with pytest.raises(Unclear):
            await mailer(box, patience=0.3).send(MAIL)


async def test_a_server_that_cannot_encrypt_is_told_nothing() -> None:
    async with mailbox() as box:
        with pytest.raises(Refused, match="STARTTLS"):
            await mailer(box, "smtp://127.0.0.1:{port}?starttls=yes").send(MAIL)
    assert box.mails == []


@pytest.mark.parametrize("starttls", [True, False])
async def test_mail_goes_encrypted_and_logged_in(
    *, starttls: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made[0]))
    user = f"{USER}:{quote(PASSWORD, safe='')}"
    url = f"smtp://{user}@localhost:{{port}}?starttls=yes" if starttls else f"smtps://{user}@localhost:{{port}}"
    async with mailbox(tls=made, starttls=starttls, login=True) as box:
        await mailer(box, url).try_out()
        assert box.mails == []
        await mailer(box, url).send(MAIL)
    assert len(box.mails) == 1
    assert box.sessions[0].authenticated


@pytest.mark.parametrize("starttls", [True, False])
async def test_a_certificate_that_nobody_vouches_for_is_not_trusted(*, starttls: bool, tmp_path: Path) -> None:
    url = "smtp://localhost:{port}?starttls=yes" if starttls else "smtps://localhost:{port}"
    async with mailbox(tls=certificate(tmp_path), starttls=starttls) as box:
        with pytest.raises(TryAgain, match="certificate"):
            await mailer(box, url).send(MAIL)
    assert box.mails == []


async def test_a_wrong_password_is_refused_and_not_repeated() -> None:
    async with mailbox(login=True) as box:
        with pytest.raises(Refused, match="smtp_535") as refused:
            await mailer(box, "smtp://muster:wrongly@127.0.0.1:{port}").send(MAIL)
    assert "MUSTER_SMTP_URL" in refused.value.remedy
    assert "wrongly" not in f"{refused.value.reason}{refused.value.remedy}"

"""E-mail: a message with headers that let it arrive once, and its way to a mail server."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import aiosmtplib

from bot.application.ports import Mail
from bot.notices.failures import of_smtp
from bot.notices.server import MailServer, Security, Sender

#: Seconds for one answer of the server, and for handing in a mail altogether.
ANSWER_S, TOTAL_S = 10.0, 30.0
#: Seconds for a farewell that nothing hangs on.
_FAREWELL_S = 2.0


def compose(mail: Mail, sender: Sender) -> bytes:
    """The message as it travels. The same mail gives the same Message-ID, however often it is sent."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(sender.name, addr_spec=sender.address)
    message["To"] = mail.to
    message["Subject"] = " ".join(mail.subject.split())
    message["Date"] = format_datetime(mail.said_at.astimezone(UTC))
    message["Message-ID"] = f"<muster-{mail.id}@{sender.domain}>"
    # Nothing has this id itself: mail programs keep together whatever refers to it, whichever mail came first.
    thread = f"<muster-{mail.thread}@{sender.domain}>"
    message["In-Reply-To"] = thread
    message["References"] = thread
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if not mail.files:  # a meeting's invitation wakes nobody
        message["Importance"] = "high"
    message.set_content(mail.text, cte="quoted-printable")
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    for file in mail.files:
        kind, _, subtype = file.kind.partition("/")
        message.add_attachment(file.content, maintype=kind, subtype=subtype, filename=file.filename)
    return message.as_bytes()


@dataclass(frozen=True, slots=True)
class Mailer:
    """Hands mails to a server, each over a connection of its own: escalations are rare, and idle ones break."""

    server: MailServer
    sender: Sender
    #: Seconds for one answer of the server.
    patience: float = ANSWER_S

    async def send(self, mail: Mail) -> None:
        """Hand a mail in. Raises TryAgain, Unclear or Refused."""
        content = compose(mail, self.sender)
        handing_over = False
        try:
            async with asyncio.timeout(TOTAL_S), self._connected() as smtp:
                await smtp.mail(self.sender.address)
                await smtp.rcpt(mail.to)
                handing_over = True
                await smtp.data(content)
        except (aiosmtplib.SMTPException, OSError) as error:
            raise of_smtp(error, handing_over=handing_over) from error

    async def try_out(self) -> None:
        """Connect, encrypt and log in, and send nothing. Raises TryAgain or Refused."""
        try:
            async with asyncio.timeout(TOTAL_S), self._connected() as smtp:
                await smtp.noop()
        except (aiosmtplib.SMTPException, OSError) as error:
            raise of_smtp(error, handing_over=False) from error

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[aiosmtplib.SMTP]:
        smtp = aiosmtplib.SMTP(
            hostname=self.server.host,
            port=self.server.port,
            use_tls=self.server.security is Security.TLS,
            start_tls=self.server.security is Security.STARTTLS,
            # Not this machine's name, which the library would ask a name server for.
            local_hostname=self.sender.domain,
            timeout=self.patience,
        )
        try:
            await smtp.connect()
            if self.server.user is not None:
                await self._log_in(smtp, self.server.user, self.server.password or "")
            yield smtp
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):  # what was accepted stays accepted
                await smtp.quit(timeout=_FAREWELL_S)
        finally:
            smtp.close()

    @staticmethod
    async def _log_in(smtp: aiosmtplib.SMTP, user: str, password: str) -> None:
        """By one method only: a wrong password that is tried by each of them looks like an attack."""
        if smtp.is_ehlo_or_helo_needed:
            await smtp.ehlo()
        if "plain" in smtp.server_auth_methods:
            await smtp.auth_plain(user, password)
        elif "login" in smtp.server_auth_methods:
            await smtp.auth_login(user, password)
        else:
            raise aiosmtplib.SMTPNotSupported("it takes no password, and MUSTER_SMTP_URL has one")

"""A mail server that a test can make fail: aiosmtpd on a port of its own."""

import asyncio
import ssl
import subprocess
import warnings
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from enum import Enum
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.needs import needs

USER, PASSWORD = "muster", "s3cret/with:signs"


class Trouble(Enum):
    """What may happen to a mail instead of an answer."""

    DROP = "the connection breaks"
    KEEP_AND_DROP = "the mail is taken, and the connection breaks before the answer"
    STALL = "nothing more is said"


class Mailbox:
    """What arrived, and how the next mails are answered: an SMTP answer, a Trouble, or None to take it."""

    def __init__(self) -> None:
        self.port = 0
        self.mails: list[EmailMessage] = []
        self.envelopes: list[Envelope] = []
        self.sessions: list[Session] = []
        self.at_recipient: deque[str | None] = deque()
        self.at_data: deque[str | Trouble | None] = deque()
        self.arrived = asyncio.Event()
        self._stalled = asyncio.Event()

    async def until(self, count: int) -> None:
        """Waits until so many mails have arrived."""
        async with asyncio.timeout(40):
            while len(self.mails) < count:
                self.arrived.clear()
                await self.arrived.wait()

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.at_recipient and (answer := self.at_recipient.popleft()):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        answer = self.at_data.popleft() if self.at_data else None
        if isinstance(answer, str):
            return answer
        if answer is Trouble.STALL:
            await self._stalled.wait()
        if answer is not Trouble.DROP:
            self._take(session, envelope)
        if answer in (Trouble.DROP, Trouble.KEEP_AND_DROP):
            assert server.transport is not None
            server.transport.abort()  # type: ignore[attr-defined]  # it is one over TCP
        return "250 Taken"

    def release(self) -> None:
        """Ends every stall."""
        self._stalled.set()

    def _take(self, session: Session, envelope: Envelope) -> None:
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        self.mails.append(message)
        self.envelopes.append(envelope)
        self.sessions.append(session)
        self.arrived.set()


def html_of(mail: EmailMessage) -> str:
    """The HTML of a mail."""
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def text_of(mail: EmailMessage) -> str:
    """The plain text of a mail."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def certificate(folder: Path, host: str = "localhost") -> tuple[Path, Path]:
    """A certificate that vouches for itself, and its key."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = [
        needs("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-keyout", str(key), "-out", str(cert), "-days", "2", "-subj", f"/CN={host}",
        "-addext", f"subjectAltName=DNS:{host}",
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    return cert, key


@asynccontextmanager
async def mailbox(
    *, tls: tuple[Path, Path] | None = None, starttls: bool = False, login: bool = False, port: int = 0
) -> AsyncIterator[Mailbox]:
    """A mail server for as long as the block runs.

    Args:
        tls: a certificate and its key; without them it speaks in clear.
        starttls: whether TLS begins with STARTTLS rather than at once.
        login: whether it asks for USER and PASSWORD.
        port: where it listens; any free one by default.
    """
    box = Mailbox()
    context: ssl.SSLContext | None = None
    if tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*tls)
    loop = asyncio.get_running_loop()
    more: dict[str, Any] = {"tls_context": context, "require_starttls": True} if starttls else {}
    if login:
        more |= {"authenticator": _authenticate, "auth_required": True, "auth_require_tls": bool(starttls)}

    def protocol() -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of a password in clear, which is what a test may be about
            return SMTP(box, hostname="mail.example.com", loop=loop, **more)

    server = await loop.create_server(protocol, "127.0.0.1", port, ssl=None if starttls else context)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        box.release()
        server.close()
        await server.wait_closed()


def _authenticate(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: LoginPassword
) -> AuthResult:
    known = (given.login, given.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=known, handled=False)

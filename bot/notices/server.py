"""Where mail is handed in and who it is from, as settings say it."""

from dataclasses import dataclass, field
from email.utils import getaddresses
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import parse_qs, unquote, urlsplit

from bot.policy.addresses import is_address

_PORTS = {"smtp": 587, "smtps": 465}
_NAME = 60


class Security(StrEnum):
    """How the connection to a mail server is encrypted."""

    TLS = "tls"  # from the first byte
    STARTTLS = "starttls"  # before anything is said, or not at all
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server that takes our mail."""

    host: str
    port: int
    security: Security
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who the mails are from."""

    address: str
    name: str = ""

    @property
    def domain(self) -> str:
        """What stands behind the @: our name to mail servers, and the end of every Message-ID."""
        return self.address.rpartition("@")[2]


def parse_sender(text: str) -> Sender:
    """Reads `muster@example.com` or `Muster <muster@example.com>`. Raises ValueError with what it has to be."""
    (name, address), *more = getaddresses([text])
    if more or not is_address(address):
        raise ValueError("has to be an e-mail address, such as Muster <muster@example.com>")
    return Sender(address, " ".join(name.split())[:_NAME])


def parse_server(url: str) -> MailServer:
    """Reads `smtp://user:password@host:587` or `smtps://…`.

    `smtp` means STARTTLS, except to this machine itself; `?starttls=no` and `?starttls=yes` say otherwise.

    Raises:
        ValueError: with what it has to be; it repeats nothing of the URL, which may hold a password.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        user, password = parts.username, parts.password
    except ValueError:
        raise ValueError(
            "cannot be read: in a user name or password, /, ?, #, @ and : are written %2F, %3F, %23, %40, %3A"
        ) from None
    if parts.scheme not in _PORTS or not host:
        raise ValueError("has to begin with smtp:// or smtps://, such as smtp://user:password@mail.example.com:587")
    if any(character.isspace() or not character.isprintable() for character in url):
        raise ValueError("has a space or a control character; write %20 for a space")
    if not is_host(host):
        raise ValueError(f"has {host}, which is no name of a machine")
    security = _security(parts.scheme, host, parse_qs(parts.query))
    if user and security is Security.NONE and not _here(host):
        raise ValueError("has a password that would travel unencrypted: leave starttls=no or the password out")
    return MailServer(
        host,
        port or _PORTS[parts.scheme],
        security,
        unquote(user) if user else None,
        unquote(password or "") if user else None,
    )


def _security(scheme: str, host: str, options: dict[str, list[str]]) -> Security:
    if scheme == "smtps":
        return Security.TLS
    match options.get("starttls"):
        case None:
            return Security.NONE if _here(host) else Security.STARTTLS
        case ["yes"]:
            return Security.STARTTLS
        case ["no"]:
            return Security.NONE
        case _:
            raise ValueError("has a starttls that is neither yes nor no")


def is_host(host: str) -> bool:
    """Whether it can be the name of a machine: whoever looks one up encodes it like this."""
    try:
        return bool(host.encode("idna"))
    except UnicodeError:
        return False


def _here(host: str) -> bool:
    """Whether what is sent there does not leave this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

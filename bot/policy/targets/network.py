"""What stands on a network as a target: a port, a certificate, a name, a mail server."""

import ipaddress
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from bot.policy.targets.base import TargetSection, Wrong
from bot.policy.types import Line, Setting

#: A name, an IPv4 or an IPv6 address; nothing that could hold a credential, a scheme or a port.
_HOST = r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_.])?|[0-9A-Fa-f:.]{2,45})"


def _host(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(_HOST, value):
        raise ValueError(
            "is not a host; write a name such as mail.example.com or an IP address, without https:// and port"
        )
    return value


Host = Annotated[str, BeforeValidator(_host), WithJsonSchema({"type": "string", "pattern": f"^{_HOST}$"})]
Port = Annotated[int, Field(ge=1, le=65_535, strict=True)]


class AtAPort(TargetSection):
    """A target at a host's port."""

    host: Host = Field(description="Its name or its IP address.")
    port: Port = Field(description="The TCP port that it listens on.")


class TcpTarget(AtAPort):
    """A TCP port: whether it takes connections, and how fast."""

    kind: Literal["tcp"]


class TlsTarget(AtAPort):
    """A port that speaks TLS: its handshake, and its certificate's chain, name and days."""

    kind: Literal["tls"]
    port: Port = Field(443, description="The TCP port that it listens on.")
    server_name: Host | None = Field(None, description="The name to ask for, and to find in its certificate.")
    ca_from: Setting | None = Field(None, description="The setting with the path of a file of trusted certificates.")


#: The port of mail over TLS from the first byte (RFC 8314).
_SMTPS = 465


class SmtpTarget(AtAPort):
    """A mail server: its greeting, its TLS, at once or by STARTTLS, and its certificate. No mail is sent."""

    kind: Literal["smtp"]
    port: Port = Field(587, description="The TCP port that it listens on.")
    tls: bool | None = Field(
        None, strict=True, description="Whether it speaks TLS at once. Left out: at port 465 it does."
    )
    starttls: bool | None = Field(
        None,
        strict=True,
        description="Whether it must offer STARTTLS, with a valid certificate. Left out: unless it speaks TLS at once.",
    )
    server_name: Host | None = Field(None, description="The name to ask for, and to find in its certificate.")
    ca_from: Setting | None = Field(None, description="The setting with the path of a file of trusted certificates.")

    @property
    def at_once(self) -> bool:
        """Whether TLS begins with the connection."""
        return self.port == _SMTPS if self.tls is None else self.tls

    @property
    def upgrades(self) -> bool:
        """Whether TLS must begin by STARTTLS."""
        return not self.at_once if self.starttls is None else self.starttls

    def wrong(self) -> Iterator[Wrong]:
        """TLS that would begin twice."""
        yield from super().wrong()
        if self.at_once and self.starttls:
            why = "With `tls`" if self.tls else f"At port {_SMTPS}"
            instead = "Leave one of them out." if self.tls else "Leave it out, or write `tls: false`."
            yield ("starttls",), f"{why} the connection begins with TLS, and STARTTLS can't follow. {instead}"


class Record(StrEnum):
    """What DNS is asked for."""

    A = "A"
    AAAA = "AAAA"
    CNAME = "CNAME"
    MX = "MX"
    TXT = "TXT"
    NS = "NS"


class DnsTarget(TargetSection):
    """A name in DNS, and what it should lead to."""

    kind: Literal["dns"]
    host: Host = Field(description="The name that is asked for.")
    record: Record = Field(Record.A, description="The type of the records that are asked for.")
    expect: tuple[Line, ...] = Field((), max_length=20, description="What must be among the answers. Empty: anything.")
    resolver: Host | None = Field(None, description="The name server that is asked. Left out, this machine's own.")
    resolver_port: Port = Field(53, description="The port of `resolver`.")

    def wrong(self) -> Iterator[Wrong]:
        """Addresses that are none of the type that is asked for."""
        yield from super().wrong()
        version = {Record.A: 4, Record.AAAA: 6}.get(self.record)
        for number, value in enumerate(self.expect):
            if version and _version(value) != version:
                yield ("expect", number), f"Write an IPv{version} address, as {self.record} records have them."


def _version(value: str) -> int | None:
    try:
        return ipaddress.ip_address(value).version
    except ValueError:
        return None

"""A small name server over UDP, made of dnspython's messages."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Zone = Mapping[tuple[str, str], Sequence[str]]
Answers = Callable[[dns.message.QueryMessage], bytes | None]

TTL_S = 300


def from_zone(zone: Zone) -> Answers:
    """Answers by (name, type) to values; a name that the zone has in no type does not exist."""
    names = {name for name, _ in zone}

    def answer(query: dns.message.QueryMessage) -> bytes:
        [question] = query.question
        name, kind = question.name.to_text().rstrip("."), dns.rdatatype.to_text(question.rdtype)
        response = dns.message.make_response(query, recursion_available=True)
        if values := zone.get((name, kind)):
            response.answer.append(dns.rrset.from_text(question.name, TTL_S, "IN", kind, *values))
        elif name not in names:
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response.to_wire()

    return answer


def failing(query: dns.message.QueryMessage) -> bytes:
    """Answers SERVFAIL."""
    response = dns.message.make_response(query)
    response.set_rcode(dns.rcode.SERVFAIL)
    return response.to_wire()


def truncated(query: dns.message.QueryMessage) -> bytes:
    """Answers that it should be asked over TCP."""
    response = dns.message.make_response(query)
    response.flags |= dns.flags.TC
    return response.to_wire()


def forged(query: dns.message.QueryMessage) -> bytes:
    """Answers another question than the one that was asked."""
    response = dns.message.make_response(query)
    response.id ^= 1
    return response.to_wire()


def silent(_query: dns.message.QueryMessage) -> None:
    """Answers nothing."""


def garbage(query: dns.message.QueryMessage) -> bytes:
    """Answers what is no message beyond its number."""
    return query.id.to_bytes(2, "big") + b"\x81\x80" + b"\xff" * 600


class _Server(asyncio.DatagramProtocol):
    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]  # it is one
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        assert isinstance(query, dns.message.QueryMessage)
        if (answer := self._answers(query)) is not None:
            self._transport.sendto(answer, addr)


@asynccontextmanager
async def nameserver(answers: Answers, port: int = 0) -> AsyncIterator[int]:
    """The port of a name server on 127.0.0.1 for as long as the block runs: this one, or any."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Server(answers), ("127.0.0.1", port))
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()

"""A small time server over UDP, whose clock and manners a test decides on."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

Answers = Callable[[bytes], bytes | None]

_FROM_1900_TO_1970_S = 2_208_988_800


def stamp(at: float) -> bytes:
    """A moment, in seconds since 1970, as NTP writes it."""
    return (int((at + _FROM_1900_TO_1970_S) * 2**32) % 2**64).to_bytes(8)


def telling(
    heard: float, told: float, *, first: int = 0x24, stratum: int = 2, reference: bytes = b"\x7f\0\0\1"
) -> Answers:
    """Answers that a question came at one moment and was answered at another."""

    def answer(question: bytes) -> bytes:
        assert len(question) == 48
        assert question[0] == 0x23
        assert question[1:40] == bytes(39)
        return (
            bytes([first, stratum, 0, 0]) + bytes(8) + reference + bytes(8) + question[40:] + stamp(heard) + stamp(told)
        )

    return answer


@asynccontextmanager
async def timeserver(answers: Answers) -> AsyncIterator[int]:
    """The port of a time server on 127.0.0.1 for as long as the block runs."""

    class Server(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]  # it is one
            self.transport = transport

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            if (answer := answers(data)) is not None:
                self.transport.sendto(answer, addr)
                self.transport.sendto(answer, addr)  # networks may double it

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Server, ("127.0.0.1", 0))
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()

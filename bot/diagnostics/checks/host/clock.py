"""How far the machine's clock is off: one question to time servers over SNTP (RFC 4330, RFC 5905)."""

import asyncio
import secrets
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from bot.diagnostics.check import Thresholds
from bot.diagnostics.judging import by_limits, count, seconds
from bot.diagnostics.kind import plainly
from bot.diagnostics.result import Measurement, Rows, Verdict

CLOCK: Thresholds = {"clock_warn_ms": 500.0, "clock_crit_ms": 5000.0}

#: Seconds since 1970.
Wall = Callable[[], float]

#: No leap second announced, version 4, a client's question; 48 bytes of which the last eight are the client's own.
_QUESTION = b"\x23" + bytes(39)
_BYTES = 48
_SERVER = 4
_NOT_SET, _STRATA = 3, range(1, 16)
#: Timestamps count 2^-32 seconds since 1900, in 64 bits that begin again in 2036.
_TICKS, _ALL = 2**32, 2**64
_FROM_1900_TO_1970_S = 2_208_988_800

#: What a server says that wants to be left alone: “kiss codes”.
_KISSES = {
    "RATE": "it is asked too often",
    "DENY": "it does not serve this machine",
    "RSTR": "it does not serve this machine",
}


class NoTime(Exception):
    """What came back says no time. The message says why."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a time server said: how many seconds this clock is behind, and how long it took; or what went wrong."""

    server: str
    behind_s: float = 0.0
    trip_s: float = 0.0
    error: str = ""


def read(answer: bytes, mark: bytes, sent: float, came: float) -> tuple[float, float]:
    """The seconds that this clock is behind the server's, and how many both ways took together.

    Args:
        answer: What came back.
        mark: The eight bytes that the question was marked with.
        sent: This clock when the question was sent, in seconds since 1970.
        came: This clock when the answer came.

    Raises:
        NoTime: it is no answer to this question, or the server has no time to tell.
    """
    if len(answer) < _BYTES or answer[0] & 7 != _SERVER or answer[24:32] != mark:
        raise NoTime("its answer is none of a time server")
    if answer[1] == 0:
        kiss = answer[12:16].decode("ascii", "replace").rstrip("\0")
        raise NoTime(_KISSES.get(kiss, "it wants to be left alone") + (f" ({kiss})" if kiss.isalnum() else ""))
    if answer[0] >> 6 == _NOT_SET or answer[1] not in _STRATA or not any(answer[40:48]):
        raise NoTime("its own clock is not set")
    heard, told = (int.from_bytes(answer[at : at + 8]) for at in (32, 40))
    there, back = _difference(heard, _ticks(sent)), _difference(told, _ticks(came))
    return (there + back) / 2, there - back


def _ticks(at: float) -> int:
    return int((at + _FROM_1900_TO_1970_S) * _TICKS) % _ALL


def _difference(one: int, other: int) -> float:
    """In seconds; both are taken to be within 68 years of each other."""
    return ((one - other + _ALL // 2) % _ALL - _ALL // 2) / _TICKS


class _Question(asyncio.DatagramProtocol):
    """Sends one question, and keeps what comes first."""

    def __init__(self, wall: Wall) -> None:
        self._wall = wall
        self._mark = secrets.token_bytes(8)  # nobody who does not see the question can answer it
        self._sent = 0.0
        self.told: asyncio.Future[tuple[float, float]] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]  # it is one
        self._sent = self._wall()
        transport.sendto(_QUESTION + self._mark)

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 - the library's signature
        came = self._wall()
        if self.told.done():
            return
        try:
            self.told.set_result(read(data, self._mark, self._sent, came))
        except NoTime as error:
            self.told.set_exception(error)

    def error_received(self, exc: Exception) -> None:
        if not self.told.done():
            self.told.set_exception(exc)


async def ask(server: str, port: int, *, wall: Wall, within_s: float) -> Told:
    """Asks a time server, for at most `within_s` seconds. What goes wrong is told as well."""
    try:
        async with asyncio.timeout(within_s):
            transport, question = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: _Question(wall), remote_addr=(server, port)
            )
            try:
                behind_s, trip_s = await question.told
            finally:
                transport.close()
    except TimeoutError:
        return Told(server, error=f"no answer within {within_s:.1f} s")
    except ConnectionRefusedError:
        return Told(server, error="nothing listens there")
    except socket.gaierror:
        return Told(server, error="the name is not known")
    except (NoTime, OSError) as error:
        return Told(server, error=plainly(error))
    return Told(server, behind_s, trip_s)


async def ask_all(servers: Sequence[str], port: int, *, wall: Wall, within_s: float) -> list[Told]:
    """Asks time servers side by side, for at most `within_s` seconds."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(ask(server, port, wall=wall, within_s=within_s)) for server in servers]
    return [task.result() for task in tasks]


def judge_clock(told: Sequence[Told], thresholds: Thresholds) -> Measurement:
    """By the middle of what the servers say; where none says anything, the check failed."""
    heard = [one for one in told if not one.error]
    rows = Rows.of(
        ("server", "behind it by ms", "round trip ms", "error"),
        (
            (one.server, "", "", one.error)
            if one.error
            else (one.server, round(one.behind_s * 1000, 1), round(one.trip_s * 1000, 1), "")
            for one in told
        ),
    )
    warn, critical = thresholds["clock_warn_ms"], thresholds["clock_crit_ms"]
    if not heard:
        return Measurement(
            verdict=Verdict.ERROR,
            explanation=f"No time server told the time; {told[0].server}: {told[0].error}.",
            next_step="Name time servers in `ntp` that this machine may ask, and see whether UDP gets through to them.",
            rows=rows,
        )
    behind_s = median(one.behind_s for one in heard)
    way = "behind" if behind_s >= 0 else "ahead of"
    whom = heard[0].server if len(heard) == 1 else f"the middle of {count(len(heard), 'time server')}"
    off = f"{abs(behind_s) * 1000:.0f} ms" if abs(behind_s) < 10 else seconds(abs(behind_s))
    return by_limits(
        abs(behind_s) * 1000,
        "ms",
        f"The clock is {off} {way} {whom}.",
        "See whether a time service such as chrony runs: logins, certificates and the order of logs go by the clock.",
        warn=warn,
        critical=critical,
        rows=rows,
    )

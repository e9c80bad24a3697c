"""One connection to the diagnosed Redis: the whole load that a diagnosis adds."""

import contextlib
import ssl
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from redis._parsers import _AsyncRESP2Parser
from redis.asyncio import Connection
from redis.asyncio.connection import SSLConnection, parse_url
from redis.exceptions import ConnectionError, InvalidResponse, RedisError, ResponseError  # noqa: A004 - its name

from bot.diagnostics.checks import trust
from bot.diagnostics.kind import SessionLost, plainly
from bot.diagnostics.target import Target

CLIENT_NAME = "muster-diag"
#: Bytes of one answer: the longest that we ask for is a slow log, whose entries Redis itself keeps short.
MOST_BYTES = 2**20

#: What an address may say about the connection; the rest of its options belongs to the application's own client.
_OURS = frozenset({"connection_class", "host", "port", "path", "db", "username", "password"})

Command = tuple[str | int, ...]


class Unusable(Exception):
    """The setting holds no address of a Redis. It repeats nothing of what it holds."""


class NoRedis(Exception):
    """Something answered, but not as a Redis does."""


class _BoundedParser(_AsyncRESP2Parser):
    """Gives an answer up that would not end. The library itself would read as much as the other side announces."""

    _taken = 0

    async def read_response(self, disable_decoding: bool = False) -> Any:  # noqa: FBT001, FBT002 - the library's signature
        self._taken = 0
        return await super().read_response(disable_decoding)

    async def _read(self, length: int) -> bytes:
        self._take(length)
        return await super()._read(length)

    async def _readline(self) -> bytes:
        line = await super()._readline()
        self._take(len(line))
        return line

    def _take(self, length: int) -> None:
        self._taken += length
        if self._taken > MOST_BYTES:
            raise InvalidResponse(f"an answer of more than {MOST_BYTES // 2**20} MiB was not read to its end")


class RedisSession:
    """Asks commands over one connection."""

    def __init__(self, connection: Connection, connect_ms: float) -> None:
        """Takes over an open connection.

        Args:
            connection: It is logged in.
            connect_ms: How long that took.
        """
        self._connection = connection
        self.connect_ms = connect_ms

    async def ask(self, *command: str | int) -> Any:
        """What a command answers: text, a number, a list of these, or None.

        Raises:
            ResponseError: the server refuses it; the session stays usable.
            SessionLost: the connection broke, or what came is no answer of a Redis.
        """
        [answer] = await self.ask_all([command])
        if isinstance(answer, ResponseError):
            raise answer
        return answer

    async def ask_all(self, commands: Sequence[Command]) -> list[Any]:
        """What commands answer that are sent together; a `ResponseError` stands in its place.

        Raises:
            SessionLost: the connection broke, or what came is no answer of a Redis.
        """
        answers: list[Any] = []
        try:
            await self._connection.send_packed_command(self._connection.pack_commands(commands), check_health=False)
            for _ in commands:
                try:
                    answers.append(await self._connection.read_response())
                except ResponseError as error:
                    answers.append(error)
        except (ConnectionError, InvalidResponse, OSError, ValueError) as error:
            raise SessionLost(plainly(error)) from error
        return answers

    async def info(self, *sections: str) -> Mapping[str, str]:
        """What INFO says in these sections, each by its key.

        Raises:
            ResponseError: the server refuses it.
            SessionLost: the connection broke.
        """
        said: dict[str, str] = {}
        for answer in await self.ask_all([("INFO", section) for section in sections]):
            if isinstance(answer, ResponseError):
                raise answer
            for line in str(answer).splitlines():
                key, colon, value = line.partition(":")
                if colon and not line.startswith("#"):
                    said[key] = value
        return said

    async def now(self) -> float:
        """The server's own clock, in seconds since 1970. Raises as `ask` does."""
        seconds, microseconds = await self.ask("TIME")
        return int(seconds) + int(microseconds) / 1e6


@contextlib.asynccontextmanager
async def connected(target: Target) -> AsyncIterator[RedisSession]:
    """A session on a target.

    Raises:
        NotSet: its setting has no value.
        Unusable: the setting holds no address.
        trust.Unusable: the one of `ca_from` names no file of certificates.
        NoRedis: what answers is something else.
        RedisError, OSError: it refuses, breaks off, or does not listen.
    """
    connection = _made(target.setting(target.options.url_from))
    if isinstance(connection, SSLConnection) and getattr(target.options, "ca_from", None):
        connection.ssl_context.context = await trust.trusted(target)
    started = time.perf_counter()
    try:
        try:
            await connection.connect()  # type: ignore[no-untyped-call]  # the library's
            # A server that still loads its data lets clients in and refuses what they ask.
            await connection.send_command("PING", check_health=False)
            await connection.read_response()
        except (RedisError, ValueError) as error:
            if (unsafe := _of_tls(error)) is not None:
                raise unsafe from None
            # Over a Unix socket the library hides what a login met behind “no connection”.
            met = error.__cause__ if isinstance(error.__cause__, RedisError | ValueError) else error
            if isinstance(met, InvalidResponse | ValueError):
                raise NoRedis(plainly(met)) from error
            raise met from None
        yield RedisSession(connection, (time.perf_counter() - started) * 1000)
    finally:
        # After a time-out there may be nobody who hears a goodbye.
        await connection.disconnect(nowait=True)


def _of_tls(error: BaseException) -> ssl.SSLError | None:
    """What the handshake met, which the library hides behind “no connection”."""
    met: BaseException | None = error
    while met is not None and not isinstance(met, ssl.SSLError):
        met = met.__cause__ or met.__context__
    return met


def _made(url: str) -> Connection:
    _scheme, separator, where = url.partition("://")
    if not separator or not where:  # the library would go to a server on this machine
        raise Unusable
    try:
        said: dict[str, Any] = {
            key: value for key, value in parse_url(url).items() if key in _OURS or key.startswith("ssl_")
        }
        made: Connection = said.pop("connection_class", Connection)(
            **said,
            client_name=CLIENT_NAME,
            driver_info=None,
            protocol=2,
            parser_class=_BoundedParser,
            decode_responses=True,
            # Keys may be any bytes; so they come back as they were when one is asked for by its name.
            encoding_errors="surrogateescape",
            socket_timeout=None,  # the runner has the time-outs
            socket_connect_timeout=None,
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise Unusable from error
    return made

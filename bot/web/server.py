"""The HTTP server."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Iterator

from aiohttp import web

#: Slack's payloads are far smaller; whoever sends more is not Slack.
_LARGEST_BODY = 1024 * 1024

#: Seconds for requests that are being answered when the process is told to stop; Slack waits three.
_LAST_REQUESTS = 3.0

#: Seconds for which a connection may be open without a request on it, or with one that has not come as far as its body:
#: longer than a load balancer keeps one. Whoever only opens connections would else take all that there may be.
_IDLE = 75.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


#: Seconds for which work that nobody waits for holds back at most, each time; and for what others are waited for.
_COURTESY = 1.0


class Traffic:
    """Counts what people wait for, so that work which nobody waits for can let it pass."""

    def __init__(self, longest: float = _COURTESY) -> None:
        """Nothing is going on yet. `longest` is the seconds that courtesy lasts."""
        self._longest = longest
        self._waiting = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    def begin(self) -> None:
        """A request came in."""
        self._waiting += 1
        self._quiet.clear()

    def end(self) -> None:
        """A request was answered."""
        self._waiting -= 1
        if not self._waiting:
            self._quiet.set()

    @contextlib.contextmanager
    def waited_for(self) -> Iterator[None]:
        """While it is held, there is something that people wait for.

        Not for longer than courtesy lasts: when Slack takes its time with one incident, the others go on.
        """
        with contextlib.ExitStack() as held:
            self.begin()
            held.callback(self.end)
            late = asyncio.get_running_loop().call_later(self._longest, held.close)
            held.callback(late.cancel)
            yield

    async def courtesy(self) -> None:
        """Wait until nobody waits for an answer, for a moment at most."""
        if self._quiet.is_set():
            return
        try:
            async with asyncio.timeout(self._longest):
                await self._quiet.wait()
        except TimeoutError:
            pass


class Server:
    """An aiohttp server on one address."""

    def __init__(self, routes: Iterable[web.RouteDef]) -> None:
        """Take the routes; nothing listens yet."""
        app = web.Application(client_max_size=_LARGEST_BODY)
        app.add_routes(routes)
        # Nobody who is served packs what they send: a megabyte that unpacks to a thousand would hold all others up.
        self._runner = web.AppRunner(
            app,
            access_log=None,
            shutdown_timeout=_LAST_REQUESTS,
            auto_decompress=False,
            keepalive_timeout=_IDLE,
        )
        self.port = 0

    async def start(self, host: str, port: int) -> None:
        """Listen. Port 0 takes a free one, which `port` then holds. Raises OSError when it is taken."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Finish the requests that are being answered, and stop listening."""
        await self._runner.cleanup()

"""So many at once, and of those who wait the most urgent first."""

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """Hands turns out.

    PgQueuer starts whatever is due. Thousands that want the same few connections would keep each other waiting, and
    everything else with them; here they wait without one.
    """

    def __init__(self, at_once: int) -> None:
        """Take how many may have a turn at the same time."""
        self._free = at_once
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._number = itertools.count()

    @asynccontextmanager
    async def turn(self, priority: int) -> AsyncIterator[None]:
        """A block for which somebody of a priority (higher goes first) has a turn."""
        await self._get(priority)
        try:
            yield
        finally:
            self._give_back()

    async def _get(self, priority: int) -> None:
        if self._free:
            self._free -= 1
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (-priority, next(self._number), mine))
        try:
            await mine
        except asyncio.CancelledError:
            if not mine.cancelled():  # it was our turn just now
                self._give_back()
            raise

    def _give_back(self) -> None:
        while self._waiting:
            *_, next_one = heapq.heappop(self._waiting)
            if not next_one.done():
                next_one.set_result(None)
                return
        self._free += 1

"""How many targets are worked on at the same time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Places:
    """A bounded number of places. Whoever keeps one for long waits rather than works, and makes room for the next."""

    def __init__(self, most: int, long_s: float) -> None:
        """All are free.

        Args:
            most: How many there are.
            long_s: After how many seconds somebody gives up his place and goes on without it.
        """
        self._free = asyncio.Semaphore(most)
        self._long_s = long_s

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Waits for a place, and takes it."""
        await self._free.acquire()
        left = False

        def leave() -> None:
            nonlocal left
            if not left:
                left = True
                self._free.release()

        timer = asyncio.get_running_loop().call_later(self._long_s, leave)
        try:
            yield
        finally:
            timer.cancel()
            leave()

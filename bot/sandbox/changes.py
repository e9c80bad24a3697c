"""Waiting for the workspace to change, without polling."""

from __future__ import annotations

import asyncio


class Changes:
    """Counts changes and wakes everyone who waits for the next one."""

    def __init__(self) -> None:
        self.version = 0
        self._next = asyncio.Event()

    def tell(self) -> None:
        """Something changed."""
        self.version += 1
        self._next.set()
        self._next = asyncio.Event()

    async def next(self, timeout: float | None) -> bool:  # noqa: ASYNC109  (callers wait in slices of a longer deadline)
        """Waits for a change.

        Args:
            timeout: Seconds; None waits for ever.

        Returns:
            False when the time ran out first.
        """
        event = self._next
        try:
            async with asyncio.timeout(timeout):
                await event.wait()
        except TimeoutError:
            return False
        return True

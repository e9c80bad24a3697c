"""How many posts are handled at once, and how much of them is held in memory."""

from collections.abc import Iterator
from contextlib import contextmanager

#: Requests and bytes of bodies at once.
_REQUESTS, _BYTES = 64, 16 * 1024 * 1024
#: Whoever has yet to prove by a signature who they are takes half of it at most, so that they keep nobody out.
_UNPROVEN = 2


class Full(Exception):
    """As many posts are being handled as may be."""


class Room:
    """The room that there is; it is taken before a body is read."""

    def __init__(self, requests: int = _REQUESTS, size: int = _BYTES) -> None:
        """So many requests, and bytes of their bodies."""
        self._most, self._size = requests, size
        self._requests = self._bytes = 0
        self._unproven = self._unproven_bytes = 0

    @contextmanager
    def taken(self, size: int) -> Iterator[None]:
        """Room for a request with a body of at most so many bytes. Raises Full."""
        if self._requests >= self._most or self._bytes + size > self._size:
            raise Full
        self._requests += 1
        self._bytes += size
        try:
            yield
        finally:
            self._requests -= 1
            self._bytes -= size

    @contextmanager
    def taken_unproven(self, size: int) -> Iterator[None]:
        """Likewise for somebody who has not proven yet who they are. Raises Full."""
        most, bytes_ = self._most // _UNPROVEN, self._size // _UNPROVEN
        if self._unproven >= most or self._unproven_bytes + size > bytes_:
            raise Full
        self._unproven += 1
        self._unproven_bytes += size
        try:
            with self.taken(size):
                yield
        finally:
            self._unproven -= 1
            self._unproven_bytes -= size

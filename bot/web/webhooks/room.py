"""How many posts are handled at once, and how much of them is held in memory."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

#: Requests and bytes of bodies at once.
_REQUESTS, _BYTES = 64, 16 * 1024 * 1024
#: Whoever has yet to prove by a signature who they are takes half of it at most, so that they keep nobody out.
_UNPROVEN = 2


class Full(Exception):
    """As many posts are being handled as may be."""


@dataclass(eq=False, slots=True)
class _Guest:
    """Somebody who has not proven yet who they are: the size of their body, and how they are told to leave."""

    size: int
    leave: Callable[[], None]


class Room:
    """The room that there is; it is taken before a body is read."""

    def __init__(self, requests: int = _REQUESTS, size: int = _BYTES) -> None:
        """So many requests, and bytes of their bodies."""
        self._most, self._size = requests, size
        self._requests = self._bytes = 0
        self._guests: dict[_Guest, None] = {}

    @contextmanager
    def taken(self, size: int) -> Iterator[None]:
        """Room for a request with a body of at most so many bytes. Raises Full."""
        self._take(size)
        try:
            yield
        finally:
            self._give_back(size)

    @contextmanager
    def taken_unproven(self, size: int, leave: Callable[[], None]) -> Iterator[None]:
        """Likewise for somebody who has not proven yet who they are.

        Where there is no room for one more of those, whoever of them came first has to go: a monitor has sent all of a
        post in a moment, and who takes longer keeps none of them out.

        Args:
            size: bytes of the body, at most.
            leave: is called when this one has to go; the room is another's from then on.

        Raises:
            Full: those who have proven themselves take all of it, or the body is too large.
        """
        most, bytes_ = self._most // _UNPROVEN, self._size // _UNPROVEN
        if size > bytes_:
            raise Full
        while len(self._guests) >= most or sum(guest.size for guest in self._guests) + size > bytes_:
            first = next(iter(self._guests))
            self._let_go(first)
            first.leave()
        self._take(size)
        guest = _Guest(size, leave)
        self._guests[guest] = None
        try:
            yield
        finally:
            if guest in self._guests:
                self._let_go(guest)

    def _let_go(self, guest: _Guest) -> None:
        del self._guests[guest]
        self._give_back(guest.size)

    def _take(self, size: int) -> None:
        if self._requests >= self._most or self._bytes + size > self._size:
            raise Full
        self._requests += 1
        self._bytes += size

    def _give_back(self, size: int) -> None:
        self._requests -= 1
        self._bytes -= size

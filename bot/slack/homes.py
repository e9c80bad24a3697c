"""Whose Home tab shows something of ours, as far as this process knows."""

from collections import OrderedDict
from collections.abc import Iterable

#: How many people are remembered; those who opened theirs longest ago are forgotten first.
_MOST = 2000


class Homes:
    """People who opened their Home tab: it is brought up to date for them when something of theirs changes.

    Others, and those of another process, see it anew when they open it.
    """

    def __init__(self) -> None:
        self._opened: OrderedDict[str, None] = OrderedDict()

    def opened(self, user: str) -> None:
        """Remember that somebody opened theirs."""
        self._opened[user] = None
        self._opened.move_to_end(user)
        while len(self._opened) > _MOST:
            self._opened.popitem(last=False)

    def among(self, users: Iterable[str]) -> list[str]:
        """Those of some people who opened theirs."""
        return sorted({user for user in users if user in self._opened})

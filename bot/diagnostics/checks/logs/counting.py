"""How often something was, in a window and in the equal window before it."""

import math
from dataclasses import dataclass, field

#: Bins of a window. With the window before it, that is as much as a chart has.
MOST_BINS = 120
_BIN_S = 60
#: Clocks differ: what is this far ahead was just now. In seconds.
AHEAD_S = 60.0


@dataclass(frozen=True, slots=True)
class Span:
    """A window that ends at a moment, and the window before it, in bins of a minute, or of more where it is long.

    Attributes:
        at: seconds since 1970 when the window ends; it belongs to the window.
        within_s: how long the window is, in seconds.
    """

    at: float
    within_s: float

    @property
    def bins(self) -> int:
        """How many bins a window has; together with the window before there are twice as many."""
        return max(1, min(MOST_BINS, round(self.within_s / _BIN_S)))

    @property
    def width_s(self) -> float:
        """Seconds of a bin."""
        return self.within_s / self.bins

    @property
    def start(self) -> float:
        """When the window begins, in seconds since 1970; that moment belongs to the window before."""
        return self.at - self.within_s

    @property
    def before(self) -> float:
        """When the window before it begins, in seconds since 1970."""
        return self.at - 2 * self.within_s

    def bin(self, moment: float) -> int | None:
        """The number of the bin that a moment is in, the oldest 0; None where it is in neither window."""
        if not self.before < moment <= self.at + AHEAD_S:
            return None
        return max(0, min(2 * self.bins - 1, math.ceil((moment - self.before) / self.width_s) - 1))


@dataclass(slots=True)
class Tally:
    """Counts by bin, and when the first was in the window."""

    span: Span
    counts: list[int] = field(default_factory=list)
    first: float | None = None

    def __post_init__(self) -> None:
        self.counts = self.counts or [0] * (2 * self.span.bins)

    def add(self, moment: float, number: int = 1) -> bool:
        """Counts so many at a moment, seconds since 1970.

        Returns:
            Whether that is within the window.
        """
        index = self.span.bin(moment)
        if index is None or not number:
            return False
        self.counts[index] += number
        within = index >= self.span.bins
        if within:
            self.first = moment if self.first is None else min(self.first, moment)
        return within

"""The time over which a query is asked, and the values of its series at each step of it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Self

from bot.diagnostics.checks.prometheus.answering import Past
from bot.policy.targets.prometheus import MOST_POINTS, Judged, QueryRule

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
#: Steps, in seconds, that people know from clocks. The last is enough for the longest time that a pack may write.
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800)
#: A series whose last value is older has ended. Some servers are so many seconds late.
_LATE_S = 60


@dataclass(frozen=True, slots=True)
class Window:
    """Moments at equal steps, the last of which is now.

    Attributes:
        end: seconds since 1970.
        step: seconds.
        points: how many moments there are.
    """

    end: int
    step: int
    points: int

    @classmethod
    def of(cls, rule: QueryRule, now: datetime) -> Self:
        """The moments at which a rule with `over` is asked."""
        assert rule.over is not None
        over = int(rule.over.total_seconds())
        fitting = (step for step in _STEPS if over // step < MOST_POINTS)
        step = int(rule.step.total_seconds()) if rule.step else next(fitting)
        # The next full second: what came in the running one is not left out.
        return cls(math.ceil(now.timestamp()), step, over // step + 1)

    @property
    def start(self) -> int:
        """Seconds since 1970."""
        return self.end - self.length

    @property
    def length(self) -> int:
        """Seconds."""
        return (self.points - 1) * self.step

    @property
    def late(self) -> int:
        """How many points may be missing at the end of a series that goes on."""
        return max(2, math.ceil(_LATE_S / self.step))

    def moment(self, index: int) -> str:
        """When it was, as people say it: `at 02:41 UTC`; with the day where it may be another one."""
        at = datetime.fromtimestamp(self.start + index * self.step, UTC)
        return f"at {at:%H:%M} UTC" if self._within_a_day else f"on {at.day} {at:%b} at {at:%H:%M} UTC"

    def span(self) -> str:
        """From when to when, as people say it: `from 02:00 to 03:00 UTC`."""
        begin, end = (datetime.fromtimestamp(at, UTC) for at in (self.start, self.end))
        if self._within_a_day:
            return f"from {begin:%H:%M} to {end:%H:%M} UTC"
        return f"from {begin.day} {begin:%b %H:%M} to {end.day} {end:%b %H:%M} UTC"

    @property
    def _within_a_day(self) -> bool:
        return self.start // _DAY == self.end // _DAY

    def spoken(self) -> str:
        """How long it is, as people say it behind `the last`: `hour`, `90 minutes`, `2 days`."""
        for size, word in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute"), (1, "second")):
            if self.length % size == 0:
                number = self.length // size
                return word if number == 1 else f"{number} {word}s"
        raise AssertionError

    def ago(self) -> str:
        """When it began, as people say it: `an hour ago`."""
        said = self.spoken()
        article = {"hour": "an "}.get(said, "" if said[0].isdigit() else "a ")
        return f"{article}{said} ago"


@dataclass(frozen=True, slots=True)
class History:
    """A series by its labels, and its value at each moment of a window; NaN where it has none."""

    labels: Mapping[str, str]
    values: Sequence[float]
    late: int

    @property
    def known(self) -> list[int]:
        """The moments at which it has a value."""
        return [index for index, value in enumerate(self.values) if not math.isnan(value)]

    @property
    def now(self) -> float:
        """Its last value; NaN where the series has ended."""
        recent = [value for value in self.values[-1 - self.late :] if not math.isnan(value)]
        return recent[-1] if recent else math.nan

    @property
    def highest(self) -> int:
        """The moment of its highest value. It has one."""
        return max(self.known, key=self.values.__getitem__)

    @property
    def lowest(self) -> int:
        """The moment of its lowest value. It has one."""
        return min(self.known, key=self.values.__getitem__)

    def judged(self, of: Judged) -> float:
        """The value by which it is judged; NaN where it has none."""
        values = [self.values[index] for index in self.known]
        if not values:
            return math.nan
        match of:
            case Judged.LAST:
                return self.now
            case Judged.MAX:
                return max(values)
            case Judged.MIN:
                return min(values)
            case Judged.AVG:
                return sum(values) / len(values)
            case Judged.INCREASE:
                # A counter that falls began anew at nought.
                return sum(after - before if after >= before else after for before, after in pairwise(values))


def histories(found: Sequence[Past], window: Window) -> list[History]:
    """The series at the moments of a window. Some servers move these by less than a step; all series alike."""
    latest = max((at for each in found for at, _ in each.points), default=window.end)
    behind = max(0, math.floor((window.end - latest) / window.step + 1e-6))
    end = latest + behind * window.step
    made = []
    for each in found:
        values = [math.nan] * window.points
        for at, value in each.points:
            index = window.points - 1 - round((end - at) / window.step)
            if 0 <= index < window.points:
                values[index] = value
        made.append(History(each.labels, values, window.late))
    return made

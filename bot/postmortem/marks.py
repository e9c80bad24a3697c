"""What a picture of an incident's course is made of: stretches of time, and marks on lanes. Data without places."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Tone(StrEnum):
    """How good or bad something is; `DIM` where nobody can say, `PLAIN` where that is no question."""

    GOOD = "good"
    PLAIN = "plain"
    DIM = "dim"
    WARN = "warn"
    BAD = "bad"

    @property
    def rank(self) -> int:
        """0 for the best; of what is drawn together the highest shows."""
        return _RANKS[self]


_RANKS = {tone: rank for rank, tone in enumerate(Tone)}


class LaneKind(StrEnum):
    """What a lane is about."""

    MOMENTS = "moments"
    ALERTS = "alerts"
    UPDATES = "updates"
    ESCALATIONS = "escalations"
    DIAGNOSTICS = "diagnostics"
    RUNBOOKS = "runbooks"
    ACTIONS = "actions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that happened at a moment, or from `at` until `until`.

    Attributes:
        label: a few words, clean and bounded; empty where the lane says enough.
        cites: the entries that it comes from; of many that are drawn together, the first and the last.
        weight: the lower, the earlier its label gets a place.
        count: how many are drawn together.
        open: whether it had not ended by `until`.
    """

    at: datetime
    label: str
    cites: tuple[int, ...]
    tone: Tone = Tone.PLAIN
    until: datetime | None = None
    weight: int = 3
    count: int = 1
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Marks of one kind, by time. `total` counts what they stand for, `name` is what is written beside them."""

    kind: LaneKind
    name: str
    marks: tuple[Mark, ...]
    total: int

    @property
    def thinned(self) -> bool:
        """Whether some are drawn together."""
        return any(mark.count > 1 for mark in self.marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A time in which something stayed as it was: a status, a severity, or that nobody was told anything.

    Attributes:
        name: of the status or the severity; of a silence how much longer than its target it was.
        look: how it is drawn: a category of status, the place of a severity (`rank0` is the worst), `silence`.
        cites: the entries that began and ended it.
        count: how many are drawn together.
    """

    since: datetime
    until: datetime
    name: str
    look: str
    cites: tuple[int, ...]
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The course of an incident.

    Attributes:
        ref, title: of the incident; clean and bounded.
        start, end: what is shown, UTC; `start` is before `end`.
        declared: when it was.
        over: when it was over; None while it runs.
        phases, severities: without gaps, by time; never none.
        silences: the parts of times without an update that were longer than the target.
        lanes: those that have marks.
        left_out: marks that lie after `end`, as one; None where there are none.
    """

    ref: str
    title: str
    start: datetime
    end: datetime
    declared: datetime
    over: datetime | None
    phases: tuple[Stretch, ...]
    severities: tuple[Stretch, ...]
    silences: tuple[Stretch, ...]
    lanes: tuple[Lane, ...]
    left_out: Mark | None = None

    @property
    def changes(self) -> int:
        """How many changes of status and severity are drawn together with others."""
        return sum(stretch.count - 1 for stretch in (*self.phases, *self.severities))

    @property
    def thinned(self) -> bool:
        """Whether there was more than can be told apart."""
        return self.changes > 0 or any(lane.thinned for lane in self.lanes)

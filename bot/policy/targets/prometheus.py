"""A Prometheus, or what speaks its query API, as a target."""

from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from bot.policy.targets.base import AtAnAddress, Wrong
from bot.policy.types import Duration, Line, Name, Prose, Section, Setting

#: So many points of a series are asked for: more of them nobody could tell apart in a chart.
MOST_POINTS = 240

#: A measured value may be below nought, so its limits may be too.
Limit = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class Judged(StrEnum):
    """What of a series is judged, where a query is asked over some time."""

    LAST = "last"
    MAX = "max"
    MIN = "min"
    AVG = "avg"
    INCREASE = "increase"


class QueryRule(Section):
    """A question in PromQL, and which answers are bad."""

    name: Name = Field(description="A word for it, which is its check's name too.")
    title: Line = Field("", description="What people read of it.")
    query: Annotated[Prose, Field(min_length=1)] = Field(description="PromQL that gives a number for each series.")
    over: Duration | None = Field(None, description="How far back it is asked, for a chart: 1h. Left out, only now.")
    step: Duration | None = Field(None, description="How far apart its points are. Left out, what suits `over`.")
    of: Judged = Field(Judged.LAST, description="What of each series is judged, over that time: its last value is now.")
    warn: Limit | None = Field(None, description="From here on it warns.")
    critical: Limit | None = Field(None, description="From here on it is critical.")
    below: bool = Field(False, strict=True, description="Whether low values are the bad ones.")
    unit: Annotated[Line, Field(max_length=20)] = Field("", description="What is counted: `%`, `s`, `requests/s`.")
    next_step: Line = Field("", description="What to do where it is bad.")

    def wrong(self) -> Iterator[Wrong]:
        """Limits the wrong way round, and times that do not fit together."""
        yield from self._wrong_times()
        if self.warn is None or self.critical is None:
            return
        if self.below and self.critical > self.warn:
            yield ("critical",), "With `below`, `critical` is at or under `warn`: the lower a value, the worse."
        if not self.below and self.critical < self.warn:
            yield ("critical",), "`critical` is at or over `warn`. Where low is bad, add `below: true`."

    def _wrong_times(self) -> Iterator[Wrong]:
        if self.over is None:
            if self.step is not None:
                yield ("step",), "There are steps only over some time: add `over`, such as 1h, or leave this out."
            if self.of is not Judged.LAST:
                yield ("of",), f"There is a value such as `{self.of}` only over some time: add `over`, such as 1h."
        elif self.step is not None and self.step > self.over:
            yield ("step",), "It is longer than `over`: write a shorter one, or leave it out."
        elif self.step is not None and self.over // self.step >= MOST_POINTS:
            shortest = -(-self.over // timedelta(seconds=MOST_POINTS - 1))
            yield ("step",), f"That is over {MOST_POINTS} points: write {shortest}s or more, or leave it out."


class PrometheusTarget(AtAnAddress):
    """A Prometheus: whether it is ready, and what it answers to the queries here."""

    kind: Literal["prometheus"]
    bearer_from: Setting | None = Field(None, description="The setting with the token of `Authorization: Bearer`.")
    ca_from: Setting | None = Field(None, description="The setting with the path of a file of trusted certificates.")
    queries: tuple[QueryRule, ...] = Field((), max_length=20, description="What it is asked.")

    def wrong(self) -> Iterator[Wrong]:
        """Names that stand twice, and limits the wrong way round."""
        yield from super().wrong()
        taken = {"reachability"}
        for index, rule in enumerate(self.queries):
            if rule.name in taken:
                yield ("queries", index, "name"), f"There is a check “{rule.name}” already. Give this another name."
            taken.add(rule.name)
            for where, message in rule.wrong():
                yield ("queries", index, *where), message

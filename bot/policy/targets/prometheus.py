"""A Prometheus, or what speaks its query API, as a target."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from bot.policy.targets.base import AtAnAddress, Wrong
from bot.policy.types import Line, Name, Prose, Section, Setting

#: A measured value may be below nought, so its limits may be too.
Limit = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class QueryRule(Section):
    """A question in PromQL, and which answers are bad."""

    name: Name = Field(description="A word for it, which is its check's name too.")
    title: Line = Field("", description="What people read of it.")
    query: Annotated[Prose, Field(min_length=1)] = Field(description="PromQL that gives a number for each series.")
    warn: Limit | None = Field(None, description="From here on it warns.")
    critical: Limit | None = Field(None, description="From here on it is critical.")
    below: bool = Field(False, strict=True, description="Whether low values are the bad ones.")
    unit: Annotated[Line, Field(max_length=20)] = Field("", description="What is counted: `%`, `s`, `requests/s`.")
    next_step: Line = Field("", description="What to do where it is bad.")

    def wrong(self) -> Iterator[Wrong]:
        """Limits the wrong way round."""
        if self.warn is None or self.critical is None:
            return
        if self.below and self.critical > self.warn:
            yield ("critical",), "With `below`, `critical` is at or under `warn`: the lower a value, the worse."
        if not self.below and self.critical < self.warn:
            yield ("critical",), "`critical` is at or over `warn`. Where low is bad, add `below: true`."


class PrometheusTarget(AtAnAddress):
    """A Prometheus: whether it is ready, and what it answers to the queries here."""

    kind: Literal["prometheus"]
    bearer_from: Setting | None = Field(None, description="The setting with the token of `Authorization: Bearer`.")
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

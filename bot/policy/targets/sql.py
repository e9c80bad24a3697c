"""Questions of one's own to a Postgres, as a target."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from bot.policy.targets.base import TargetSection, Wrong
from bot.policy.types import Line, Name, Prose, Section, Setting

#: A query may bring this many rows; what it would bring beyond is not read.
MOST_FOUND = 1000

Limit = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class Counted(StrEnum):
    """What of a query's answer is judged."""

    ROWS = "rows"
    VALUE = "value"


class QueryRule(Section):
    """One question: a statement that only reads, and from which number on its answer is bad."""

    name: Name
    title: Line = ""
    sql: Annotated[Prose, Field(min_length=1)] = Field(description="One SELECT.")
    of: Counted = Field(
        Counted.VALUE, description="What is judged: how many rows, or the first column of the first row."
    )
    warn: Limit | None = Field(None, description="It warns from this number on.")
    critical: Limit | None = Field(None, description="It is critical from this number on.")
    unit: Line = ""
    next_step: Line = Field("", description="What to do where it is past a limit.")


class SqlTarget(TargetSection):
    """A Postgres that is asked what the pack writes down. The setting `url_from` holds its address."""

    kind: Literal["sql"]
    url_from: Setting
    queries: Annotated[tuple[QueryRule, ...], Field(min_length=1, max_length=50)]

    def wrong(self) -> Iterator[Wrong]:
        """Names that are taken, and limits that cannot be."""
        yield from super().wrong()
        taken = {"reachability"}
        for number, query in enumerate(self.queries):
            at = ("queries", number)
            if query.name in taken:
                yield (*at, "name"), f"“{query.name}” is taken; give each query a name of its own."
            taken.add(query.name)
            if query.warn is not None and query.critical is not None and query.critical < query.warn:
                yield (*at, "critical"), "It is under `warn`, which then never shows: swap the two."
            if query.of is Counted.ROWS and max(query.warn or 0, query.critical or 0) > MOST_FOUND:
                yield (*at, "of"), f"At most {MOST_FOUND} rows are counted: SELECT count(*) and write `of: value`."

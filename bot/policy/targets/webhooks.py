"""Deliveries of webhooks that failed, as a target."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from bot.policy.paths import path_fault
from bot.policy.targets.base import Wrong
from bot.policy.targets.source import FromSource, Most, belongs
from bot.policy.targets.sql import MOST_FOUND
from bot.policy.types import Duration, Line, Prose, Section

_KEYS = {"sql": "sql", "json": "path"}
_SUCH_AS = {
    "sql": "SELECT failed_at AS at, url AS endpoint, status, error FROM webhook_delivery WHERE failed_at IS NOT NULL",
    "path": "$.failed",
}

#: A key, or a JSONPath that begins at the delivery: `$.response.status`.
Key = Annotated[Line, Field(min_length=1)]


class DeliveryFields(Section):
    """Where, in each delivery of a JSON document, something stands: a key, or a JSONPath that begins with `$`."""

    at: Key = Field("at", description="When it failed: a time in ISO 8601, or seconds or milliseconds since 1970.")
    endpoint: Key = Field("endpoint", description="Whom it was for.")
    status: Key = Field("status", description="What the receiver answered.")
    error: Key = Field("error", description="What is known of the failure.")

    def wrong(self) -> Iterator[Wrong]:
        """Paths that are none."""
        for key in type(self).model_fields:
            written = getattr(self, key)
            if written.startswith("$") and (fault := path_fault(written, such_as="$.response.status")):
                yield (key,), f"“{written}” {fault}."


class WebhooksTarget(FromSource):
    """Deliveries of webhooks that failed, in a table or in a JSON document."""

    kind: Literal["webhooks"]
    source: Literal["sql", "json"] = Field(description="Where they are listed.")
    sql: Annotated[Prose, Field(min_length=1)] | None = Field(
        None,
        description="With `source: sql`: one SELECT of failed deliveries with a column `at`, and perhaps `endpoint`, "
        "`status` and `error`.",
    )
    path: Line | None = Field(None, description="With `source: json`: the JSONPath of the failed deliveries.")
    fields: DeliveryFields = Field(
        DeliveryFields(), description="With `source: json`: where time, endpoint, status and error of a delivery stand."
    )
    within: Duration = Field(timedelta(hours=1), description="How old a failure may be to count.")
    warn: Most = Field(1, description="It warns from this many on.")
    critical: Most | None = Field(None, description="It is critical from this many on.")
    next_step: Line = Field("", description="What to do where deliveries fail.")

    def wrong(self) -> Iterator[Wrong]:
        """What its source does not have, paths that are none, and limits that cannot be."""
        yield from super().wrong()
        yield from belongs(self, self.source, _KEYS, _SUCH_AS)
        if self.source == "json":
            if self.path is not None and (fault := path_fault(self.path, such_as=_SUCH_AS["path"])):
                yield ("path",), f"“{self.path}” {fault}."
            for where, message in self.fields.wrong():
                yield ("fields", *where), message
        elif "fields" in self.model_fields_set:
            yield ("fields",), "Name the columns in `sql` instead: SELECT failed_at AS at, url AS endpoint, …"
        for key in ("warn", "critical"):
            if (getattr(self, key) or 0) > MOST_FOUND:
                yield (key,), f"At most {MOST_FOUND} failures are counted: write that or less."
        if self.critical is not None and self.critical < self.warn:
            yield ("critical",), "It is under `warn`, which then never shows: swap the two."

"""How much work waits, wherever that can be counted, as a target."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from bot.policy.paths import path_fault
from bot.policy.targets.base import Wrong
from bot.policy.targets.source import FromSource, Most, belongs
from bot.policy.types import Line, Name, Prose, Section

#: What measures a queue, by where it is.
_KEYS = {"redis": "key", "sql": "sql", "json": "path"}
_SUCH_AS = {
    "key": "bull:*:wait",
    "sql": "SELECT count(*) FROM job WHERE done_at IS NULL",
    "path": "$.queues.mail.waiting",
}

#: Seconds that an entry may wait.
Wait = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]


class QueueRule(Section):
    """One queue: what measures it, and how much work may wait in it for how long."""

    name: Name = Field(description="A word for it, which is its check's name too.")
    title: Line = Field("", description="What people read of it.")
    key: Annotated[Line, Field(min_length=1)] | None = Field(
        None, description="With `source: redis`: a key, or a pattern as Redis has them: `bull:*:wait`."
    )
    sql: Annotated[Prose, Field(min_length=1)] | None = Field(
        None,
        description="With `source: sql`: one SELECT: how many wait and, perhaps, the oldest's age in seconds.",
    )
    path: Line | None = Field(None, description="With `source: json`: the JSONPath of how many wait.")
    oldest: Line | None = Field(None, description="With `source: json`: the JSONPath of the oldest's age in seconds.")
    warn: Most | None = Field(None, description="It warns where this many wait.")
    critical: Most | None = Field(None, description="It is critical where this many wait.")
    oldest_warn_s: Wait | None = Field(None, description="It warns where the oldest waits for so many seconds.")
    oldest_crit_s: Wait | None = Field(None, description="It is critical where the oldest waits for so many seconds.")
    next_step: Line = Field("", description="What to do where it is past a limit.")

    def wrong(self, source: str) -> Iterator[Wrong]:
        """What does not go together, for a target that is measured in this source."""
        yield from belongs(self, source, _KEYS, _SUCH_AS)
        if self.oldest is not None and source != "json":
            yield ("oldest",), "Only `source: json` has it; with `sql` the oldest's age is a second column."
        for key in ("path", "oldest"):
            written = getattr(self, key)
            if written is not None and (fault := path_fault(written, such_as=_SUCH_AS["path"])):
                yield (key,), f"“{written}” {fault}."
        if self.warn is not None and self.critical is not None and self.critical < self.warn:
            yield ("critical",), "It is under `warn`, which then never shows: swap the two."
        yield from self._wrong_ages(source)

    def _wrong_ages(self, source: str) -> Iterator[Wrong]:
        warn, critical = self.oldest_warn_s, self.oldest_crit_s
        if warn is not None and critical is not None and critical < warn:
            yield ("oldest_crit_s",), "It is under `oldest_warn_s`, which then never shows: swap the two."
        limit = "oldest_crit_s" if warn is None else "oldest_warn_s"
        if getattr(self, limit) is None:
            return
        if source == "redis":
            yield (
                (limit,),
                "A Redis does not say how long an entry waits: leave this out, or measure it in SQL or JSON.",
            )
        if source == "json" and self.oldest is None:
            yield (limit,), "Say in `oldest` where the oldest's age stands, such as $.queues.mail.oldestSeconds."


class QueueTarget(FromSource):
    """Queues in a Redis, a Postgres or a JSON document: how much work waits in each, and for how long."""

    kind: Literal["queue"]
    source: Literal["redis", "sql", "json"] = Field(description="Where all of its queues are measured.")
    queues: Annotated[tuple[QueueRule, ...], Field(min_length=1, max_length=20)] = Field(
        description="What is measured: a check for each."
    )

    def wrong(self) -> Iterator[Wrong]:
        """Names that are taken, and queues that its source cannot measure."""
        yield from super().wrong()
        taken = {"reachability"}
        for index, queue in enumerate(self.queues):
            if queue.name in taken:
                yield ("queues", index, "name"), f"There is a check “{queue.name}” already. Give this another name."
            taken.add(queue.name)
            for where, message in queue.wrong(self.source):
                yield ("queues", index, *where), message

"""A Redis as a target."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from bot.policy.targets.base import TargetSection, Wrong
from bot.policy.types import Line, Name, Number, Section, Setting


class QueueRule(Section):
    """Keys that hold work which waits, such as `bull:*:wait`, and how long each may become."""

    name: Name
    key: Line = Field(description="A key, or a pattern as Redis has them: `bull:*:wait`.", min_length=1)
    title: Line = ""
    warn: Number | None = Field(None, gt=0, description="How many entries in one key are worth a warning.")
    critical: Number | None = Field(None, gt=0, description="How many entries in one key are critical.")


class RedisTarget(TargetSection):
    """A Redis. The setting `url_from` holds its address: `redis://`, `rediss://` or `unix://`."""

    kind: Literal["redis"]
    url_from: Setting
    ca_from: Setting | None = Field(
        None, description="The setting with the path of a file of trusted certificates, for `rediss://`."
    )
    queues: tuple[QueueRule, ...] = Field((), max_length=20, description="Lengths to look at: a check for each.")

    def wrong(self) -> Iterator[Wrong]:
        """Queues of one name, and limits the wrong way round."""
        yield from super().wrong()
        seen: set[str] = set()
        for index, queue in enumerate(self.queues):
            if queue.name in seen:
                yield ("queues", index, "name"), f"There are two queues “{queue.name}”: give each a name of its own."
            seen.add(queue.name)
            if queue.warn is not None and queue.critical is not None and queue.critical < queue.warn:
                yield ("queues", index, "critical"), "It is below `warn`: write a number that is as large or larger."

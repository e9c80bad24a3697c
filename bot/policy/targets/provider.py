"""The public status page of somebody whose service one uses, as a target."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from bot.policy.targets.base import AtAnAddress, Wrong
from bot.policy.types import Duration, Line, Setting


class ProviderTarget(AtAnAddress):
    """A provider's status page: what it says of itself."""

    kind: Literal["provider"]
    format: Literal["statuspage", "rss"] = Field(
        "statuspage", description="`statuspage` reads /api/v2/summary.json there; `rss` reads RSS or Atom."
    )
    ca_from: Setting | None = Field(None, description="The setting with the path of a file of trusted certificates.")
    components: Annotated[tuple[Line, ...], Field(max_length=50)] = Field(
        (), description="The parts of it that are used, by their names. Empty: all of it."
    )
    within: Duration = Field(timedelta(hours=24), description="How old an entry of a feed may be, to be looked at.")

    def wrong(self) -> Iterator[Wrong]:
        """Components of a feed."""
        yield from super().wrong()
        if self.format == "rss" and self.components:
            yield ("components",), "A feed has no components: leave them out, or use `format: statuspage`."

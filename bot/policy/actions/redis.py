"""Throwing keys of a Redis away."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from bot.policy.actions.base import AtATarget, Place, placeholders
from bot.policy.targets.base import Wrong
from bot.policy.types import Line

Keys = Annotated[Line, Field(min_length=1)]


class FlushAction(AtATarget):
    """Unlinks the keys of a pattern, some at a time."""

    fits: ClassVar[tuple[str, ...]] = ("redis",)

    kind: Literal["flush"]
    pattern: Keys = Field(description="As Redis has them: `session:*`, with `{name}` for parameters.")
    all: bool = Field(False, strict=True, description="Whether `*`, which is every key there is, is meant.")
    most_keys: int = Field(
        100_000, ge=1, le=10_000_000, strict=True, description="More keys than this are never thrown away at once."
    )

    def placeholders(self) -> Iterator[tuple[Place, str]]:
        """Those of the pattern."""
        for name in placeholders(self.pattern):
            yield ("pattern",), name

    def wrong(self) -> Iterator[Wrong]:
        """Every key there is, by mistake."""
        yield from super().wrong()
        everything = not self.pattern.strip("*?")
        if everything and not self.all:
            yield ("pattern",), "It means every key there is. Write more of their names, or add `all: true`."
        if self.all and not everything:
            yield ("all",), "It does nothing with this pattern. Drop it."

"""Targets that can be measured in more than one kind of place. The target says in which, once for all it asks."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from bot.policy.targets.base import AtAnAddress, TargetSection, Wrong
from bot.policy.types import Number, Section, Setting

#: From how many on something is bad: one at least, as nought of anything is well.
Most = Annotated[Number, Field(ge=1)]

_HELD = {"redis": "a Redis", "sql": "a Postgres"}


class FromSource(AtAnAddress):
    """A target that is read out of a Redis, a Postgres or a JSON document."""

    source: str
    bearer_from: Setting | None = Field(
        None, description="The setting with the token of `Authorization: Bearer`, for `json`."
    )
    ca_from: Setting | None = Field(
        None, description="The setting with the path of a file of trusted certificates, for `json`."
    )

    def wrong(self) -> Iterator[Wrong]:
        """An address in the file that only a setting may hold, and settings for what has none."""
        if self.source == "json":
            yield from super().wrong()
            return
        yield from TargetSection.wrong(self)
        if self.url is not None:
            yield (
                ("url",),
                f"The address of {_HELD[self.source]} has a login: put it into a setting, and name that in `url_from`.",
            )
        elif self.url_from is None:
            yield ("url_from",), f"Name the setting that holds the address of {_HELD[self.source]}."
        for key in ("bearer_from", "ca_from"):
            if getattr(self, key) is not None:
                yield (key,), f"Only `source: json` has it; the address of {_HELD[self.source]} says how to log in."


def belongs(section: Section, source: str, keys: dict[str, str], such_as: dict[str, str]) -> Iterator[Wrong]:
    """The key of a section's source that is not there, and keys of other sources that are.

    Args:
        section: what has the keys.
        source: where its target is measured.
        keys: the key that each source needs.
        such_as: an example for each of these keys.
    """
    for where, key in keys.items():
        there = getattr(section, key) is not None
        if where == source and not there:
            yield (key,), f"With `source: {source}` it needs `{key}`, such as {such_as[key]}."
        elif where != source and there:
            advice = f"write `{keys[source]}`, or make it a target of its own"
            yield (key,), f"`{key}` belongs to `source: {where}`, and this target has `source: {source}`: {advice}."

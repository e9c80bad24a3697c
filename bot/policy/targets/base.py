"""What every target of the policy has, whatever its kind."""

from collections.abc import Iterator
from datetime import timedelta

from pydantic import Field

from bot.policy.allowed import AllowedRule
from bot.policy.types import Alias, Duration, Line, Name, Number, Section, Setting, Where

#: Where something is wrong in a section, from its top, and what to write instead.
Wrong = tuple[tuple[str | int, ...], str]


def settings_of(section: Section) -> Iterator[str]:
    """The names of the settings in a section: what stands in its keys that end in `_from`."""
    for key in type(section).model_fields:
        value = getattr(section, key)
        if key.endswith("_from") and isinstance(value, str):
            yield value
        elif key.endswith("_from") and isinstance(value, dict):
            yield from value.values()


class TargetSection(Section):
    """A diagnostics target: what it is called, how long it may take, and by what it is judged."""

    kind: str
    name: Name
    title: Line = ""
    aliases: tuple[Alias, ...] = ()
    timeout: Duration = Field(timedelta(seconds=10), description="For all of its checks together.")
    check_timeout: Duration = Field(timedelta(seconds=5), description="For each of its checks.")
    thresholds: dict[Name, Number] = Field(default_factory=dict, description="Other limits than a check's own.")
    allowed: AllowedRule = Field(AllowedRule(), description="Who may have it diagnosed.")
    runbook: Name | None = Field(None, description="The runbook that its card opens where it is not well.")
    runbooks: dict[Name, Name] = Field(default_factory=dict, description="The runbook for a check, by its name.")

    def wrong(self) -> Iterator[Wrong]:
        """What no single key of it shows to be wrong."""
        yield from ()

    def settings(self) -> Iterator[str]:
        """The names of the settings that it reads: addresses and credentials."""
        yield from settings_of(self)


class AtAnAddress(TargetSection):
    """A target at an address that the file has (`url`), or that a setting holds (`url_from`)."""

    url: Where | None = Field(None, description="Its address, without any credentials.")
    url_from: Setting | None = Field(None, description="The setting that holds its address.")

    def wrong(self) -> Iterator[Wrong]:
        """Neither address, or both."""
        yield from super().wrong()
        if (self.url is None) == (self.url_from is None):
            yield ("url",), "Write its address in `url`, or the name of the setting that holds it in `url_from`: one."

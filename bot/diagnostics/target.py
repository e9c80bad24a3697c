"""What is diagnosed. Targets come from the pack and the environment, never from what somebody typed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

DEFAULT_TIMEOUT_S = 10.0
DEFAULT_CHECK_TIMEOUT_S = 5.0


def nothing_is_set(_name: str) -> None:
    """The values of settings where there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One thing to diagnose.

    Attributes:
        name: What people call it: `db`.
        kind: Which checks suit it: `postgres`.
        options: The kind's own section of the pack: where it is, what to ask it.
        title: How people read of it.
        thresholds: Overrides of the checks' defaults, by threshold name.
        timeout_s: Seconds for everything together.
        check_timeout_s: Seconds for one check.
        value_of: The values of settings by name: addresses and credentials. Never shown.
        asked_at: When the run began, which the runner fills in: certificates and jobs are judged by it.
    """

    name: str
    kind: str
    options: Any
    title: str = ""
    thresholds: Mapping[str, float] = field(default_factory=dict)
    timeout_s: float = DEFAULT_TIMEOUT_S
    check_timeout_s: float = DEFAULT_CHECK_TIMEOUT_S
    value_of: Callable[[str], str | None] = field(default=nothing_is_set, repr=False)
    asked_at: datetime | None = None

    def setting(self, name: str) -> str:
        """The value of a setting that the pack names.

        Raises:
            NotSet: it has none.
        """
        value = self.value_of(name)
        if not value:
            raise NotSet(name)
        return value


class NotSet(Exception):
    """A setting that a target needs has no value."""

    def __init__(self, setting: str) -> None:
        super().__init__(f"{setting} is not set")
        self.setting = setting

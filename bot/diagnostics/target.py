"""What is diagnosed. Targets come from the pack and the environment, never from what somebody typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.diagnostics import redact

DEFAULT_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One thing to diagnose.

    Attributes:
        name: What people call it: `db`.
        kind: Which checks suit it: `postgres`.
        url: Its address with credentials; None when the setting is empty. Never shown.
        url_from: The setting that holds the address, for the sentence that asks for it.
        thresholds: Overrides of the checks' defaults, by threshold name.
        timeout_s: Seconds for everything together.
    """

    name: str
    kind: str
    url: str | None = field(repr=False)
    url_from: str = ""
    thresholds: Mapping[str, float] = field(default_factory=dict)
    timeout_s: float = DEFAULT_TIMEOUT_S

    @property
    def against(self) -> str:
        """The address as it may be shown."""
        return redact.dsn(self.url) if self.url else f"({self.url_from or 'address'} is not set)"

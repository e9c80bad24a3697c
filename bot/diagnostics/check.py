"""What a check is."""

from collections.abc import Mapping
from typing import Protocol, TypeVar

from bot.diagnostics.result import Measurement

#: Threshold name to number. A name says its check and its unit: `long_statement_warn_s`.
Thresholds = Mapping[str, float]

Session_contra = TypeVar("Session_contra", contravariant=True)


class Check(Protocol[Session_contra]):
    """One question to a target. The runner makes a `Result` of its measurement, and of its failure."""

    @property
    def name(self) -> str:
        """A stable word: `connections`."""

    @property
    def kind(self) -> str:
        """Which targets it suits: `postgres`."""

    @property
    def title(self) -> str:
        """What people read: `Connections`."""

    @property
    def ran(self) -> str:
        """Exactly what it runs."""

    @property
    def defaults(self) -> Thresholds:
        """Its thresholds; a target may override each by name."""

    async def run(self, session: Session_contra, thresholds: Thresholds) -> Measurement:
        """Asks, and judges the answer.

        Args:
            session: An open connection to the target.
            thresholds: The defaults with the target's overrides.

        Raises:
            Exception: whatever the session raises; the runner makes it a result.
        """

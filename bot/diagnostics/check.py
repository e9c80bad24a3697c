"""What a check is: one question to a target, by its name, with thresholds."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from bot.diagnostics.result import Measurement

#: Threshold name to number. A name says its check and its unit: `long_statement_warn_s`.
Thresholds = Mapping[str, float]

Session = TypeVar("Session")
Session_contra = TypeVar("Session_contra", contravariant=True)


class Check(Protocol[Session_contra]):
    """One question to a target. The runner makes a `Result` of its measurement, and of its failure."""

    @property
    def name(self) -> str:
        """A stable word: `connections`."""

    @property
    def title(self) -> str:
        """What people read: `Connections`."""

    @property
    def ran(self) -> str:
        """Exactly what it runs, as far as that is known before; a measurement may say it better."""

    @property
    def defaults(self) -> Thresholds:
        """Its thresholds; a target may override each by name."""

    async def run(self, session: Session_contra, thresholds: Thresholds) -> Measurement:
        """Asks, and judges the answer.

        Args:
            session: What the kind's `connect` made: an open connection, or whatever its checks share.
            thresholds: The defaults with the target's overrides.

        Raises:
            Exception: whatever the session raises; the runner makes it a result.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking(Generic[Session]):
    """A check that is a function."""

    name: str
    title: str
    ask: Callable[[Session, Thresholds], Awaitable[Measurement]]
    ran: str = ""
    defaults: Thresholds = field(default_factory=dict)

    async def run(self, session: Session, thresholds: Thresholds) -> Measurement:
        """Asks, and judges the answer."""
        return await self.ask(session, thresholds)

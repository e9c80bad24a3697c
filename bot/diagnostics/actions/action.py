"""An action of the pack with what it is done to, and what came of rehearsing or running it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from bot.diagnostics.result import Rows
from bot.diagnostics.target import NotSet, Target, nothing_is_set
from bot.domain.action_rules import ActionRule, Value

#: Characters of what a program or a server said, that are kept.
MOST_OUTPUT = 4000
#: Bytes of it that are read.
MOST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that may be done.

    Attributes:
        rule: The pack's.
        target: What it is done to; None where its kind needs none.
        value_of: The values of settings by name. Never shown.
        key: The same for every try of one run, and for no other: a server that keeps such keys runs it once.
    """

    rule: ActionRule
    target: Target | None = None
    value_of: Callable[[str], str | None] = field(default=nothing_is_set, repr=False)
    key: str = ""

    @property
    def options(self) -> Any:
        """The kind's own section of the pack."""
        return self.rule.options

    @property
    def timeout_s(self) -> float:
        """Seconds for one rehearsal, or one run."""
        return self.rule.timeout.total_seconds()

    def setting(self, name: str) -> str:
        """The value of a setting that the pack names. Raises NotSet."""
        value = self.value_of(name)
        if not value:
            raise NotSet(name)
        return value

    def where(self) -> Target:
        """Its target, at the address that may change things where the pack names one.

        Raises:
            NotReady: the target is not in the pack any more.
        """
        if self.target is None:
            raise NotReady("The target that it is done to is not there", "See `targets` in the policy pack.")
        own = getattr(self.options, "url_from", None)
        options = self.target.options.model_copy(update={"url_from": own}) if own else self.target.options
        return replace(self.target, options=options, timeout_s=self.timeout_s, value_of=self.value_of)


class NotReady(Exception):
    """It cannot be done, and nothing of it was done. The message is a sentence without its full stop."""

    def __init__(self, why: str, next_step: str = "") -> None:
        super().__init__(why)
        self.next_step = next_step


class Ending(StrEnum):
    """How a run came out.

    `refused`: nothing was done, for sure. `failed`: it was tried, and did not do what it should. `unknown`: it was
    sent, and nobody knows what became of it.
    """

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(slots=True)
class Attempt:
    """One rehearsal, or one run.

    Attributes:
        given: A value for each parameter.
        bound: What the rehearsal found, and the run has to find again.
        reached: Whether it was logged in.
        sent: Whether something may have been done already.
    """

    action: Action
    given: Mapping[str, Value]
    bound: Mapping[str, str] = field(default_factory=dict)
    reached: bool = False
    sent: bool = False

    @property
    def options(self) -> Any:
        """The kind's own section of the pack."""
        return self.action.options


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What would happen. Nothing was changed.

    Attributes:
        ready: Whether it can be run.
        lines: Exactly what would happen, for people.
        why_not: Why it cannot be run; next_step: what to do about that.
        ran: Exactly what would be run; against: where, without credentials.
        rows: What it touches now.
        output: What a rehearsal of the pack's own said.
        bound: What the run has to find again.
    """

    ready: bool
    lines: tuple[str, ...] = ()
    why_not: str = ""
    next_step: str = ""
    ran: str = ""
    against: str = ""
    rows: Rows | None = None
    output: str = ""
    bound: Mapping[str, str] = field(default_factory=dict)
    took_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a run.

    Attributes:
        said: What happened, as a sentence; next_step: what to do about it, where something is to be done.
        ran: Exactly what was run; against: where, without credentials.
        rows: What it touched.
        output: What the program or the server said.
    """

    verdict: Ending
    said: str
    next_step: str = ""
    ran: str = ""
    against: str = ""
    rows: Rows | None = None
    output: str = ""
    took_ms: float = 0.0

"""What a kind of action is: how it is shown, rehearsed and done."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pydantic import BaseModel

from bot.diagnostics.actions.action import Attempt, Outcome, Rehearsal
from bot.diagnostics.result import Measurement


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionKind:
    """A kind of action.

    Attributes:
        name: As the pack writes it: `end_session`.
        options: The pack's section for it (`bot.policy.actions`).
        ran: Exactly what would be run, without credentials.
        against: Where, without credentials; empty for this machine.
        rehearse: Finds out what would happen, and changes nothing. What it raises is explained by `means`.
        perform: Does it. It sets `Attempt.sent` before something could be done, and not earlier.
        means: What it means that it could not be reached, or refused the login; None leaves it to the engine.
    """

    name: str
    options: type[BaseModel]
    ran: Callable[[Attempt], str]
    against: Callable[[Attempt], str]
    rehearse: Callable[[Attempt], Awaitable[Rehearsal]]
    perform: Callable[[Attempt], Awaitable[Outcome]]
    means: Callable[[Exception, Attempt], Measurement | None]

"""What the sandbox notes down about its traffic, and what a gesture brings back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.model import Json


@dataclass(slots=True)
class Call:
    """One Web API call from the bot. `started` is on `time.perf_counter`'s scale; None means not answered yet.

    `status` 0 is a connection that the sandbox dropped.
    """

    method: str
    params: Json
    started: float
    status: int | None = None
    error: str | None = None
    seconds: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the bot was told that it worked."""
        return self.status == 200 and self.error is None


@dataclass(slots=True)
class Delivery:
    """One request to the bot. `kind` is command, event, or the interaction's type.

    `status` 0 is no answer at all (`error` says why); over Socket Mode an acknowledgement counts as 200.
    """

    kind: str
    payload: Json
    headers: dict[str, str]
    body: bytes
    status: int | None = None
    seconds: float | None = None
    error: str | None = None
    answer: Any = None
    answer_headers: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the bot took it."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(slots=True)
class Reply:
    """What a person's gesture led to.

    Attributes:
        status: The bot's HTTP status; 0 when there was none.
        seconds: How long the bot took.
        text: The text of the acknowledgement, when it has one.
        blocks: Its blocks.
        body: The acknowledgement as it came: parsed JSON, or text.
        error: The error as Slack's client shows it (`operation_timeout`, `dispatch_failed`, …), or None.
    """

    status: int
    seconds: float
    text: str | None = None
    blocks: list[Json] = field(default_factory=list)
    body: Any = None
    error: str | None = None


@dataclass(slots=True, kw_only=True)
class Fault:
    """Something that goes wrong on purpose, `times` times, for calls of `method` that `when` agrees to.

    Attributes:
        method: The Web API method, or `*` for any.
        error: Answer `ok: false` with this name; nothing is done.
        http_status: Answer with this HTTP status; nothing is done.
        retry_after: Seconds for the `Retry-After` header of a 429.
        lose_answer: Do what was asked, then drop the connection before answering.
        refuse_connection: Drop the connection before doing anything.
        stall: Seconds to wait before doing anything else.
        times: How many calls it spoils; a negative number spoils them all.
        when: A further condition on the call's parameters.
    """

    method: str
    error: str | None = None
    http_status: int | None = None
    retry_after: float | None = None
    lose_answer: bool = False
    refuse_connection: bool = False
    stall: float | None = None
    times: int = 1
    when: Callable[[Json], bool] | None = None


class Faults:
    """The faults still to come."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Lets `fault` spoil the next calls that it fits."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Everything works again."""
        self._faults.clear()

    def take(self, method: str, params: Json) -> Fault | None:
        """The fault that this call meets, counted down, or None."""
        for fault in self._faults:
            fits = fault.times != 0 and fault.method in {method, "*"}
            if fits and (fault.when is None or fault.when(params)):
                fault.times -= 1
                return fault
        return None

"""What a Grafana Loki is asked over HTTP, and how its answers are read."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from bot.diagnostics import redact
from bot.diagnostics.checks import fetching
from bot.diagnostics.checks.fetching import Answer, Server, TooLong, Unwilling
from bot.diagnostics.checks.logs.counting import Span
from bot.policy.targets.logs import PatternRule

READY, LABELS = "/ready", "/loki/api/v1/labels"
RANGE, SERIES = "/loki/api/v1/query_range", "/loki/api/v1/series"
#: Bytes of an answer that are read: it may have hundreds of long lines.
_MOST_BYTES = 4 << 20
#: Points of a window, which is as exact as its count is at its edges. Loki gives 11 000 for a series at most.
_POINTS = 3600
_NS = 1_000_000_000
REFUSING = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


class Failed(Exception):
    """Loki did not answer a question. What it said is safe to show.

    Attributes:
        advice: what to do about it.
    """

    def __init__(self, why: str, advice: str) -> None:
        super().__init__(why)
        self.advice = advice


class NotReady(Exception):
    """It runs, and says that it is not ready."""


@dataclass(frozen=True, slots=True)
class Question:
    """A pattern in the lines of some streams, and the moment from which one looks back, in seconds since 1970."""

    selector: str
    rule: PatternRule
    now: float

    @property
    def step(self) -> int:
        """Seconds between two counts. Loki may round a question's times to whole steps: ours are."""
        return max(1, math.ceil(self.rule.within.total_seconds() / _POINTS))

    @property
    def span(self) -> Span:
        """The window that ends now, or less than a step later."""
        return Span(math.ceil(self.now / self.step) * self.step, self.rule.within.total_seconds())

    @property
    def lines(self) -> str:
        """The lines that have the pattern, in LogQL."""
        # JSON's strings are Go's too.
        return f"{self.selector} {'|~' if self.rule.regex else '|='} {json.dumps(self.rule.match)}"

    def counts(self) -> dict[str, str]:
        """Asks how many lines there were, step by step, in the window and the one before."""
        end, step = int(self.span.at), self.step
        start = end - math.floor(2 * self.span.within_s / step) * step + step  # each counts what came before it
        return {
            "query": f"sum(count_over_time({self.lines} [{step}s]))",
            "start": str(start * _NS),
            "end": str(end * _NS),
            "step": f"{step}s",
        }

    def text(self, *, forward: bool, limit: int) -> dict[str, str]:
        """Asks for lines of the window: so many of the oldest, or of the newest."""
        return {
            "query": self.lines,
            "start": str(int(self.span.start) * _NS),
            "end": str(int(self.span.at) * _NS),
            "limit": str(limit),
            "direction": "forward" if forward else "backward",
        }

    def streams(self) -> dict[str, str]:
        """Asks which streams there are."""
        return {
            "match[]": self.selector,
            "start": str(int(self.span.before) * _NS),
            "end": str(int(self.span.at) * _NS),
        }


class _Stream(BaseModel):
    """Lines of one stream: nanoseconds since 1970 and text, and perhaps metadata behind them."""

    values: list[tuple[int, str] | tuple[int, str, Any]]


class _Series(BaseModel):
    values: list[tuple[float, float]]


class _Data(BaseModel):
    shape: Literal["streams", "matrix", "vector", "scalar"] = Field(alias="resultType")
    result: Any


class _Answered(BaseModel):
    status: Literal["success"]
    data: _Data


class _Known(BaseModel):
    """What is said of streams: the labels of each."""

    status: Literal["success"]
    data: list[dict[str, str]] = []


_STREAMS, _MATRIX = TypeAdapter(list[_Stream]), TypeAdapter(list[_Series])


async def counts(server: Server, params: Mapping[str, str]) -> list[tuple[float, int]]:
    """Seconds since 1970, and how many lines there were in the step until then.

    Raises:
        Failed: Loki refuses the question, or answers something else.
        Unwilling: it refuses the login.
        TooLong: the answer is longer than is read.
    """
    data = await _range(server, params)
    try:
        if data.shape == "matrix":
            series = _MATRIX.validate_python(data.result)
            return [(moment, round(number)) for each in series for moment, number in each.values]
    except (ValidationError, ValueError, OverflowError):
        pass
    raise Failed("it did not answer with counts", "See whether the address leads to a Loki.")


async def lines(server: Server, params: Mapping[str, str]) -> list[tuple[float, str]]:
    """Seconds since 1970 and text of lines, the newest first. Raises what `counts` raises."""
    data = await _range(server, params)
    try:
        if data.shape == "streams":
            streams = _STREAMS.validate_python(data.result)
            return sorted(((value[0] / _NS, value[1]) for each in streams for value in each.values), reverse=True)
    except (ValidationError, OverflowError):
        pass
    raise Failed("it did not answer with lines", "See whether the address leads to a Loki.")


async def has_streams(server: Server, params: Mapping[str, str]) -> bool:
    """Whether there is any stream. Raises what `counts` raises, except TooLong."""
    try:
        answer = await server.get(SERIES, params)
    except TooLong:
        return True  # so many
    if answer.status != HTTPStatus.OK:
        raise _refusal(answer)
    try:
        return bool(_Known.model_validate_json(answer.body).data)
    except ValidationError:
        raise _garbage(answer) from None


async def _range(server: Server, params: Mapping[str, str]) -> _Data:
    answer = await server.get(RANGE, params, most=_MOST_BYTES)
    if answer.status != HTTPStatus.OK:
        raise _refusal(answer)
    try:
        return _Answered.model_validate_json(answer.body).data
    except ValidationError:
        raise _garbage(answer) from None


def shown(params: Mapping[str, str]) -> str:
    """A question as it may be asked again by hand."""
    return f"GET {RANGE}\n" + "\n".join(f"{name}={value}" for name, value in params.items())


def unwilling(answer: Answer) -> Exception:
    """What a status means that is of no use, whatever was asked."""
    said = _said(answer)
    if answer.status == HTTPStatus.UNAUTHORIZED and said == "no org id":
        advice = "It has the logs of several tenants: name yours in `tenant`."
        return Failed(f"{fetching.spoken(answer.status)}: {said}", advice)
    if answer.status == HTTPStatus.SERVICE_UNAVAILABLE and "not ready" in said:
        return NotReady(said)
    return Unwilling(answer.status)


def _refusal(answer: Answer) -> Exception:
    """What it means that a question was not answered; Loki says so in plain text."""
    if answer.status in REFUSING or answer.status < HTTPStatus.BAD_REQUEST:
        return unwilling(answer)
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        advice = "Look at its log; shorten `within` or narrow `selector` where it has too much to read."
    else:
        advice = "Try the query in Grafana, and mend it in the policy pack."
    return Failed(f"{fetching.spoken(answer.status)}: {_said(answer) or 'it says no reason'}", advice)


def _said(answer: Answer) -> str:
    return redact.text(" ".join(answer.body[:2000].decode(errors="replace").split()), most=300).rstrip(".")


def _garbage(answer: Answer) -> Failed:
    said = f"{fetching.spoken(answer.status)}, and not what a Loki would say"
    return Failed(said, "See whether the address leads to one.")

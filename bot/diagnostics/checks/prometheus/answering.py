"""What a Prometheus answers to a query: series of values, or why there are none."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from bot.diagnostics import redact
from bot.diagnostics.checks import fetching
from bot.diagnostics.checks.fetching import Answer, Unwilling


class _Data(BaseModel):
    shape: Literal["vector", "scalar", "matrix", "string"] = Field(alias="resultType")
    result: Any


class _Answered(BaseModel):
    """What the query API sends."""

    status: Literal["success", "error"]
    data: _Data | None = None
    error: str = ""
    warnings: tuple[str, ...] = ()


class _Sample(BaseModel):
    """A series at one instant. A histogram has no single value."""

    metric: dict[str, str] = {}
    value: tuple[float, float] | None = None


class _Samples(BaseModel):
    """A series over some time. A histogram has no single values."""

    metric: dict[str, str] = {}
    values: list[tuple[float, float]] = []


_VECTOR, _SCALAR = TypeAdapter(list[_Sample]), TypeAdapter(tuple[float, float])
_MATRIX = TypeAdapter(list[_Samples])


class NoResult(Exception):
    """A query had no result that could be judged.

    Attributes:
        next_step: what to do about that.
    """

    def __init__(self, why: str, next_step: str) -> None:
        super().__init__(why)
        self.next_step = next_step


@dataclass(frozen=True, slots=True)
class Series:
    """A series by its labels, and its value; NaN where it has none."""

    labels: dict[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class Past:
    """A series by its labels, and its values with the seconds since 1970 of each, in order."""

    labels: dict[str, str]
    points: Sequence[tuple[float, float]]


def now(answer: Answer) -> tuple[list[Series], str]:
    """The series that `/api/v1/query` found, and what Prometheus warns of.

    Raises:
        NoResult: there are none to judge.
        Unwilling: it did not take the question.
    """
    data, warning = _data(answer)
    try:
        if data.shape == "scalar":
            return [Series({}, _SCALAR.validate_python(data.result)[1])], warning
        if data.shape == "vector":
            samples = _VECTOR.validate_python(data.result)
            return [Series(each.metric, each.value[1] if each.value else math.nan) for each in samples], warning
    except ValidationError:
        raise _none_of_its(answer) from None
    raise NoResult(
        f"the query gives a {data.shape}, not a number for each series",
        "Leave out the range, or put a function such as rate() around it.",
    )


def past(answer: Answer) -> tuple[list[Past], str]:
    """The series that `/api/v1/query_range` found, and what Prometheus warns of; raises what `now` raises."""
    data, warning = _data(answer)
    try:
        if data.shape == "matrix":
            return [Past(each.metric, sorted(each.values)) for each in _MATRIX.validate_python(data.result)], warning
    except ValidationError:
        pass
    raise _none_of_its(answer)


def _data(answer: Answer) -> tuple[_Data, str]:
    refusing = answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
    if refusing or HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
        raise Unwilling(answer.status)
    try:
        answered = _Answered.model_validate_json(answer.body)
    except ValidationError:
        raise _none_of_its(answer) from None
    if answered.status == "error" or answered.data is None:
        said = redact.text(answered.error, most=300).strip().rstrip(".") or "the query failed, and it says no reason"
        # Its own advice reads as if the step should be shorter.
        finer = "maximum resolution" in said
        raise NoResult(
            said,
            "Write a longer `step` or a shorter `over` in the policy pack."
            if finer
            else "Try the query in Prometheus, and mend it in the policy pack.",
        )
    warning = redact.text(answered.warnings[0], most=200).rstrip(".") if answered.warnings else ""
    return answered.data, warning


def _none_of_its(answer: Answer) -> NoResult:
    status = fetching.spoken(answer.status)
    return NoResult(f"{status}, and not what a Prometheus would say", "See whether the address leads to one.")

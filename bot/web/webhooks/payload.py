"""What is common to all payloads: how they are validated, and how what is wrong with one is said."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, from_json

_Read = TypeVar("_Read")

#: A time that lies further ahead is a fault of the sender's, and until then would make all that comes look old. A clock
#: without its zone is off by half a day.
_AHEAD = timedelta(days=1)

_NO_JSON = "is not JSON in UTF-8 ({}); send one JSON document"
_A_TIME = "has to be a time, such as 2026-03-14T03:05:00Z or seconds since 1970"
_SAID = {
    "missing": "is missing",
    "string_type": "has to be text",
    "dict_type": "has to be an object in braces",
    "model_type": "has to be an object in braces",
    "model_attributes_type": "has to be an object in braces",
    "list_type": "has to be a list in brackets",
    "string_too_short": "is empty",
}


class BadPayload(Exception):
    """A payload is not JSON, or not of its source's schema.

    Attributes:
        field: where it is wrong, such as `alerts[3].startsAt`; empty: all of it.
        message: what is wrong with it and how to mend it, as the end of a sentence.
    """

    def __init__(self, field: str, message: str) -> None:
        """Take the field and the end of the sentence."""
        super().__init__(f"{field or 'The body'} {message}")
        self.field = field
        self.message = message


#: How every part of a payload is read.
CONFIG = ConfigDict(
    extra="ignore", coerce_numbers_to_str=True, hide_input_in_errors=True, frozen=True, cache_strings="keys"
)


class Payload(BaseModel):
    """A part of a payload: what is not known in it is passed over, and a number will do for text."""

    model_config = CONFIG


def decoded(body: bytes) -> Any:
    """A body as JSON has it. Raises BadPayload."""
    try:
        return from_json(body, cache_strings="keys")
    except ValueError as error:
        raise BadPayload("", _NO_JSON.format(error)) from None


def parsed(adapter: TypeAdapter[_Read], body: bytes) -> _Read:
    """A body as its schema has it. Raises BadPayload."""
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        raise _bad(error, "") from None


def checked(adapter: TypeAdapter[_Read], value: Any, field: str) -> _Read:
    """A part of a body, at `field`, as its schema has it. Raises BadPayload."""
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        raise _bad(error, field) from None


def _bad(error: ValidationError, at: str) -> BadPayload:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return BadPayload(_place(at, first["loc"]), _said(first))


def _place(at: str, steps: tuple[int | str, ...]) -> str:
    for step in steps:
        at += f"[{step}]" if isinstance(step, int) else f".{step}" if at else step
    return at


def _said(first: ErrorDetails) -> str:
    kind = first["type"]
    if kind == "json_invalid":
        return _NO_JSON.format(first["msg"].removeprefix("Invalid JSON: "))
    if kind.startswith(("datetime", "date_", "timezone")):
        return _A_TIME
    return _SAID.get(kind) or first["msg"].replace("Input should be", "has to be")


@lru_cache(maxsize=1)
def _times() -> TypeAdapter[datetime]:
    return TypeAdapter(datetime)


def time_of(value: Any, field: str) -> datetime | None:
    """A time from ISO 8601 or seconds or milliseconds since 1970; None where nothing is given. Raises BadPayload."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool):
        raise BadPayload(field, _A_TIME)
    return in_utc(checked(_times(), value, field), field)


def in_utc(moment: datetime | None, field: str) -> datetime | None:
    """The moment in UTC, which it is taken for where it names no zone; None where it is none, as Go's zero time is.

    Raises:
        BadPayload: no calendar has it.
    """
    if moment is None or moment.year <= 1:
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise BadPayload(field, _A_TIME) from None


def far_ahead(moment: datetime, now: datetime) -> bool:
    """Whether a time lies so far ahead that it can't be meant."""
    return moment - now > _AHEAD

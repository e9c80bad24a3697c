"""The parameters of an action: what somebody has to say before it can run."""

import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from bot.domain.params import Fact, Param, ParamType
from bot.policy.targets.base import Wrong
from bot.policy.types import Line, Name, Section, Text

#: As `{name}` and `:name` can have it.
_PARAM = r"[a-z][a-z0-9_]{0,39}"
_LARGEST = 10**15


def _param_name(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(_PARAM, value):
        raise ValueError("is not a parameter's name; write small letters, digits and “_”, such as pid")
    return value


def _plain(value: Any) -> Any:
    if not isinstance(value, int | float | str):
        raise ValueError("is not a value; write a number, text, true or false")  # noqa: TRY004 (pydantic collects them)
    return value


ParamName = Annotated[str, BeforeValidator(_param_name), WithJsonSchema({"type": "string", "pattern": f"^{_PARAM}$"})]
Bound = Annotated[float, Field(strict=True, ge=-_LARGEST, le=_LARGEST)]
Plain = Annotated[Any, BeforeValidator(_plain), WithJsonSchema({"type": ["number", "string", "boolean"]})]


class FactRule(Section):
    """What a diagnostic found."""

    check: Name = Field(description="The check that finds it.")
    fact: Name = Field(description="What the check calls it, such as `pid`.")


class ParamRule(Section):
    """One parameter, and which values are allowed."""

    name: ParamName = Field(description="What stands for it in braces, or behind a colon.")
    type: ParamType
    title: Line = ""
    min: Bound | None = Field(None, description="The least that a number may be.")
    max: Bound | None = Field(None, description="The most that a number may be.")
    choices: tuple[Line, ...] = Field((), max_length=50, description="What may be chosen.")
    pattern: Annotated[Text, Field(max_length=300)] | None = Field(
        None, description="A regular expression that all of a text must match."
    )
    max_length: int | None = Field(None, ge=1, le=1000, strict=True, description="How long a text may be.")
    default: Plain | None = Field(None, description="What it is where nobody says it.")
    source: FactRule | None = Field(None, alias="from", description="What it is taken from, where a check offers it.")

    def param(self) -> Param:
        """The rule as the core sees it."""
        return Param(**{**dict(self), "source": Fact(**dict(self.source)) if self.source else None})

    def wrong(self) -> Iterator[Wrong]:
        """Limits of another type, patterns that are none, and a default that is not allowed."""
        yield from self._of_another_type()
        if self.min is not None and self.max is not None and self.min > self.max:
            yield ("max",), f"It is under `min`, so that nothing is allowed. Write {self.min:g} or more."
        if len(set(self.choices)) < len(self.choices):
            yield ("choices",), "A choice stands there twice. Drop one of the two."
        if any(not choice.strip() or choice != choice.strip() for choice in self.choices):
            yield ("choices",), "A choice is empty, or has spaces at an end. Write at least a letter, without them."
        try:
            re.compile(self.pattern or "")
        except (re.error, RecursionError, OverflowError) as error:
            yield ("pattern",), f"It is no regular expression: {error}. Write one such as [a-z0-9-]+."
            return
        if self.default is not None and (self.type is not ParamType.CHOICE or self.choices):
            try:
                self.param().value(self.default)
            except ValueError as error:
                yield ("default",), f"`default`: “{self.default}” {error}."

    def _of_another_type(self) -> Iterator[Wrong]:
        if self.type is ParamType.CHOICE and not self.choices:
            yield ("type",), "Nothing can be chosen: add `choices`."
        if self.type is ParamType.TEXT and self.pattern is None and self.max_length is None:
            yield ("type",), "A text needs a limit: add `pattern`, such as [a-z0-9-]+, or `max_length`."
        fitting = {
            "min": self.type.measured,
            "max": self.type.measured,
            "choices": self.type is ParamType.CHOICE,
            "pattern": self.type is ParamType.TEXT,
            "max_length": self.type is ParamType.TEXT,
        }
        for key, fits in fitting.items():
            if not fits and getattr(self, key) not in (None, ()):
                yield (key,), f"It does nothing with `type: {self.type}`. Drop it."

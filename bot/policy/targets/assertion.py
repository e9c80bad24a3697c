"""What should be so in an answer's JSON: `$.metrics.errorRate < 0.01`, `$.services[*].status == "ok"`, `$.ready`."""

import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import jsonpath

from bot.policy.paths import path_fault

_SUCH_AS = '$.status == "ok" or $.errorRate < 0.01'
#: The longer ones first: `<=` is no `<`.
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
_ORDERS = frozenset({"<", "<=", ">", ">="})
#: `number($.hitRate)`: what is found may be a number in text.
_NUMBER_AT = re.compile(r"number\((.*)\)", re.DOTALL)
#: Characters of text that may be a number.
_LONGEST = 60
#: No commas: in one country they part thousands, in the next decimals.
_NUMBER = re.compile(r"\s*([+-]?[0-9]+(?:\.[0-9]+)?)\s*%?\s*")


@dataclass(frozen=True, slots=True)
class Assertion:
    """A JSONPath, and how everything that it finds compares.

    Attributes:
        path: as in RFC 9535.
        comparison: `<`, `<=`, `>`, `>=`, `==` or `!=`; empty where what is found must only be truthy.
        literal: what it is compared with: a value of JSON.
        number: whether text that is found is read as a number: `"3.2%"`, `"245"`.
    """

    path: str
    comparison: str = ""
    literal: Any = None
    number: bool = False

    def found(self, answer: Any) -> list[Any]:
        """Everything that the path leads to; with `number`, text that is a number as that number.

        Raises:
            ValueError: it cannot be followed in this answer.
        """
        try:
            values = jsonpath.compile(self.path, strict=True).findall(answer)
        except (jsonpath.JSONPathError, RecursionError) as error:
            raise ValueError(str(error).partition("\n")[0].strip() or type(error).__name__) from None
        return [_read(value) for value in values] if self.number else values

    def holds(self, value: Any) -> bool:
        """Whether one value is as it should be. Values of different types have no order, and are never equal."""
        if not self.comparison:
            return bool(value)
        if self.number and not _same_type(value, 0):
            return False
        if self.comparison in _ORDERS and not (
            _same_type(value, self.literal) and isinstance(value, int | float | str)
        ):
            return False
        left, right = (
            (_strictly(value), _strictly(self.literal)) if self.comparison in ("==", "!=") else (value, self.literal)
        )
        return _COMPARISONS[self.comparison](left, right)


def parse_assertion(text: str) -> Assertion:
    """Reads an assertion.

    Raises:
        ValueError: it is none; the message is the end of a sentence, and says what to write.
    """
    at = next(_outside_of_brackets(text), None)
    if at is None:
        path, comparison, literal = text.strip(), "", None
    else:
        comparison = next((known for known in _COMPARISONS if text.startswith(known, at)), "")
        if not comparison:
            raise ValueError(f"compares with none of < <= > >= == !=; write one such as {_SUCH_AS}")
        path, literal = text[:at].strip(), _literal(text[at + len(comparison) :].strip())
        if comparison in _ORDERS and (isinstance(literal, bool) or not isinstance(literal, int | float | str)):
            raise ValueError("compares the size of what has none; write a number or text in double quotes after it")
    number = _NUMBER_AT.fullmatch(path)
    if number is not None:
        path = number[1].strip()
        if not comparison or not _same_type(literal, 0):
            raise ValueError("compares a number with none; write one such as number($.errorRate) < 5")
    if fault := path_fault(path, such_as=_SUCH_AS):
        raise ValueError(fault)
    return Assertion(path, comparison, literal, number is not None)


def _outside_of_brackets(text: str) -> Iterator[int]:
    """Where comparisons begin that belong to no filter and stand in no quotes."""
    depth, quote, skip = 0, "", False
    for index, character in enumerate(text):
        if skip:
            skip = False
        elif quote:
            skip = character == "\\"
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "[(":
            depth += 1
        elif character in "])":
            depth -= 1
        elif character in "<>=!" and depth == 0:
            yield index


def _literal(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_json)
    except (ValueError, RecursionError):
        raise ValueError(
            "compares with no value of JSON; write a number, true, false, null or text in double quotes, "
            f"such as {_SUCH_AS}"
        ) from None


def _no_json(constant: str) -> NoReturn:
    raise ValueError(constant)


def _read(value: Any) -> Any:
    """The number that text holds, perhaps with a per cent sign behind it; anything else as it is."""
    number = _NUMBER.fullmatch(value) if isinstance(value, str) and len(value) <= _LONGEST else None
    return float(number[1]) if number else value


def _same_type(left: Any, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return isinstance(left, bool) and isinstance(right, bool)
    if isinstance(left, int | float):
        return isinstance(right, int | float)
    return type(left) is type(right)


def _strictly(value: Any) -> Any:
    """The value in a form in which true is not 1, also inside of lists and objects."""
    match value:
        case bool():
            return ("bool", value)
        case list():
            return [_strictly(one) for one in value]
        case dict():
            return {name: _strictly(one) for name, one in value.items()}
        case _:
            return value

"""A parameter of an action: of what type it is, and which values are allowed."""

import math
import re
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.naming import nearest, spoken

#: What a parameter's value may be.
Value = int | float | bool | str

#: Characters of a text, where the policy has no limit of its own.
MOST_TEXT = 200

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,16}(?:\.[0-9]{1,20})?")
_YES, _NO = frozenset({"true", "yes", "on"}), frozenset({"false", "no", "off"})
#: What is kept of a number that need not be whole: decimals, and how large it may be.
_DECIMALS, _LARGEST = 12, 10**15
#: Beyond it, a float no longer tells whole numbers apart.
_EXACT = 2**53


class ParamType(StrEnum):
    """What somebody may give for a parameter."""

    INTEGER = "integer"
    NUMBER = "number"
    CHOICE = "choice"
    TEXT = "text"
    BOOLEAN = "boolean"

    @property
    def measured(self) -> bool:
        """Whether its values are numbers."""
        return self in (ParamType.INTEGER, ParamType.NUMBER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What a diagnostic found, by the name of its check and of the fact: `locks` and `pid`."""

    check: str
    fact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """One thing that somebody has to say before an action can run.

    Attributes:
        min, max: of a number, both allowed.
        pattern: what all of a text must match; max_length: its characters.
        default: what it is where nothing is said; without one it has to be said.
        source: the fact of a diagnostic that is filled in.
    """

    name: str
    type: ParamType
    title: str = ""
    min: float | None = None
    max: float | None = None
    choices: tuple[str, ...] = ()
    pattern: str | None = None
    max_length: int | None = None
    default: Value | None = None
    source: Fact | None = None

    @property
    def label(self) -> str:
        """How people read of it."""
        return f"{self.title} (`{self.name}`)" if self.title else f"`{self.name}`"

    @property
    def example(self) -> str:
        """What somebody could write for it."""
        match self.type:
            case ParamType.CHOICE:
                return self.choices[0] if self.choices else "…"
            case ParamType.BOOLEAN:
                return "yes"
            case ParamType.TEXT:
                return "…"
            case _:
                least = self.max if self.min is None and self.max is not None else self.min
                return as_text(float(least or 1))

    def value(self, said: object) -> Value:
        """What somebody means by a text, or a value that was read before.

        Raises:
            ValueError: it is not allowed; the message is the end of a sentence that says what is.
        """
        match self.type:
            case ParamType.INTEGER | ParamType.NUMBER:
                return self._number(said)
            case ParamType.BOOLEAN:
                return _boolean(said)
            case ParamType.CHOICE:
                return self._choice(said)
            case ParamType.TEXT:
                return self._text(said)

    def _number(self, said: object) -> int | float:
        whole = self.type is ParamType.INTEGER
        number: int | float
        if isinstance(said, str):
            text = said.strip()
            if not (_WHOLE if whole else _NUMBER).fullmatch(text):
                raise ValueError(f"is not a {'whole ' if whole else ''}number, in digits")
            number = int(text) if _WHOLE.fullmatch(text) else float(text)
        elif isinstance(said, bool) or not isinstance(said, int | float) or not math.isfinite(said):
            raise ValueError(f"is not a {'whole ' if whole else ''}number")
        else:
            number = said
        if not whole:
            number = round(float(number), _DECIMALS)
            if abs(number) > _LARGEST:
                raise ValueError("has too many digits")
        if number == int(number) and abs(number) < _EXACT:
            number = int(number)
        elif whole and (isinstance(number, float) or abs(number) >= 2**63):
            raise ValueError("is not a whole number")
        if self.min is not None and number < self.min:
            raise ValueError(f"is too little: {self.min:.15g} is the least")
        if self.max is not None and number > self.max:
            raise ValueError(f"is too much: {self.max:.15g} is the most")
        return number

    def _choice(self, said: object) -> str:
        if isinstance(said, str):
            if said.strip() in self.choices:
                return said.strip()
            meant = [choice for choice in self.choices if spoken(choice) and spoken(choice) == spoken(said)]
            if len(meant) == 1:
                return meant[0]
        close = nearest(said, self.choices) if isinstance(said, str) else None
        hint = f"; did you mean {close}?" if close else ""
        raise ValueError(f"is not one of {', '.join(self.choices)}{hint}")

    def _text(self, said: object) -> str:
        if not isinstance(said, str):
            raise ValueError("is not text")  # noqa: TRY004 (whoever gives it can mend it)
        text, most = said.strip(), self.max_length or MOST_TEXT
        if not text:
            raise ValueError("is empty")
        if len(text) > most:
            raise ValueError(f"is too long: {most} characters is the most")
        if not text.isprintable():
            raise ValueError("is not one line of visible characters")
        if self.pattern is not None and not re.fullmatch(self.pattern, text):
            raise ValueError(f"does not look as it has to: {self.pattern}")
        return text


def as_text(value: Value) -> str:
    """A value as it is shown, kept, and read again: `4711`, `0.5`, `yes`."""
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.{_DECIMALS}f}".rstrip("0").rstrip(".")
        case _:
            return str(value)


def _boolean(said: object) -> bool:
    if isinstance(said, bool):
        return said
    word = said.strip().casefold() if isinstance(said, str) else ""
    if word not in _YES | _NO:
        raise ValueError("is neither yes nor no")
    return word in _YES

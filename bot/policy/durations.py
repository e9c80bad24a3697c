"""Durations as a pack writes them: one number and one unit, `90s`, `15m`, `4h` or `2d`."""

import re
from datetime import timedelta

_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1), "s": timedelta(seconds=1)}
#: A clock longer than this is a slip of the keyboard, and far longer ones overflow a date.
LONGEST = timedelta(days=366)
PATTERN = r"^[0-9]{1,8}[smhd]$"
ADVICE = "write a number and a unit: 90s, 15m, 4h or 2d"


def parse_duration(text: str) -> timedelta:
    """Reads `15m`. Raises ValueError, with a sentence, for anything else, zero, and more than 366 days."""
    if not re.fullmatch(PATTERN.removeprefix("^").removesuffix("$"), text):
        raise ValueError(f"is not a duration; {ADVICE}")
    number = int(text[:-1])
    if number == 0:
        raise ValueError(f"never runs; leave the key out for no clock, or {ADVICE}")
    if number > LONGEST / _UNITS[text[-1]]:
        raise ValueError(f"is longer than {LONGEST.days} days; {ADVICE}")
    return number * _UNITS[text[-1]]


def format_duration(duration: timedelta) -> str:
    """Writes a duration of whole seconds in the largest unit that says it exactly: `90s`, `15m`, `2d`."""
    unit = next(letter for letter, size in _UNITS.items() if duration % size == timedelta() or letter == "s")
    return f"{duration // _UNITS[unit]}{unit}"

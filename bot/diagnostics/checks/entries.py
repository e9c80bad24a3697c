"""The entries of a list in a JSON document, and what stands in each of them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.diagnostics.checks import document

#: What is over that is no seconds since 1970 but milliseconds.
_MILLISECONDS = 1e11
#: Fewer digits than that are a date: 20260301.
_DIGITS = 9


def listed(path: str, data: Any) -> list[Any]:
    """The entries of all lists that a JSONPath leads to; what is no list is one entry, and null alone an empty list.

    Raises:
        ValueError: it cannot be followed in this document.
    """
    values = [value for _, value in document.found(path, data)]
    if values == [None]:  # as some write an empty list
        return []
    return [entry for value in values for entry in (value if isinstance(value, list) else [value])]


def field(entry: Any, key: str) -> Any:
    """What stands at a key, or at the first place that a JSONPath leads to; None where nothing does.

    Raises:
        ValueError: the path cannot be followed in this entry.
    """
    if key.startswith("$"):
        found = document.found(key, entry)
        return found[0][1] if found else None
    return entry.get(key) if isinstance(entry, Mapping) else None


def moment(value: Any) -> datetime | None:
    """When something was, of ISO 8601 or of seconds or milliseconds since 1970; None for anything else.

    Without a time zone it counts as UTC.
    """
    try:
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) >= _DIGITS:
            value = int(value)
        if isinstance(value, str):
            read = datetime.fromisoformat(value.strip())
            return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if abs(value) > _MILLISECONDS else value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None

"""JSONPaths as in RFC 9535, without anybody's extensions: where in a provider's answer the people are."""

from collections.abc import Sequence
from typing import Any

import jsonpath

_LONGEST = 500


def path_fault(text: str, *, such_as: str = "$.on_call[*].email") -> str | None:
    """What is wrong with a JSONPath, as the end of a sentence; None where nothing is."""
    advice = f"write one such as {such_as}"
    if not text.strip() or len(text) > _LONGEST:
        return f"is empty or longer than {_LONGEST} characters; {advice}"
    try:
        jsonpath.compile(text, strict=True)
    except (jsonpath.JSONPathError, RecursionError) as error:
        said = str(error).partition("\n")[0].strip()
        return f"is not a JSONPath ({said or type(error).__name__}); {advice}"
    return None


def values_at(text: str, answer: Any) -> Sequence[Any]:
    """What a JSONPath finds in an answer; a list that it finds counts as its entries.

    Raises:
        ValueError: it cannot be followed in this answer.
    """
    try:
        found: list[Any] = jsonpath.compile(text, strict=True).findall(answer)
    except (jsonpath.JSONPathError, RecursionError) as error:
        raise ValueError(str(error).partition("\n")[0].strip() or type(error).__name__) from None
    return [value for one in found for value in (one if isinstance(one, list) else [one])]

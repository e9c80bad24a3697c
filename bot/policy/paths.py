"""JSONPaths as in RFC 9535, without anybody's extensions: where in a provider's answer the people are."""

from collections.abc import Sequence
from typing import Any

import jsonpath

_LONGEST = 500
_ADVICE = "write one such as $.on_call[*].email"


def path_fault(text: str) -> str | None:
    """What is wrong with a JSONPath, as the end of a sentence; None where nothing is."""
    if not text.strip() or len(text) > _LONGEST:
        return f"is empty or longer than {_LONGEST} characters; {_ADVICE}"
    try:
        jsonpath.compile(text, strict=True)
    except (jsonpath.JSONPathError, RecursionError) as error:
        said = str(error).partition("\n")[0].strip()
        return f"is not a JSONPath ({said or type(error).__name__}); {_ADVICE}"
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

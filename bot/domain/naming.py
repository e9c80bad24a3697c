"""How people name things: capitals, spaces and dashes do not count, and a slip finds what was meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def spoken(word: str) -> str:
    """A name as people say it, for comparing: `SEV-1`, `sev 1` and `Sev_1` are one."""
    return "".join(c for c in word.casefold() if c.isalnum())


def nearest(typed: str, known: Iterable[str]) -> str | None:
    """The known name most like what was typed, or None where nothing comes close."""
    by_spoken = {spoken(name): name for name in known}
    match = get_close_matches(spoken(typed), by_spoken, n=1, cutoff=0.5)
    return by_spoken[match[0]] if match else None

"""Tables of cause, fix and time: which of their columns are these."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.runbooks.words import QUALIFIERS, folded, plain

#: In English, German and French, without what stands above letters.
_CAUSES = frozenset(
    {"cause", "error", "problem", "symptom", "reason", "issue", "root cause", "error message"}
    | {"ursache", "fehler", "fehlermeldung", "grund", "erreur", "probleme", "symptome"}
)
_FIXES = frozenset(
    {"fix", "solution", "action", "resolution", "remedy", "what to do"}
    | {"losung", "massnahme", "behebung", "was tun", "correction", "que faire"}
)
_TIMES = frozenset({"time", "eta", "duration", "how long", "dauer", "zeit", "duree"})


@dataclass(frozen=True, slots=True)
class Columns:
    """The places of a table's columns, from 0. `time` is None where there is none."""

    causes: tuple[int, ...]
    fix: int
    time: int | None


def columns(head: Sequence[str]) -> Columns | None:
    """The columns of a table of causes; None where it is another."""
    names = [_name(cell) for cell in head]
    causes = tuple(place for place, name in enumerate(names) if name in _CAUSES)
    fix = next((place for place, name in enumerate(names) if name in _FIXES), None)
    time = next((place for place, name in enumerate(names) if name in _TIMES), None)
    return Columns(causes, fix, time) if causes and fix is not None else None


def _name(cell: str) -> str:
    words = folded(plain(cell)).strip(" :?").split()
    while len(words) > 1 and words[0] in QUALIFIERS:
        words = words[1:]
    name = " ".join(words)
    return name[:-1] if name[:-1] in _CAUSES | _FIXES else "fix" if name == "fixes" else name

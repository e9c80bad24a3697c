"""Something that the timeline shows: the sentence that says it, what that needs, and the entries that it rests on."""

from dataclasses import dataclass, field
from typing import Any

from bot.postmortem.lines import Lines
from bot.postmortem.tables import CITED
from bot.postmortem.text import Md, cite


@dataclass(frozen=True, slots=True)
class Observation:
    """Something that the timeline shows. `sentence` names its macro in `lines.md.j2`."""

    sentence: str
    cites: tuple[int, ...]
    facts: dict[str, Any] = field(default_factory=dict)


def told(seen: Observation, lines: Lines) -> Md:
    """An observation as the review says it, with the entries that it rests on."""
    return Md(f"{getattr(lines, seen.sentence)(**seen.facts)} ({cite(*seen.cites, most=CITED)})")

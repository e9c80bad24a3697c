"""The five whys, the lessons and what prevents it: what people said, and what is asked of them."""

from typing import Any, Final

from bot.domain import events as e
from bot.domain.action_item import ActionItem
from bot.domain.incident import Incident
from bot.domain.timeline import Entry
from bot.postmortem.lines import Lines
from bot.postmortem.record import Record
from bot.postmortem.text import Md, People, cite, clean, quoted

Row = dict[str, Any]
#: How often it is asked why.
_WHYS: Final = 5


def causes(record: Record) -> list[tuple[Entry, str]]:
    """What was said of the cause, each with its entry: what was said last comes last."""
    found = []
    for entry in record.some(e.CauseFound, e.Resolved):
        match entry.event:
            case e.CauseFound(text=text) | e.Resolved(root_cause=text) if clean(text).strip():
                found.append((entry, text))
            case _:
                pass
    return found


def whys(record: Record, people: People, lines: Lines) -> list[Row]:
    """The five questions; the first has the root cause as its answer, where somebody said it."""
    said = causes(record)
    rows: list[Row] = [
        {"number": n, "question": lines.why(n, bool(said)), "text": None, "who": None, "cites": None}
        for n in range(1, _WHYS + 1)
    ]
    for entry, text in said[-1:]:
        rows[0] |= {"text": quoted(people.words(text)), "who": people.actor(entry.by), "cites": cite(entry.seq)}
    return rows


def preventing(incident: Incident, record: Record, people: People, lines: Lines) -> list[Md]:
    """The action items that are to prevent it, each with who does it by when."""
    return [
        Md(f"{lines.preventive(item, _owner(item, people))} ({cite(record.items[item.number].added.seq)})")
        for item in incident.action_items
        if item.sort == "prevent" and not item.dropped and item.number in record.items
    ]


def _owner(item: ActionItem, people: People) -> Md | None:
    return people.person(item.owner) if item.owner else None

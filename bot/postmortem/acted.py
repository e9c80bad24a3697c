"""What was done to systems: who asked, what it would do, who agreed or not, how it went, and what was seen after it."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from bot.domain import events as e
from bot.domain.acting import ActionEvent
from bot.domain.action import VERIFY
from bot.domain.actor import Actor
from bot.domain.timeline import Entry
from bot.postmortem.lines import Lines
from bot.postmortem.record import Record
from bot.postmortem.tables import CITED
from bot.postmortem.text import Md, People, cite
from bot.postmortem.verdicts import Look, looks
from bot.postmortem.wording import moment

Row = dict[str, Any]
#: Actions that are told one by one, and lines of what each would do.
_ROWS: Final = 50
_WOULD: Final = 5


@dataclass(slots=True)
class Deed:
    """One action, with the entries that tell of it.

    Attributes:
        asked: the entry that asked for it, and who that was.
        proposed: the entry in which the rehearsal said what it would do, the last of several.
        approved: who approved of it.
        declined: the entry in which somebody said no.
        started, finished: the entries of its run; `finished` the last that says how it went.
        ended: why it was never run: the entry that says that it could not be, or that nobody did in time.
    """

    number: int
    title: str
    asked: Entry
    proposed: Entry | None = None
    approved: list[Actor] = field(default_factory=list)
    declined: Entry | None = None
    started: Entry | None = None
    finished: Entry | None = None
    ended: Entry | None = None
    seqs: list[int] = field(default_factory=list)
    before: Look | None = None
    after: Look | None = None


def deeds(record: Record) -> list[Deed]:
    """Every action that was asked for, by number, with the verdicts before it was run and after."""
    found: dict[int, Deed] = {}
    for entry in record.some(*_KINDS):
        event = entry.event
        if not isinstance(event, ActionEvent):
            continue
        deed = found.get(event.number)
        if deed is None:
            # What asked for it may have been taken out of the record: then the first that is left tells who.
            deed = found[event.number] = Deed(event.number, event.title, entry)
        deed.seqs.append(entry.seq)
        _take(deed, entry, event)
    _compare(found, record)
    return list(found.values())


_KINDS: Final = (
    e.ActionRequested,
    e.ActionProposed,
    e.ActionImpossible,
    e.ActionApproved,
    e.ActionDeclined,
    e.ActionExpired,
    e.ActionStarted,
    e.ActionFinished,
)


def _take(deed: Deed, entry: Entry, event: ActionEvent) -> None:
    match event:
        case e.ActionProposed():
            deed.proposed = entry
        case e.ActionApproved():
            deed.approved.append(entry.by)
        case e.ActionDeclined():
            deed.declined = entry
        case e.ActionImpossible() | e.ActionExpired():
            deed.ended = entry
        case e.ActionStarted():
            deed.started = entry
        case e.ActionFinished():
            deed.finished = entry
        case _:
            pass


def _compare(found: dict[int, Deed], record: Record) -> None:
    """Gives each action that was run the look that verified it, and the last one at the same target before its run."""
    verifying = {f"{VERIFY}{number}": deed for number, deed in found.items() if deed.started}
    for of_it in looks(record).values() if verifying else ():
        for look in of_it:
            deed = verifying.get(look.run)
            if deed is None or deed.after or deed.started is None or look.entry.seq < deed.started.seq:
                continue
            at = bisect_left(of_it, deed.started.seq, key=lambda one: one.entry.seq)
            deed.before, deed.after = (of_it[at - 1] if at else None), look


def acted(record: Record, people: People, lines: Lines) -> dict[str, Any]:
    """The variables of the section: a row for each action, and what the rehearsals of those that had one said.

    Args:
        record: the timeline.
        people: how they are called.
        lines: the sentences.
    """
    found = deeds(record)
    return {
        "rows": [_row(deed, people, lines) for deed in found[:_ROWS]],
        "more": len(found[_ROWS:]),
        "more_cites": cite(*(seq for deed in found[_ROWS:] for seq in deed.seqs[:1]), most=CITED),
        "rehearsals": [row for deed in found[:_ROWS] for row in _rehearsal(deed, lines)],
    }


def _row(deed: Deed, people: People, lines: Lines) -> Row:
    return {
        "number": deed.number,
        "title": deed.title,
        "asked": people.actor(deed.asked.by),
        "agreed": _agreed(deed, people, lines),
        "run": None if deed.started is None else Md(f"{moment(deed.started.at)}, {people.actor(deed.started.by)}"),
        "came": lines.deed_came(deed),
        "looked": lines.deed_looked(deed) or None,
        "cites": cite(*deed.seqs, *_looked(deed), most=CITED),
    }


def _agreed(deed: Deed, people: People, lines: Lines) -> Md | None:
    """Who approved, who declined, and what was not waited for."""
    names = [people.actor(actor) for actor in dict.fromkeys(deed.approved)]
    return lines.deed_agreed(deed, Md(", ".join(names))) or None


def _looked(deed: Deed) -> Iterator[int]:
    return (look.entry.seq for look in (deed.before, deed.after) if look)


def _rehearsal(deed: Deed, lines: Lines) -> Iterator[Md]:
    """What it would do, as the rehearsal said; the last of several."""
    if deed.proposed is None or not isinstance(event := deed.proposed.event, e.ActionProposed):
        return
    if event.would or event.ran:
        text = lines.deed_rehearsed(event, list(event.would[:_WOULD]), len(event.would[_WOULD:]))
        yield Md(f"{text} ({cite(deed.proposed.seq)})")

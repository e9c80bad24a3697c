"""What the review says of the runbooks that were walked, and what it asks whoever led them to change in them."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from bot.domain import events as e
from bot.domain.actor import ActorKind
from bot.postmortem.lines import Lines
from bot.postmortem.record import Record
from bot.postmortem.tables import SHORT
from bot.postmortem.text import Md, People, cite, code, inline
from bot.postmortem.walks import Said, Walk, walks
from bot.postmortem.wording import moment

Row = dict[str, Any]
#: Steps that one question names; the table above it has them all.
_NAMED: Final = 5


def learning(record: Record, people: People, lines: Lines, commander: Md) -> dict[str, Any]:
    """The variables of the review's section about runbooks.

    Args:
        record: the timeline.
        people: how they are called.
        lines: the sentences.
        commander: whoever leads the incident, as a question to them begins.
    """
    found = walks(record)
    return {
        "walks": [_walk(walk, people, lines) for walk in found],
        "troubles": [_trouble(walk, said, people, lines) for walk in found for said in walk.troubles],
        "runbooks": _opened(record, people),
        "changes": list(_changes(record, found, people, lines, commander)),
    }


def _walk(walk: Walk, people: People, lines: Lines) -> Row:
    leaders = [people.actor(actor) for actor, _ in walk.leaders]
    return {
        "title": walk.opening.title,
        "version": code(walk.opening.digest[:SHORT]),
        "time": moment(walk.began.at),
        "led": Md(", then ".join(leaders)),
        "steps": lines.walk_steps(walk),
        "end": lines.walk_end(walk),
        "cites": cite(*walk.cites),
    }


def _trouble(walk: Walk, said: Said, people: People, lines: Lines) -> Row:
    back = () if said.undone is None else (said.undone.seq,)
    return {
        "time": moment(said.entry.at),
        "title": walk.opening.title,
        "step": lines.walk_step(said.event),
        "came": lines.walk_trouble(said),
        "why": inline(people.words(said.event.why)) if said.event.why.strip() else None,
        "by": people.actor(said.entry.by),
        "cites": cite(said.entry.seq, *back),
    }


def _opened(record: Record, people: People) -> list[Row]:
    """The runbooks that were only shown, with the version of their text."""
    return [
        {
            "time": moment(entry.at),
            "title": event.title or event.name,
            "version": code(event.digest[:SHORT]),
            "by": people.actor(entry.by),
            "cites": cite(entry.seq),
        }
        for entry, event in record.each(e.RunbookOpened)
    ]


def _changes(
    record: Record, found: Sequence[Walk], people: People, lines: Lines, commander: Md
) -> Iterator[dict[str, Md]]:
    """One question for each runbook that was walked, or for each that was read; else whether one would have helped."""
    for name in dict.fromkeys(walk.opening.name for walk in found):
        of_it = [walk for walk in found if walk.opening.name == name]
        troubles = [said for walk in of_it for said in walk.troubles]
        question = lines.change_walked(of_it[-1], troubles[:_NAMED], len(troubles[_NAMED:]))
        yield {"who": _leader(of_it[-1], people, commander), "question": question}
    if found:
        return
    opened = dict.fromkeys(event.title or event.name for _, event in record.each(e.RunbookOpened))
    for title in opened:
        yield {"who": commander, "question": lines.change_read(title)}
    if not opened:
        yield {"who": commander, "question": lines.change_none(record)}


def _leader(walk: Walk, people: People, commander: Md) -> Md:
    if walk.leader.kind not in (ActorKind.PERSON, ActorKind.CLI):
        return commander
    return Md(f"{people.actor(walk.leader)}, who led it")

"""The runbooks that were walked: who led each run, how far it came, and which steps were not simply done."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import get_args

from bot.domain import events as e
from bot.domain.actor import Actor
from bot.domain.runbook_run import Outcome
from bot.domain.timeline import Entry
from bot.postmortem.record import Record

#: What happens in a run after its beginning.
_Later = (
    e.StepMarked
    | e.WentBack
    | e.RunbookPaused
    | e.RunbookResumed
    | e.RunbookHandedOver
    | e.RunbookFinished
    | e.RunbookStopped
)


@dataclass(slots=True)
class Said:
    """What somebody said of a step; `undone` is the entry that took it back, by going back to the step or before."""

    entry: Entry
    event: e.StepMarked
    undone: Entry | None = None


@dataclass(slots=True)
class Walk:
    """One run of a runbook.

    Attributes:
        began, opening: its first entry.
        leaders: who led it, in order, each with the entry that says so.
        said: what was said of its steps, in order, with what was taken back.
        ended: where it was finished or stopped; None where it was neither.
        paused: the entry since which it rests; None where it does not.
        rested: for how long it did before.
        at_step: the step that is next, from 1; 0 behind the last.
    """

    began: Entry
    opening: e.RunbookStarted
    leaders: list[tuple[Actor, Entry]]
    said: list[Said] = field(default_factory=list)
    ended: Entry | None = None
    paused: Entry | None = None
    rested: timedelta = timedelta()
    at_step: int = 1

    @property
    def leader(self) -> Actor:
        """Who led it last."""
        return self.leaders[-1][0]

    @property
    def marks(self) -> dict[int, Said]:
        """What counts of what was said, by step."""
        return {said.event.step: said for said in self.said if said.undone is None}

    @property
    def finished(self) -> bool:
        """Whether it was walked to its end."""
        return self.ended is not None and isinstance(self.ended.event, e.RunbookFinished)

    @property
    def took(self) -> timedelta | None:
        """From its beginning to its end; None while it has none."""
        return None if self.ended is None else max(self.ended.at - self.began.at, timedelta())

    @property
    def troubles(self) -> list[Said]:
        """The steps that were skipped or that failed, also those that were gone back to afterwards."""
        return [said for said in self.said if said.event.outcome is not Outcome.DONE]

    @property
    def cites(self) -> tuple[int, ...]:
        """Where it began, changed hands and ended."""
        ends = () if self.ended is None else (self.ended.seq,)
        return (*(entry.seq for _, entry in self.leaders), *ends)

    def count(self, outcome: Outcome) -> int:
        """How many steps came to that."""
        return sum(said.event.outcome == outcome for said in self.marks.values())

    @property
    def unreached(self) -> int:
        """How many steps nobody said anything of: no branch led there, or it ended before."""
        return len(self.opening.steps) - len(self.marks)


def walks(record: Record) -> list[Walk]:
    """Every run of an incident, by its number."""
    found: dict[int, Walk] = {}
    for entry in record.some(e.RunbookStarted, *get_args(_Later)):
        event = entry.event
        if isinstance(event, e.RunbookStarted):
            found[event.number] = Walk(entry, event, [(entry.by, entry)])
        elif isinstance(event, _Later) and event.number in found:
            _take(found[event.number], entry, event)
    return list(found.values())


def _take(walk: Walk, entry: Entry, event: _Later) -> None:
    match event:
        case e.StepMarked(then=then):
            walk.said.append(Said(entry, event))
            walk.at_step = then
        case e.WentBack(step=step):
            _undo(walk.said, step, entry)
            # One that was finished goes on with that.
            walk.at_step, walk.ended = step, None
        case e.RunbookPaused():
            walk.paused = entry
        case e.RunbookResumed():
            _wake(walk, entry.at)
        case e.RunbookHandedOver(user=user):
            walk.leaders.append((Actor.person(user), entry))
        case e.RunbookFinished() | e.RunbookStopped():
            _wake(walk, entry.at)
            walk.ended = entry


def _undo(said: Sequence[Said], step: int, back: Entry) -> None:
    """Branches lead forwards: what comes after a step has a higher number."""
    for one in said:
        if one.event.step >= step and one.undone is None:
            one.undone = back


def _wake(walk: Walk, at: datetime) -> None:
    if walk.paused is not None:
        walk.rested += max(at - walk.paused.at, timedelta())
        walk.paused = None

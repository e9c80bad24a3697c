"""A policy as a timetable: what would ring, and when, if an incident were declared and people did this and that.

It is no second reading of the rules: the incident goes through `decide`, `evolve` and `react` as a real one does, and
only the clocks are wound on by hand.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain import commands as c
from bot.domain import effects as f
from bot.domain.actor import MUSTER
from bot.domain.decide import decide, declare
from bot.domain.events import Event
from bot.domain.evolve import evolve
from bot.domain.incident import Incident, reference
from bot.domain.react import react
from bot.domain.rules import Policy
from bot.domain.timeline import Entry


@dataclass(frozen=True, slots=True)
class Act:
    """Something that people do, so long after the declaration."""

    after: timedelta
    command: c.Command


@dataclass(frozen=True, slots=True)
class Moment:
    """An entry that a clock or somebody's act comes to, so long after the declaration, and the incident after it.

    `clocks` are those that are set then, and when each rings.
    """

    after: timedelta
    entry: Entry
    incident: Incident
    clocks: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(slots=True)
class _Play:
    """An incident in the making, with the clocks that are set."""

    policy: Policy
    now: datetime
    incident: Incident | None = None
    clocks: dict[str, datetime] = field(default_factory=dict)

    def take(self, events: Iterable[Event], command: c.Command) -> Iterator[Moment]:
        for event in events:
            seq = self.incident.seq + 1 if self.incident else 1
            entry = Entry(seq=seq, at=self.now, recorded_at=self.now, by=command.by, event=event)
            self.incident = evolve(self.incident, entry)
            for effect in react(self.incident, entry, self.policy):
                match effect:
                    case f.SetTimer(name=name, due_at=due_at):
                        self.clocks[name] = due_at
                    case f.CancelTimer(name=name):
                        self.clocks.pop(name, None)
                    case _:
                        pass
            yield Moment(self.now - self.incident.declared_at, entry, self.incident, dict(self.clocks))


def simulate(
    policy: Policy, declaration: c.Declare, at: datetime, *, acts: Sequence[Act] = (), until: timedelta
) -> Iterator[Moment]:
    """Everything that happens to an incident from its declaration on, in order.

    Args:
        policy: the rules.
        declaration: what is declared; its reference is made up.
        at: when, in UTC.
        acts: what people do and when; those who do nothing are escalated about.
        until: how long after the declaration to stop.

    Raises:
        DomainError: one of the acts cannot be done.
    """
    declaration = replace(declaration, ref=reference(at.date(), 1))
    play = _Play(policy, at)
    yield from play.take(declare(declaration, policy, at), declaration)
    coming = sorted(acts, key=lambda act: act.after)
    while True:
        assert play.incident is not None
        rings = min(play.clocks, key=lambda name: play.clocks[name], default=None)
        due = play.clocks[rings] if rings is not None else None
        # Who acts at the very minute at which a clock rings was in time.
        if coming and (due is None or at + coming[0].after <= due):
            act = coming.pop(0)
            play.now, command = at + act.after, act.command
        elif rings is not None and due is not None:
            del play.clocks[rings]
            play.now, command = max(due, play.now), c.FireTimer(by=MUSTER, name=rings, generation=1, due_at=due)
        else:
            return
        if play.now - at > until:
            return
        yield from play.take(decide(play.incident, command, policy, play.now), command)

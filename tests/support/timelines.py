"""Timelines told through the real core: commands are decided and evolved, without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from bot.domain import commands as c
from bot.domain.actor import MUSTER, Actor
from bot.domain.decide import decide, declare
from bot.domain.evolve import evolve
from bot.domain.incident import Incident, reference
from bot.domain.rules import Policy
from bot.domain.timeline import NEVER_SEEN, Entry, correction_facts, message_facts, people_facts

#: A quiet Wednesday afternoon.
START: Final = datetime(2026, 2, 11, 14, 2, tzinfo=UTC)


class Story:
    """One incident that is told command by command; `now` moves on by the minutes of each.

    Attributes:
        incident: As it is now.
        entries: Its timeline.
        now: The story's clock.
    """

    def __init__(self, policy: Policy, *, start: datetime = START) -> None:
        self.policy = policy
        self.now = start
        self.entries: list[Entry] = []
        self._incident: Incident | None = None

    @property
    def incident(self) -> Incident:
        """The incident. There is one as soon as it is declared."""
        assert self._incident is not None, "declare it first"
        return self._incident

    def do(self, *commands: c.Command, minutes: float = 1) -> Self:
        """Let time pass, then carry out the commands. A DomainError goes through and changes nothing but the time."""
        self.now += timedelta(minutes=minutes)
        for command in commands:
            self._carry_out(command)
        return self

    def fire(self, timer: str, *, minutes: float = 1) -> Self:
        """Let time pass, then let a timer ring."""
        due = self.now + timedelta(minutes=minutes)
        return self.do(c.FireTimer(by=MUSTER, name=timer, generation=1, due_at=due), minutes=minutes)

    def _carry_out(self, command: c.Command) -> None:
        if isinstance(command, c.Declare):
            command = replace(command, ref=command.ref or reference(self.now.date(), 1))
            events = declare(command, self.policy, self.now)
        else:
            events = decide(self.incident, self._with_facts(command), self.policy, self.now)
        for event in events:
            entry = Entry(
                seq=len(self.entries) + 1, at=command.at or self.now, recorded_at=self.now, by=command.by, event=event
            )
            self._incident = evolve(self._incident, entry)
            self.entries.append(entry)

    def _with_facts(self, command: c.Command) -> c.Command:
        """What the store would say of the message, the person or the entry, under its lock."""
        if isinstance(command, c.PersonCommand):
            return replace(command, facts=people_facts(self.entries).get(command.user, NEVER_SEEN))
        if isinstance(command, c.CorrectionCommand):
            entry, at, hidden = correction_facts(self.entries, command.about)
            return replace(command, facts=c.CorrectionFacts(entry=entry, happened_at=at, hidden=hidden))
        if not isinstance(command, c.MessageCommand):
            return command
        subject = f"{command.channel}|{command.ts}"
        return replace(command, facts=message_facts(e for e in self.entries if e.event.subject == subject))


DANA: Final = Actor.person("U0DANA")
BOB: Final = Actor.person("U0BOB")
NAMES: Final = {"U0DANA": "Dana Moss", "U0BOB": "Bob Okafor", "U0ONCALL": "Priya Nair", "U0LEAD": "Ida Berg"}

"""An incident that is played by a pack's rules, and what of it a test looks at. Times are minutes since then."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.actor import Actor
from bot.domain.rules import Policy
from bot.domain.timetable import Act, Moment, simulate

#: A Monday afternoon: the office is open for three hours more.
MONDAY = datetime(2026, 2, 2, 14, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BOB = Actor.person("U0BOB")

ACK = c.Acknowledge(by=BOB)
WATCH = c.ChangeStatus(by=BOB, status="monitoring")
OVER = c.Resolve(by=BOB, summary="It works again", root_cause="A limit was too low")


def flag(condition: str) -> c.SetCondition:
    """Something turns out to be so."""
    return c.SetCondition(by=BOB, condition=condition)


def tick(policy: Policy, *names: str) -> list[c.TickItems]:
    """Everything on these checklists is done."""
    return [
        c.TickItems(by=BOB, checklist=name, done=tuple(range(1, len(policy.checklist(name).items) + 1)))
        for name in names
    ]


def play(
    policy: Policy,
    severity: str | None,
    *acts: tuple[float, c.Command],
    service: str | None = None,
    conditions: Iterable[str] = (),
    until: timedelta = 10 * HOUR,
    at: datetime = MONDAY,
) -> list[Moment]:
    """Everything that happens to an incident while people do these acts, each after so many minutes."""
    declaration = c.Declare(
        by=BOB, title="It is broken", severity=severity, service=service, conditions=tuple(conditions)
    )
    done = [Act(after * MINUTE, command) for after, command in acts]
    return list(simulate(policy, declaration, at, acts=done, until=until))


def called(moments: Iterable[Moment]) -> list[tuple[float, tuple[str, ...]]]:
    """Whom the escalation calls, by the policy's names."""
    found = [(one.after / MINUTE, one.entry.event) for one in moments]
    return [(after, event.names) for after, event in found if isinstance(event, e.Escalated)]


def rings(moments: Iterable[Moment], kind: type[e.Event]) -> list[float]:
    """When events of a kind come."""
    return [one.after / MINUTE for one in moments if isinstance(one.entry.event, kind)]


def missed(moments: Iterable[Moment]) -> dict[str, float]:
    """The clocks that nobody answered in time."""
    found = [(one.after / MINUTE, one.entry.event) for one in moments]
    return {event.clock: after for after, event in found if isinstance(event, e.ClockMissed)}


def lists(moments: Iterable[Moment]) -> list[tuple[float, str]]:
    """The checklists that come up."""
    found = [(one.after / MINUTE, one.entry.event) for one in moments]
    return [(after, event.name) for after, event in found if isinstance(event, e.ChecklistShown)]


def due(moments: Iterable[Moment]) -> list[tuple[float, str]]:
    """The texts that were not sent in time."""
    found = [(one.after / MINUTE, one.entry.event) for one in moments]
    return [(after, event.text) for after, event in found if isinstance(event, e.TextDue)]

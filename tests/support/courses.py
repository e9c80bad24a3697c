"""Timelines for pictures of their course, told event by event: one with everything, and one with far too much."""

from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Final, Self

from bot.domain import events as e
from bot.domain.actor import Actor
from bot.domain.rules import Category
from bot.domain.runbook_run import StepRule
from bot.domain.timeline import Entry

START: Final = datetime(2026, 2, 11, 23, 1, tzinfo=UTC)
HOSTILE: Final = '</svg><script>alert(1)</script> & "متجر" \u202etxet\u202c ]]> 支払い 😀 $x^2_{ \ufffe\x00 <@U1>'
_STEPS: Final = (StepRule(title="Look", phase=0, then=0),)


class Course:
    """A timeline that grows; minutes count from its start and may go back."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def at(self, minutes: float, *events: e.Event) -> Self:
        """What happened then."""
        when = START + timedelta(minutes=minutes)
        for event in events:
            seq = len(self.entries) + 1
            by = Actor.person("U0DANA")
            self.entries.append(Entry(seq=seq, at=when, recorded_at=when, by=by, event=event))
        return self


def declared(title: str = "Checkout answers 500 to one request in three", status: str = "investigating") -> e.Declared:
    """The first entry of each."""
    return e.Declared(ref="INC-2026-02-11-001", title=title, severity="P2", status=status, channel_name="inc")


def alerts(*names: str, opened: bool = False) -> e.AlertsJoined:
    """Alerts of which the first has fired since four minutes before the start."""
    count = len(names)
    return e.AlertsJoined(
        group=1,
        opened=opened,
        total=count,
        firing=count,
        new=count,
        lines=(),
        names=names,
        sources=("alertmanager",),
        first_at=START - timedelta(minutes=4),
    )


def found(target: str, verdict: str) -> e.DiagnosticRecorded:
    """A diagnostic."""
    return e.DiagnosticRecorded(target=target, run="r", evidence=1, digest="d", verdict=verdict, findings=(), took_ms=9)


def update(number: int) -> e.UpdatePosted:
    """Something that people were told."""
    return e.UpdatePosted(number=number, text="Told", severity="P1", status="fixing")


def escalated(*names: str) -> e.Escalated:
    """A call for more people."""
    return e.Escalated(level=1, why="Nobody came", names=names, people=(), severity="P1")


def began(number: int, title: str = "Connection pool exhausted") -> e.RunbookStarted:
    """The beginning of a runbook."""
    return e.RunbookStarted(number=number, name="pool", title=title, digest="d" * 64, phases=("A",), steps=_STEPS)


def through(number: int) -> e.RunbookFinished:
    """The end of a runbook."""
    return e.RunbookFinished(number=number, runbook="pool", title="Pool", digest="d" * 64, done=1, skipped=0, failed=0)


def acted(number: int, title: str, verdict: str) -> e.ActionFinished:
    """What became of an action."""
    return e.ActionFinished(number=number, action="a", title=title, verdict=verdict, said="")


def moved(after: str, category: Category) -> e.StatusChanged:
    """A change of status."""
    return e.StatusChanged(before="x", after=after, category=category)


def worse(after: str) -> e.SeverityChanged:
    """A change of severity."""
    return e.SeverityChanged(before="x", after=after)


def resolved() -> e.Resolved:
    """The end."""
    return e.Resolved(before="monitoring", status="resolved", summary="Over")


def everything() -> list[Entry]:
    """An incident in which everything happened that a picture shows; it was reopened, and closed days later."""
    tell = Course().at(0, declared()).at(0.05, alerts("CheckoutErrorsHigh", "PoolExhausted", opened=True))
    tell.at(2, worse("P1")).at(4, escalated("on-call")).at(5, e.Acknowledged(severity="P1"))
    tell.at(7, found("orders-db", "CRITICAL")).at(8, found("checkout", "WARN")).at(9, update(1)).at(11, began(1))
    tell.at(15, alerts("WorkerLag", "QueueGrows")).at(18, e.ActionStarted(number=1, title="End the idle sessions"))
    tell.at(18.6, acted(1, "End the idle sessions", "done")).at(20, found("orders-db", "WARN"))
    tell.at(22, found("orders-db", "WARN")).at(25, found("orders-db", "CRITICAL")).at(26, found("checkout", "CRITICAL"))
    tell.at(44, escalated("engineering-lead", "U0LEAD")).at(46, e.CauseFound(text="The deploy"))
    tell.at(47, moved("fixing", Category.ACTIVE)).at(48, update(2))
    tell.at(49, e.ActionStarted(number=2, title="Roll back deploy 482"))
    tell.at(54, acted(2, "Roll back deploy 482", "failed")).at(55, e.ActionStarted(number=3, title="Roll back again"))
    tell.at(61, acted(3, "Roll back again", "done")).at(62, moved("monitoring", Category.MONITORING), through(1))
    tell.at(63, found("orders-db", "OK"), found("checkout", "NO_DATA")).at(64, update(3))
    tell.at(66, e.AlertsCleared(total=4, since=START + timedelta(minutes=63))).at(68, worse("P3")).at(74, resolved())
    again = e.Reopened(before="resolved", status="investigating", category=Category.ACTIVE, why="Again")
    tell.at(84, again).at(86, found("orders-db", "CRITICAL")).at(90, update(4)).at(97, found("orders-db", "OK"))
    tell.at(99, moved("monitoring", Category.MONITORING)).at(105, update(5)).at(110, resolved())
    return tell.at(60 * 40, e.Closed(before="resolved", status="closed")).entries


def far_too_much(count: int) -> list[Entry]:
    """An incident of about `count` entries, each of which has its mark; nothing in it ends."""
    tell = Course().at(0, declared("A storm of everything " * 20))
    verdict = cycle(("OK", "WARN", "CRITICAL", "NO_DATA", "OK"))
    status = cycle((("fixing", Category.ACTIVE), ("monitoring", Category.MONITORING)))
    severity = cycle(("P1", "P3", "P2"))
    for n in range(count // 9):
        tell.at(n * 8, update(n), found(f"target-{n % 7}", next(verdict)), worse(next(severity)))
        tell.at(n * 8 + 1, escalated("on-call"), moved(*next(status)), began(n + 1, HOSTILE))
        tell.at(n * 8 + 2, acted(n, HOSTILE, "failed"), e.Acknowledged(severity="P1"), alerts("WorkerLag"))
    return tell.at(count // 9 * 8, resolved()).entries

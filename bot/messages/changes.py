"""What a change of severity changes: which clocks run differently, who is called, who hears of it, what is due after.

Pure, and by the policy alone: the incident is looked at as if it were of the one severity, then of the other.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.calendar import Appointment, Calendar, Clock
from bot.domain.clocks import UPDATE, deadlines
from bot.domain.escalation import rings_next
from bot.domain.events import SeverityChanged
from bot.domain.incident import Incident
from bot.domain.rules import EscalationStep, Policy, Severity, StatusPage
from bot.messages.rulebook import occasion
from bot.messages.whom import named


@dataclass(frozen=True, slots=True)
class Moved:
    """A clock that is due at another time; None where it was not there, or is not any more."""

    clock: str
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True, slots=True)
class Called:
    """An escalation that comes at another time, and whom it names; None where it did not come, or does not now."""

    step: EscalationStep
    names: tuple[str, ...]
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True, slots=True)
class Promise:
    """What a severity promises, before and after: `what` is `update`, `review` or `status-page`.

    A span, an appointment's title or where it is published; None where nothing is promised.
    """

    what: str
    before: timedelta | str | None
    after: timedelta | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """All that a change of severity changes.

    Attributes:
        clocks: those that moved, the earliest first; the next update is among the promises.
        calls: the escalations that moved, the earliest first.
        promises: what is promised differently.
        channels: those that hear of it now and did not.
        announced: whether everybody hears of it who did not.
    """

    clocks: tuple[Moved, ...] = ()
    calls: tuple[Called, ...] = ()
    promises: tuple[Promise, ...] = ()
    channels: tuple[str, ...] = ()
    announced: bool = False


def changes(incident: Incident, policy: Policy, event: SeverityChanged) -> Changes:
    """What a change of severity changed in an incident, which may have gone on since."""
    older, newer = (replace(incident, severity=name, extended={}) for name in (event.before, event.after))
    was, is_ = policy.find_severity(event.before), policy.find_severity(event.after)
    hears = _announced(is_) and not _announced(was) and not incident.private
    return Changes(
        clocks=tuple(_moved(older, newer, policy)),
        calls=tuple(_called(older, newer, policy)),
        promises=tuple(_promises(was, is_, policy.calendar)),
        channels=() if incident.private else tuple(c for c in _channels(is_) if c not in _channels(was)),
        announced=hears,
    )


def _moved(older: Incident, newer: Incident, policy: Policy) -> Iterable[Moved]:
    before = {d.clock: d.due_at for d in deadlines(older, policy) if d.clock != UPDATE}
    after = {d.clock: d.due_at for d in deadlines(newer, policy) if d.clock != UPDATE}
    found = [Moved(clock, before.get(clock), after.get(clock)) for clock in dict.fromkeys([*after, *before])]
    return (moved for moved in found if moved.before != moved.after)


def _called(older: Incident, newer: Incident, policy: Policy) -> Iterable[Called]:
    found = [
        Called(step, named(step.notify, policy), rings_next(older, step, policy), rings_next(newer, step, policy))
        for step in policy.escalation
    ]
    moved = [call for call in found if call.before != call.after]
    return sorted(moved, key=lambda call: (call.after is None, call.after or call.before or 0))


def _promises(was: Severity | None, is_: Severity | None, calendar: Calendar) -> Iterable[Promise]:
    found = [
        Promise("update", was.update_every if was else None, is_.update_every if is_ else None),
        Promise(
            "review",
            _by(was.review_within if was else None, calendar),
            _by(is_.review_within if is_ else None, calendar),
        ),
        Promise("status-page", _page(was), _page(is_)),
    ]
    return (promise for promise in found if promise.before != promise.after)


def _by(clock: Clock | None, calendar: Calendar) -> timedelta | str | None:
    return occasion(clock, calendar) if isinstance(clock, Appointment) else clock


def _page(severity: Severity | None) -> str | None:
    page = severity.status_page if severity else StatusPage.NONE
    return None if page is StatusPage.NONE else page.value


def _channels(severity: Severity | None) -> tuple[str, ...]:
    return severity.announce if severity else ()


def _announced(severity: Severity | None) -> bool:
    return severity is None or severity.announced

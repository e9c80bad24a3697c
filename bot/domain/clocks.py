"""The clocks of an incident: what is to be done by when, and when each rings. Pure: times come in.

A clock is a timer's name. What answers it is an act of people; it rings once for each time at which it is due.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.effects import CancelTimer, SetTimer
from bot.domain.escalation import STEP, rings_next, timer_name
from bot.domain.incident import Incident
from bot.domain.procedures import FollowUp, Letter
from bot.domain.rules import Category, Policy, StatusPage

ACKNOWLEDGE = "acknowledge"
RESOLVE = "resolve"
UPDATE = "update"
REVIEW = "review"
EFFECTIVE = "effectiveness"
STATUS_PAGE = "status-page"
WATCH = "watch"
TEXT = "text:"
FOLLOW_UP = "follow-up:"
#: All of the escalation together, for those who want it to be silent.
ESCALATION = "escalation"
#: How long after its publication it is asked whether what was done has helped, where the policy does not say.
_EFFECTIVE_AFTER = timedelta(days=14)
#: People are reminded of a review that is due so often, and a day apart.
_NUDGES, _NUDGED_AGAIN = 5, timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """Something that is to be done by `due_at`, in UTC.

    Attributes:
        clock: the timer's name.
        due_at: by when, with the time that it was given besides.
        rings_at: when people hear of it; None when they have.
        extended: whether it was given more time.
    """

    clock: str
    due_at: datetime
    rings_at: datetime | None
    extended: bool = False


def deadlines(incident: Incident, policy: Policy) -> tuple[Deadline, ...]:
    """Everything that people are still to do by a time, the earliest first."""
    found = (_deadline(incident, clock, due) for clock, due in _dues(incident, policy))
    return tuple(sorted(found, key=lambda deadline: (deadline.due_at, deadline.clock)))


def deadline(incident: Incident, policy: Policy, clock: str) -> Deadline | None:
    """The deadline of a clock, or None where nothing is waited for."""
    return next((d for d in deadlines(incident, policy) if d.clock == clock), None)


def running(incident: Incident, policy: Policy) -> dict[str, datetime]:
    """Every clock that will ring, and when: deadlines and escalation steps, which may ring several times."""
    found = {d.clock: d.rings_at for d in deadlines(incident, policy) if d.rings_at is not None}
    for step in policy.escalation:
        timer = timer_name(step)
        due = rings_next(incident, step, policy)
        if due is not None:
            given = incident.extended.get(timer) if step.name not in incident.escalated_steps else None
            found[timer] = _silent_until(incident, timer, max(given, due) if given else due)
    return found


def plan(incident: Incident, policy: Policy, now: datetime, *, fresh: bool = False) -> Iterator[SetTimer | CancelTimer]:
    """Set every clock that still matters and forget the others; one that should have rung by now rings now.

    A clock that is set to the time that it has already is left alone by the store, so planning anew changes nothing by
    itself.

    Args:
        incident: as it is after the entry that this follows from.
        policy: the rules.
        now: the time, in UTC.
        fresh: whether no clock can have been set before, so that there is none to forget.
    """
    rings = running(incident, policy)
    yield from (SetTimer(name=clock, due_at=max(at, now)) for clock, at in rings.items())
    if not fresh:
        yield from (CancelTimer(name=clock) for clock in every_clock(policy) if clock not in rings)


def every_clock(policy: Policy) -> Iterator[str]:
    """The name of every clock that a policy can set."""
    yield from (ACKNOWLEDGE, RESOLVE, UPDATE, REVIEW, EFFECTIVE, STATUS_PAGE, WATCH)
    yield from (f"{TEXT}{letter.name}" for letter in policy.letters)
    yield from (f"{FOLLOW_UP}{one.name}" for one in policy.follow_ups)
    yield from (timer_name(step) for step in policy.escalation)


def watched_until(incident: Incident, policy: Policy, status: str | None = None) -> datetime | None:
    """Until when it has to be watched before it may enter a status (the first resolved one); None: it need not be.

    Raises nothing; an incident that is not being watched yet has no such time either.
    """
    found = watch(incident, policy, status)
    return found[1] if found else None


def watch(incident: Incident, policy: Policy, status: str | None = None) -> tuple[datetime, datetime] | None:
    """Like `watched_until`, with the time from which it counts: what turned out meanwhile has it begin anew."""
    since = incident.watched_since
    wanted = policy.find_status(status) if status else policy.first_status(Category.RESOLVED)
    if since is None or wanted is None:
        return None
    found = [(since, since + wanted.requires.watched)] if wanted.requires.watched else []
    for condition, span in wanted.requires.watched_if.items():
        if condition in incident.conditions:
            begin = max(since, incident.conditions[condition])
            found.append((begin, begin + span))
    return max(found, key=lambda one: one[1], default=None)


def next_update(policy: Policy, severity: str, now: datetime) -> datetime | None:
    """When people are to hear something again, counted from now; None where the policy does not say."""
    known = policy.find_severity(severity)
    return now + known.update_every if known and known.update_every else None


def _dues(incident: Incident, policy: Policy) -> Iterator[tuple[str, datetime]]:
    """Each clock that waits for somebody, and when its act is due by the policy."""
    severity, start = policy.find_severity(incident.severity), incident.waiting_since
    if incident.over:
        yield from _afterwards(incident, policy)
        return
    if incident.next_update_at is not None:
        yield UPDATE, incident.next_update_at
    if severity and severity.acknowledge_within and incident.acknowledged_at is None:
        yield ACKNOWLEDGE, policy.calendar.due(severity.acknowledge_within, start)
    if severity and severity.resolve_within:
        yield RESOLVE, policy.calendar.due(severity.resolve_within, start)
    published = incident.status_page_at is not None and incident.status_page_at >= start
    if severity and severity.status_page is not StatusPage.NONE and severity.status_page_within and not published:
        yield STATUS_PAGE, start + severity.status_page_within
    if (until := watched_until(incident, policy)) is not None:
        yield WATCH, until
    for letter in policy.letters:
        due = _letter_due(incident, letter, policy)
        if due is not None:
            yield f"{TEXT}{letter.name}", due


def _afterwards(incident: Incident, policy: Policy) -> Iterator[tuple[str, datetime]]:
    """What is left to do once it is over."""
    over, severity = incident.resolved_at, policy.find_severity(incident.severity)
    if over is None:
        return
    published = incident.review.published_at
    if severity and severity.review_within and incident.category is Category.RESOLVED and published is None:
        yield REVIEW, policy.calendar.due(severity.review_within, over)
    if published is not None and not incident.review.helped and not incident.drill and incident.action_items:
        first = min(item.since or published for item in incident.action_items)
        begin = max(published, first)
        yield EFFECTIVE, policy.calendar.due(policy.review.effective_after or _EFFECTIVE_AFTER, begin)
    for one in policy.follow_ups:
        if one.meant_for(incident.severity) and not _looked_at(incident, one):
            yield f"{FOLLOW_UP}{one.name}", policy.calendar.due(one.after, over)


def _looked_at(incident: Incident, one: FollowUp) -> bool:
    """Whether its list is complete; without a list, it is enough that people were reminded."""
    if one.checklist is None:
        return f"{FOLLOW_UP}{one.name}" in incident.rang
    tally = incident.tally(one.checklist)
    return tally is not None and tally.complete


def in_use(incident: Incident, letter: Letter) -> bool:
    """Whether a text fits an incident as it is."""
    fits = not letter.statuses or incident.status in letter.statuses
    under = not letter.conditions or any(name in incident.conditions for name in letter.conditions)
    return fits and under and letter.meant_for(incident.severity)


def _letter_due(incident: Incident, letter: Letter, policy: Policy) -> datetime | None:
    """When a text is due, for the first time or again."""
    if not in_use(incident, letter):
        return None
    severity = policy.find_severity(incident.severity)
    every = (severity.update_every if severity else None) if letter.with_updates else letter.every
    begin = incident.waiting_since
    if letter.statuses and incident.status_at:
        begin = max(begin, incident.status_at)
    if letter.conditions:
        begin = max(begin, min(at for name, at in incident.conditions.items() if name in letter.conditions))
    sent = incident.texts.get(letter.name)
    rang = incident.rang.get(f"{TEXT}{letter.name}")
    if sent is not None and sent >= begin:
        return max(sent, rang or sent) + every if every else None
    if rang is not None and rang >= begin:
        # Who does not hear the first reminder hears one each time that the text would be due again.
        return rang + every if every else rang
    first = letter.within or every
    return begin + first if first else None


def _deadline(incident: Incident, clock: str, due: datetime) -> Deadline:
    # The next update's own time has whatever it was given.
    given = incident.extended.get(clock) if clock != UPDATE else None
    # What was given to it may be past by now: it is due again, or something else had it begin anew.
    due = max(given, due) if given else due
    rang = incident.rang.get(clock)
    rings = _silent_until(incident, clock, due) if rang is None or due > rang else None
    nudged = incident.review.nudged_at
    # A drill's is practised, and nobody is pressed for it.
    again = clock == REVIEW and not incident.drill and incident.review.nudges < _NUDGES
    if again and rings is None and nudged is not None:
        rings = _silent_until(incident, clock, nudged + _NUDGED_AGAIN)
    return Deadline(clock=clock, due_at=due, rings_at=rings, extended=clock in incident.extended)


def _silent_until(incident: Incident, clock: str, at: datetime) -> datetime:
    quiet = [incident.snoozed.get(clock), incident.snoozed.get(ESCALATION) if clock.startswith(STEP) else None]
    return max([at, *(until for until in quiet if until)])

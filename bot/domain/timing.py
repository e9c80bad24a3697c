"""What clocks that ring, and commands about clocks, come to. Pure, as `bot.domain.decide`, which calls it."""

from datetime import datetime, timedelta

from bot.domain import commands as c
from bot.domain import errors
from bot.domain import events as e
from bot.domain.clocks import (
    ESCALATION,
    FOLLOW_UP,
    REVIEW,
    TEXT,
    UPDATE,
    WATCH,
    deadline,
    deadlines,
    every_clock,
    next_update,
    running,
)
from bot.domain.escalation import STEP, reason, step_of, waits
from bot.domain.incident import Incident
from bot.domain.rules import EscalationStep, Policy, nearest, spoken
from bot.domain.text import said, text_or

Events = list[e.Event]

#: How long a timer that only a newer version, or a newer pack, knows is left for it. After that nobody knows it.
UPGRADE = timedelta(hours=1)
#: A clock may be silent for so long at a time, and be given so much more time.
LONGEST_SNOOZE = timedelta(hours=24)
LONGEST_EXTENSION = timedelta(days=90)


def fire(incident: Incident, command: c.FireTimer, policy: Policy, now: datetime) -> Events:
    """What a clock that rang comes to: nothing, when the act that answers it came first.

    Raises:
        UnknownTimer: another version may know it.
    """
    name, due_at = command.name, command.due_at or now
    if name == UPDATE:
        if incident.over:
            return []
        return [e.UpdateOverdue(due_at=due_at, next_update_at=next_update(policy, incident.severity, now))]
    step = step_of(name, policy)
    if step is not None:
        return _ring(incident, step, policy, due_at, now)
    if name not in every_clock(policy):
        if now - due_at < UPGRADE:
            raise errors.UnknownTimer(name=name, ref=incident.ref)
        return []
    waiting = deadline(incident, policy, name)
    if waiting is None or waiting.rings_at is None:
        return []
    if waiting.rings_at > now:
        # The policy was changed since the clock was set, and gives more time.
        return [e.Replanned()]
    return [_missed(incident, name, policy, waiting.due_at, now)]


def _missed(incident: Incident, name: str, policy: Policy, due_at: datetime, now: datetime) -> e.Event:
    if name == REVIEW:
        return e.ReviewNudged(due_at=due_at)
    if name == WATCH:
        assert incident.watched_since is not None, "only what is watched has such a clock"
        return e.WatchEnded(since=incident.watched_since, due_at=due_at)
    if name.startswith(TEXT):
        letter = policy.letter(name.removeprefix(TEXT))
        return e.TextDue(text=letter.name, title=letter.title, due_at=due_at)
    if name.startswith(FOLLOW_UP):
        one = next(f for f in policy.follow_ups if f.name == name.removeprefix(FOLLOW_UP))
        people = policy.people(one.notify, incident.roles, service=incident.service, at=now)
        return e.FollowUpDue(follow_up=one.name, title=one.title, due_at=due_at, names=one.notify, people=people)
    return e.ClockMissed(clock=name, due_at=due_at)


def _ring(incident: Incident, step: EscalationStep, policy: Policy, due_at: datetime, now: datetime) -> Events:
    if not waits(incident, step):
        return []
    return [
        called(incident, step, policy, now, why=reason(step, policy.find_severity(incident.severity)), due_at=due_at)
    ]


def called(
    incident: Incident,
    step: EscalationStep,
    policy: Policy,
    now: datetime,
    *,
    why: str,
    due_at: datetime | None = None,
    besides: tuple[str, ...] = (),
    **more: dict[str, str],
) -> e.Escalated:
    """A step of the policy is taken: those whom it names are called, and whomever somebody names `besides`."""
    names = tuple(dict.fromkeys((*step.notify, *besides)))
    return e.Escalated(
        level=incident.escalations + 1,
        why=why,
        names=names,
        people=policy.people(names, incident.roles, service=incident.service, at=now),
        severity=incident.severity,
        step=step.name,
        round=incident.escalated_steps.get(step.name, 0) + 1,
        due_at=due_at,
        emails=step.email,
        webhooks=step.webhooks,
        via=step.via,
        **more,
    )


def snooze(incident: Incident, command: c.SnoozeClock, policy: Policy, now: datetime) -> Events:
    """A clock is silent for a while: the commander's to say, or whoever's there is while nobody leads.

    Raises:
        OnlyCommander, UnknownClock, TooFar: why it cannot be.
    """
    lead = incident.roles.get(policy.commander)
    if lead and command.by.user and command.by.user != lead:
        raise errors.OnlyCommander(ref=incident.ref, who=f"<@{lead}>")
    if command.span > LONGEST_SNOOZE:
        raise errors.TooFar(what="A clock is silent for 24 hours at most", ref=incident.ref)
    clock = _clock(incident, command.clock, policy)
    return [e.ClockSnoozed(clock=clock, until=now + command.span, why=text_or(command.why, "reason"))]


def extend(incident: Incident, command: c.ExtendClock, policy: Policy, now: datetime) -> Events:
    """There is more time for something, counted from when it was due, or from now if that has passed.

    Raises:
        UnknownClock, MissingText, TooFar: why it cannot be.
    """
    clock = _clock(incident, command.clock, policy)
    if clock == ESCALATION:
        raise errors.UnknownClock(typed=command.clock, known=_known(incident, policy))
    why = said(command.why, "reason", "why, such as `extend resolve 2h The vendor needs until noon`")
    if command.span > LONGEST_EXTENSION:
        raise errors.TooFar(what="A clock is extended by 90 days at most", ref=incident.ref)
    waiting = deadline(incident, policy, clock)
    before = waiting.due_at if waiting else running(incident, policy)[clock]
    return [e.ClockExtended(clock=clock, before=before, due_at=max(before, now) + command.span, why=why)]


def _clock(incident: Incident, typed: str, policy: Policy) -> str:
    """The clock that a person means, of those that run; a button says its whole name."""
    names = _known(incident, policy)
    if typed in _all(incident, policy):
        return typed
    known = {spoken(name): name for name in names}
    known |= {"ack": "acknowledge", "escalate": ESCALATION, "resolution": "resolve", "statuspage": "status-page"}
    found = known.get(spoken(typed))
    if found is None or found not in names:
        raise errors.UnknownClock(typed=typed, known=names, nearest=nearest(typed, names))
    return _full(found, incident, policy)


def _known(incident: Incident, policy: Policy) -> list[str]:
    """How people call the clocks that run: without what tells one kind from another."""
    clocks = _all(incident, policy)
    steps = any(clock.startswith(STEP) for clock in clocks)
    return [*dict.fromkeys(short_name(clock) for clock in clocks), *([ESCALATION] if steps else [])]


def _full(short: str, incident: Incident, policy: Policy) -> str:
    if short == ESCALATION:
        return short
    return next(clock for clock in _all(incident, policy) if short_name(clock) == short)


def _all(incident: Incident, policy: Policy) -> list[str]:
    """The clocks that run, what is to be done before who is to be called."""
    return list(dict.fromkeys([*(d.clock for d in deadlines(incident, policy)), *running(incident, policy)]))


def short_name(clock: str) -> str:
    """How people call a clock."""
    return clock.removeprefix(STEP).removeprefix(TEXT).removeprefix(FOLLOW_UP)

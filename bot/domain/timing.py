"""What clocks that ring, and commands about clocks, come to. Pure, as `bot.domain.decide`, which calls it."""

from collections import Counter
from datetime import datetime, timedelta

from bot.domain import acting, alerting, errors, items, looking, reviewing
from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.clocks import (
    ACKNOWLEDGE,
    EFFECTIVE,
    ESCALATION,
    FOLLOW_UP,
    RESOLVE,
    REVIEW,
    STATUS_PAGE,
    TEXT,
    UPDATE,
    WATCH,
    deadline,
    deadlines,
    every_clock,
    next_update,
    running,
    watch,
)
from bot.domain.duties import list_shown
from bot.domain.escalation import STEP, reason, step_of, timer_name
from bot.domain.incident import Incident
from bot.domain.rules import EscalationStep, Policy, nearest, spoken
from bot.domain.text import said, text_or

Events = list[e.Event]

#: How long a timer that only a newer version, or a newer pack, knows is left for it. After that nobody knows it.
UPGRADE = timedelta(hours=1)
#: Processes' clocks differ, and a job may come a moment before its time. That is in time, and no reason to plan anew.
_EARLY = timedelta(seconds=2)
#: A clock may be silent for so long at a time, and be given so much more time.
LONGEST_SNOOZE = timedelta(hours=24)
LONGEST_EXTENSION = timedelta(days=90)
#: What the timers of one thing within an incident begin with.
_OF_ONE = (looking.TIMER, acting.TIMER, alerting.TIMER, items.TIMER)
#: The clocks that every policy may have.
_CORE = (ACKNOWLEDGE, RESOLVE, UPDATE, REVIEW, EFFECTIVE, STATUS_PAGE, WATCH, ESCALATION)
#: What people also say for a clock.
_ALIASES = {"ack": ACKNOWLEDGE, "resolution": RESOLVE, "escalate": ESCALATION}


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
    if name == reviewing.OUTDATED or name.startswith(_OF_ONE):
        return _of_one(incident, name, policy, due_at, now)
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
    if waiting.rings_at > now + _EARLY:
        # The policy was changed since the clock was set, and gives more time.
        return [e.Replanned()]
    missed = _missed(incident, name, policy, waiting.due_at, now)
    if isinstance(missed, e.FollowUpDue):
        return [missed, *_its_list(incident, missed, policy)]
    return [missed]


def _of_one(incident: Incident, name: str, policy: Policy, due_at: datetime, now: datetime) -> Events:
    """A timer of something within the incident: a diagnostic that is watched, an action, its alerts, an action item."""
    if name == reviewing.OUTDATED:
        return [*reviewing.outdated(incident)]
    if name.startswith(items.TIMER):
        return [*items.fire(incident, name, policy, due_at, now)]
    if name.startswith(alerting.TIMER):
        return alerting.fire(incident, name, policy, now)
    if name.startswith(looking.TIMER):
        return [*looking.look_again(incident, name.removeprefix(looking.TIMER), policy)]
    return [*acting.expired(incident, int(name.removeprefix(acting.TIMER)), now + _EARLY)]


def _its_list(incident: Incident, due: e.FollowUpDue, policy: Policy) -> Events:
    """The checklist of a follow-up, where it is not there yet: whoever is reminded can tick it off at once."""
    wanted = next((one.checklist for one in policy.follow_ups if one.name == due.follow_up), None)
    return [list_shown(rule) for rule in policy.checklists if rule.name == wanted and not incident.tally(rule.name)]


def _missed(incident: Incident, name: str, policy: Policy, due_at: datetime, now: datetime) -> e.Event:
    if name == REVIEW:
        return e.ReviewNudged(due_at=due_at, before=incident.review.nudges)
    if name == EFFECTIVE:
        return e.EffectivenessAsked(due_at=due_at)
    if name == WATCH:
        watched = watch(incident, policy)
        assert watched is not None, "only what is watched has such a clock"
        return e.WatchEnded(since=watched[0], due_at=due_at)
    if name.startswith(TEXT):
        letter = policy.letter(name.removeprefix(TEXT))
        return e.TextDue(text=letter.name, title=letter.title, due_at=due_at)
    if name.startswith(FOLLOW_UP):
        one = next(f for f in policy.follow_ups if f.name == name.removeprefix(FOLLOW_UP))
        people = policy.people(one.notify, incident.roles, service=incident.service, at=now)
        return e.FollowUpDue(follow_up=one.name, title=one.title, due_at=due_at, names=one.notify, people=people)
    return e.ClockMissed(clock=name, due_at=due_at)


def _ring(incident: Incident, step: EscalationStep, policy: Policy, due_at: datetime, now: datetime) -> Events:
    rings = running(incident, policy).get(timer_name(step))
    if rings is None:
        return []
    if rings > now + _EARLY:
        # By the rules as they are now, it has more time, or has called already.
        return [e.Replanned()]
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
        raise errors.UnknownClock(typed=command.clock, known=list(called_by(incident, policy).values()))
    why = said(command.why, "reason", "why, such as `extend resolve 2h The vendor needs until noon`")
    if command.span > LONGEST_EXTENSION:
        raise errors.TooFar(what="A clock is extended by 90 days at most", ref=incident.ref)
    waiting = deadline(incident, policy, clock)
    before = waiting.due_at if waiting else running(incident, policy)[clock]
    return [e.ClockExtended(clock=clock, before=before, due_at=max(before, now) + command.span, why=why)]


def _clock(incident: Incident, typed: str, policy: Policy) -> str:
    """The clock that a person means, of those that run; a button says its whole name."""
    names = called_by(incident, policy)
    if typed in names:
        return typed
    meant = {spoken(name): clock for clock, name in names.items()}
    meant = {word: clock for word, clock in _ALIASES.items() if clock in names} | meant
    if spoken(typed) not in meant:
        known = list(names.values())
        raise errors.UnknownClock(typed=typed, known=known, nearest=nearest(typed, known))
    return meant[spoken(typed)]


def called_by(incident: Incident, policy: Policy) -> dict[str, str]:
    """How people call each clock that runs, by its whole name: in short, where nothing else is called so.

    What every policy has keeps its name even while it does not run: a text `status-page` is `text:status-page`.
    """
    clocks = list(dict.fromkeys([*(d.clock for d in deadlines(incident, policy)), *running(incident, policy)]))
    short = {clock: short_name(clock) for clock in clocks}
    used = Counter(map(spoken, short.values()))
    known = {spoken(name) for name in (*_CORE, *_ALIASES)}
    names = {
        clock: name if used[spoken(name)] == 1 and (name == clock or spoken(name) not in known) else clock
        for clock, name in short.items()
    }
    return names | ({ESCALATION: ESCALATION} if any(clock.startswith(STEP) for clock in clocks) else {})


def short_name(clock: str) -> str:
    """A clock's name without what tells one kind from another."""
    return clock.removeprefix(STEP).removeprefix(TEXT).removeprefix(FOLLOW_UP)

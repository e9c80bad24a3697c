"""What commands about diagnostics come to. Pure, as `bot.domain.decide`, which calls it."""

from collections.abc import Collection
from datetime import datetime, timedelta

from bot.domain import errors
from bot.domain import evidence_commands as c
from bot.domain import evidence_events as v
from bot.domain.actor import Actor
from bot.domain.incident import Incident
from bot.domain.permission import may, meant
from bot.domain.rules import Policy
from bot.domain.scopes import Scope, scope
from bot.domain.walked import asked_from

#: What the timers of watches begin with.
TIMER = "watch-diag:"
#: The verdict of what is well.
WELL = "OK"
#: How often something may be looked at again, and how many diagnostics of one incident.
SOONEST, LATEST, MOST = timedelta(minutes=1), timedelta(hours=1), 5

Events = list[v.DiagnosticEvent]


def timer_of(target: str) -> str:
    """The timer that has something looked at again."""
    return f"{TIMER}{target}"


def ask(incident: Incident, command: c.RequestDiagnostic, policy: Policy, now: datetime) -> Events:
    """A diagnostic is to be run. Raises UnknownTarget or NotAllowed."""
    found = allowed(command.target, command.by, command.groups, policy=policy, incident=incident, now=now)
    return [v.DiagnosticRequested(target=found.phrase, run=command.run)]


def allowed(
    typed: str, by: Actor, groups: Collection[str], *, policy: Policy, incident: Incident | None, now: datetime
) -> Scope:
    """What somebody means, where they may have it diagnosed. Raises UnknownTarget or NotAllowed."""
    found = scope(policy, typed)
    for target in found.targets:
        if not may(target.allowed, by, groups, policy=policy, incident=incident, now=now):
            what = f"A diagnostic of {target.title or target.name}"
            raise errors.NotAllowed(what=what, who=meant(target.allowed, policy))
    return found


def record(incident: Incident, command: c.RecordDiagnostic, _policy: Policy, _now: datetime) -> Events:
    """What was found. Of what is being watched, people hear only what changed, and when it is well."""
    watched = incident.watched(command.target) is not None
    well = command.verdict == WELL
    if command.watch and not (watched and (command.changes or well)):
        return [
            v.DiagnosticRepeated(
                target=command.target,
                run=command.run,
                evidence=command.evidence,
                digest=command.digest,
                verdict=command.verdict,
            )
        ]
    recorded = v.DiagnosticRecorded(
        target=command.target,
        run=command.run,
        evidence=command.evidence,
        digest=command.digest,
        verdict=command.verdict,
        findings=command.findings,
        took_ms=command.took_ms,
        changes=command.changes,
        charts=command.charts,
        before=incident.diagnosed.get(command.target, ""),
        at_step=asked_from(incident, command.run),
    )
    return [recorded, v.DiagnosticUnwatched(target=command.target, well=True)] if watched and well else [recorded]


def watch(incident: Incident, command: c.WatchDiagnostic, policy: Policy, now: datetime) -> Events:
    """It is looked at again and again. Raises UnknownTarget, NotAllowed, IncidentOver, TooFar or TooManyWatches."""
    if incident.over:
        raise errors.IncidentOver(ref=incident.ref, status=incident.status)
    target = allowed(command.target, command.by, command.groups, policy=policy, incident=incident, now=now).phrase
    if not SOONEST <= command.every <= LATEST:
        raise errors.TooFar(what="A diagnostic is run again every 1 to 60 minutes", ref=incident.ref)
    known = incident.watched(target)
    if known and known.every == command.every:
        raise errors.WatchedAlready(target=target)
    if known is None and len(incident.watches) >= MOST:
        raise errors.TooManyWatches(most=MOST, known=[one.target for one in incident.watches])
    begun = v.DiagnosticWatched(target=target, every=command.every)
    return [begun, v.DiagnosticRequested(target=target, run=command.run)] if command.run else [begun]


def stop(incident: Incident, command: c.StopWatching, policy: Policy, _now: datetime) -> Events:
    """It is looked at no more. Raises UnknownTarget or NotWatched."""
    typed = command.target
    target = typed if incident.watched(typed) else scope(policy, typed).phrase
    if incident.watched(target) is None:
        raise errors.NotWatched(target=target, known=[one.target for one in incident.watches])
    return [v.DiagnosticUnwatched(target=target)]


def look_again(incident: Incident, target: str, policy: Policy) -> Events:
    """It is time to look at something that is being watched; nothing where it no longer is, or the pack dropped it."""
    if incident.watched(target) is None:
        return []
    try:
        scope(policy, target)
    except errors.UnknownTarget:
        return [v.DiagnosticUnwatched(target=target)]
    return [v.DiagnosticRequested(target=target, run=f"watch-{incident.seq + 1}", watch=True)]

"""What alerts come to in an incident, and what follows. Pure, as `decide`, `evolve` and `react`, which call it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.domain import effects as f
from bot.domain import events as e
from bot.domain.alert_commands import RecordAlerts
from bot.domain.alert_events import AlertEvent, AlertsCleared, AlertsCounted, AlertsJoined
from bot.domain.alert_tally import AlertTally
from bot.domain.duties import lists_at
from bot.domain.effects import Effect, Surface
from bot.domain.incident import Incident
from bot.domain.procedures import Moment
from bot.domain.requirements import missing
from bot.domain.rules import Category, Policy
from bot.domain.text import in_words
from bot.domain.timeline import Entry

#: The timers of an incident none of whose alerts fires: when its commander is asked, and when it ends by itself.
TIMER = "alerts:"
CLEAR, END = f"{TIMER}clear", f"{TIMER}end"
#: How many names of alerts an incident remembers.
_NAMES = 30
#: A job may come a moment before its time.
_EARLY = timedelta(seconds=2)


def record(incident: Incident, command: RecordAlerts, _policy: Policy, now: datetime) -> list[AlertEvent]:
    """What an incident hears: what is new where something is, else how many fire; nothing where that is known."""
    before = incident.alerts
    new = command.total - before.total
    # What joined just before somebody resolved it, and fires, is no news to nobody: it is told all the same.
    again = not before.firing and not incident.over
    if command.firing and (new > 0 or again or command.opened):
        return [
            AlertsJoined(
                group=command.group,
                opened=command.opened,
                total=command.total,
                firing=command.firing,
                new=max(new, 0),
                lines=command.lines,
                names=command.names,
                sources=command.sources,
                first_at=command.first_at or now,
                why=command.why,
                severity=command.severity,
                runbook=command.runbook,
                flapping=command.flapping,
                run=command.run,
            )
        ]
    if (command.total, command.firing) == (before.total, before.firing):
        return []
    if new < 0 and not command.firing and not before.firing:
        # Some went to another group. It was quiet before, and is so since then.
        return []
    return [AlertsCounted(total=command.total, firing=command.firing)]


def tallied(before: AlertTally, entry: Entry, event: AlertEvent) -> AlertTally:
    """The tally after an event."""
    match event:
        case AlertsJoined():
            return AlertTally(
                total=event.total,
                firing=event.firing,
                opened=before.opened or event.opened,
                names=tuple(dict.fromkeys((*before.names, *event.names)))[:_NAMES],
                sources=tuple(dict.fromkeys((*before.sources, *event.sources))),
                first_at=min(before.first_at or event.first_at, event.first_at),
                runbook=before.runbook or event.runbook,
            )
        case AlertsCounted():
            # What came and went since it was last counted has not been quiet for longer than that.
            since = before.quiet_since if event.total <= before.total else None
            quiet = (since or entry.at) if not event.firing else None
            return replace(before, total=event.total, firing=event.firing, quiet_since=quiet)
        case AlertsCleared():
            return before
        case _:
            assert_never(event)


def fire(incident: Incident, name: str, policy: Policy, now: datetime) -> list[e.Event]:
    """What a timer of its alerts comes to: nothing where one fires again, or somebody has resolved it."""
    tally = incident.alerts
    if incident.over or tally.firing or tally.quiet_since is None:
        return []
    if name == CLEAR:
        return [AlertsCleared(total=tally.total, since=tally.quiet_since, ends_at=_ends_at(incident, policy))]
    ends_at = _ends_at(incident, policy)
    if ends_at is None or ends_at > now + _EARLY:
        return []
    return [*_ended(incident, policy, now)]


def _ends_at(incident: Incident, policy: Policy) -> datetime | None:
    """When the pack resolves an incident by itself; None where it does not. People have not spoken of it then."""
    ending, quiet = policy.alerts.ending(incident.severity), incident.alerts.quiet_since
    return quiet + ending.after if ending and quiet and incident.alerts.opened else None


def _ended(incident: Incident, policy: Policy, now: datetime) -> Iterator[e.Event]:
    ending = policy.alerts.ending(incident.severity)
    assert ending is not None, "only what has an ending ends"
    status = policy.first_status(Category.RESOLVED)
    alerts = "its alert" if incident.alerts.total == 1 else f"all of its {incident.alerts.total} alerts"
    summary = f"Resolved without a person: {alerts} had been clear for {in_words(ending.after)}."
    lacking = missing(incident, status, policy, now, {"summary": summary})
    because = f"the pack resolves {incident.severity} once its alerts have been clear for {in_words(ending.after)}"
    yield e.Resolved(
        before=incident.status,
        status=status.name,
        summary=summary,
        overrode=lacking,
        because=because if lacking else "",
    )
    shown = [tally.name for tally in incident.checklists]
    yield from lists_at(policy, incident.severity, Moment.RESOLVED, shown)


def alerted(incident: Incident, event: AlertEvent, policy: Policy) -> Iterator[Effect]:
    """What follows: those that opened it stand in the channel, others in the thread; clocks run while none fires."""
    match event:
        case AlertsJoined():
            yield f.CancelTimer(name=CLEAR)
            yield f.CancelTimer(name=END)
            if event.opened:
                yield f.Post(message="alerts_opened")
            else:
                # That all was clear was said for all to see. What only comes and goes stays in the thread.
                again = not event.new and not event.flapping
                yield f.Post(message="alerts_joined", thread=True, broadcast=incident.over or again)
        case AlertsCounted():
            quiet = incident.alerts.quiet_since
            if event.firing or quiet is None or incident.over:
                yield f.CancelTimer(name=CLEAR)
                yield f.CancelTimer(name=END)
            else:
                yield f.SetTimer(name=CLEAR, due_at=quiet + policy.alerts.clear_after)
                if ends_at := _ends_at(incident, policy):
                    yield f.SetTimer(name=END, due_at=ends_at)
        case AlertsCleared():
            yield f.Post(message="alerts_cleared", thread=True, broadcast=True)
        case _:
            assert_never(event)
    yield f.Refresh(surface=Surface.SUMMARY)


def told_back(incident: Incident, policy: Policy, what: str) -> Iterator[Effect]:
    """The monitors that are told of an incident's acknowledgement or end, each once."""
    names = (rule.name for source in incident.alerts.sources for rule in policy.alerts.told_back(source))
    yield from (f.TellSource(name=name, what=what) for name in dict.fromkeys(names))

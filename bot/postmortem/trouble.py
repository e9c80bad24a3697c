"""What gave trouble besides the clocks: calls without an answer, alerts again, steps and actions that did not help."""

from collections.abc import Iterator
from typing import Final

from bot.domain import events as e
from bot.domain.action import Stage
from bot.domain.alert_events import AlertsJoined
from bot.domain.rules import Policy
from bot.domain.runbook_run import Outcome
from bot.postmortem.observation import Observation
from bot.postmortem.record import Record
from bot.postmortem.walks import Walk

#: People or roles in one sentence, and things of a kind that get a sentence each.
_NAMED: Final = 5
_EACH: Final = 5


def calls(record: Record) -> Iterator[Observation]:
    """Escalations that nobody ever acknowledged, and people who were called and did nothing that the timeline has."""
    called = record.each(e.Escalated)
    if not record.over or not called:
        return
    if record.acknowledged is None:
        seqs = tuple(entry.seq for entry, _ in called)
        yield Observation("unheard", (*seqs, record.upto), {"count": len(seqs)})
        return
    did = _last_acts(record)
    absent: dict[str, int] = {}
    for entry, event in called:
        for user in event.people:
            # A group cannot be seen to come.
            if user.startswith(("U", "W")) and did.get(user, 0) < entry.seq:
                absent.setdefault(user, entry.seq)
    if absent:
        seqs = tuple(dict.fromkeys(absent.values()))
        facts = {"users": list(absent)[:_NAMED], "more": len(absent) - len(list(absent)[:_NAMED])}
        yield Observation("absent", (*seqs, record.upto), facts)


def _last_acts(record: Record) -> dict[str, int]:
    """The last entry in which each person did, said or was given something. Whoever is called is brought in anyway."""
    did: dict[str, int] = {}
    for entry in record.entries:
        event = entry.event
        if isinstance(event, e.PersonJoined | e.PersonLeft):
            continue
        if user := entry.by.user:
            did[user] = entry.seq
        if isinstance(event, e.MessageCaptured | e.RoleAssigned):
            did[event.user] = entry.seq
    return did


def alerts_again(record: Record) -> Iterator[Observation]:
    """Alerts that fired again after all had stopped, and those that come and go."""
    joined = record.each(AlertsJoined)
    again = [entry.seq for entry, event in joined[1:] if not event.new and not event.opened]
    flapping = [(entry.seq, event.flapping) for entry, event in joined if event.flapping]
    if again or flapping:
        most = max((count for _, count in flapping), default=0)
        cites = tuple(sorted({*again, *(seq for seq, count in flapping if count == most)}))
        yield Observation("fired_again", cites, {"count": len(again), "flapping": most})


def steps(found: list[Walk]) -> Iterator[Observation]:
    """Steps of runbooks that did not help, those that were gone back to among them."""
    failed = [said for walk in found for said in walk.said if said.event.outcome is Outcome.FAILED]
    if failed:
        cites = tuple(said.entry.seq for said in failed)
        yield Observation("stumbled", cites, {"count": len(failed), "first": failed[0].event})


def actions(record: Record) -> Iterator[Observation]:
    """Actions that failed, of which nobody can say how they went, or that did not wait for their approvals."""
    # What nobody could say may have become known: the last word on each counts.
    ended = {event.number: (entry, event) for entry, event in record.each(e.ActionFinished)}
    bad = [(entry, event) for entry, event in ended.values() if event.verdict in (Stage.FAILED, Stage.UNKNOWN)]
    for entry, event in bad[:_EACH]:
        yield Observation("action_bad", (entry.seq,), {"event": event})
    hurried = [(entry, event) for entry, event in record.each(e.ActionStarted) if event.missing]
    for entry, started in hurried[:_EACH]:
        yield Observation("unapproved", (entry.seq,), {"event": started})


def vacant(record: Record, policy: Policy) -> Iterator[Observation]:
    """Roles of the policy that nobody took until it was over; the commander's has a sentence of its own."""
    roles = [role.title for role in policy.roles if role.name not in (policy.commander, *record.holders)]
    if roles and record.over:
        facts = {"roles": roles[:_NAMED], "more": len(roles[_NAMED:])}
        yield Observation("vacant", (record.declared.seq, record.upto), facts)


def overruled(record: Record) -> Iterator[Observation]:
    """Statuses that were entered though the policy asks for more first."""
    for entry in record.some(e.StatusChanged, e.Resolved, e.Closed):
        event = entry.event
        if isinstance(event, e.StatusChanged | e.Resolved | e.Closed) and event.overrode:
            status = event.after if isinstance(event, e.StatusChanged) else event.status
            yield Observation("overruled", (entry.seq,), {"event": event, "status": status})

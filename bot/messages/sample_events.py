"""An event of every kind, as `bot.messages.samples` renders the templates with them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from bot.domain import events as e
from bot.domain.actor import MUSTER, Actor
from bot.domain.rules import Category, Via
from bot.domain.timeline import Entry
from bot.messages.sample_alerts import alert_events, counted
from bot.messages.sample_corrections import corrections
from bot.messages.sample_incidents import ALI, BEA, NOW, REF
from bot.messages.sample_items import filing, item_events
from bot.messages.sample_reviews import review_events, told_of_reviews
from bot.messages.sample_walks import step_events, walk_events

#: What Muster itself records.
_MUSTERS: Final = (
    *(e.UpdateOverdue, e.ClockMissed, e.WatchEnded, e.TextDue, e.FollowUpDue, e.ReviewNudged),
    *(e.ActionItemDue, e.ActionItemOrphaned),
)


def events(text: str) -> dict[str, list[e.Event]]:
    """The events of each template about one, by the template's name."""
    return (
        _incident_events(text)
        | _clock_events(text)
        | _duty_events(text)
        | corrections(text)
        | alert_events(text)
        | review_events(text)
        | item_events(text)
    )


def _incident_events(text: str) -> dict[str, list[e.Event]]:
    later = NOW + timedelta(minutes=30)
    details = {"Next step": text, "Customers affected": text[:60]}
    missing = ("it is to be watched for another 9 min", "the checklist “Before it is resolved” has 1 of 2 left")
    taken = e.RoleAssigned(role="commander", user=BEA, before=ALI)
    return {
        "alert": [
            e.Declared(
                ref=REF, title=text[:200], severity="P1", status="investigating", channel_name="inc", description=text,
                service=text[:80], next_update_at=later,
            ),
            e.Declared(
                ref=REF, title=text[:200], severity="P2", status="investigating", channel_name="inc",
                service="checkout", conditions=("data-loss", "vendor", "dropped"), details=details,
            ),
        ],
        "acknowledged": [e.Acknowledged(severity="P1", role="commander")],
        "update": [
            e.UpdatePosted(
                number=3, text=text, severity="P1", status="fixing", next_update_at=later, details=details
            ),
            e.UpdatePosted(number=1, text=text, severity="P1", status="fixing"),
        ],
        "status_change": [
            e.StatusChanged(before="investigating", after="monitoring", category=Category.MONITORING, note=text),
            e.StatusChanged(
                before="investigating", after="identified", category=Category.ACTIVE, cause_known=True,
                overrode=missing, because=text,
            ),
        ],
        "severity_change": [
            e.SeverityChanged(before="P2", after="P1", why=text, next_update_at=later),
            e.SeverityChanged(before="P1", after="P3", why=text),
            e.SeverityChanged(before="P3", after="SEV-OLD"),
        ],
        "role_change": [taken],
        "role_instructions": [taken, e.Acknowledged(severity="P1", role="commander")],
        "escalation": [
            e.Escalated(
                level=2, why=text, names=("on-call", "lead"), people=(BEA, "S0ONCALL1"), severity="P1", step="a",
                round=2, due_at=NOW,
            ),
            e.Escalated(
                level=2, why=text, names=("legal",), people=("U0LEX",), severity="P1", step="legal", emails=("cto",),
                via=(Via.DIRECT,), details=details,
            ),
            e.Escalated(level=1, why="", names=("lead",), people=(), severity="P1", step="lead", due_at=NOW),
        ],
        "escalation_call": [
            e.Escalated(level=1, why=text, names=("on-call",), people=(BEA,), severity="P1", step="a", due_at=NOW),
            e.Escalated(level=1, why=text, names=(), people=(BEA,), severity="P1", details=details),
        ],
        "escalation_notice": [e.Escalated(level=1, why=text, names=(), people=(), severity="P1")],
        "update_overdue": [e.UpdateOverdue(due_at=NOW, next_update_at=later)],
        "resolution": [
            e.Resolved(
                before="fixing", status="resolved", summary=text, root_cause=text, contributing_factors=text,
                impact=text,
            ),
            e.Resolved(
                before="fixing", status="resolved", summary=text, details=details, overrode=missing, because=text
            ),
        ],
        "reopened": [
            e.Reopened(
                before="resolved", status="investigating", category=Category.TRIAGE, why=text, next_update_at=later
            )
        ],
        "closed": [e.Closed(before="resolved", status="closed", note=text)],
        "diagnostic": [
            e.DiagnosticRecorded(
                target="db", run="r1", evidence=7, digest="d", verdict="CRITICAL", findings=(text,), took_ms=84
            )
        ],
        "diagnostic_details": [
            e.DiagnosticRecorded(
                target="db", run="r1", evidence=7, digest="d" * 64, verdict="CRITICAL", findings=(text,), took_ms=84
            )
        ],
        "action_told": [
            e.ActionApproved(number=1, title=text[:80], left=1, expires_at=later),
            e.ActionDeclined(number=1, title=text[:80], why=text),
            e.ActionStarted(number=1, title=text[:80], emergency=text, missing=1),
            e.ActionFinished(number=1, action="end", title=text[:80], verdict="unknown", said=text, output=text),
        ],
        "walk_told": walk_events(text),
        "runbook": [e.RunbookOpened(name="db", title=text[:150], digest="0123456789abcdef")],
        "delivery_failed": [e.DeliveryFailed(outbox=5, what="the channel's topic was not set", reason=text[:60])],
    }  # fmt: skip


def _clock_events(text: str) -> dict[str, list[e.Event]]:
    later = NOW + timedelta(hours=4)
    return {
        "announced": [e.ChannelOpened(channel="C0ROOM", name="inc-2026-11-21-001-checkout")],
        "clock_missed": [e.ClockMissed(clock=clock, due_at=NOW) for clock in ("acknowledge", "resolve", "status-page")],
        "clock_changed": [
            e.ClockSnoozed(clock="update", until=later, why=text),
            e.ClockSnoozed(clock="escalation", until=later),
            e.ClockSnoozed(clock="escalate:cto", until=later),
            e.ClockExtended(clock="resolve", before=NOW, due_at=later, why=text),
            e.ClockExtended(clock="follow-up:dropped", before=NOW, due_at=later, why=text),
        ],
        "watch_ended": [e.WatchEnded(since=NOW, due_at=NOW + timedelta(minutes=15))],
        "text_due": [
            e.TextDue(text="customers", title="Letter to customers whose booking is lost", due_at=NOW),
            e.TextDue(text="dropped", title=text[:150], due_at=NOW),
        ],
        "follow_up": [
            e.FollowUpDue(
                follow_up="week", title="Are the tasks done?", due_at=later, names=("lead",), people=("S0ONCALL1", BEA)
            ),
            e.FollowUpDue(follow_up="dropped", title=text[:150], due_at=later),
        ],
    }


def _duty_events(text: str) -> dict[str, list[e.Event]]:
    letter = e.TextSent(
        text="customers", title="Letter to customers whose booking is lost", audience="customers",
        subject=text[:150], body=text,
    )  # fmt: skip
    shared = e.TextSent(
        text="stakeholders", title="For the leadership", audience="stakeholders", body=text, channel="leadership"
    )
    return {
        "condition": [
            e.ConditionSet(condition="data-loss", title="Data is lost", why=text),
            e.ConditionSet(condition="dropped", title=text[:80]),
            e.ConditionCleared(condition="data-loss", title="Data is lost", why=text),
        ],
        "cause_found": [e.CauseFound(text=text)],
        "text_sent": [letter, shared, e.TextSent(text="page", title="Page", audience="status-page", body=text)],
        "text_elsewhere": [shared],
    }


def other_events(text: str) -> Iterator[e.Event]:
    """Events that are told only in a timeline."""
    yield e.ChecklistShown(name="first", title="The first ten minutes", items=("Look", text))
    yield e.ItemTicked(checklist="first", title="The first ten minutes", number=1, item=text)
    yield e.ItemUnticked(checklist="first", title="The first ten minutes", number=1, item=text)
    yield e.Replanned()
    yield counted()
    yield e.NoteAdded(text=text)
    yield e.MessageCaptured(channel="C0ROOM", ts="1.2", user=ALI, text=text, via="pin")
    yield e.MessageEdited(channel="C0ROOM", ts="1.2", before=text, text=text)
    yield e.MessageDeleted(channel="C0ROOM", ts="1.2")
    yield filing(text)
    yield e.DiagnosticRequested(target="db", run="r1")
    yield e.DiagnosticRepeated(target="db", run="watch-9", evidence=8, digest="d", verdict="WARN")
    yield e.DiagnosticWatched(target="db", every=timedelta(minutes=5))
    yield e.DiagnosticUnwatched(target="db", well=True)
    yield e.ActionRequested(number=1, action="end", title=text[:80], given={"pid": "4711"})
    yield e.ActionProposed(number=1, action="end", title=text[:80], would=(text,), needed=1, expires_at=NOW)
    yield e.ActionImpossible(number=1, action="end", title=text[:80], why=text)
    yield e.ActionExpired(number=1, title=text[:80])
    yield from step_events(text)
    yield from told_of_reviews(text)
    yield e.DeliveryRetried(outbox=5, what="the incident's channel", behind=2)
    yield e.DeliveryDropped(outbox=6, what="the message “update”", why=text, behind=1)


def entry_of(seq: int, event: e.Event) -> Entry:
    """An entry about an event; the later, the higher its number."""
    by = MUSTER if isinstance(event, _MUSTERS) else Actor.person(BEA)
    at = NOW + timedelta(minutes=seq)
    return Entry(seq=seq, at=at, recorded_at=at, by=by, event=event)
